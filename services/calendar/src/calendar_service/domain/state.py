"""Whether a calendar is open, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime

__all__ = ["State", "state_at"]

_FAR: Final = timedelta(days=3653)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class State:
    """At an instant.

    Attributes:
        at: the instant.
        is_open: whether business time goes on there.
        until: the next instant at which that changes; None if it does not within ten years (open)
            or ever (closed).
    """

    at: datetime
    is_open: bool
    until: datetime | None


def state_at(calendar: BusinessCalendar, at: datetime) -> State:
    """The state at *at*.

    Raises:
        InstantOutOfRange: *at* is not an instant that is computed with.
    """
    if calendar.is_business_time(at):
        return State(at, is_open=True, until=_closing(calendar, at))
    try:
        return State(at, is_open=False, until=calendar.next_business_minute(at))
    except (NoBusinessTime, InstantOutOfRange):  # not before instants end
        return State(at, is_open=False, until=None)


def _closing(calendar: BusinessCalendar, at: datetime) -> datetime | None:
    """The first instant after *at* that is not open: where elapsed time falls behind."""
    far = _FAR
    while far > timedelta(days=1):  # the range of instants may end sooner
        try:
            behind = calendar.elapsed(at, at + far) < far
            break
        except InstantOutOfRange:
            far //= 2
    else:
        return None
    if not behind:
        return None
    low, high = timedelta(), far
    while high - low > _MICROSECOND:
        middle = (low + high) // 2
        if calendar.elapsed(at, at + middle) < middle:
            high = middle
        else:
            low = middle
    return at + low
