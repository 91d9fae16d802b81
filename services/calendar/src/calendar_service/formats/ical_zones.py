"""Whose clock on the wall a time of an iCalendar file is read on.

A zone's name is looked up first: as an IANA name, behind a vendor's prefix, as a Windows name.
Only a name that nobody knows is read from the file's own VTIMEZONE.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendar_service.formats.ical_components import Component
from calendar_service.formats.ical_values import Moment, read_moment, read_offset
from calendar_service.formats.recurrence import Budget, Exhausted, expand
from calendar_service.formats.recurrence_rule import Rule, read_rule
from slaclock.business_time import ZoneFiles
from slaclock.business_time.tz_files import load_zone
from slaclock.business_time.zone import Zone

__all__ = ["UTC_CLOCK", "Clock", "Clocks", "UnknownZone", "ZoneClock"]

EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - seconds are counted from it on any clock
_DAY_S: Final = 86_400
_MOST_CHANGES: Final = 2_000


class UnknownZone(ValueError):  # noqa: N818 - says what is not known
    """A TZID that means nothing here."""


class Clock(Protocol):
    """A clock on the wall."""

    def utc_s(self, wall: datetime) -> int:
        """The UTC second at which it shows *wall*.

        Of two, the first; of none, by the offset before the gap (RFC 5545 §3.3.5).
        """
        ...

    def wall(self, utc_s: int) -> datetime:
        """What it shows at a UTC second."""
        ...


@dataclass(frozen=True, slots=True)
class ZoneClock:
    """The clock of a known zone."""

    zone: Zone

    def utc_s(self, wall: datetime) -> int:
        """See `Clock.utc_s`."""
        local = _seconds(wall)
        found = self.zone.segments(max(local - 2 * _DAY_S, 0), max(local + 2 * _DAY_S, 1))
        return _first_showing(local, [(start, offset) for start, _, offset in found])

    def wall(self, utc_s: int) -> datetime:
        """See `Clock.wall`."""
        return EPOCH + timedelta(seconds=utc_s + self.zone.offset_at(utc_s))


@dataclass(frozen=True, slots=True)
class _WrittenClock:
    """A clock by the changes of a VTIMEZONE: (UTC second, offset from then on), in order."""

    changes: Sequence[tuple[int, int]]

    def utc_s(self, wall: datetime) -> int:
        local = _seconds(wall)
        at = bisect_right(self.changes, (local - 2 * _DAY_S, 0))
        return _first_showing(local, self.changes[max(at - 1, 0) : at + 6])

    def wall(self, utc_s: int) -> datetime:
        at = bisect_right(self.changes, (utc_s, 10**6)) - 1
        return EPOCH + timedelta(seconds=utc_s + self.changes[at][1])


@dataclass(frozen=True, slots=True)
class _Utc:
    def utc_s(self, wall: datetime) -> int:
        return _seconds(wall)

    def wall(self, utc_s: int) -> datetime:
        return EPOCH + timedelta(seconds=utc_s)


UTC_CLOCK: Final[Clock] = _Utc()


class Clocks:
    """The clocks of one file.

    Args:
        zones: its VTIMEZONE components.
        timezone: IANA name of the calendar's own clock.
        files: known zones.
        years: for which written zones are laid out, both included.
        budget: days that laying them out may examine.
    """

    def __init__(
        self,
        zones: Iterable[Component],
        timezone: str,
        files: ZoneFiles,
        years: tuple[int, int],
        budget: Budget,
    ) -> None:
        self._written = {zone.text("TZID"): zone for zone in zones}
        self._files, self._years, self._budget = files, years, budget
        self._names = files.names()
        self._timezone = timezone
        self._known: dict[str, Clock | UnknownZone] = {}

    def clock(self, tzid: str) -> Clock:
        """The clock that a TZID means.

        Raises:
            UnknownZone: nobody knows, and the file does not say, or at too much length.
        """
        clock = self._known.get(tzid)
        if clock is None:
            clock = self._known[tzid] = self._found(tzid)
        if isinstance(clock, UnknownZone):
            raise clock
        return clock

    def _found(self, tzid: str) -> Clock | UnknownZone:
        name = self.name(tzid)
        if name is not None:
            return ZoneClock(load_zone(name, self._files))
        try:
            return self._of_file(tzid)
        except UnknownZone as unknown:  # kept, so that asking again costs nothing
            return unknown
        except Exhausted:
            return UnknownZone("is no known time zone, and its VTIMEZONE takes too much work")

    def wall(self, utc_s: int, like: Moment) -> datetime:
        """What the clock of *like* shows at a UTC second.

        Raises:
            UnknownZone: its TZID means nothing.
        """
        if like.utc or like.whole:
            return EPOCH + timedelta(seconds=utc_s)
        return self.clock(like.tzid or self._timezone).wall(utc_s)

    def name(self, tzid: str) -> str | None:
        """The IANA name that a TZID means; None where only the file knows its rules."""
        zone = self._written.get(tzid)
        location = zone.text("X-LIC-LOCATION") if zone else ""
        parts = tzid.strip("/").split("/")
        behind = ["/".join(parts[-count:]) for count in (3, 2, 1)] if tzid.startswith("/") else []
        for candidate in (tzid, location, *behind, WINDOWS_TO_OLSON.get(tzid, "")):
            if candidate in self._names:
                return str(candidate)
        return None

    def _of_file(self, tzid: str) -> Clock:
        zone = self._written.get(tzid)
        if zone is None:
            raise UnknownZone("is no known time zone, and the file does not describe it")
        changes: list[tuple[int, int]] = []
        before: list[tuple[int, int]] = []
        for part in zone.parts:
            try:
                offset_from = read_offset(part.text("TZOFFSETFROM"))
                offset = read_offset(part.text("TZOFFSETTO"))
                onsets = list(self._onsets(part))
            except ValueError as error:
                raise UnknownZone(f"is described wrongly in line {part.line}: {error}") from error
            changes += [(_seconds(onset) - offset_from, offset) for onset in onsets]
            if onsets:
                before.append((_seconds(min(onsets)), offset_from))
        if not changes:
            raise UnknownZone("is no known time zone, and its VTIMEZONE has no offset")
        changes.sort()
        return _WrittenClock([(-(10**12), min(before)[1]), *changes])

    def _onsets(self, part: Component) -> Iterable[datetime]:
        """When it begins, on the clock before: its start, and what its rules add."""
        start = read_moment(part.text("DTSTART")).at
        found = {start}
        for line in part.every("RDATE"):
            found.update(read_moment(text).at for text in line.value.split(",", _MOST_CHANGES))
        for line in part.every("RRULE"):
            rule = read_rule(line.value)
            first, last = (date(self._years[0] - 2, 1, 1), date(self._years[1] + 1, 12, 31))
            days = expand(rule, start.date(), first, _until(rule, last), self._budget)
            found.update(datetime.combine(day, start.time()) for day in days)
        return found


def _until(rule: Rule, last: date) -> date:
    return last if rule.until is None else min(last, read_moment(rule.until).date)


def _first_showing(local: int, changes: Sequence[tuple[int, int]]) -> int:
    """The first UTC second that shows *local*; *changes* begin before it."""
    gap: int | None = None
    for number, (start, offset) in enumerate(changes):
        end = changes[number + 1][0] if number + 1 < len(changes) else None
        second = local - offset
        if (number == 0 or second >= start) and (end is None or second < end):
            return second
        if end is not None and second >= end:  # shown later than this offset lasts
            gap = second
    return local - changes[0][1] if gap is None else gap


def _seconds(wall: datetime) -> int:
    return int((wall - EPOCH).total_seconds())
