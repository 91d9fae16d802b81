"""Reads an iCalendar file (RFC 5545) as holidays, or as the calendar that it was written from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from calendar_service.formats.ical_components import CalendarFile, Component, read_components
from calendar_service.formats.ical_events import (
    Event,
    Unreadable,
    lasts,
    name_of,
    place_of,
    read_event,
)
from calendar_service.formats.ical_lines import decoded, unescaped
from calendar_service.formats.ical_own import HOLIDAY, Own, kind_of
from calendar_service.formats.ical_series import Occurrence, Series, is_cancelled, series_of
from calendar_service.formats.ical_values import Moment
from calendar_service.formats.ical_zones import Clock, Clocks
from calendar_service.formats.recurrence import Budget
from slaclock.business_time import PACKAGED, Horizon, ZoneFiles
from slaclock.foreign.findings import CalendarFound, Findings, Place, Preview, UnusableFile
from slaclock.foreign.holidays import combined

__all__ = ["Limits", "read_icalendar", "zone_of_file"]

_YEARS: Final = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work a file may cause.

    Attributes:
        days: candidates that rules may examine in the whole file.
        days_of_event: the same for one event, and for all time zones together.
        holidays: that may come out, before those lying over each other are joined.
    """

    days: int = 250_000
    days_of_event: int = 50_000
    holidays: int = 5_000


def read_icalendar(
    body: bytes,
    horizon: Horizon,
    timezone: str | None = None,
    *,
    files: ZoneFiles = PACKAGED,
    limits: Limits | None = None,
) -> Preview:
    """What the file holds for a calendar in *timezone*.

    Args:
        body: the file.
        horizon: local years for which recurring events become dates.
        timezone: IANA name; what the file says (``X-WR-TIMEZONE``) where none is given.
        files: known zones.
        limits: bounds on the work.

    Raises:
        UnusableFile: nothing of it can be taken, or it is beyond the limits.
    """
    findings = Findings()
    file = read_components(decoded(body), findings)
    zone = timezone or zone_of_file(file, files)
    if zone is None or zone not in files.names():
        raise UnusableFile.because(
            "timezone",
            zone,
            "is missing: the file names no zone" if zone is None else "is not a time zone",
            "say which zone the calendar is in, such as Europe/London",
            "import.timezone",
        )
    return _Reading(file, zone, horizon, files, limits or Limits(), findings).preview()


def zone_of_file(file: CalendarFile, files: ZoneFiles) -> str | None:
    """The IANA zone that a file says its calendar is in."""
    clocks = Clocks(file.zones, "UTC", files, (1970, 1970), Budget(0))
    for calendar in file.calendars:
        named = unescaped(calendar.text("X-WR-TIMEZONE"))
        if named:
            return clocks.name(named) or named
    return None


@dataclass(slots=True)
class _Reading:
    """One file on its way to a preview."""

    file: CalendarFile
    timezone: str
    horizon: Horizon
    files: ZoneFiles
    limits: Limits
    findings: Findings
    holidays: list[Mapping[str, Any]] = field(default_factory=list)
    outside: int = 0
    cancelled: int = 0
    free: int = 0
    taken: int = 0

    def preview(self) -> Preview:
        years = (self.horizon.first_year, self.horizon.last_year)
        budget = Budget(self.limits.days)
        clocks = Clocks(
            self.file.zones, self.timezone, self.files, years, Budget(self.limits.days_of_event)
        )
        own = Own(self.timezone)
        holidays = []
        for component in self.file.events:
            kind = kind_of(component)
            own.found = own.found or kind is not None
            if kind in {None, HOLIDAY}:
                holidays.append(component)
            else:
                self._own(component, clocks, own)
        for event, changes in self._series(self._events(holidays, clocks)):
            self._take(event, changes, clocks, years, budget)
        found = combined(self.holidays)
        for holiday in found.merged:
            self.findings.noted(
                Place(),
                "holidays",
                f"{holiday['date']} {holiday.get('name', '')}",
                "several events lie over each other there; they become one holiday",
                "check its name and hours",
                "import.merged",
            )
        if self.free:
            self.findings.noted(
                Place(),
                "VEVENT.TRANSP",
                self.free,
                "events are marked as free (TRANSPARENT); they are taken as holidays all the same",
                "leave out those that do not close",
                "import.transparent",
            )
        counts = {
            "events": len(self.file.events),
            "taken": self.taken,
            "left_out": self.findings.left_out,
            "cancelled": self.cancelled,
            "outside": self.outside,
            "holidays": len(found.holidays),
            "repeated": found.repeated,
            "findings": self.findings.total,
        }
        calendars: tuple[CalendarFound, ...] = ()
        if own.found:
            calendars = (own.calendar(self.file.calendars[0], found.holidays),)
        return Preview(
            "icalendar",
            found.holidays,
            calendars,
            findings=tuple(self.findings.found),
            timezone=self.timezone,
            counts=counts,
        )

    def _own(self, component: Component, clocks: Clocks, own: Own) -> None:
        try:
            own.take(component, read_event(component, clocks, self.timezone))
        except Unreadable as wrong:
            self.findings.left(place_of(component), *wrong.fault)
        else:
            self.taken += 1

    def _events(self, components: Iterable[Component], clocks: Clocks) -> Iterator[Event]:
        for component in components:
            try:
                event = read_event(component, clocks, self.timezone)
            except Unreadable as wrong:
                self.findings.left(place_of(component), *wrong.fault)
                continue
            if event.wide:
                self._noted(
                    event,
                    "DTEND",
                    component.text("DTEND"),
                    "is the day on which the event begins; it is taken as that whole day",
                    "write the day after the last one",
                    "import.event-length",
                )
            if name_of(component)[1]:
                self._noted(
                    event,
                    "SUMMARY",
                    event.name,
                    "was not one short line and was made one",
                    "write up to 200 characters on one line",
                    "import.name",
                )
            yield event

    def _series(self, events: Iterable[Event]) -> Iterator[tuple[Event, list[Event]]]:
        """Each event with the changes to its occurrences; changes to nothing stand alone."""
        planned: dict[str, list[Event]] = {}
        changes: dict[str, list[Event]] = {}
        for event in events:
            mine = planned if event.changes is None else changes
            key = event.uid or f"line {event.place.line}"
            mine.setdefault(key, []).append(event)
        for uid, same in planned.items():
            latest = self._latest(same)
            yield latest[0], self._latest_changes(changes.pop(uid, []))
            for other in latest[1:]:
                yield other, []
        for orphans in changes.values():
            for event in self._latest_changes(orphans):
                yield event, []

    def _latest(self, same: list[Event]) -> list[Event]:
        """Of events with one UID those of the highest SEQUENCE."""
        highest = max(map(_sequence, same))
        latest = [event for event in same if _sequence(event) == highest]
        for event in same:
            if _sequence(event) != highest:
                self._noted(
                    event,
                    "SEQUENCE",
                    _sequence(event),
                    "is older than another event with the same UID, which replaces it",
                    "nothing: the newer one is taken",
                    "import.superseded",
                )
        return latest

    @staticmethod
    def _latest_changes(changes: list[Event]) -> list[Event]:
        latest: dict[Moment, Event] = {}
        for change in changes:
            if change.changes is None:
                continue
            before = latest.get(change.changes)
            if before is None or _sequence(change) >= _sequence(before):
                latest[change.changes] = change
        return list(latest.values())

    def _take(
        self,
        event: Event,
        changes: list[Event],
        clocks: Clocks,
        years: tuple[int, int],
        budget: Budget,
    ) -> None:
        if is_cancelled(event):
            self.cancelled += 1
            return
        self.cancelled += sum(map(is_cancelled, changes))
        mine = Budget(min(self.limits.days_of_event, budget.left))
        granted = mine.left
        try:
            series = series_of(event, changes, clocks, years, mine)
            entries = self._bounded(series, clocks)
        except Unreadable as wrong:
            self._spend(budget, granted - max(mine.left, 0), event)
            self.findings.left(event.place, *wrong.fault)
            return
        self._spend(budget, granted - mine.left, event)
        if series.out_of_step:
            self._noted(
                event,
                "DTSTART",
                event.component.text("DTSTART"),
                "does not follow the event's own rule; it is taken, and the rule counts from it",
                "let the event begin on the first date of its rule",
                "import.out-of-step",
            )
        self.taken += 1 + sum(not is_cancelled(change) for change in changes)
        free = event.component.text("TRANSP").upper() == "TRANSPARENT"
        self.free += free and kind_of(event.component) is None
        self.outside += not entries
        self.holidays += entries

    def _bounded(self, series: Series, clocks: Clocks) -> list[dict[str, Any]]:
        """The holidays that a series is; refused as soon as there are too many."""
        room = self.limits.holidays - len(self.holidays)
        entries: list[dict[str, Any]] = []
        for occurrence in series.occurrences:
            entries += self._entries(occurrence, clocks)
            if len(entries) > room:
                raise UnusableFile.because(
                    "VEVENT",
                    f"more than {self.limits.holidays} holidays",
                    "are too many",
                    "ask for fewer years, or leave out events that are no holidays",
                    "import.too-many",
                )
        return entries

    def _spend(self, budget: Budget, days: int, event: Event) -> None:
        budget.left -= days
        if budget.left <= 0:
            raise UnusableFile.because(
                "VEVENT.RRULE",
                f"line {event.place.line}",
                f"the rules of this file need more than {self.limits.days} days to be examined",
                "ask for fewer years, or leave out events that are no holidays",
                "import.too-much-work",
            )

    def _entries(self, occurrence: Occurrence, clocks: Clocks) -> Iterator[dict[str, Any]]:
        begin, length = occurrence.start, occurrence.length
        end = begin + length
        if occurrence.event.clock is not None:
            if begin.year not in _YEARS:
                return
            begin, end = self._here(occurrence.event.clock, begin, end, clocks)
        for part in lasts(begin, end):
            entry = {**part, "name": occurrence.event.name}
            if occurrence.yearly:
                entry["recurrence"] = "yearly"
            yield entry

    def _here(
        self, clock: Clock, begin: datetime, end: datetime, clocks: Clocks
    ) -> tuple[datetime, datetime]:
        """The same on the calendar's clock; where that was set back meanwhile, the wider hours."""
        mine = clocks.clock(self.timezone)
        here, there = mine.wall(clock.utc_s(begin)), mine.wall(clock.utc_s(end))
        if there > here:
            return here, there
        return min(here, there), max(here, there) + timedelta(minutes=1)

    def _noted(self, event: Event, field: str, *rest: Any) -> None:
        self.findings.noted(event.place, f"VEVENT.{field}", *rest)


def _sequence(event: Event) -> int:
    text = event.component.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
