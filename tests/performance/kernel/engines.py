"""One support desk, told to three engines: 09:00-17:00 in New York, ten holidays a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pytz  # type: ignore[import-untyped]  # it has no stubs
import workclock
from numpy.typing import NDArray

from slaclock.business_time import BusinessCalendar, seal

__all__ = ["Engine", "desk", "engines"]

ZONE: Final = "America/New_York"
HOLIDAYS: Final = (
    (1, 1), (1, 20), (2, 17), (5, 26), (6, 19), (7, 4), (9, 1), (11, 11), (11, 27), (12, 25),
)  # fmt: skip
YEARS: Final = range(2019, 2042)
"""The others need a list of dates; ours knows what yearly means."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What is measured of an engine.

    Attributes:
        name: With its version.
        add: An instant and minutes give an instant.
        elapsed: Two instants give an amount.
        elapsed_many: Two arrays of microseconds give amounts in microseconds, if it can.
        add_many: Arrays of microseconds and of minutes give microseconds, if it can.
    """

    name: str
    add: Callable[[datetime, int], datetime]
    elapsed: Callable[[datetime, datetime], timedelta]
    elapsed_many: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]] | None = None
    add_many: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]] | None = None


def desk() -> Mapping[str, Any]:
    """The desk as a published snapshot."""
    draft = {
        "timezone": ZONE,
        "windows": [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)],
        "holidays": [
            {"date": date(2024, month, day).isoformat(), "recurrence": "yearly"}
            for month, day in HOLIDAYS
        ],
    }
    return seal(draft, calendar_id="desk", version=1)


def engines() -> tuple[Engine, Engine, Engine]:
    """Ours first, then the best peer, then the best known."""
    return _slaclock(), _workclock(), _businesstimedelta()


def _slaclock() -> Engine:
    calendar = BusinessCalendar.from_snapshot(dict(desk()))
    return Engine(
        "slaclock",
        calendar.add_business_minutes,
        calendar.elapsed,
        calendar.elapsed_many,
        calendar.add_many,
    )


def _dates() -> list[date]:
    return [date(year, month, day) for year in YEARS for month, day in HOLIDAYS]


def _workclock() -> Engine:
    schedule = workclock.Schedule(
        [workclock.WorkDay(time(9), time(17)), workclock.Holidays(_dates())],
        time_zone=ZoneInfo(ZONE),
    )

    def elapsed_many(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        found = schedule.between_many(starts.view("M8[us]"), ends.view("M8[us]"))
        return np.asarray(found).astype("m8[us]").astype(np.int64)

    def add_many(starts: NDArray[np.int64], minutes: NDArray[np.int64]) -> NDArray[np.int64]:
        found = schedule.add_many(starts.view("M8[us]"), minutes.astype("m8[m]"))
        return np.asarray(found).astype("M8[us]").astype(np.int64)

    return Engine(
        f"workclock {workclock.__version__}",
        lambda start, minutes: schedule.add(start, minutes=minutes),
        schedule.between,
        elapsed_many,
        add_many,
    )


def _businesstimedelta() -> Engine:
    zone = pytz.timezone(ZONE)
    rules = businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(time(9), time(17), [0, 1, 2, 3, 4], tz=zone),
            businesstimedelta.HolidayRule(_dates(), tz=zone),
        ]
    )
    return Engine(
        "businesstimedelta 1.0.1",
        lambda start, minutes: (
            start + businesstimedelta.BusinessTimeDelta(rules, timedelta=timedelta(minutes=minutes))
        ),
        lambda start, end: rules.difference(start, end).timedelta,
    )
