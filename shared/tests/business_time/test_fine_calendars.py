"""Calendars of many short windows are laid out some years at a time: nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slaclock.business_time import BusinessCalendar, timeline

WEEK = [
    {"weekday": day, "start": f"{hour:02}:{minute:02}", "end": f"{hour:02}:{minute + 10:02}"}
    for day in range(7)
    for hour in range(24)
    for minute in (0, 15, 30, 45)
]
ALWAYS = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]
NIGHTS = [{"weekday": day, "start": "22:00", "end": "06:00"} for day in range(7)]
CALENDARS = [
    pytest.param({"timezone": "Europe/London", "windows": WEEK}, id="672 windows a week"),
    pytest.param({"timezone": "Asia/Kolkata", "windows": ALWAYS}, id="always open"),
    pytest.param({"timezone": "America/New_York", "windows": NIGHTS}, id="nights over New Year"),
    pytest.param(
        {
            "timezone": "Pacific/Auckland",
            "windows": NIGHTS,
            "holidays": [{"date": "2026-01-01", "name": "New Year", "recurrence": "yearly"}],
            "holiday_rule": "shift",
        },
        id="nights, the first of a year closed",
    ),
]
NEW_YEARS = [datetime(year, 1, 1, tzinfo=UTC) for year in (2025, 2026, 2027)]
INSTANTS = [
    turn + shift
    for turn in NEW_YEARS
    for shift in (
        timedelta(hours=-13),
        timedelta(microseconds=-1),
        timedelta(),
        timedelta(microseconds=1),
        timedelta(hours=13),
    )
]


def answers(snapshot: dict[str, Any]) -> list[Any]:
    calendar = BusinessCalendar.from_snapshot(snapshot)
    first = INSTANTS[0]
    found: list[Any] = [calendar.elapsed(first, at) for at in INSTANTS]
    for at in INSTANTS:
        used = calendar.elapsed(first, at)
        found += [
            calendar.is_business_time(at),
            calendar.next_business_minute(at),
            calendar.previous_business_minute(at),
            calendar.add(first, used),
            calendar.add(at, -used),
            calendar.add_business_minutes(at, 700_000 // 60),
        ]
    return found


@pytest.mark.parametrize("snapshot", CALENDARS)
def test_years_laid_out_one_by_one_answer_the_same(
    snapshot: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "_AT_ONCE", 10**9)
    together = answers(snapshot)
    monkeypatch.setattr(timeline, "_AT_ONCE", 1)
    assert answers(snapshot) == together
