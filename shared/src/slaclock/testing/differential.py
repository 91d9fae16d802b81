"""The kernel against the oracle: calendars made for one change of the clock, questions around it.

Each change gets calendars whose windows straddle it, touch it, or cross midnight over it, with
holidays on its date under both rules and overrides beside it. Both are asked whether every minute
of three days is open, and for sums, deadlines and openings between awkward instants.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from math import gcd
from typing import Any, Final

from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime, zone_of
from slaclock.business_time.instants import LAST_US
from slaclock.business_time.tz_files import load_zone
from slaclock.testing.minute_walk import MinuteWalk, WallClock, changes_of_clock, packaged_zone

__all__ = [
    "KINDS",
    "SLICE",
    "Change",
    "Difference",
    "Tally",
    "ZoneTrial",
    "calendar_around",
    "changes_of",
    "compared",
    "seen_changes",
]

KINDS: Final = ("straddling", "touching", "night, date rule", "night, shift rule", "office")
"""What the calendars are like."""

SLICE: Final = 64
"""Changes that one process compares before it reports."""

_SECOND_US: Final = 1_000_000
_MINUTE_US: Final = 60 * _SECOND_US
_HOUR_US: Final = 60 * _MINUTE_US
_SPAN_US: Final = 36 * _HOUR_US
_DAY_S: Final = 86_400
_DAY_M: Final = 1440
_LAST_S: Final = LAST_US // _SECOND_US


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one zone's clock.

    Attributes:
        second: The UTC second from which the new offset holds.
        before_s, after_s: Seconds east of UTC.
        listed: Whether tzdata lists it; otherwise a rule makes it.
    """

    second: int
    before_s: int
    after_s: int
    listed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that the two answer differently, with all that is needed to ask it again."""

    snapshot: Mapping[str, Any]
    question: str
    arguments: tuple[int, ...]
    kernel: object
    oracle: object


@dataclass(slots=True)
class Tally:
    """What was compared.

    Attributes:
        changes, listed: Changes of the clock, and how many of them tzdata lists.
        calendars: Calendars made for them.
        instants: Instants of which both said whether they are open, one a minute.
        answers: Sums, deadlines, openings and closings that both gave.
        differences: Where the two do not agree.
    """

    changes: int = 0
    listed: int = 0
    calendars: int = 0
    instants: int = 0
    answers: int = 0
    differences: list[Difference] = field(default_factory=list)

    def take(self, other: Tally) -> None:
        """Add what another one has counted."""
        self.changes += other.changes
        self.listed += other.listed
        self.calendars += other.calendars
        self.instants += other.instants
        self.answers += other.answers
        self.differences += other.differences


def changes_of(name: str) -> list[Change]:
    """The changes of a packaged zone from 1970 to 2200, as the kernel reads them."""
    zone = load_zone(name)
    return [
        Change(second, before, after, listed=second <= zone.starts_s[-1])
        for (_, _, before), (second, _, after) in pairwise(zone.segments(0, _LAST_S))
        if before != after
    ]


def seen_changes(name: str, until_s: int = _LAST_S) -> list[tuple[int, int, int]]:
    """The same as the oracle sees them: second, offset before, offset after."""
    return list(changes_of_clock(packaged_zone(name), 0, until_s))


class ZoneTrial:
    """Everything that is compared in one zone; the same seed asks the same questions."""

    def __init__(self, name: str, *, seed: int) -> None:
        self._name, self._seed = name, seed
        self._written, self._zone = zone_of(name), packaged_zone(name)

    def compare(self, change: Change, kinds: Sequence[str] = KINDS) -> Tally:
        """Ask both about calendars of some kinds around a change."""
        tally = Tally(changes=1, listed=int(change.listed))
        step_s = gcd(60, change.before_s, change.after_s)
        clock = WallClock(self._zone)
        low = max(change.second * _SECOND_US - _SPAN_US, 0) // _MINUTE_US * _MINUTE_US
        high = min(change.second * _SECOND_US + _SPAN_US, LAST_US)
        for kind in kinds:
            draw = random.Random(f"{self._seed} {self._name} {change.second} {kind}")  # noqa: S311  a game, not a secret
            written = calendar_around(kind, change, draw)
            written |= {"timezone": self._name, "zone": self._written}
            oracle = MinuteWalk(written, step_s=step_s, clock=clock)
            trial = _Trial(written, oracle, (low, high), tally)
            trial.every_step(step_s * _SECOND_US)
            trial.questions(_instants(change, (low, high), draw), draw)
        return tally


def compared(name: str, first: int, every: int, seed: int) -> tuple[Tally, list[str]]:
    """Some changes of one zone, in the process of a pool.

    Args:
        name: The zone.
        first: The number of the first change; `SLICE` of them are looked at.
        every: Only changes whose number this divides.
        seed: Of the questions.

    Returns:
        What was compared, and the zone's name if, in its first slice, the two see other changes.
        Changes that tzdata lists get calendars of every kind, those of a rule two kinds in turn.
    """
    changes, tally = changes_of(name), Tally()
    unlike = []
    if first == 0:
        read = [(change.second, change.before_s, change.after_s) for change in changes]
        unlike = [name] if read != seen_changes(name) else []
    trial = ZoneTrial(name, seed=seed)
    for number in range(first, min(first + SLICE, len(changes))):
        if number % every:
            continue
        in_turn = KINDS[number % len(KINDS)], KINDS[(number + 2) % len(KINDS)]
        tally.take(trial.compare(changes[number], KINDS if changes[number].listed else in_turn))
    return tally, unlike


class _Trial:
    """One calendar, asked of both; what differs goes into the tally."""

    def __init__(
        self, written: dict[str, Any], oracle: MinuteWalk, span: tuple[int, int], tally: Tally
    ) -> None:
        self._written, self._oracle, self._tally = written, oracle, tally
        self._kernel = BusinessCalendar.from_snapshot(written)
        self._low, self._high = span
        tally.calendars += 1

    def every_step(self, step_us: int) -> None:
        """Is it open, step by step of the oracle?"""
        is_open, walked = self._kernel.is_open_us, self._oracle.is_open
        for at in range(self._low, self._high, step_us):
            self._tally.instants += 1
            found, expected = is_open(at), walked(at // _SECOND_US)
            if found != expected:
                self._differ("is_open", (at,), found, expected)

    def questions(self, instants: list[int], draw: random.Random) -> None:
        """Sums, deadlines, openings and closings at and between some instants."""
        kernel, oracle, low, high = self._kernel, self._oracle, self._low, self._high
        for at in instants:
            self._equal("is_open", (at,), kernel.is_open_us(at), oracle.is_open(at // _SECOND_US))
            self._reach("next", (at,), oracle.next_us(at, until_us=high), high)
            self._reach("previous", (at,), oracle.previous_us(at, until_us=low), low)
        for at, other in pairwise(draw.sample(instants, len(instants))):
            amount = oracle.elapsed_us(at, other)
            self._equal("elapsed", (at, other), kernel.elapsed_us(at, other), amount)
            for some in (amount, draw.choice((-1, 1)) * draw.randrange(1, 20 * _HOUR_US)):
                until = high if some > 0 else low
                self._reach("add", (at, some), oracle.add_us(at, some, until_us=until), until)

    def _reach(
        self, question: str, arguments: tuple[int, ...], expected: int | None, until: int
    ) -> None:
        """The kernel finds what the oracle does, or looks further than the oracle did."""
        ask: Callable[..., int] = getattr(self._kernel, f"{question}_us")
        found: int | None
        try:
            found = ask(*arguments)
        except (NoBusinessTime, InstantOutOfRange):
            found = None
        self._tally.answers += 1
        further = found is None or (found >= until if until == self._high else found <= until)
        if found != expected and not (expected is None and further):
            self._differ(question, arguments, found, expected)

    def _equal(
        self, question: str, arguments: tuple[int, ...], found: object, expected: object
    ) -> None:
        self._tally.answers += 1
        if found != expected:
            self._differ(question, arguments, found, expected)

    def _differ(
        self, question: str, arguments: tuple[int, ...], found: object, expected: object
    ) -> None:
        self._tally.differences.append(
            Difference(self._written, question, arguments, found, expected)
        )


def calendar_around(kind: str, change: Change, draw: random.Random) -> dict[str, Any]:
    """Hours, holidays and overrides of a kind that a change of the clock may upset."""
    wall_s, shift = change.second + change.before_s, (change.after_s - change.before_s) // 60
    minute = wall_s % _DAY_S // 60
    day = date(1970, 1, 1) + timedelta(days=wall_s // _DAY_S)
    if kind == "straddling":
        start = minute + min(shift, 0) - draw.randrange(1, 120)
        end = minute + max(shift, 0) + draw.randrange(1, 120)
        return {"windows": _daily([(start, min(end, start + _DAY_M - 1))])}
    if kind == "touching":
        after = minute + shift
        edges = [minute - 60, minute, after, after + 45, minute + shift // 2]
        cuts = sorted({edge % _DAY_M for edge in (*edges, draw.randrange(_DAY_M))})
        cuts = cuts[draw.randrange(2) :]
        return {"windows": _daily(list(zip(cuts[::2], cuts[1::2], strict=False)))}
    if kind == "office":
        hours = [(9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60), (23 * 60, _DAY_M)]
        return {"windows": _daily(hours), "holidays": [_holiday(day, draw, yearly=True)]}
    following = day + timedelta(days=draw.choice((-1, 1, 2)))
    return {
        "windows": _daily([(22 * 60, 30 * 60), (6 * 60 + 30, 7 * 60)]),
        "holiday_rule": "shift" if "shift" in kind else "date",
        "holidays": [_holiday(day + timedelta(days=draw.choice((0, 0, 1))), draw, yearly=False)],
        "overrides": [{"date": following.isoformat(), "windows": _special(draw)}],
    }


def _daily(hours: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Windows of every weekday, from minutes after midnight, which may lie beside the day."""
    spans = [{"start": _clock(start), "end": _clock(end)} for start, end in hours]
    return [{"weekday": weekday, **span} for weekday in range(7) for span in spans]


def _special(draw: random.Random) -> list[dict[str, Any]]:
    hours = draw.choice([(), (600, 780), (1200, 1560)])
    return [{"start": _clock(hours[0]), "end": _clock(hours[1])}] if hours else []


def _holiday(day: date, draw: random.Random, *, yearly: bool) -> dict[str, Any]:
    """The whole of a date, or a part of it."""
    on = day.replace(year=2024) if yearly else day
    holiday: dict[str, Any] = {"date": on.isoformat(), "name": "holiday"}
    if yearly:
        holiday["recurrence"] = "yearly"
    if draw.randrange(3) == 0:
        start = draw.randrange(_DAY_M - 30)
        end = draw.choice((_DAY_M, draw.randrange(start + 1, _DAY_M)))
        holiday |= {"from": _clock(start), "to": "24:00" if end == _DAY_M else _clock(end)}
    return holiday


def _instants(change: Change, span: tuple[int, int], draw: random.Random) -> list[int]:
    """The change itself, what is near it, and some others; all within the span."""
    at, low, high = change.second * _SECOND_US, *span
    shift = abs(change.after_s - change.before_s) * _SECOND_US
    near = [0, -1, 1, -_MINUTE_US, _HOUR_US, shift, -shift]
    far = [draw.randrange(low, high) for _ in range(4)]
    return [*(at + away for away in near if low <= at + away < high), *far]


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
