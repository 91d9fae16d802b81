"""Writes a calendar as iCalendar: the same calendar gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from calendar_service.formats.ical_own import CLOSED, HOLIDAY, OVERRIDE, OVERTIME, WINDOW
from calendar_service.formats.ical_writing import escaped, folded, timezone_lines
from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.contracts.canonical import uuid_of

__all__ = ["MEDIA_TYPE", "written_icalendar"]

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//slaclock//calendar 1//EN"
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY: Final = timedelta(days=1)
_CATEGORIES: Final = {
    WINDOW: "Working hours",
    OVERTIME: "Overtime",
    OVERRIDE: "Special hours",
    CLOSED: "Closed",
    HOLIDAY: "Holiday",
}
_UNPRINTABLE: Final = {code: " " for code in (*range(32), 127) if code != 10}


@dataclass(frozen=True, slots=True)
class _Slot:
    """When an event lies: its date, and hours of it; None for whole days."""

    on: date
    start: str | None = None
    end: str | None = None


def written_icalendar(
    document: Mapping[str, Any], calendar_id: str, stamp: datetime, *, files: ZoneFiles = PACKAGED
) -> bytes:
    """The file of a plain, valid calendar.

    Args:
        document: a snapshot, or a draft without rules and sets.
        calendar_id: goes into the events' UIDs.
        stamp: aware; when this state of the calendar came to be. Weekly windows begin in its year.
        files: known zones, for a document that carries none.

    Raises:
        ValueError: its zone is not known.
    """
    name = document.get("name") or calendar_id
    writer = _Writer(calendar_id, document["timezone"], stamp.astimezone(UTC), document)
    events = [line for event in writer.events() for line in event]
    years = range(min(writer.years), max(writer.years) + 1)
    zone = timezone_lines(document.get("zone"), document["timezone"], files, years)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        f"X-WR-TIMEZONE:{document['timezone']}",
        *_about(document, calendar_id),
        *zone,
        *events,
        "END:VCALENDAR",
    ]
    return b"".join(folded(line.translate(_UNPRINTABLE)) for line in lines)


def _about(document: Mapping[str, Any], calendar_id: str) -> Iterator[str]:
    yield f"X-SLACLOCK-CALENDAR-ID:{escaped(calendar_id)}"
    yield f"X-SLACLOCK-TYPE:{document.get('type') or 'business'}"
    yield f"X-SLACLOCK-HOLIDAY-RULE:{document.get('holiday_rule') or 'date'}"
    if horizon := document.get("horizon"):
        yield f"X-SLACLOCK-HORIZON:{horizon['first_year']:04}-{horizon['last_year']:04}"


class _Writer:
    """Makes events.

    Attributes:
        years: in which any of them begins.
    """

    def __init__(
        self, calendar_id: str, timezone: str, stamp: datetime, document: Mapping[str, Any]
    ) -> None:
        self._id, self._timezone, self._document = calendar_id, timezone, document
        self._stamp = f"{stamp:%Y%m%dT%H%M%SZ}"
        self._first_week = date(stamp.year, 1, 1)
        self.years = {stamp.year}

    def events(self) -> Iterator[list[str]]:
        """One list of lines for each."""
        for key, kind in (("windows", WINDOW), ("overtime_windows", OVERTIME)):
            for window in self._document.get(key) or ():
                yield self._weekly(kind, window)
        for override in self._document.get("overrides") or ():
            yield from self._override(override)
        for holiday in self._document.get("holidays") or ():
            yield self._holiday(holiday)

    def _weekly(self, kind: str, window: Mapping[str, Any]) -> list[str]:
        weekday = window["weekday"]
        on = self._first_week + _DAY * ((weekday - self._first_week.weekday()) % 7)
        more = [f"RRULE:FREQ=WEEKLY;BYDAY={_WEEKDAYS[weekday]}"]
        if kind == OVERTIME:
            more.append(f"X-SLACLOCK-MULTIPLIER:{window['multiplier']}")
        key = (weekday, window["start"], window["end"])
        slot = _Slot(on, window["start"], window["end"])
        return self._event(kind, key, slot, _CATEGORIES[kind], more)

    def _override(self, override: Mapping[str, Any]) -> Iterator[list[str]]:
        on, windows = override["date"], override["windows"]
        if not windows:
            slot = _Slot(date.fromisoformat(on))
            yield self._event(CLOSED, (on,), slot, _CATEGORIES[CLOSED], [])
        for window in windows:
            key = (on, window["start"], window["end"])
            slot = _Slot(date.fromisoformat(on), window["start"], window["end"])
            yield self._event(OVERRIDE, key, slot, _CATEGORIES[OVERRIDE], [])

    def _holiday(self, holiday: Mapping[str, Any]) -> list[str]:
        begin, end = holiday.get("from") or "00:00", holiday.get("to") or "24:00"
        whole = (begin, end) == ("00:00", "24:00")
        on = date.fromisoformat(holiday["date"])
        yearly = holiday.get("recurrence") == "yearly"
        slot = _Slot(on) if whole else _Slot(on, begin, end)
        key = (holiday["date"], begin, end, yearly)
        more = ["RRULE:FREQ=YEARLY"] if yearly else []
        return self._event(HOLIDAY, key, slot, holiday.get("name") or "", more)

    def _event(
        self, kind: str, key: tuple[Any, ...], slot: _Slot, name: str, more: list[str]
    ) -> list[str]:
        """*key* tells events of a kind apart; the same one has the same UID in every version."""
        self.years.add(slot.on.year)
        lines = [
            "BEGIN:VEVENT",
            f"UID:{uuid_of('icalendar', self._id, kind, *key)}@slaclock",
            f"DTSTAMP:{self._stamp}",
            *self._times(slot),
            *more,
        ]
        lines += [f"SUMMARY:{escaped(name)}"] if name else []
        lines += [
            f"CATEGORIES:{_CATEGORIES[kind]}",
            "TRANSP:TRANSPARENT",
            f"X-SLACLOCK-KIND:{kind}",
        ]
        return [*lines, "END:VEVENT"]

    def _times(self, slot: _Slot) -> Iterator[str]:
        if slot.start is None or slot.end is None:
            yield f"DTSTART;VALUE=DATE:{_day(slot.on)}"
            if slot.on < date.max:  # without end it lasts a day as well
                yield f"DTEND;VALUE=DATE:{_day(slot.on + _DAY)}"
            return
        beyond = slot.end <= slot.start or slot.end == "24:00"
        last = slot.on + _DAY if beyond and slot.on < date.max else slot.on
        end = "00:00" if slot.end == "24:00" else slot.end
        yield f"DTSTART;TZID={self._timezone}:{_day(slot.on)}T{slot.start.replace(':', '')}00"
        yield f"DTEND;TZID={self._timezone}:{_day(last)}T{end.replace(':', '')}00"
        yield f"X-SLACLOCK-HOURS:{slot.start}-{slot.end}"


def _day(day: date) -> str:
    return f"{day.year:04}{day:%m%d}"
