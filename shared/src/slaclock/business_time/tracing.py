"""Finds the parts of a trace, window by window, without the timeline: each checks the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from slaclock.business_time.hours import Closings, closings, holes, open_parts, windows_on
from slaclock.business_time.instants import DAY_S, SECOND_US, from_us, to_us
from slaclock.business_time.rules import Holiday, Rules, Window, date_of, day_number
from slaclock.business_time.trace import Change, Part, Rest, SkippedHoliday, Trace
from slaclock.business_time.zone import Segment

__all__ = ["listable_until", "shortened", "traced"]

_FIRST_STEP_US: Final = 32 * DAY_S * SECOND_US


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Open or withheld time, ``[start_us, end_us)``, and whose it is."""

    start_us: int
    end_us: int
    day: int
    whose: Window | Holiday
    overriding: bool = False


def traced(
    rules: Rules, start_us: int, end_us: int, *, calendar: tuple[str | None, int | None]
) -> Trace:
    """The trace between two instants within the range; *calendar* is its id and version."""
    low, high = min(start_us, end_us), max(start_us, end_us)
    sign = 1 if start_us <= end_us else -1
    segments = rules.zone.segments(low // SECOND_US, high // SECOND_US + 1)
    first = min(start + offset for start, _, offset in segments) // DAY_S - 1
    end = max(stop + offset for _, stop, offset in segments) // DAY_S + 1
    kept = closings(rules, first, end + 1)
    found = list(_stretches(rules, segments, kept))
    opened = _apart(_cut(found, Window, low, high))
    withheld = _apart(_without(_cut(found, Holiday, low, high), opened))
    parts = tuple(
        Part(
            on=date_of(stretch.day),
            window=str(stretch.whose),
            source="override" if stretch.overriding else "window",
            start=from_us(stretch.start_us),
            end=from_us(stretch.end_us),
            microseconds=sign * (stretch.end_us - stretch.start_us),
        )
        for stretch in opened
    )
    shown = (
        (low // SECOND_US + segments[0][2]) // DAY_S,
        (max(high - 1, low) // SECOND_US + segments[-1][2]) // DAY_S,
    )
    return Trace(
        calendar_id=calendar[0],
        version=calendar[1],
        timezone=rules.zone.name,
        start=from_us(start_us),
        end=from_us(end_us),
        microseconds=sum(part.microseconds for part in parts),
        parts=parts,
        holidays=tuple(_skipped(kept, withheld, shown, sign)),
        changes=tuple(
            Change(from_us(at * SECOND_US), before, after)
            for (_, _, before), (at, _, after) in pairwise(segments)
            if before != after and low < at * SECOND_US < high
        ),
    )


def shortened(listed: Trace, start_us: int, end_us: int, *, rest_us: int, limit: int) -> Trace:
    """The trace of a span of which only the beginning in time was *listed*.

    Args:
        listed: The trace up to `listable_until`, forward.
        start_us: As it was asked for.
        end_us: The same; may be earlier.
        rest_us: Business time after what was listed, found by another way.
        limit: The most holidays to keep, should one date have more.
    """
    sign = 1 if start_us <= end_us else -1
    rest = Rest(listed.end, from_us(max(start_us, end_us)), sign * rest_us)
    return replace(
        listed,
        start=from_us(start_us),
        end=from_us(end_us),
        microseconds=sign * (listed.microseconds + rest_us),
        parts=tuple(replace(part, microseconds=sign * part.microseconds) for part in listed.parts),
        holidays=tuple(
            replace(day, microseconds=sign * day.microseconds) for day in listed.holidays[:limit]
        ),
        rest=rest,
    )


def listable_until(rules: Rules, low_us: int, high_us: int, limit: int) -> int:
    """How far a trace may go with *limit* parts, holidays and changes each; at most *high_us*.

    It looks ahead in growing steps, so that neither time nor memory depend on what is left out.
    """
    step = _FIRST_STEP_US
    while True:
        until = min(low_us + step, high_us)
        found = traced(rules, low_us, until, calendar=(None, None))
        ends = [until]
        if len(found.parts) > limit:
            ends.append(to_us(found.parts[limit].start))
        if len(found.holidays) > limit:
            day = day_number(found.holidays[limit].on)
            ends.append(_first_reading_us(rules, low_us, until, day))
        if len(found.changes) > limit:
            ends.append(to_us(found.changes[limit].at))
        if len(ends) > 1 or until == high_us:
            return min(ends)
        step *= 4


def _first_reading_us(rules: Rules, low_us: int, high_us: int, day: int) -> int:
    """When, between two instants, the wall clock first shows *day* or a later date."""
    for start, stop, offset in rules.zone.segments(low_us // SECOND_US, high_us // SECOND_US + 1):
        midnight = day * DAY_S - offset
        if midnight < stop:
            return min(max(max(midnight, start) * SECOND_US, low_us), high_us)
    return high_us


def _stretches(rules: Rules, segments: list[Segment], kept: Closings) -> Iterator[_Stretch]:
    """Everything open, and everything that a holiday closes, stretch by stretch of one offset."""
    for start, stop, offset in segments:
        for day in range((start + offset) // DAY_S - 1, (stop + offset) // DAY_S + 1):
            windows, overriding = windows_on(rules, day)
            shift = day * DAY_S - offset
            for window in windows:
                whole = [(window.start_s, window.end_s)]
                left = whole if overriding else open_parts(rules, day, window, kept)
                for begins, ends in left:
                    a, b = max(begins + shift, start), min(ends + shift, stop)
                    yield _Stretch(a * SECOND_US, b * SECOND_US, day, window, overriding)
                if overriding:
                    continue
                for begins, ends, on, holiday in holes(rules, day, window, kept):
                    a = max(begins, window.start_s) + shift
                    b = min(ends, window.end_s) + shift
                    a, b = max(a, start) * SECOND_US, min(b, stop) * SECOND_US
                    yield _Stretch(a, b, on, holiday)


def _cut(
    found: list[_Stretch], kind: type[Window | Holiday], low: int, high: int
) -> list[_Stretch]:
    """The stretches of one kind, cut to ``[low, high)``, in the order of time."""
    cut = [
        _Stretch(
            max(stretch.start_us, low),
            min(stretch.end_us, high),
            stretch.day,
            stretch.whose,
            stretch.overriding,
        )
        for stretch in found
        if isinstance(stretch.whose, kind)
    ]
    return sorted(
        (stretch for stretch in cut if stretch.start_us < stretch.end_us),
        key=lambda stretch: (stretch.start_us, stretch.day),
    )


def _apart(ordered: list[_Stretch]) -> list[_Stretch]:
    """The same time, each moment once; a window that goes on across a change is one stretch."""
    apart: list[_Stretch] = []
    for stretch in ordered:
        start = max(stretch.start_us, apart[-1].end_us) if apart else stretch.start_us
        if start >= stretch.end_us:
            continue
        begun = start
        if apart and apart[-1].end_us == start and _same(apart[-1], stretch):
            begun = apart.pop().start_us
        apart.append(
            _Stretch(begun, stretch.end_us, stretch.day, stretch.whose, stretch.overriding)
        )
    return apart


def _same(one: _Stretch, other: _Stretch) -> bool:
    return (one.day, one.overriding) == (other.day, other.overriding) and one.whose is other.whose


def _without(ordered: list[_Stretch], opened: list[_Stretch]) -> list[_Stretch]:
    """What is left of stretches outside of what is open all the same."""
    starts = [stretch.start_us for stretch in opened]
    left: list[_Stretch] = []
    for stretch in ordered:
        at = stretch.start_us
        for other in opened[max(bisect_right(starts, at) - 1, 0) :]:
            if other.start_us >= stretch.end_us:
                break
            if at < other.start_us:
                left.append(_Stretch(at, other.start_us, stretch.day, stretch.whose))
            at = max(at, other.end_us)
        if at < stretch.end_us:
            left.append(_Stretch(at, stretch.end_us, stretch.day, stretch.whose))
    return left


def _skipped(
    kept: Closings, withheld: list[_Stretch], shown: tuple[int, int], sign: int
) -> Iterator[SkippedHoliday]:
    amounts: dict[tuple[int, Window | Holiday], int] = {}
    for stretch in withheld:
        key = (stretch.day, stretch.whose)
        amounts[key] = amounts.get(key, 0) + stretch.end_us - stretch.start_us
    for day in sorted(kept):
        for holiday in kept[day]:
            amount = amounts.get((day, holiday), 0)
            if amount or shown[0] <= day <= shown[1]:
                yield SkippedHoliday(
                    date_of(day), holiday.name, holiday.from_s, holiday.to_s, sign * amount
                )
