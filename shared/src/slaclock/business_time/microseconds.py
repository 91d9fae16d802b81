"""Business time in plain integers: microseconds since the epoch in, microseconds out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from slaclock.business_time.errors import InstantOutOfRange, NoBusinessTime
from slaclock.business_time.instants import (
    FIRST_YEAR,
    LAST_US,
    LAST_YEAR,
    SECOND_US,
    checked_us,
    from_us,
    year_of,
    year_start_s,
)
from slaclock.business_time.rules import Rules
from slaclock.business_time.timeline import SHIFT, Timeline

__all__ = ["MicrosecondCalendar"]

_NEAR_THE_END_US: Final = year_start_s(LAST_YEAR - 1) * SECOND_US
_NEAR_THE_BEGINNING_US: Final = year_start_s(FIRST_YEAR + 2) * SECOND_US


class MicrosecondCalendar:
    """The answers of `BusinessCalendar` without datetimes, for those who compute many.

    Open intervals are laid out by the year when they are first needed. The timeline that holds
    them is replaced whole, so threads may share a calendar: at worst two lay out the same year.
    """

    __slots__ = ("_line", "_rules")

    def __init__(self, rules: Rules) -> None:
        self._rules: Final = rules
        self._line = Timeline.empty()

    @property
    def openings(self) -> int:
        """Opening instants that are laid out and kept by now: some 300 bytes each."""
        return len(self._line.opens)

    @property
    def windows_a_week(self) -> int:
        """Windows of an ordinary week: how fast `openings` grows with the years asked for."""
        return sum(map(len, self._rules.week))

    @property
    def seconds_a_week(self) -> int:
        """What the windows of an ordinary week sum up to, by the clock on the wall."""
        return sum(window.end_s - window.start_s for day in self._rules.week for window in day)

    def elapsed_us(self, start_us: int, end_us: int) -> int:
        """Business time from one instant to another; negative if *end_us* is earlier.

        Raises:
            InstantOutOfRange: an instant lies outside 1970 to 2200.
        """
        line = self._line
        if not (line.low_us <= start_us < line.high_us and line.low_us <= end_us < line.high_us):
            line = self._covering(start_us, end_us)
        # `Timeline.open_before` twice, written out: this is the hottest line of the platform.
        low_us, opens, closes, begun = line.low_us, line.opens, line.closes, line.begun
        stretch = (start_us - low_us) >> SHIFT
        first = bisect_right(opens, start_us, begun[stretch], begun[stretch + 1])
        stretch = (end_us - low_us) >> SHIFT
        last = bisect_right(opens, end_us, begun[stretch], begun[stretch + 1])
        start, end = closes[first], closes[last]
        return (
            line.bases[last]
            + (end_us if end_us < end else end)  # noqa: FURB136  a call of min() costs as much
            - line.bases[first]
            - (start_us if start_us < start else start)  # noqa: FURB136  the same
        )

    def add_us(self, start_us: int, amount_us: int) -> int:
        """The instant that an amount of business time leads to, forward or back.

        Raises:
            InstantOutOfRange: the start or the result lies outside 1970 to 2200.
            NoBusinessTime: the calendar does not open often enough, ahead or behind.
        """
        line = self._line
        if not line.low_us <= start_us < line.high_us:
            line = self._covering(start_us, start_us)
        goal = line.open_before(start_us) + amount_us
        if amount_us > 0:
            if goal > line.total:
                # Business time takes at least as long as itself, so what leaves the range at
                # once is refused without laying out the years up to it.
                checked_us("result", start_us + amount_us)
                line = self._ahead(line, start_us, lambda longer: goal <= longer.total)
            result = line.filled_at(goal)
            return result if result <= LAST_US else checked_us("result", result)
        if amount_us == 0:
            return start_us
        if goal < 0:
            checked_us("result", start_us + amount_us)
            line = self._behind(
                line, start_us, lambda longer: longer.open_before(start_us) + amount_us >= 0
            )
            goal = line.open_before(start_us) + amount_us
        return line.emptied_at(goal)

    def next_us(self, at_us: int) -> int:
        """The instant itself if open, else the next opening instant.

        Raises:
            InstantOutOfRange: the instant or the opening lies outside 1970 to 2200.
            NoBusinessTime: the calendar does not open any more.
        """
        line = self._covering(at_us, at_us)
        if line.is_open(at_us):
            return at_us
        line = self._ahead(line, at_us, lambda longer: longer.opens_after(at_us))
        return checked_us("result", line.opens[line.begun_until(at_us)])

    def previous_us(self, at_us: int) -> int:
        """The instant itself if open, else the latest closing instant that is not after it.

        Raises:
            InstantOutOfRange: the instant or the closing lies outside 1970 to 2200.
            NoBusinessTime: the calendar had not opened before.
        """
        line = self._covering(at_us, at_us)
        if line.is_open(at_us):
            return at_us
        line = self._behind(line, at_us, lambda longer: longer.opened_before(at_us))
        return line.closes[line.begun_until(at_us)]

    def is_open_us(self, at_us: int) -> bool:
        """Whether the calendar is open; at a closing instant it is not.

        Raises:
            InstantOutOfRange: the instant lies outside 1970 to 2200.
        """
        return self._covering(at_us, at_us).is_open(at_us)

    def _covering(self, one_us: int, other_us: int) -> Timeline:
        """A timeline of the years of two instants and all between them."""
        line = self._line
        if line.low_us <= one_us < line.high_us and line.low_us <= other_us < line.high_us:
            return line
        years = (
            year_of(checked_us("instant", one_us)),
            year_of(checked_us("instant", other_us)),
        )
        first_year, end_year = min(years), max(years) + 1
        # An eighth more than asked for: a walk through the years stays linear.
        more = (line.end_year - line.first_year) // 8
        if more and first_year < line.first_year:
            first_year = max(min(first_year, line.first_year - more), FIRST_YEAR)
        if more and end_year > line.end_year:
            end_year = min(max(end_year, line.end_year + more), LAST_YEAR + 1)
        self._line = line = line.extended(self._rules, first_year, end_year)
        return line

    def _ahead(self, line: Timeline, at_us: int, enough: Callable[[Timeline], bool]) -> Timeline:
        """A timeline that is long enough at its end; each step doubles the one before."""
        years = 1
        while not enough(line):
            if line.end_year > LAST_YEAR:
                goes_on = line.closes[-1] > _NEAR_THE_END_US
                raise _exhausted("after", at_us, goes_on=goes_on)
            end_year = min(line.end_year + years, LAST_YEAR + 1)
            self._line = line = line.extended(self._rules, line.first_year, end_year)
            years *= 2
        return line

    def _behind(self, line: Timeline, at_us: int, enough: Callable[[Timeline], bool]) -> Timeline:
        """A timeline that is long enough at its beginning."""
        years = 1
        while not enough(line):
            if line.first_year == FIRST_YEAR:
                goes_on = bool(line.opens) and line.opens[0] < _NEAR_THE_BEGINNING_US
                raise _exhausted("before", at_us, goes_on=goes_on)
            first_year = max(line.first_year - years, FIRST_YEAR)
            self._line = line = line.extended(self._rules, first_year, line.end_year)
            years *= 2
        return line


def _exhausted(side: str, at_us: int, *, goes_on: bool) -> Exception:
    """Why a search ended: the calendar opens beyond the range, or it does not open at all."""
    at = from_us(at_us).isoformat().replace("+00:00", "Z")
    if goes_on:
        return InstantOutOfRange(f"the search {side} {at} leaves 1970 to 2200")
    return NoBusinessTime(message=f"not enough open hours {side} {at}")
