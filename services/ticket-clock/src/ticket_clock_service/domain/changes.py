"""What to publish: how a ticket's clocks came from what was told to what is true now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.category import Category
from ticket_clock_service.domain.clock import Clock, Outcome, State
from ticket_clock_service.domain.course import COURSES
from ticket_clock_service.domain.ledger import (
    Announcement,
    ClockKey,
    Difference,
    Key,
    Ledger,
    key_of,
)
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.reading import shown

CORRECTED: Final = "corrected"
"""The reason of a change that later knowledge made, not something that happened."""


class ChangeKind(StrEnum):
    """The last word of a CLOCK event's type."""

    STARTED = "started"
    RETARGETED = "retargeted"
    THRESHOLD_CROSSED = "threshold_crossed"
    BREACHED = "breached"
    PAUSED = "paused"
    RESUMED = "resumed"
    MET = "met"
    CANCELLED = "cancelled"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Change:
    """One event about one clock.

    Attributes:
        at: the computed instant, microseconds since 1970.
        clock: the complete clock after the change, with the crossings that have been told.
        ticket: the ticket's fields then; those of its end for a closed clock.
        category: what the ticket's status means then.
        standing: the announcements of this clock that stand after it.
        announcement: what is announced, retracted or corrected; None for other changes.
        reason: why, in one word: `priority`, `terms`, `attributes`, `corrected`, `ended` (late),
            a status category, `replied`, `deleted`, the reason of a binding ...
    """

    kind: ChangeKind
    at: int
    clock: Clock
    ticket: Attributes
    category: Category
    standing: tuple[Announcement, ...]
    announcement: Announcement | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Turn:
    """A change before it is known what the whole clock looks like after it."""

    kind: ChangeKind
    at: int
    key: ClockKey
    reason: str | None
    announcement: Announcement | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        """Order of events: by instant, then by kind, then by metric."""
        return self.at, _KINDS.index(self.kind), _METRICS.index(self.key[0])


_KINDS: Final = tuple(ChangeKind)
_METRICS: Final = tuple(COURSES)


def changes(
    before: Picture | None,
    steps: Sequence[Picture],
    standing: Picture,
    difference: Difference,
    ledger: Ledger,
) -> tuple[Change, ...]:
    """What to publish, in order.

    A batch of facts that continues *before* gives one picture per step, and each transition is
    published; a ticket folded anew gives one picture, and the difference is published. Whatever
    the clocks themselves say, their crossings are published as *difference* has them.

    Args:
        before: what was stored last; None for a ticket never seen.
        steps: the pictures since, oldest first; empty if only time has passed.
        standing: the view that *difference* was made with.
        difference: what is to be told of crossings.
        ledger: what had been told of them before.
    """
    previous = before or BLANK
    told = dict(ledger.standing)
    views = _by_key(standing)
    left = list(difference.announced)
    found: list[Change] = []
    for picture in steps[:-1]:
        proved = [one for one in left if _holds(picture, one)]
        left = [one for one in left if one not in proved]
        turns = [*_turns(previous, picture), *map(_announcing, proved)]
        found += _published(turns, previous, picture, views, told)
        previous = picture
    for one in difference.retracted:
        told.pop(one.key, None)
    told.update({one.key: one for one in difference.corrected})
    picture = steps[-1] if steps else previous
    turns = [*_turns(previous, picture), *map(_announcing, left), *_amending(difference)]
    found += _published(turns, previous, picture, views, told)
    return tuple(found)


def _published(
    turns: list[_Turn],
    before: Picture,
    after: Picture,
    views: Mapping[ClockKey, Clock],
    told: dict[Key, Announcement],
) -> Iterator[Change]:
    """*turns* in order, each with the whole clock after it; *told* grows as they are told."""
    if not turns:
        return
    clocks = {
        **{key: _called_off(clock, before) for key, clock in _by_key(before).items()},
        **_by_key(after),
    }
    for turn in sorted(turns, key=lambda turn: turn.place):
        if turn.announcement is not None and turn.kind in _TELLING:
            told[turn.announcement.key] = turn.announcement
        clock = clocks[turn.key]
        known = views.get(turn.key, clock).crossings
        yield Change(
            kind=turn.kind,
            at=turn.at,
            clock=replace(clock, crossings=tuple(c for c in known if key_of(clock, c) in told)),
            ticket=clock.kept or after.ticket,
            category=after.category,
            standing=tuple(one for one in told.values() if one.key.clock == turn.key),
            announcement=turn.announcement,
            reason=turn.reason,
        )


_TELLING: Final = frozenset({ChangeKind.THRESHOLD_CROSSED, ChangeKind.BREACHED})


def _holds(picture: Picture, announcement: Announcement) -> bool:
    """Whether the crossing that is announced is in *picture* already."""
    clock = _by_key(picture).get(announcement.key.clock)
    return clock is not None and any(
        key_of(clock, crossing) == announcement.key for crossing in clock.crossings
    )


def _announcing(one: Announcement) -> _Turn:
    kind = ChangeKind.BREACHED if one.is_breach else ChangeKind.THRESHOLD_CROSSED
    return _Turn(kind, one.crossed_at, one.key.clock, None, one)


def _amending(difference: Difference) -> Iterator[_Turn]:
    for one in difference.corrected:
        yield _Turn(ChangeKind.RETARGETED, one.crossed_at, one.key.clock, CORRECTED, one)
    for one in difference.retracted:
        yield _Turn(ChangeKind.RETRACTED, one.crossed_at, one.key.clock, CORRECTED, one)


def _turns(before: Picture, after: Picture) -> Iterator[_Turn]:
    """What happened to the clocks between two pictures, their crossings apart."""
    if before.clocks is after.clocks and before.ticket is after.ticket:
        return
    olds, news = _by_key(before), _by_key(after)
    for key, new in news.items():
        old = olds.get(key)
        if old is None:
            yield from _beginning(key, new)
        elif old is not new or before.ticket is not after.ticket:
            moves = list(_movements(key, old, new))
            if not moves and _measures(old) != _measures(new):
                moves.append(_Turn(ChangeKind.RETARGETED, after.at, key, CORRECTED))
            elif not moves and _fields(old, before) != _fields(new, after):
                moves.append(_Turn(ChangeKind.RETARGETED, after.at, key, "attributes"))
            yield from moves
    for key, old in olds.items():
        if key not in news:
            yield _Turn(ChangeKind.CANCELLED, old.opened, key, "withdrawn")


def _beginning(key: ClockKey, clock: Clock) -> Iterator[_Turn]:
    """A clock nobody has heard of: it starts, and may stand still or be over at once."""
    first = next(aim for aim in clock.aims if aim.amount is not None)
    reason = clock.binding.reason.value
    yield _Turn(ChangeKind.STARTED, max(clock.opened, first.since), key, reason)
    match shown(clock)[0]:
        case State.PAUSED:
            yield _Turn(ChangeKind.PAUSED, clock.since, key, clock.reasons[-1])
        case State.CLOSED:
            yield _end(key, clock)
        case State.ACTIVE:
            pass


def _movements(key: ClockKey, old: Clock, new: Clock) -> Iterator[_Turn]:
    """What happened to a clock that is known."""
    was, state = shown(old)[0], shown(new)[0]
    if new.aim.amount is not None and not new.aim.same_as(old.aim):
        yield _Turn(ChangeKind.RETARGETED, new.aim.since, key, new.aim.cause)
    if state is State.CLOSED:
        if was is not State.CLOSED or _end(key, old).kind is not _end(key, new).kind:
            yield _end(key, new)
    elif state is State.PAUSED and was is not State.PAUSED:
        yield _Turn(ChangeKind.PAUSED, new.since, key, new.reasons[-1])
    elif state is State.ACTIVE and was is not State.ACTIVE:
        reason = "reopened" if was is State.CLOSED else "continued"
        yield _Turn(ChangeKind.RESUMED, new.since, key, reason)


def _end(key: ClockKey, clock: Clock) -> _Turn:
    """The end of a cycle. One that comes late has been called a breach before."""
    if clock.aim.amount is None:
        return _Turn(ChangeKind.CANCELLED, clock.aim.since, key, "no_target")
    reason = clock.reasons[-1]
    if clock.cancelled:
        return _Turn(ChangeKind.CANCELLED, clock.since, key, reason)
    if clock.outcome is Outcome.MET:
        return _Turn(ChangeKind.MET, clock.since, key, reason)
    return _Turn(ChangeKind.RETARGETED, clock.since, key, "ended")


def _measures(clock: Clock) -> tuple[object, ...]:
    """What must differ for a clock to be another one, its crossings and its fields apart."""
    if clock.aim.amount is None:
        return (clock.elapsed,)  # it promises nothing, so nothing else about it is news
    return (clock.opened, clock.state, clock.since, clock.elapsed, clock.aims, clock.stretches)


def _fields(clock: Clock, picture: Picture) -> tuple[str | None, ...]:
    """The fields by which others group a clock."""
    if clock.aim.amount is None:
        return ()
    of = clock.kept or picture.ticket
    return (of.priority, of.assignee, of.group, of.customer_id, of.category, of.service)


def _called_off(clock: Clock, picture: Picture) -> Clock:
    """A clock that, as is known now, never was."""
    return replace(
        clock, state=State.CLOSED, cancelled=True, kept=clock.kept or picture.ticket, next_at=None
    )


def _by_key(picture: Picture) -> dict[ClockKey, Clock]:
    return {(clock.metric, clock.cycle): clock for clock in picture.cycles}
