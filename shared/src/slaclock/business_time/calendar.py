"""`BusinessCalendar`: answers about business time, from one snapshot."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from operator import index
from typing import Any, Final, Self

from slaclock.business_time.batch import BatchCalendar
from slaclock.business_time.errors import InvalidCalendar, NoBusinessTime
from slaclock.business_time.instants import (
    EPOCH,
    LAST_US,
    MICROSECOND,
    MINUTE_US,
    SECOND_US,
    checked_us,
    from_us,
    moment,
    to_us,
)
from slaclock.business_time.moments import Moments
from slaclock.business_time.rules import Rules
from slaclock.business_time.trace import Trace
from slaclock.business_time.tracing import listable_until, shortened, traced
from slaclock.business_time.tz_files import PACKAGED, ZoneFiles
from slaclock.business_time.validation import examined

__all__ = ["BusinessCalendar"]

_MINUTE: Final = timedelta(minutes=1)
_NOTHING: Final = timedelta()
_MOST: Final = LAST_US * MICROSECOND
_LEAST: Final = -_MOST


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

    __slots__ = ("_moments", "calendar_id", "name", "timezone", "type", "version")

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
        self._moments = Moments(self._line)
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
        elapsed = self.elapsed(start, end)
        return elapsed // _MINUTE if elapsed >= _NOTHING else -(-elapsed // _MINUTE)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Exact business time from *start* to *end*; negative if *end* is earlier."""
        try:
            since, until = start - EPOCH, end - EPOCH
        except TypeError:
            since, until = moment(start), moment(end)
        line = self._moments
        first, last = since.days - line.first_day, until.days - line.first_day
        if not (0 <= first < line.days and 0 <= last < line.days):
            elapsed_us = self.elapsed_us(since // MICROSECOND, until // MICROSECOND)
            self._catch_up()
            return elapsed_us * MICROSECOND
        opens, closes, begun = line.opens, line.closes, line.begun
        first = bisect_right(opens, since, begun[first], begun[first + 1])
        last = bisect_right(opens, until, begun[last], begun[last + 1])
        start_closes, end_closes = closes[first], closes[last]
        return (
            (line.bases[last] - line.bases[first])
            + (until if until < end_closes else end_closes)  # noqa: FURB136  no calls here
            - (since if since < start_closes else start_closes)  # noqa: FURB136  the same
        )

    def add_business_minutes(self, start: datetime, minutes: int) -> datetime:
        """`add` of whole minutes, which may be negative.

        Raises:
            TypeError: *minutes* is not a whole number.
        """
        try:
            amount = index(minutes) * _MINUTE
        except OverflowError:  # no timedelta is so long
            return from_us(self.add_us(to_us(start), index(minutes) * MINUTE_US))
        return self.add(start, amount)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant that *amount* of business time leads to.

        The first instant that has it: exactly filling a window gives its closing instant. A
        negative amount leads back, and exactly emptying a window gives its opening instant.
        Zero gives *start*, open or not.

        Raises:
            NoBusinessTime: the calendar does not open often enough, ahead or behind.
        """
        try:
            since = start - EPOCH
        except TypeError:
            since = moment(start)
        line = self._moments
        day = since.days - line.first_day
        if 0 <= day < line.days and _LEAST < amount < _MOST:
            begun = line.begun
            place = bisect_right(line.opens, since, begun[day], begun[day + 1])
            close = line.closes[place]
            goal = line.bases[place] + (since if since < close else close) + amount  # noqa: FURB136  no call
            if amount > _NOTHING and goal <= line.total:
                return EPOCH + line.filled_at(goal)
            if amount < _NOTHING and goal >= _NOTHING:
                return EPOCH + line.emptied_at(goal)
        reached_us = self.add_us(since // MICROSECOND, amount // MICROSECOND)
        self._catch_up()
        return from_us(reached_us)

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

    def explain(self, start: datetime, end: datetime, *, limit: int | None = None) -> Trace:
        """How `elapsed` comes about: windows consumed, holidays, changes of the clock.

        Args:
            start: Where it begins.
            end: Where it ends; may be earlier.
            limit: The most parts, holidays and changes to list, of each. The rest of the span
                is one sum, `Trace.rest`. Without a limit everything is listed.

        Raises:
            ValueError: *limit* is less than 1.
        """
        start_us, end_us = checked_us("start", to_us(start)), checked_us("end", to_us(end))
        name = self.calendar_id, self.version
        if limit is None:
            return traced(self._rules, start_us, end_us, calendar=name)
        if limit < 1:
            raise ValueError(f"a trace lists at least 1 part, not {limit}")
        low, high = min(start_us, end_us), max(start_us, end_us)
        until = listable_until(self._rules, low, high, limit)
        listed = traced(self._rules, low, until, calendar=name)
        if until == high and len(listed.holidays) <= limit:
            return traced(self._rules, start_us, end_us, calendar=name)
        rest_us = self.elapsed_us(until, high)
        return shortened(listed, start_us, end_us, rest_us=rest_us, limit=limit)

    def _catch_up(self) -> None:
        """Follow the timeline after it has grown."""
        if self._moments.line is not self._line:
            self._moments = Moments(self._line)

    def local_date(self, instant_us: int) -> date:
        """The date on the calendar's wall at microseconds since the epoch."""
        return self._rules.zone.local_date(checked_us("instant", instant_us))

    def offset_at(self, instant_us: int) -> int:
        """Seconds by which the calendar's wall is ahead of UTC at microseconds since the epoch."""
        return self._rules.zone.offset_at(checked_us("instant", instant_us) // SECOND_US)
