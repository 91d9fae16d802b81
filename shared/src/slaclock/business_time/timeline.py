"""Open intervals of some years, with the business time before each: every answer is two look-ups.

`open_before(t)` is the business time from the beginning of the timeline to *t*. Elapsed time is a
difference of two of them, and adding looks one up backwards, so neither depends on the span.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import Final, Self

from slaclock.business_time.hours import lay_out
from slaclock.business_time.instants import LAST_US, SECOND_US, year_start_s
from slaclock.business_time.rules import Rules

__all__ = ["SHIFT", "Timeline"]

SHIFT: Final = 36
"""Stretches of a timeline are 2^36 microseconds long."""

_AT_ONCE: Final = 100_000
"""Intervals that are laid out together: all years of 8 windows a week."""
_WEEKS: Final = 53


class Timeline:
    """Whole UTC years ``[first_year, end_year)`` of a calendar; never changed after it is made.

    All its numbers are in arrays of 64 bits: some ten kilobytes per year of office hours.

    Attributes:
        first_year, end_year: The years laid out; equal in an empty timeline.
        low_us, high_us: The instants that may be asked for, the second excluded. They end with
            the range of instants, although windows are laid out beyond it.
        opens: Opening instants, ascending. An interval may begin where the one before it ends.
        closes: Closing instants; ``closes[k + 1]`` belongs to ``opens[k]``, ``closes[0]`` is
            `low_us`.
        before: Business time before each opening.
        bases: ``bases[k + 1] + t`` is the business time before *t* in the interval ``opens[k]``.
        total: Business time of all of it.
        begun: For each stretch of 2^36 microseconds (19 hours), how many intervals begin before
            it: a search looks only at those that begin in its own.
        filled: The same for business time: how many intervals end their `before` earlier.
    """

    __slots__ = (
        "bases",
        "before",
        "begun",
        "closes",
        "end_year",
        "filled",
        "first_year",
        "high_us",
        "low_us",
        "opens",
        "total",
    )

    def __init__(
        self, first_year: int, end_year: int, opens: array[int], closes: array[int]
    ) -> None:
        self.first_year, self.end_year = first_year, end_year
        self.low_us = year_start_s(first_year) * SECOND_US
        self.high_us = min(year_start_s(end_year) * SECOND_US, LAST_US + 1)
        self.opens = opens
        sums: array[int] = array("q", accumulate(map(sub, closes, opens), initial=0))
        self.total = sums.pop()
        self.before = sums
        self.closes = array("q", [self.low_us, *closes])
        self.bases: array[int] = array("q", [-self.low_us, *map(sub, sums, opens)])
        self.begun = _counts(opens, self.low_us, self.high_us)
        self.filled = _counts(sums, 0, self.total)

    @classmethod
    def empty(cls) -> Self:
        """A timeline that covers nothing yet."""
        return cls(1970, 1970, array("q"), array("q"))

    def extended(self, rules: Rules, first_year: int, end_year: int) -> Timeline:
        """The timeline that covers these years as well, and all between them and its own."""
        if self.first_year == self.end_year:
            return Timeline(first_year, end_year, *_years(rules, first_year, end_year))
        first_year, end_year = min(first_year, self.first_year), max(end_year, self.end_year)
        opens, closes = _years(rules, first_year, self.first_year)
        later_opens, later_closes = _years(rules, self.end_year, end_year)
        return Timeline(
            first_year,
            end_year,
            opens + self.opens + later_opens,
            closes + self.closes[1:] + later_closes,
        )

    def begun_until(self, at_us: int) -> int:
        """How many intervals begin at or before an instant that is covered."""
        stretch, begun = (at_us - self.low_us) >> SHIFT, self.begun
        return bisect_right(self.opens, at_us, begun[stretch], begun[stretch + 1])

    def open_before(self, at_us: int) -> int:
        """Business time from `low_us` to an instant that is covered."""
        index = self.begun_until(at_us)
        close = self.closes[index]
        return self.bases[index] + (at_us if at_us < close else close)  # noqa: FURB136  no call

    def is_open(self, at_us: int) -> bool:
        """Whether an instant that is covered lies in an open interval."""
        return at_us < self.closes[self.begun_until(at_us)]

    def opens_after(self, at_us: int) -> bool:
        """Whether an interval begins after an instant."""
        return bool(self.opens) and self.opens[-1] > at_us

    def opened_before(self, at_us: int) -> bool:
        """Whether an interval begins at or before an instant."""
        return bool(self.opens) and self.opens[0] <= at_us

    def filled_at(self, amount: int) -> int:
        """The first instant with *amount* before it: the closing instant where both would do.

        *amount* is greater than 0 and not greater than `total`.
        """
        stretch, filled = amount >> SHIFT, self.filled
        return (
            amount
            - self.bases[bisect_left(self.before, amount, filled[stretch], filled[stretch + 1])]
        )

    def emptied_at(self, amount: int) -> int:
        """The last instant with *amount* before it: the opening instant where both would do.

        *amount* is not negative and less than `total`.
        """
        stretch, filled = amount >> SHIFT, self.filled
        return (
            amount
            - self.bases[bisect_right(self.before, amount, filled[stretch], filled[stretch + 1])]
        )


def _counts(numbers: Sequence[int], low: int, high: int) -> array[int]:
    """For each stretch of ``[low, high]`` and one more, how many numbers lie before it."""
    edges = range(low, high + (2 << SHIFT), 1 << SHIFT)
    return array("l", [bisect_left(numbers, edge) for edge in edges])


def _years(rules: Rules, first_year: int, end_year: int) -> tuple[array[int], array[int]]:
    """Laid out some years at a time: numbers of Python take ten times the room of an array's."""
    opens, closes = array("q"), array("q")
    windows = max(sum(map(len, rules.week)), 1)
    step = max(_AT_ONCE // (windows * _WEEKS), 1)
    for year in range(first_year, end_year, step):
        until = min(year + step, end_year)
        more_opens, more_closes = lay_out(rules, year_start_s(year), year_start_s(until))
        opens.extend(more_opens)
        closes.extend(more_closes)
    return opens, closes
