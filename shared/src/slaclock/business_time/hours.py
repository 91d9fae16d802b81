"""Which local hours are open: the weekly pattern after holidays and overrides.

All times here are seconds on the wall: seconds from 1970-01-01 00:00 to a reading of the local
clock. Which of those readings exist, and how often, is the zone's affair (`lay_out`).

A reading is open if it lies in a window of an override, or in a weekly window that begins on a
date without override and that no holiday closes at that reading.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from slaclock.business_time.instants import DAY_S, SECOND_US
from slaclock.business_time.rules import Holiday, Rules, Window, weekday_of

__all__ = ["Closings", "closings", "lay_out", "open_parts", "windows_on"]

Closings = Mapping[int, Sequence[Holiday]]
"""Holidays by the day, counted from 1970-01-01, on which they are kept."""


def closings(rules: Rules, first: int, end: int) -> Closings:
    """The holidays that are kept on the days ``[first, end)``."""
    kept: dict[int, list[Holiday]] = {}
    for holiday in rules.holidays:
        for day in holiday.days(first, end):
            kept.setdefault(day, []).append(holiday)
    return kept


def windows_on(rules: Rules, day: int) -> tuple[tuple[Window, ...], bool]:
    """The windows that begin on *day*, and whether an override gives them."""
    overriding = rules.overrides.get(day)
    if overriding is not None:
        return overriding, True
    return rules.week[weekday_of(day)], False


def holes(
    rules: Rules, day: int, window: Window, kept: Closings
) -> Iterator[tuple[int, int, int, Holiday]]:
    """What holidays close of a weekly window that begins on *day*.

    Yields:
        First and last second (excluded) after midnight of *day*, the day of the holiday, and
        the holiday. Under ``shift`` a holiday that lasts until 24:00 lasts until the window ends.
    """
    if rules.holiday_rule == "shift":
        for holiday in kept.get(day, ()):
            until = window.end_s if holiday.to_s == DAY_S else holiday.to_s
            yield holiday.from_s, until, day, holiday
        return
    for later in (0, 1):  # no window reaches beyond the next date
        shift = later * DAY_S
        for holiday in kept.get(day + later, ()):
            yield holiday.from_s + shift, holiday.to_s + shift, day + later, holiday


def open_parts(rules: Rules, day: int, window: Window, kept: Closings) -> list[tuple[int, int]]:
    """What holidays leave of a weekly window, in seconds after midnight of *day*, in order."""
    parts = [(window.start_s, window.end_s)]
    for from_s, to_s, _, _ in holes(rules, day, window, kept):
        if from_s >= window.end_s or to_s <= window.start_s:
            continue
        parts = [
            (start, end)
            for a, b in parts
            for start, end in ((a, min(b, from_s)), (max(a, to_s), b))
            if start < end
        ]
    return parts


def lay_out(rules: Rules, from_s: int, to_s: int) -> tuple[list[int], list[int]]:
    """Opening and closing instants of everything open in the UTC seconds ``[from_s, to_s)``.

    The zone's stretches of one offset are laid over the open readings of its clock: a reading
    that a stretch skips opens nothing, one that two stretches repeat opens twice.

    Returns:
        Two lists of equal length, microseconds since the epoch, ascending. What goes on
        across a change of the clock is two intervals that touch.
    """
    segments = rules.zone.segments(from_s, to_s)
    first = min(start + offset for start, _, offset in segments) // DAY_S - 1
    end = max(stop + offset for _, stop, offset in segments) // DAY_S + 1
    starts, ends = _open_readings(rules, first, end)
    opens: list[int] = []
    closes: list[int] = []
    for start, stop, offset in segments:
        low = bisect_right(ends, start + offset)
        high = bisect_left(starts, stop + offset, low)
        if low == high:
            continue
        begun = [(reading - offset) * SECOND_US for reading in starts[low:high]]
        ended = [(reading - offset) * SECOND_US for reading in ends[low:high]]
        begun[0] = max(begun[0], start * SECOND_US)
        ended[-1] = min(ended[-1], stop * SECOND_US)
        opens += begun
        closes += ended
    return opens, closes


def _open_readings(rules: Rules, first: int, end: int) -> tuple[list[int], list[int]]:
    """Open readings of the clock on the days ``[first, end)``, merged and in order."""
    kept = closings(rules, first, end + 1)
    by_date = rules.holiday_rule == "date"
    week = [[(window.start_s, window.end_s) for window in day] for day in rules.week]
    found: list[tuple[int, int]] = []
    for day in range(first, end):
        midnight = day * DAY_S
        if day in rules.overrides:
            parts = [(window.start_s, window.end_s) for window in rules.overrides[day]]
        elif day in kept or (by_date and day + 1 in kept):
            parts = [
                part
                for window in rules.week[weekday_of(day)]
                for part in open_parts(rules, day, window, kept)
            ]
        else:
            parts = week[weekday_of(day)]
        found += [(midnight + start, midnight + stop) for start, stop in parts]
    found.sort()
    starts: list[int] = []
    ends: list[int] = []
    for start, stop in found:
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], stop)
        else:
            starts.append(start)
            ends.append(stop)
    return starts, ends
