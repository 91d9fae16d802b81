"""A timeline in timedeltas since the epoch, for questions that come and go as datetimes.

Subtracting and adding datetimes costs a fraction of turning them into integers, and timedeltas
are as exact: whole microseconds. Each day knows which intervals begin in it, so a search looks
at a handful of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from datetime import timedelta
from typing import Final

from slaclock.business_time.instants import DAY_S, LAST_US, MICROSECOND, SECOND_US
from slaclock.business_time.timeline import Timeline

__all__ = ["Moments"]

_DAY_US: Final = DAY_S * SECOND_US


class Moments:
    """The lists of a `Timeline`, which they are made of and never change after.

    Attributes:
        line: The timeline.
        first_day: The day, counted from the epoch, on which it begins.
        days: How many days it covers, up to the end of the range of instants.
        opens, closes, bases, before: As there.
        total: Business time of these days.
        begun: For each day, how many intervals begin before it; one more at the end.
        filled: For each 24 hours of business time, how many intervals end their `before` earlier.
    """

    __slots__ = (
        "bases",
        "before",
        "begun",
        "closes",
        "days",
        "filled",
        "first_day",
        "line",
        "opens",
        "total",
    )

    def __init__(self, line: Timeline) -> None:
        self.line = line
        self.first_day = line.low_us // _DAY_US
        self.days = line.high_us // _DAY_US - self.first_day
        self.opens = [at * MICROSECOND for at in line.opens]
        self.closes = [at * MICROSECOND for at in line.closes]
        self.bases = [base * MICROSECOND for base in line.bases]
        self.before = [amount * MICROSECOND for amount in line.before]
        total = line.open_before(LAST_US) if line.high_us > LAST_US else line.total
        self.total = total * MICROSECOND
        midnights = range(line.low_us, line.high_us + _DAY_US, _DAY_US)
        self.begun = array("l", [bisect_left(line.opens, midnight) for midnight in midnights])
        amounts = range(0, line.total + 2 * _DAY_US, _DAY_US)
        self.filled = array("l", [bisect_left(line.before, amount) for amount in amounts])

    def filled_at(self, amount: timedelta) -> timedelta:
        """As `Timeline.filled_at`."""
        day = amount.days
        index = bisect_left(self.before, amount, self.filled[day], self.filled[day + 1])
        return amount - self.bases[index]

    def emptied_at(self, amount: timedelta) -> timedelta:
        """As `Timeline.emptied_at`."""
        day = amount.days
        index = bisect_right(self.before, amount, self.filled[day], self.filled[day + 1])
        return amount - self.bases[index]
