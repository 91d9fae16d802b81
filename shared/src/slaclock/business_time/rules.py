"""What a calendar says, read and valid: windows, holidays, overrides on the local clock."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from slaclock.business_time.instants import DAY_S, EPOCH
from slaclock.business_time.zone import Zone

__all__ = [
    "Holiday",
    "HolidayRule",
    "Rules",
    "Window",
    "clock_text",
    "date_of",
    "day_number",
    "weekday_of",
]

HolidayRule = Literal["date", "shift"]

_EPOCH_DAY: Final = EPOCH.toordinal()
_EPOCH_WEEKDAY: Final = EPOCH.weekday()


def day_number(day: date) -> int:
    """Days from 1970-01-01 to a date."""
    return day.toordinal() - _EPOCH_DAY


def date_of(day: int) -> date:
    """The date *day* days after 1970-01-01."""
    return date.fromordinal(day + _EPOCH_DAY)


def weekday_of(day: int) -> int:
    """0 for Monday to 6 for Sunday, of a day counted from 1970-01-01."""
    return (day + _EPOCH_WEEKDAY) % 7


def clock_text(second: int) -> str:
    """``HH:MM`` of seconds after midnight; the next midnight is ``24:00``, later ones wrap."""
    minutes = second // 60
    return "24:00" if minutes == 1440 else f"{minutes // 60 % 24:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Opening hours that begin on a date: ``[start_s, end_s)`` in seconds after its midnight.

    `end_s` is greater than `start_s` and lies beyond 24 hours if the window crosses midnight.
    """

    start_s: int
    end_s: int

    def __str__(self) -> str:
        """The window as its author wrote it, ``22:00-06:00``."""
        return f"{clock_text(self.start_s)}-{clock_text(self.end_s)}"


@dataclass(frozen=True, slots=True)
class Holiday:
    """Hours ``[from_s, to_s)`` of a date, or of its month and day in every year, that are closed.

    Seconds count from local midnight; a whole day is 0 to 86,400.
    """

    on: date
    name: str
    yearly: bool
    from_s: int = 0
    to_s: int = DAY_S

    def days(self, first: int, end: int) -> Iterator[int]:
        """The days in ``[first, end)``, counted from 1970-01-01, on which it is kept."""
        if not self.yearly:
            day = day_number(self.on)
            if first <= day < end:
                yield day
            return
        for year in range(date_of(first).year, date_of(end).year + 1):
            if (self.on.month, self.on.day) == (2, 29) and not isleap(year):
                continue
            day = day_number(self.on.replace(year=year))
            if first <= day < end:
                yield day


@dataclass(frozen=True, slots=True)
class Rules:
    """A valid calendar.

    Attributes:
        zone: Whose clock on the wall the windows are read on.
        week: Windows by weekday, Monday first; in order, never overlapping.
        holidays: In no particular order.
        overrides: By day counted from 1970-01-01: the windows that begin on it instead of the
            weekday's.
        holiday_rule: ``date`` closes a holiday's local date, ``shift`` the windows that begin on
            it.
    """

    zone: Zone
    week: tuple[tuple[Window, ...], ...]
    holidays: tuple[Holiday, ...]
    overrides: Mapping[int, tuple[Window, ...]]
    holiday_rule: HolidayRule
