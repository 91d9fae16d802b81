"""A year of a calendar, date by date: how long it is open, when, and why not otherwise.

A date is what the clock on the wall shows: the night shift's hours after midnight belong to the
next one, and a date on which the clock changes is longer or shorter. So the open time of the
dates of a year adds up to the business time of the year.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

from slaclock.business_time import BusinessCalendar
from slaclock.business_time.trace import SkippedHoliday, Trace
from slaclock.business_time.zone import Segment, Zone

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "ClockChange",
    "Day",
    "Kind",
    "Offset",
    "OpenTime",
    "Year",
    "year_of",
]

Kind: TypeAlias = Literal["open", "closed", "holiday", "partial", "override", "skipped"]

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
_DAY_S: Final = 86_400
_SECOND_US: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_END_S: Final = (date(2200, 1, 1).toordinal() - _EPOCH_DAY) * _DAY_S
_FLAT: Final = {
    "timezone": "UTC",
    "zone": {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"},
}


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Open time that lies on one date.

    Attributes:
        start, end: UTC instants, the second excluded.
        start_s, end_s: the same as readings of the clock, in seconds after the date's midnight.
        window: as it is written, ``22:00-06:00``.
        began_on: the date on which the window begins: the date itself or the one before.
        source: whether the week or an override gives it.
    """

    start: datetime
    end: datetime
    start_s: int
    end_s: int
    window: str
    began_on: date
    source: Literal["window", "override"]


@dataclass(frozen=True, slots=True)
class Day:
    """A date.

    Attributes:
        kind: ``partial`` where a holiday leaves some of the hours, ``skipped`` where the zone has
            no such date.
        open_seconds: elapsed time that is open.
        open_times: in the order of time.
        holidays: kept on this date, with the business time that each withholds.
        why: what makes the date another than its weekday, in words.
    """

    on: date
    kind: Kind
    open_seconds: int
    open_times: tuple[OpenTime, ...]
    holidays: tuple[SkippedHoliday, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The clock is set forward or back.

    Attributes:
        at: UTC instant.
        before_s, after_s: seconds east of UTC before and from it on.
        effect_seconds: open time that is lost (negative) or there twice.
    """

    at: datetime
    before_s: int
    after_s: int
    effect_seconds: int

    @property
    def shows_before(self) -> datetime:
        """What the clock would show then, without zone."""
        return self.at.replace(tzinfo=None) + timedelta(seconds=self.before_s)

    @property
    def shows_after(self) -> datetime:
        """What it shows, without zone."""
        return self.at.replace(tzinfo=None) + timedelta(seconds=self.after_s)


@dataclass(frozen=True, slots=True)
class Offset:
    """Seconds east of UTC between two instants, the second excluded."""

    start: datetime
    end: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Year:
    """What `year_of` answers.

    Attributes:
        start, end: first instant of the year's dates, and the one after the last.
        days: all dates of the year, the skipped ones among them.
        changes: of the clock, within the year.
        offsets: of the clock, from two days before the year to two days after it.
    """

    year: int
    start: datetime
    end: datetime
    days: tuple[Day, ...]
    changes: tuple[ClockChange, ...]
    offsets: tuple[Offset, ...]

    @property
    def open_seconds(self) -> int:
        """Business time of the year."""
        return sum(day.open_seconds for day in self.days)

    @property
    def open_days(self) -> int:
        """Dates with any of it."""
        return sum(day.open_seconds > 0 for day in self.days)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of one offset that lies on one date, in UTC seconds, the end excluded."""

    start_s: int
    end_s: int
    day: int
    offset_s: int


def year_of(snapshot: Mapping[str, Any], zone: Zone, year: int) -> Year:
    """The year *year*, by the clock on the calendar's wall.

    Args:
        snapshot: valid; its zone is passed over for *zone*.
        zone: that of the snapshot, or for a draft the one that publishing would seal.
        year: 1970 to 2199. Its first or last hours are cut where they lie outside
            1970-01-01T00:00:00Z to 2200-01-01T00:00:00Z.

    Raises:
        InvalidCalendar: *snapshot* is not valid.
        NoBusinessTime: it never opens.
        ValueError: *year* is not one of these.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"no year of {FIRST_YEAR} to {LAST_YEAR}: {year}")
    document = dict(snapshot)
    calendar = BusinessCalendar.from_snapshot(document)
    first, last = _day(date(year, 1, 1)), _day(date(year, 12, 31))
    low_s = max((first - 2) * _DAY_S, 0)
    high_s = min((last + 3) * _DAY_S, _END_S)
    segments = zone.segments(low_s, high_s)
    pieces = [piece for piece in _pieces(segments) if first <= piece.day <= last]
    start, end = _at(pieces[0].start_s), _at(pieces[-1].end_s)
    trace = calendar.explain(start, end)
    changes = tuple(_changes(document, segments, pieces[0].start_s, pieces[-1].end_s))
    return Year(
        year=year,
        start=start,
        end=end,
        days=tuple(_days(document, zone.name, range(first, last + 1), pieces, trace, changes)),
        changes=changes,
        offsets=tuple(Offset(_at(a), _at(b), offset) for a, b, offset in segments),
    )


def _pieces(segments: Sequence[Segment]) -> Iterator[_Piece]:
    for start, stop, offset in segments:
        for day in range((start + offset) // _DAY_S, (stop - 1 + offset) // _DAY_S + 1):
            midnight = day * _DAY_S - offset
            yield _Piece(max(midnight, start), min(midnight + _DAY_S, stop), day, offset)


def _days(  # noqa: PLR0913, PLR0917 - what a date depends on
    document: Mapping[str, Any],
    zone: str,
    days: range,
    pieces: Sequence[_Piece],
    trace: Trace,
    changes: Sequence[ClockChange],
) -> Iterator[Day]:
    opened: dict[int, list[OpenTime]] = {}
    for day, found in _open_times(pieces, trace):
        opened.setdefault(day, []).append(found)
    closed: dict[date, list[SkippedHoliday]] = {}
    for holiday in trace.holidays:
        closed.setdefault(holiday.on, []).append(holiday)
    shown = {piece.day for piece in pieces}
    overrides = {item["date"]: item for item in document.get("overrides") or ()}
    turned: dict[date, list[ClockChange]] = {}
    for change in changes:
        turned.setdefault(change.shows_after.date(), []).append(change)
    for number in days:
        on = date.fromordinal(number + _EPOCH_DAY)
        open_times = tuple(opened.get(number, ()))
        open_seconds = sum((one.end - one.start) // timedelta(seconds=1) for one in open_times)
        holidays = tuple(closed.get(on, ()))
        override = overrides.get(on.isoformat())
        kind = _kind(open_seconds, holidays, overridden=override is not None)
        why = [
            *_override_words(override, holidays),
            *_holiday_words(holidays if override is None else ()),
            *_shift_words(document, on - timedelta(days=1), closed, overrides),
            *map(_change_words, turned.get(on, ())),
        ]
        if number not in shown:
            kind, why = "skipped", [f"this date does not exist in {zone}"]
        yield Day(on, kind, open_seconds, open_times, holidays, tuple(why))


def _open_times(pieces: Sequence[_Piece], trace: Trace) -> Iterator[tuple[int, OpenTime]]:
    starts = [piece.start_s for piece in pieces]
    for part in trace.parts:
        begins, ends = _second(part.start), _second(part.end)
        for piece in pieces[max(bisect_right(starts, begins) - 1, 0) :]:
            if piece.start_s >= ends:
                break
            start, end = max(begins, piece.start_s), min(ends, piece.end_s)
            midnight = piece.day * _DAY_S - piece.offset_s
            yield (
                piece.day,
                OpenTime(
                    start=_at(start),
                    end=_at(end),
                    start_s=start - midnight,
                    end_s=end - midnight,
                    window=part.window,
                    began_on=part.on,
                    source=part.source,
                ),
            )


def _kind(open_seconds: int, holidays: Sequence[SkippedHoliday], *, overridden: bool) -> Kind:
    if overridden:
        return "override"
    if any(holiday.microseconds for holiday in holidays):
        return "partial" if open_seconds else "holiday"
    if not open_seconds and any(map(_is_whole, holidays)):
        return "holiday"
    return "open" if open_seconds else "closed"


def _changes(
    document: dict[str, Any], segments: Sequence[Segment], start_s: int, end_s: int
) -> Iterator[ClockChange]:
    """Readings that are skipped or repeated, counted on a clock that never changes."""
    flat: BusinessCalendar | None = None
    for (_, _, before), (at, _, after) in pairwise(segments):
        if before == after or not start_s < at < end_s:
            continue
        flat = flat or BusinessCalendar.from_snapshot(document | _FLAT)
        readings = sorted((at + before, at + after))
        low, high = (min(max(reading, 0), _END_S) * _SECOND_US for reading in readings)
        effect = flat.elapsed_us(low, high) // _SECOND_US
        yield ClockChange(_at(at), before, after, effect if after < before else -effect)


def _override_words(
    override: Mapping[str, Any] | None, holidays: Sequence[SkippedHoliday]
) -> Iterator[str]:
    if override is None:
        return
    hours = ", ".join(f"{window['start']}-{window['end']}" for window in override["windows"])
    name = f"{override['name']}: " if override.get("name") else ""
    yield f"{name}other hours on this date, {hours}" if hours else f"{name}closed on this date"
    for holiday in holidays:
        yield f"this wins over {holiday.name or 'a holiday'}"


def _holiday_words(holidays: Sequence[SkippedHoliday]) -> Iterator[str]:
    for holiday in holidays:
        shown = holiday.as_json()
        hours = "" if _is_whole(holiday) else f" {shown['from']}-{shown['to']}"
        anyway = "" if holiday.microseconds else ", on hours that are closed anyway"
        yield f"{holiday.name or 'holiday'}: closed{hours}{anyway}"


def _shift_words(
    document: Mapping[str, Any],
    before: date,
    closed: Mapping[date, Sequence[SkippedHoliday]],
    overrides: Mapping[str, object],
) -> Iterator[str]:
    """What became of the night shift's hours after midnight, with the date *before* it."""
    reasons: list[str] = []
    if before.isoformat() in overrides:
        reasons = ["replaced by other hours"]
    elif document.get("holiday_rule") == "shift":
        kept = closed.get(before, ())
        reasons = [f"closed: {one.name or 'holiday'}" for one in kept if one.to_s == _DAY_S]
    for window in document["windows"] if reasons else ():
        if window["weekday"] == before.weekday() and "00:00" < window["end"] <= window["start"]:
            hours = f"{window['start']}-{window['end']}"
            yield from (f"the shift {hours} of the day before is {reason}" for reason in reasons)


def _change_words(change: ClockChange) -> str:
    words = f"the clock goes from {change.shows_before:%H:%M} to {change.shows_after:%H:%M}"
    if not change.effect_seconds:
        return f"{words}, outside open hours"
    minutes = abs(change.effect_seconds) // 60
    return (
        f"{words}: {minutes} minutes of open time {'less' if change.effect_seconds < 0 else 'more'}"
    )


def _is_whole(holiday: SkippedHoliday) -> bool:
    return (holiday.from_s, holiday.to_s) == (0, _DAY_S)


def _day(on: date) -> int:
    return on.toordinal() - _EPOCH_DAY


def _at(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)
