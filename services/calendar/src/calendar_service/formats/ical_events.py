"""Events of an iCalendar file: read one by one, and the days on which each of them lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from calendar_service.formats.ical_components import Component
from calendar_service.formats.ical_lines import Line, unescaped
from calendar_service.formats.ical_values import Moment, read_duration, read_moment
from calendar_service.formats.ical_zones import UTC_CLOCK, Clock, Clocks, UnknownZone
from slaclock.foreign.findings import Place

__all__ = ["Event", "Unreadable", "name_of", "place_of", "read_event"]

MOST_LISTED: Final = 5_000
"""Dates that an event may list, and that it may exclude."""
LONGEST: Final = timedelta(days=366)
LONGEST_NAME: Final = 200
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_DAY: Final = timedelta(days=1)
_YEARS: Final = range(1970, 2200)
_NO_YEAR: Final = 9000
"""No calendar goes so far, and what is added to dates before it stays a date."""


class Unreadable(ValueError):  # noqa: N818 - names what is wrong with an event
    """An event that cannot be taken: what, why, and what to do; `code` is stable."""

    def __init__(self, field: str, value: object, message: str, remedy: str, code: str) -> None:
        self.fault = (f"VEVENT.{field}", value, message, remedy, code)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Event:
    """An event, or one changed occurrence of it.

    Attributes:
        start: on its own clock.
        length: from its start to its end, on its own clock; whole days for dates.
        clock: its own; None for the calendar's.
        changes: the occurrence that it replaces, as RECURRENCE-ID names it.
        wide: it was a date or time without end, and lasts a day.
    """

    place: Place
    component: Component
    name: str
    start: Moment
    length: timedelta
    clock: Clock | None
    changes: Moment | None
    wide: bool = False

    @property
    def uid(self) -> str:
        """Its UID; empty where it has none."""
        return self.place.row or ""

    def excluded(self, changes: Iterable[Event], clocks: Clocks) -> tuple[set[datetime], set[date]]:
        """What EXDATE and *changes* take away: times on its own clock, and dates.

        Raises:
            Unreadable: an exclusion cannot be read.
        """
        times, dates = set[datetime](), set[date]()
        lines = [*self.component.every("EXDATE")]
        _refuse_floods(lines)
        gone = [(moment, line) for line in lines for moment in _moments(line)]
        for change in changes:
            line = change.component.one("RECURRENCE-ID")
            if line is not None and change.changes is not None:
                gone.append((change.changes, line))
        for moment, line in gone:
            if moment.whole:
                dates.add(moment.date)
            else:
                times.add(_on_clock_of(self, moment, line, clocks))
        return times, dates

    def added(self, clocks: Clocks) -> Iterator[tuple[datetime, timedelta]]:
        """What RDATE adds: start on its own clock, and length.

        Raises:
            Unreadable: an addition cannot be read.
        """
        lines = [*self.component.every("RDATE")]
        _refuse_floods(lines)
        for line in lines:
            for text in _listed(line):
                begin, _, end = text.partition("/")
                moment = _moment(line, begin)
                start = self.start.at.replace(
                    year=moment.at.year, month=moment.at.month, day=moment.at.day
                )
                if not moment.whole:
                    start = _on_clock_of(self, moment, line, clocks)
                yield start, _period_length(line, moment, end) if end else self.length


def read_event(component: Component, clocks: Clocks, timezone: str) -> Event:
    """The event that a component writes.

    Args:
        component: a VEVENT.
        clocks: of its file.
        timezone: the calendar's; times in it, and times without zone, are read as they stand.

    Raises:
        Unreadable: what is wrong with it.
    """
    place = place_of(component)
    line = component.one("DTSTART")
    if line is None:
        raise Unreadable(
            "DTSTART", None, "is missing", "add when the event begins", "import.event-time"
        )
    start = _moment(line, line.value, line.parameters.get("TZID"))
    if component.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE":
        start = Moment(datetime.combine(start.date, datetime.min.time()), whole=True)
    clock = _clock(start, line, clocks, timezone)
    length, wide = _length(component, start, clock, clocks, timezone)
    event = Event(place, component, name_of(component)[0], start, length, clock, None, wide)
    changed = component.one("RECURRENCE-ID")
    if changed is None:
        return event
    if changed.parameters.get("RANGE"):
        raise Unreadable(
            "RECURRENCE-ID",
            changed.parameters["RANGE"],
            "changes all following occurrences",
            "end the series there and begin another one",
            "import.recurrence-range",
        )
    moment = _moment(changed, changed.value)
    return Event(place, component, event.name, start, length, clock, moment, wide)


def place_of(component: Component) -> Place:
    """Where an event stands in its file."""
    return Place(line=component.line, row=component.text("UID")[:200] or None)


def name_of(component: Component) -> tuple[str, bool]:
    """The event's name on one short line, and whether it had to be made one."""
    line = component.one("SUMMARY")
    written = "" if line is None else unescaped(line.value)
    name = written
    if _CONTROL.search(name):
        name = " ".join(_CONTROL.sub(" ", name).split())
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "…"
    return name, name != written


def lasts(begin: datetime, end: datetime) -> Iterator[Mapping[str, Any]]:
    """The parts of dates between two readings of the calendar's clock, as holidays carry them.

    Seconds are widened to whole minutes.
    """
    begin = begin.replace(second=0, microsecond=0)
    if end.second or end.microsecond:
        end = end.replace(second=0, microsecond=0) + timedelta(minutes=1)
    day = begin.date()
    while datetime.combine(day, datetime.min.time()) < end:
        first = begin if day == begin.date() else datetime.combine(day, datetime.min.time())
        part: dict[str, Any] = {"date": f"{day.year:04}-{day:%m-%d}"}
        until = "24:00" if end.date() > day else f"{end:%H:%M}"
        if (f"{first:%H:%M}", until) != ("00:00", "24:00"):
            part |= {"from": f"{first:%H:%M}", "to": until}
        yield part
        day += _DAY


def _length(
    component: Component, start: Moment, clock: Clock | None, clocks: Clocks, timezone: str
) -> tuple[timedelta, bool]:
    line, duration = component.one("DTEND"), component.one("DURATION")
    if line is not None:
        end = _moment(line, line.value, line.parameters.get("TZID"))
        if start.whole:
            end = Moment(datetime.combine(end.date, datetime.min.time()), whole=True)
        length = _between(start, clock, end, _clock(end, line, clocks, timezone))
        field, value = "DTEND", line.value
    elif duration is not None:
        field, value = "DURATION", duration.value
        try:
            length = read_duration(value)
        except (ValueError, OverflowError) as error:
            raise Unreadable(
                field, value, str(error), "write P1D or PT8H", "import.event-time"
            ) from error
    else:
        field, value, length = "DTEND", "", timedelta(0)
    if start.whole:
        length = timedelta(days=length.days)
        if not length and (value == "" or field == "DTEND"):
            return _DAY, bool(value)
    if length <= timedelta(0):
        message = "does not lie after the event's start" if value else "is missing"
        raise Unreadable(field, value, message, "write when it ends", "import.event-length")
    if length > LONGEST:
        raise Unreadable(
            field,
            value,
            f"is {length.days} days after the start",
            f"let an event last {LONGEST.days} days at most",
            "import.event-length",
        )
    return length, False


def _between(start: Moment, clock: Clock | None, end: Moment, other: Clock | None) -> timedelta:
    if clock is other or start.whole:
        return end.at - start.at
    if clock is None or other is None:  # a clock on the wall nobody can compare: as they stand
        return end.at - start.at
    return timedelta(seconds=other.utc_s(end.at) - clock.utc_s(start.at))


def _clock(moment: Moment, line: Line, clocks: Clocks, timezone: str) -> Clock | None:
    """The clock that a moment is read on; None for the calendar's own."""
    if moment.whole or not (moment.utc or moment.tzid):
        return None
    if moment.utc:
        return UTC_CLOCK
    tzid = moment.tzid or ""
    if clocks.name(tzid) == timezone:
        return None
    _within_years(moment, line)
    try:
        return clocks.clock(tzid)
    except UnknownZone as error:
        raise Unreadable(
            f"{line.name};TZID",
            tzid,
            str(error),
            "write an IANA name such as Europe/London",
            "import.zone-unknown",
        ) from error


def _on_clock_of(event: Event, moment: Moment, line: Line, clocks: Clocks) -> datetime:
    """What the event's own clock shows at *moment*, which may be written on another one."""
    if moment.tzid is None and not moment.utc:
        return moment.at
    mine, tzid = event.start.tzid, moment.tzid
    if moment.utc == event.start.utc and mine == tzid:
        return moment.at
    name = None if mine is None else clocks.name(mine)
    if tzid is not None and mine is not None and clocks.name(tzid) == name is not None:
        return moment.at
    _within_years(moment, line)
    try:
        clock = UTC_CLOCK if moment.utc else clocks.clock(tzid or "")
        return clocks.wall(clock.utc_s(moment.at), event.start)
    except (UnknownZone, OverflowError) as error:
        raise Unreadable(
            f"{line.name};TZID",
            tzid,
            str(error),
            "write it in the event's own zone",
            "import.zone-unknown",
        ) from error


def _period_length(line: Line, begin: Moment, end: str) -> timedelta:
    try:
        length = read_duration(end) if end[:1] in "pP+-" else _moment(line, end).at - begin.at
    except OverflowError as error:
        raise _bad_moment(line, end, str(error)) from error
    except ValueError as error:
        raise _bad_moment(line, end, str(error)) from error
    if not timedelta(0) < length <= LONGEST:
        raise _bad_moment(line, end, "is no end of a period")
    return length


def _moments(line: Line) -> Iterator[Moment]:
    return (_moment(line, text) for text in _listed(line))


def _refuse_floods(lines: Sequence[Line]) -> None:
    if sum(line.value.count(",") + 1 for line in lines) > MOST_LISTED:
        raise Unreadable(
            lines[0].name,
            f"more than {MOST_LISTED} dates",
            "lists too many",
            "write a rule (RRULE) with an end instead",
            "import.too-many",
        )


def _listed(line: Line) -> list[str]:
    return [text for text in line.value.split(",") if text.strip()]


def _moment(line: Line, text: str, tzid: str | None = None) -> Moment:
    try:
        moment = read_moment(text, tzid or line.parameters.get("TZID"))
    except ValueError as error:
        raise _bad_moment(line, text, str(error)) from error
    if moment.at.year >= _NO_YEAR:
        raise _bad_moment(line, text, f"is not before the year {_NO_YEAR}")
    if line.parameters.get("VALUE", "").upper() == "DATE" and not moment.whole:
        return Moment(datetime.combine(moment.date, datetime.min.time()), whole=True)
    return moment


def _within_years(moment: Moment, line: Line) -> None:
    if moment.at.year not in _YEARS:
        raise _bad_moment(line, str(moment.at), "is not between 1970 and 2199")


def _bad_moment(line: Line, text: str, message: str) -> Unreadable:
    remedy = "write an existing date such as 20261225, or a time such as 20261225T090000"
    return Unreadable(line.name, text[:80], message, remedy, "import.event-time")
