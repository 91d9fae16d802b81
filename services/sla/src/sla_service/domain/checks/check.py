"""A check of the linter, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sla_service.domain.agreement import ALWAYS_OPEN, Agreement
from sla_service.domain.finding import Severity
from sla_service.domain.snapshot import SealedCalendar
from slaclock.business_time import BusinessCalendar, InstantOutOfRange, InvalidCalendar
from slaclock.business_time.instants import to_us

__all__ = ["HORIZON", "OPENINGS", "Check", "Hit", "Subject", "in_words"]

HORIZON: Final = timedelta(days=366)
"""A promise that reaches farther is hardly meant."""

OPENINGS: Final = 250_000
"""Opening hours that the points of one clock may lie ahead: ten years of 470 windows a week.

Who computes deadlines keeps them in memory, 32 bytes each.
"""

_STEP: Final = timedelta(hours=7, minutes=13)
"""Between samples of a year: no multiple of it is a day, so all hours and weekdays come up."""

_MINUTE_US: Final = 60_000_000

Hit: TypeAlias = tuple[str, object, str]
"""Path, value and what is wrong with it."""


@dataclass(slots=True)
class Subject:
    """An agreement with its calendars, parsed when first needed.

    Attributes:
        agreement: what the file says.
        calendars: sealed, by name.
        at: the instant of judgement (UTC); the sample year begins here.
    """

    agreement: Agreement
    calendars: Mapping[str, SealedCalendar]
    at: datetime
    _hours: dict[str, BusinessCalendar | None] = field(default_factory=dict)
    _samples: list[int] = field(default_factory=list)
    _least: dict[str, int] = field(default_factory=dict)
    _dues: dict[tuple[str, int], list[int] | None] = field(default_factory=dict)

    def samples(self) -> list[int]:
        """Instants of a year, microseconds since the epoch."""
        if not self._samples:
            first, step = to_us(self.at), _STEP // timedelta(microseconds=1)
            self._samples = [first + step * number for number in range(HORIZON // _STEP)]
        return self._samples

    def dues(self, calendar: str, minutes: int) -> list[int] | None:
        """When *minutes* of business time from each sample on are over; None for never."""
        key = (calendar, minutes)
        if key not in self._dues:
            self._dues[key] = self._dues_of(calendar, minutes)
        return self._dues[key]

    def fits_a_year(self, calendar: str, minutes: int) -> bool:
        """Whether *minutes* of business time are over within `HORIZON`, whenever they begin."""
        if calendar not in self._least:
            self._least[calendar] = self._least_of(calendar)
        return minutes <= self._least[calendar]

    def openings(self, calendar: str, minutes: int) -> int:
        """About how many opening hours lie between a ticket and *minutes* of business time later.

        An ordinary week decides; there are none where it has no windows.
        """
        hours = None if calendar == ALWAYS_OPEN else self._hours_of(calendar)
        if hours is None or not hours.seconds_a_week:
            return 0
        return minutes * 60 * hours.windows_a_week // hours.seconds_a_week

    def _dues_of(self, calendar: str, minutes: int) -> list[int] | None:
        if calendar == ALWAYS_OPEN:
            return [start + minutes * _MINUTE_US for start in self.samples()]
        hours = self._hours_of(calendar)
        if hours is None or self.openings(calendar, minutes) > OPENINGS:
            return None
        try:
            dues: list[int] = hours.add_many(self.samples(), minutes).tolist()
        except (InstantOutOfRange, InvalidCalendar):
            return None
        return dues

    def _least_of(self, calendar: str) -> int:
        """Business minutes of the year of samples that has the fewest of them."""
        year = HORIZON // timedelta(microseconds=1)
        if calendar == ALWAYS_OPEN:
            return year // _MINUTE_US
        hours = self._hours_of(calendar)
        if hours is None:
            return 0
        starts = self.samples()
        try:
            worked = hours.elapsed_many(starts, [start + year for start in starts])
        except (InstantOutOfRange, InvalidCalendar):
            return 0
        return int(min(worked)) // _MINUTE_US

    def _hours_of(self, calendar: str) -> BusinessCalendar | None:
        if calendar not in self._hours:
            self._hours[calendar] = self._parsed(calendar)
        return self._hours[calendar]

    def _parsed(self, calendar: str) -> BusinessCalendar | None:
        try:
            return BusinessCalendar.from_snapshot(dict(self.calendars[calendar].document))
        except InvalidCalendar:  # a newer release sealed it; whoever publishes it is told
            return None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the linter looks for.

    Attributes:
        code: stable; the sentences may change.
        meaning: why it matters, in one sentence.
        example: a piece of a file that has it.
        remedy: what to write instead.
        reads: keys of the file that it looks at; where one of them has faults it is left out.
        find: every place that has it.
    """

    code: str
    severity: Severity
    meaning: str
    example: str
    remedy: str
    reads: tuple[str, ...]
    find: Callable[[Subject], Iterator[Hit]]


def in_words(priority: str | None) -> str:
    """The tickets of *priority*, as a sentence names them."""
    return "tickets of other priorities" if priority is None else f"tickets of priority {priority}"
