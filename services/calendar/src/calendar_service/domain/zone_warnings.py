"""What a time zone does to windows, and how far its rules can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from slaclock.business_time.hours import closings, open_parts
from slaclock.business_time.instants import DAY_S, EPOCH, LAST_YEAR, SECOND_US, year_start_s
from slaclock.business_time.reader import Reader
from slaclock.business_time.rules import Rules, Window, clock_text, date_of, weekday_of
from slaclock.errors import Fault

__all__ = ["clock_warnings", "zone_warnings"]

_YEARS_AHEAD: Final = 10
_LATELY_S: Final = 5 * 366 * DAY_S
_ANNOUNCED: Final = 4
"""More changes than these ahead of us were not announced, but computed."""


@dataclass(frozen=True, slots=True)
class _Leap:
    """Readings ``[from_s, to_s)`` that a clock put forward never shows, in local seconds."""

    from_s: int
    to_s: int

    def __str__(self) -> str:
        return f"{clock_text(self.from_s % DAY_S)} to {clock_text(self.to_s % DAY_S)}"


def clock_warnings(document: Mapping[str, Any], rules: Rules, at: datetime) -> Iterator[Fault]:
    """Windows that begin or end in an hour which the clock skips in the coming years.

    A window around the whole of a skipped hour is not told: a night shift is an hour shorter then,
    as everybody expects.
    """
    leaps = _leaps(rules, at)
    if not leaps:
        return
    reader = Reader()
    for key in ("windows", "overtime_windows"):
        for weekday, window, path, _ in reader.weekly(dict(document), key):
            cut = [(leap, day) for leap in leaps for day in _days(rules, weekday, window, leap)]
            if cut:
                yield _skipped(path, window, cut)
    for path, item in reader.items(dict(document), "overrides", "overrides"):
        day = reader.date(item, path)
        for place, part in reader.items(item, "windows", f"{path}.windows"):
            own = reader.window(part, place)
            if own is not None and day is not None:
                begun = day.toordinal() - EPOCH.toordinal()
                cut = [(leap, begun) for leap in leaps if _cuts(leap, begun, [own])]
                if cut:
                    yield _skipped(place, own, cut)


def zone_warnings(rules: Rules, at: datetime) -> Iterator[Fault]:
    """A zone whose rules changed in the last years, or are foretold change by change.

    After its last listed transition a zone goes on by one rule. The nearer that transition, the
    younger the rule.
    """
    second = int((at - EPOCH).total_seconds())
    lately = second - _LATELY_S
    starts, name = rules.zone.starts_s, rules.zone.name
    if starts[-1] <= lately or len(starts) == 1:
        return
    shown = rules.zone.local_date(starts[-1] * SECOND_US)
    foretold = sum(start > second for start in starts)
    if foretold > _ANNOUNCED:
        yield Fault(
            "timezone",
            name,
            f"changes its clock on days that are foretold one by one until {shown}, by no rule",
            "publish again when a new tzdata foretells other days: the impact report names them",
            "calendar.warning-zone-foretold",
        )
        return
    message = f"is to keep another rule from {shown} on" if foretold else ""
    yield Fault(
        "timezone",
        name,
        message or f"has kept its present rule since {shown} only",
        "see that the tzdata that is installed is up to date, and look again when a new one comes",
        "calendar.warning-zone-changed",
    )


def _leaps(rules: Rules, at: datetime) -> list[_Leap]:
    """Skipped readings from *at* on, ten years far."""
    first = int((at - EPOCH).total_seconds())
    end = year_start_s(min(at.year + _YEARS_AHEAD, LAST_YEAR))
    segments = rules.zone.segments(max(first, 0), max(end, first + 1))
    return [
        _Leap(start + before, start + after)
        for (_, _, before), (start, _, after) in pairwise(segments)
        if after > before
    ]


def _days(rules: Rules, weekday: int, window: Window, leap: _Leap) -> Iterator[int]:
    """Days on which a window of the week is cut by a leap; days off are none."""
    for day in range(leap.from_s // DAY_S - 1, leap.to_s // DAY_S + 1):
        if weekday_of(day) == weekday and day not in rules.overrides:
            kept = closings(rules, day, day + 2)
            parts = [Window(*part) for part in open_parts(rules, day, window, kept)]
            if _cuts(leap, day, parts):
                yield day


def _cuts(leap: _Leap, day: int, windows: list[Window]) -> bool:
    """Whether a leap takes all of a window, or its beginning or end but goes on beyond it."""
    from_s, to_s = leap.from_s - day * DAY_S, leap.to_s - day * DAY_S
    return any(
        window.start_s < to_s
        and from_s < window.end_s
        and (
            not (window.start_s <= from_s and to_s <= window.end_s)
            or (window.start_s, window.end_s) == (from_s, to_s)
        )
        for window in windows
    )


def _skipped(path: str, window: Window, cut: list[tuple[_Leap, int]]) -> Fault:
    leap, day = cut[0]
    inside = leap.from_s <= day * DAY_S + window.start_s and (
        day * DAY_S + window.end_s <= leap.to_s
    )
    on = date_of(leap.from_s // DAY_S)
    more = f", and so on {len(cut) - 1} more dates within ten years" if len(cut) > 1 else ""
    effect = "it does not open" if inside else "a part of it is missing"
    return Fault(
        path,
        str(window),
        f"on {on} the clock leaps from {leap}, so {effect}{more}",
        "let it begin and end outside the skipped time, or give these dates an override; "
        "nothing needs to be done if that is meant",
        "calendar.warning-skipped-hour",
    )
