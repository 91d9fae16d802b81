"""Business time, minute by minute: the oracle's own. It knows nothing of the platform's kernel.

Every minute of the time that a run is about is looked at once, by the wall clock of its zone; sums
of open minutes then answer both questions. Instants are microseconds since 1970.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

MINUTE = 60_000_000
DAY_MINUTES = 1440


class Hours(Protocol):
    """When business time runs."""

    def elapsed(self, start: int, end: int) -> int:
        """Business time in [start, end)."""

    def add(self, start: int, amount: int) -> int | None:
        """The instant at which *amount* has passed since *start*; None: not in sight."""


class Always:
    """Round the clock."""

    def elapsed(self, start: int, end: int) -> int:
        return end - start

    def add(self, start: int, amount: int) -> int | None:
        return start + amount


class Stepped:
    """A calendar, stepped through minute by minute.

    Args:
        calendar: as in an SLA file: `timezone`, `windows`, `holidays`.
        first, last: the time that can be asked about.
    """

    def __init__(self, calendar: Mapping[str, Any], first: int, last: int) -> None:
        self._first = first - first % MINUTE
        zone = ZoneInfo(calendar["timezone"])
        open_minutes = _open_minutes(calendar["windows"])
        closed = {holiday["date"] for holiday in calendar.get("holidays", ())}
        self._sums = [0]
        for at in range(self._first, last + MINUTE, MINUTE):
            local = datetime.fromtimestamp(at // 1_000_000, zone)
            minute = local.hour * 60 + local.minute
            runs = minute in open_minutes[local.weekday()]
            runs = runs and local.date().isoformat() not in closed
            self._sums.append(self._sums[-1] + MINUTE * runs)

    def elapsed(self, start: int, end: int) -> int:
        return self._until(end) - self._until(start)

    def add(self, start: int, amount: int) -> int | None:
        if amount == 0:
            return start
        wanted = self._until(start) + amount
        index = bisect_left(self._sums, wanted)
        if index == len(self._sums):
            return None
        return self._first + (index - 1) * MINUTE + wanted - self._sums[index - 1]

    def _until(self, at: int) -> int:
        index, rest = divmod(at - self._first, MINUTE)
        if not 0 <= index < len(self._sums) - 1:
            raise ValueError("outside the time that was stepped through")
        runs = self._sums[index + 1] > self._sums[index]
        return self._sums[index] + (rest if runs else 0)


def _open_minutes(windows: Sequence[Mapping[str, Any]]) -> list[set[int]]:
    """Minutes of the day by weekday; a window that ends at or before its start goes on tomorrow."""
    found: list[set[int]] = [set() for _ in range(7)]
    for window in windows:
        start, end = (_minute(window[name]) for name in ("start", "end"))
        length = end - start if end > start else end - start + DAY_MINUTES
        for minute in range(start, start + length):
            day = (window["weekday"] + minute // DAY_MINUTES) % 7
            found[day].add(minute % DAY_MINUTES)
    return found


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
