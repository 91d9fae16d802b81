"""Business time the slow way: ask the clock on the wall, minute after minute.

An oracle for `slaclock.business_time`. It shares no code with it: offsets come from the standard
library's ``zoneinfo`` (reading the pinned ``tzdata`` package), dates and times from ``datetime``,
and the rules of the specification are spelled out once more, for a single reading of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

__all__ = ["MinuteWalk", "WallClock", "canonical_zones", "changes_of_clock", "packaged_zone"]

_DAY: Final = timedelta(days=1)
_DAY_S: Final = 86_400
_SECOND_US: Final = 1_000_000


def packaged_zone(name: str) -> ZoneInfo:
    """A zone of the ``tzdata`` package, whatever the host has."""
    resource = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with resource.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def canonical_zones() -> list[str]:
    """The zones of the ``tzdata`` package that are no links to others, in order."""
    text = resources.files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8")
    return sorted(line.split()[1] for line in text.splitlines() if line.startswith("Z "))


def changes_of_clock(zone: ZoneInfo, first_s: int, last_s: int) -> Iterator[tuple[int, int, int]]:
    """Changes of the offset from UTC between two instants, found by looking twice a day.

    Yields:
        The UTC second of the change, and the offset before and from it on, in seconds. Two
        changes within half a day that undo each other are not seen; there have been none.
    """

    def offset(second: int) -> int:
        away = datetime.fromtimestamp(second, zone).utcoffset()
        return away // timedelta(seconds=1) if away is not None else 0

    looks = [*range(first_s, last_s, _DAY_S // 2), last_s]
    for one, other in pairwise(looks):
        before, after = offset(one), offset(other)
        if before == after:
            continue
        low, high = one, other
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        yield high, before, after


class WallClock:
    """A clock on a wall of one zone, which remembers what it has shown."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._shown: dict[int, tuple[date, int]] = {}

    def shows(self, second: int) -> tuple[date, int]:
        """Date and seconds after midnight on the wall at a UTC second."""
        shown = self._shown.get(second)
        if shown is None:
            wall = datetime.fromtimestamp(second, self._zone)
            reading = wall.hour * 3600 + wall.minute * 60 + wall.second
            self._shown[second] = shown = wall.date(), reading
        return shown


class MinuteWalk:
    """The oracle of one snapshot; a zone that the snapshot carries is ignored.

    Args:
        snapshot: A valid calendar.
        step_s: Seconds from one reading to the next; windows and offsets must be whole multiples
            of it (30 for Liberia before 1972).
        clock: A clock of the snapshot's zone, for those who have one already.
    """

    def __init__(
        self, snapshot: Mapping[str, Any], *, step_s: int = 60, clock: WallClock | None = None
    ) -> None:
        self._clock = clock or WallClock(packaged_zone(snapshot["timezone"]))
        self._step_us = step_s * _SECOND_US
        self._shift_rule = snapshot.get("holiday_rule", "date") == "shift"
        self._weekly = [
            [_window(item) for item in snapshot["windows"] if item["weekday"] == weekday]
            for weekday in range(7)
        ]
        self._overrides = {
            date.fromisoformat(item["date"]): [_window(window) for window in item["windows"]]
            for item in snapshot.get("overrides", ())
        }
        self._once: dict[date, list[tuple[int, int]]] = {}
        self._yearly: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for item in snapshot.get("holidays", ()):
            on = date.fromisoformat(item["date"])
            hours = _seconds(item.get("from", "00:00")), _seconds(item.get("to", "24:00"))
            if item.get("recurrence") == "yearly":
                self._yearly.setdefault((on.month, on.day), []).append(hours)
            else:
                self._once.setdefault(on, []).append(hours)
        self._seen: dict[int, bool] = {}

    def is_open(self, second: int) -> bool:
        """Whether the reading of the wall clock at a UTC second is open."""
        seen = self._seen.get(second)
        if seen is None:
            day, reading = self._clock.shows(second)
            seen = self._opened_on(day, day, reading) or self._opened_on(day - _DAY, day, reading)
            self._seen[second] = seen
        return seen

    def elapsed_us(self, start_us: int, end_us: int) -> int:
        """Open microseconds between two instants; negative if the second is earlier."""
        if end_us < start_us:
            return -self.elapsed_us(end_us, start_us)
        return sum(
            min(stop_us, end_us) - max(begin_us, start_us)
            for begin_us, stop_us in self._open_steps(self._steps(start_us, end_us))
        )

    def add_us(self, start_us: int, amount_us: int, *, until_us: int) -> int | None:
        """Where an amount leads; ``None`` if it leads beyond *until_us*."""
        left = abs(amount_us)
        if not left:
            return start_us
        if amount_us > 0:
            for begin_us, stop_us in self._open_steps(self._steps(start_us, until_us)):
                begin = max(begin_us, start_us)
                if left <= stop_us - begin:
                    return begin + left
                left -= stop_us - begin
        else:
            for begin_us, stop_us in self._open_steps(self._steps_back(start_us, until_us)):
                stop = min(stop_us, start_us)
                if left <= stop - begin_us:
                    return stop - left
                left -= stop - begin_us
        return None

    def next_us(self, at_us: int, *, until_us: int) -> int | None:
        """The instant itself if open, else the next opening; ``None`` if there is none so soon."""
        for begin_us, _ in self._open_steps(self._steps(at_us, until_us)):
            return max(begin_us, at_us)
        return None

    def previous_us(self, at_us: int, *, until_us: int) -> int | None:
        """The instant itself if open, else the latest closing; ``None`` if none is so late."""
        if self.is_open(at_us // _SECOND_US):
            return at_us
        for _, stop_us in self._open_steps(self._steps_back(at_us, until_us)):
            return stop_us
        return None

    def _open_steps(self, begins: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Begin and end of the steps that are open, of those that begin at *begins*."""
        seen = self._seen
        for begin_us in begins:
            second = begin_us // _SECOND_US
            is_open = seen.get(second)
            if is_open is None:
                is_open = self.is_open(second)
            if is_open:
                yield begin_us, begin_us + self._step_us

    def _steps(self, start_us: int, end_us: int) -> range:
        """Where steps begin that cover the time between two instants."""
        return range(start_us // self._step_us * self._step_us, end_us, self._step_us)

    def _steps_back(self, start_us: int, end_us: int) -> range:
        """The same backwards, from the step that ends at *start_us* or holds it."""
        last_us = (start_us - 1) // self._step_us * self._step_us
        return range(last_us, end_us - self._step_us, -self._step_us)

    def _opened_on(self, begun: date, shown: date, reading: int) -> bool:
        """Whether a window that begins on *begun* holds the time *reading* of the date *shown*."""
        after_midnight = reading if begun == shown else reading + _DAY_S
        overriding = self._overrides.get(begun)
        windows = self._weekly[begun.weekday()] if overriding is None else overriding
        for start, end in windows:
            if start <= after_midnight < end:
                return overriding is not None or not self._is_holiday(begun, shown, reading)
        return False

    def _is_holiday(self, begun: date, shown: date, reading: int) -> bool:
        """Whether a reading is closed in a window that begins on *begun*."""
        if not self._shift_rule:
            return any(start <= reading < end for start, end in self._kept_on(shown))
        after_midnight = reading if begun == shown else reading + _DAY_S
        return any(
            start <= after_midnight < end or (end == _DAY_S and start <= after_midnight)
            for start, end in self._kept_on(begun)
        )

    def _kept_on(self, day: date) -> list[tuple[int, int]]:
        return [*self._once.get(day, ()), *self._yearly.get((day.month, day.day), ())]


def _window(item: Mapping[str, Any]) -> tuple[int, int]:
    start, end = _seconds(item["start"]), _seconds(item["end"])
    return start, end if end > start else end + _DAY_S


def _seconds(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
