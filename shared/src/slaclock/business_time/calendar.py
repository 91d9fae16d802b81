"""`BusinessCalendar`: answers about business time, from one snapshot."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from operator import index
from typing import Any, Final, Self

from slaclock.business_time.batch import BatchCalendar
from slaclock.business_time.errors import InvalidCalendar, NoBusinessTime
from slaclock.business_time.instants import MICROSECOND, MINUTE_US, checked_us, from_us, to_us
from slaclock.business_time.rules import Rules
from slaclock.business_time.trace import Trace
from slaclock.business_time.tracing import traced
from slaclock.business_time.tz_files import PACKAGED, ZoneFiles
from slaclock.business_time.validation import examined

__all__ = ["BusinessCalendar"]


class BusinessCalendar(BatchCalendar):
    """Business time of one calendar.

    Never changes, and may be shared by threads. Open intervals are laid out by the year when
    they are first needed and kept; after that no answer depends on the span it covers.

    Instants are aware datetimes in any zone, or microseconds since the epoch where a name ends
    in ``_us``; results are UTC. Every method raises `InstantOutOfRange` for an instant outside
    1970-01-01 to 2200-01-01 (both included) and `ValueError` for a naive datetime.

    Attributes:
        calendar_id, version, name, type: As the snapshot says.
        timezone: IANA name of the zone whose wall clock the windows are read on.
    """

    __slots__ = ("calendar_id", "name", "timezone", "type", "version")

    def __init__(
        self,
        rules: Rules,
        *,
        calendar_id: str | None = None,
        version: int | None = None,
        name: str = "",
        kind: str = "business",
    ) -> None:
        super().__init__(rules)
        self.calendar_id: Final = calendar_id
        self.version: Final = version
        self.name: Final = name
        self.type: Final = kind
        self.timezone: Final = rules.zone.name

    @classmethod
    def from_snapshot(cls, snapshot: dict[str, Any], *, files: ZoneFiles = PACKAGED) -> Self:
        """The calendar of a snapshot or draft.

        Args:
            snapshot: Parsed JSON; ``timezone`` and ``windows`` are required.
            files: Where the zone is read from if the snapshot does not carry it.

        Raises:
            InvalidCalendar: something is wrong; `faults` lists all of it.
            NoBusinessTime: it is well formed, but never opens.
        """
        rules, faults = examined(snapshot, files)
        if rules is None:
            never = all(fault.code == NoBusinessTime.code for fault in faults)
            raise (NoBusinessTime if never else InvalidCalendar)(faults)
        return cls(
            rules,
            calendar_id=snapshot.get("calendar_id"),
            version=snapshot.get("version"),
            name=snapshot.get("name") or "",
            kind=snapshot.get("type") or "business",
        )

    @classmethod
    def always(cls) -> Self:
        """The reserved calendar ``24x7``: business time is all time."""
        whole_day = {"start": "00:00", "end": "24:00"}
        return cls.from_snapshot(
            {
                "name": "24x7",
                "timezone": "UTC",
                "zone": {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"},
                "windows": [{"weekday": day, **whole_day} for day in range(7)],
            }
        )

    def calculate_business_minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of `elapsed`, truncated toward zero; negative if *end* is earlier."""
        elapsed_us = self.elapsed_us(to_us(start), to_us(end))
        return elapsed_us // MINUTE_US if elapsed_us >= 0 else -(-elapsed_us // MINUTE_US)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Exact business time from *start* to *end*; negative if *end* is earlier."""
        return self.elapsed_us(to_us(start), to_us(end)) * MICROSECOND

    def add_business_minutes(self, start: datetime, minutes: int) -> datetime:
        """`add` of whole minutes, which may be negative.

        Raises:
            TypeError: *minutes* is not a whole number.
        """
        return from_us(self.add_us(to_us(start), index(minutes) * MINUTE_US))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant that *amount* of business time leads to.

        The first instant that has it: exactly filling a window gives its closing instant. A
        negative amount leads back, and exactly emptying a window gives its opening instant.
        Zero gives *start*, open or not.

        Raises:
            NoBusinessTime: the calendar does not open often enough, ahead or behind.
        """
        return from_us(self.add_us(to_us(start), amount // MICROSECOND))

    def next_business_minute(self, at: datetime) -> datetime:
        """*at* itself if open, else the next opening instant.

        Raises:
            NoBusinessTime: the calendar does not open any more.
        """
        return from_us(self.next_us(to_us(at)))

    def previous_business_minute(self, at: datetime) -> datetime:
        """*at* itself if open, else the latest closing instant that is not after it.

        Raises:
            NoBusinessTime: the calendar had not opened before.
        """
        return from_us(self.previous_us(to_us(at)))

    def is_business_time(self, at: datetime) -> bool:
        """Whether the calendar is open; at a closing instant it is not."""
        return self.is_open_us(to_us(at))

    def explain(self, start: datetime, end: datetime) -> Trace:
        """How `elapsed` comes about: windows consumed, holidays, changes of the clock."""
        start_us, end_us = checked_us("start", to_us(start)), checked_us("end", to_us(end))
        return traced(self._rules, start_us, end_us, calendar=(self.calendar_id, self.version))

    def local_date(self, instant_us: int) -> date:
        """The date on the calendar's wall at microseconds since the epoch."""
        return self._rules.zone.local_date(checked_us("instant", instant_us))
