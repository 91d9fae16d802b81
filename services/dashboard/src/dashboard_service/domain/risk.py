"""Which clocks to look at next, and how their time runs on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from slaclock.business_time import BusinessCalendar, NoBusinessTime
from slaclock.contracts.instants import from_us, to_us

WARNING_PERCENT = 75
"""A standing announcement of this much of the target, or more, puts a clock at risk."""

HORIZON = timedelta(minutes=30)
"""A clock due this soon by the wall clock is at risk, whatever was announced."""

_WEEK_US: Final = 7 * 24 * 3_600_000_000

_PERCENT = re.compile(r"percent:(\d{1,6})")


def percent(threshold: str) -> int | None:
    """The percentage of a threshold such as `percent:75`; None for an offset."""
    found = _PERCENT.fullmatch(threshold)
    return int(found[1]) if found else None


def is_warning(threshold: str) -> bool:
    """Whether having crossed *threshold* means that the end is near."""
    part = percent(threshold)
    return threshold.startswith("before_due:") or (part is not None and part >= WARNING_PERCENT)


def reached(thresholds: Iterable[str]) -> int:
    """The highest percentage among *thresholds*; 0 without any."""
    return max((part for one in thresholds if (part := percent(one)) is not None), default=0)


@dataclass(frozen=True, slots=True)
class Pace:
    """How business time passes at an instant, so that a screen can count without a calendar.

    Attributes:
        running: business time passes at this very instant.
        turns_at: when `running` changes, UTC; None if it never opens, or not closes in a week.
    """

    running: bool
    turns_at: datetime | None


def pace(now: datetime, calendar: BusinessCalendar | None) -> Pace:
    """The pace of *calendar* at *now* (UTC); None is around the clock."""
    if calendar is None:
        return Pace(running=True, turns_at=None)
    if calendar.is_business_time(now):
        return Pace(running=True, turns_at=_closing(calendar, now))
    try:
        return Pace(running=False, turns_at=calendar.next_business_minute(now))
    except NoBusinessTime:
        return Pace(running=False, turns_at=None)


def remaining(due_at: datetime, now: datetime, calendar: BusinessCalendar | None) -> timedelta:
    """Business time from *now* until *due_at* (both UTC); negative once overdue."""
    if calendar is None:
        return due_at - now
    return timedelta(microseconds=calendar.elapsed_us(to_us(now), to_us(due_at)))


def _closing(calendar: BusinessCalendar, now: datetime) -> datetime | None:
    """The end of the open time around *now*: the first instant that elapsed time falls behind."""
    at, low, high = to_us(now), 0, _WEEK_US
    if calendar.elapsed_us(at, at + high) == high:
        return None
    while high - low > 1:  # at most 40 halvings
        middle = (low + high) // 2
        if calendar.elapsed_us(at, at + middle) == middle:
            low = middle
        else:
            high = middle
    return from_us(at + low)
