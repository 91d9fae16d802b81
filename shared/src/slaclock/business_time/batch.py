"""Business time in arrays: the same answers for millions of instants at once.

An instant finds its interval through buckets of 2^k microseconds: each bucket knows how many
intervals have begun before it, and a few comparisons settle those that begin inside it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slaclock.business_time.instants import MINUTE_US, checked_us
from slaclock.business_time.microseconds import MicrosecondCalendar
from slaclock.business_time.rules import Rules
from slaclock.business_time.timeline import Timeline

__all__ = ["BatchCalendar", "IntArray"]

IntArray = NDArray[np.int64]

_CHUNK: Final = 1 << 14
"""Numbers treated at once: what lies between two steps stays in the processor's cache."""
_MOST_STEPS: Final = 6
_BUCKETS_PER_INTERVAL: Final = 2
_NEVER: Final = np.iinfo(np.int64).max


class _Steps:
    """Finds how many of some ascending numbers lie at or below given ones."""

    __slots__ = ("counts", "low", "numbers", "padded", "shift", "steps")

    def __init__(self, numbers: IntArray, low: int, high: int) -> None:
        self.numbers = numbers
        self.padded = np.append(numbers, _NEVER)
        self.low = low
        buckets = max(_BUCKETS_PER_INTERVAL * len(numbers), 1)
        self.shift = max(((high - low) // buckets).bit_length(), 1)
        edges = low + (np.arange(((high - low) >> self.shift) + 2, dtype=np.int64) << self.shift)
        self.counts = np.searchsorted(numbers, edges - 1, side="right")
        self.steps = int(np.diff(self.counts).max())

    def at_or_below(self, values: IntArray) -> NDArray[np.intp]:
        """For each value, the count of numbers that are not greater; values lie in the range."""
        if self.steps > _MOST_STEPS:
            return np.searchsorted(self.numbers, values, side="right")
        found: NDArray[np.intp] = self.counts[(values - self.low) >> self.shift]
        for _ in range(self.steps):
            found += self.padded[found] <= values
        return found


class _Lookup:
    """The arrays of one timeline."""

    __slots__ = ("_before", "_opens", "bases", "closes", "line")

    def __init__(self, line: Timeline) -> None:
        self.line = line
        self.closes = np.array(line.closes, dtype=np.int64)
        self.bases = np.array(line.bases, dtype=np.int64)
        self._opens = _Steps(np.array(line.opens, dtype=np.int64), line.low_us, line.high_us)
        self._before = _Steps(np.array(line.before, dtype=np.int64), 0, line.total)

    def open_before(self, instants: IntArray) -> IntArray:
        """`Timeline.open_before` of each; all are covered."""
        found = self._opens.at_or_below(instants)
        result: IntArray = np.minimum(instants, self.closes[found])
        result += self.bases[found]
        return result

    def elapsed(self, starts: IntArray, ends: IntArray) -> IntArray:
        """Business time between instants of two flat arrays."""
        result = np.empty(starts.shape, np.int64)
        for low in range(0, len(starts), _CHUNK):
            part = slice(low, low + _CHUNK)
            np.subtract(
                self.open_before(ends[part]), self.open_before(starts[part]), out=result[part]
            )
        return result

    def goals(self, starts: IntArray, amounts: IntArray) -> IntArray:
        """Business time before the instants that adding leads to."""
        result = np.empty(starts.shape, np.int64)
        for low in range(0, len(starts), _CHUNK):
            part = slice(low, low + _CHUNK)
            np.add(self.open_before(starts[part]), amounts[part], out=result[part])
        return result

    def reached(self, starts: IntArray, amounts: IntArray, goals: IntArray) -> IntArray:
        """Where adding leads: `filled_at` forward, `emptied_at` backward, the start for 0."""
        result = np.empty(starts.shape, np.int64)
        for low in range(0, len(starts), _CHUNK):
            part = slice(low, low + _CHUNK)
            amount, goal = amounts[part], goals[part]
            # All integers: "fewer than goal" is "at or below goal - 1".
            found = self._before.at_or_below(goal - (amount > 0))
            result[part] = np.where(amount == 0, starts[part], goal - self.bases[found])
        return result


class BatchCalendar(MicrosecondCalendar):
    """Answers about many tickets at once, in numpy arrays of 64-bit integers."""

    __slots__ = ("_lookup",)

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self._lookup: _Lookup | None = None

    def elapsed_many(self, starts: ArrayLike, ends: ArrayLike) -> IntArray:
        """Business time of many tickets, `elapsed_us` of each.

        Args:
            starts: Whole numbers of microseconds since the epoch.
            ends: The same, of the same shape or one for all.

        Returns:
            Microseconds.

        Raises:
            TypeError: the numbers are not whole.
            InstantOutOfRange: one lies outside 1970 to 2200.
        """
        first, last = np.broadcast_arrays(_whole("starts", starts), _whole("ends", ends))
        if not first.size:
            return np.zeros(first.shape, np.int64)
        low = min(int(first.min()), int(last.min()))
        high = max(int(first.max()), int(last.max()))
        lookup = self._arrays(self._covering(low, high))
        return lookup.elapsed(first.ravel(), last.ravel()).reshape(first.shape)

    def add_many(self, starts: ArrayLike, minutes: ArrayLike) -> IntArray:
        """Where business minutes lead, `add_us` of each.

        Args:
            starts: Whole numbers of microseconds since the epoch.
            minutes: Whole minutes, of the same shape or one for all; may be negative.

        Returns:
            Instants in microseconds since the epoch.

        Raises:
            TypeError: the numbers are not whole.
            InstantOutOfRange: a start or a result lies outside 1970 to 2200.
            NoBusinessTime: the calendar does not open often enough, ahead or behind.
        """
        starts_, minutes_ = np.broadcast_arrays(
            _whole("starts", starts), _whole("minutes", minutes)
        )
        if not starts_.size:
            return np.zeros(starts_.shape, np.int64)
        first, amounts = starts_.ravel(), minutes_.ravel()
        self._check_reach(first, amounts, MINUTE_US)
        return self._added(first, amounts * MINUTE_US).reshape(starts_.shape)

    def add_us_many(self, starts: ArrayLike, amounts: ArrayLike) -> IntArray:
        """The same for amounts in whole microseconds.

        Raises:
            TypeError, InstantOutOfRange, NoBusinessTime: as `add_many`.
        """
        starts_, amounts_ = np.broadcast_arrays(
            _whole("starts", starts), _whole("amounts", amounts)
        )
        if not starts_.size:
            return np.zeros(starts_.shape, np.int64)
        first, added = starts_.ravel(), amounts_.ravel()
        self._check_reach(first, added, 1)
        return self._added(first, added).reshape(starts_.shape)

    def _check_reach(self, first: IntArray, amounts: IntArray, unit_us: int) -> None:
        """Refuse what leaves the range at once, before any number is multiplied."""
        low, high = int(first.min()), int(first.max())
        self._covering(low, high)
        for most in (int(amounts.max()), int(amounts.min())):
            checked_us("result", (low if most > 0 else high) + most * unit_us)

    def _added(self, first: IntArray, amounts: IntArray) -> IntArray:
        low, high = int(first.min()), int(first.max())
        while True:
            lookup = self._arrays(self._covering(low, high))
            goals = lookup.goals(first, amounts)
            short = _short(goals, lookup.line.total)
            if short is None:
                break
            self.add_us(int(first[short]), int(amounts[short]))  # lays out the years, or raises
        results = lookup.reached(first, amounts, goals)
        checked_us("result", int(results.max()))
        return results

    def _arrays(self, line: Timeline) -> _Lookup:
        lookup = self._lookup
        if lookup is None or lookup.line is not line:
            self._lookup = lookup = _Lookup(line)
        return lookup


def _short(goals: IntArray, total: int) -> int | None:
    """The place of a goal that the timeline does not reach, the farthest of them."""
    if int(goals.min()) < 0:
        return int(goals.argmin())
    if int(goals.max()) > total:
        return int(goals.argmax())
    return None


def _whole(what: str, numbers: ArrayLike) -> IntArray:
    """*numbers* as an array of 64-bit integers.

    Raises:
        TypeError: they are not whole numbers.
        ValueError: one does not fit into 64 bits.
    """
    array = np.asarray(numbers)
    if array.size == 0:
        return np.zeros(array.shape, np.int64)
    if array.dtype.kind == "u" and array.max() > _NEVER:
        raise ValueError(f"{what} holds a number beyond 64 bits")
    if array.dtype.kind not in "iu":
        raise TypeError(f"{what} must be whole numbers (int64), not {array.dtype}")
    return array.astype(np.int64, copy=False)
