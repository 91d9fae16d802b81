"""Business time the slow way: ask the clock on the wall, minute after minute.

An oracle for `slaclock.business_time`. It shares no code with it: offsets come from the standard
library's ``zoneinfo`` (reading the pinned ``tzdata`` package), dates and times from ``datetime``,
and the rules of the specification are spelled out once more, for a single reading of the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import Any, Final
from zoneinfo import ZoneInfo

__all__ = ["MinuteWalk", "packaged_zone"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_SECOND_US: Final = 1_000_000


def packaged_zone(name: str) -> ZoneInfo:
    """A zone of the ``tzdata`` package, whatever the host has."""
    resource = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with resource.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


class MinuteWalk:
    """The oracle of one snapshot; a zone that the snapshot carries is ignored.

    Args:
        snapshot: A valid calendar.
        step_s: Seconds from one reading to the next; windows and offsets must be whole multiples
            of it (30 for Liberia before 1972).
    """

    def __init__(self, snapshot: Mapping[str, Any], *, step_s: int = 60) -> None:
        self._snapshot = snapshot
        self._zone = packaged_zone(snapshot["timezone"])
        self._step_s = step_s

    def is_open(self, second: int) -> bool:
        """Whether the reading of the wall clock at a UTC second is open."""
        wall = (_EPOCH + timedelta(seconds=second)).astimezone(self._zone).replace(tzinfo=None)
        return any(self._opened_on(day, wall) for day in (wall.date(), wall.date() - _DAY))

    def elapsed_us(self, start_us: int, end_us: int) -> int:
        """Open microseconds between two instants; negative if the second is earlier."""
        if end_us < start_us:
            return -self.elapsed_us(end_us, start_us)
        return sum(
            min(stop_us, end_us) - max(begin_us, start_us)
            for begin_us, stop_us in self._steps(start_us, end_us)
            if self.is_open(begin_us // _SECOND_US)
        )

    def add_us(self, start_us: int, amount_us: int, *, until_us: int) -> int | None:
        """Where an amount leads; ``None`` if it leads beyond *until_us*."""
        left = abs(amount_us)
        if not left:
            return start_us
        forward = amount_us > 0
        steps = list(self._steps(min(start_us, until_us), max(start_us, until_us)))
        for begin_us, stop_us in steps if forward else reversed(steps):
            if not self.is_open(begin_us // _SECOND_US):
                continue
            if forward:
                begin = max(begin_us, start_us)
                if left <= stop_us - begin:
                    return begin + left
                left -= stop_us - begin
            else:
                stop = min(stop_us, start_us)
                if left <= stop - begin_us:
                    return stop - left
                left -= stop - begin_us
        return None

    def _steps(self, start_us: int, end_us: int) -> Iterator[tuple[int, int]]:
        step_us = self._step_s * _SECOND_US
        for begin_us in range(start_us // step_us * step_us, end_us, step_us):
            yield begin_us, begin_us + step_us

    def _opened_on(self, day: date, wall: datetime) -> bool:
        """Whether a window that begins on *day* holds a reading of the wall clock."""
        reading = wall - datetime.combine(day, time())
        overrides = [item for item in self._snapshot.get("overrides", ()) if _is_on(item, day)]
        for window in overrides[0]["windows"] if overrides else self._weekly(day):
            start, end = _after_midnight(window["start"]), _after_midnight(window["end"])
            if end <= start:
                end += _DAY
            if start <= reading < end:
                return bool(overrides) or not self._is_holiday(day, wall)
        return False

    def _weekly(self, day: date) -> list[Mapping[str, Any]]:
        return [item for item in self._snapshot["windows"] if item["weekday"] == day.weekday()]

    def _is_holiday(self, begun: date, wall: datetime) -> bool:
        """Whether a reading is closed in a window that begins on *begun*."""
        shift = self._snapshot.get("holiday_rule", "date") == "shift"
        day = begun if shift else wall.date()
        reading = wall - datetime.combine(day, time())
        for holiday in self._snapshot.get("holidays", ()):
            if not _is_kept(holiday, day):
                continue
            until = holiday.get("to", "24:00")
            if reading >= _after_midnight(holiday.get("from", "00:00")) and (
                reading < _after_midnight(until) or (shift and until == "24:00")
            ):
                return True
        return False


def _is_on(item: Mapping[str, Any], day: date) -> bool:
    return bool(item["date"] == day.isoformat())


def _is_kept(holiday: Mapping[str, Any], day: date) -> bool:
    if holiday.get("recurrence") == "yearly":
        return bool(holiday["date"][4:] == day.isoformat()[4:])
    return _is_on(holiday, day)


def _after_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
