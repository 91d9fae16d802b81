from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard_service.domain.risk import Pace, is_warning, pace, reached, remaining
from slaclock.business_time import BusinessCalendar

LONDON = BusinessCalendar.from_snapshot(
    {
        "timezone": "Europe/London",
        "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
        "holidays": [{"date": "2026-04-06", "name": "Easter Monday"}],
    }
)
TOUCHING = BusinessCalendar.from_snapshot(
    {
        "timezone": "UTC",
        "windows": [
            {"weekday": 0, "start": "09:00", "end": "12:00"},
            {"weekday": 0, "start": "12:00", "end": "18:00"},
        ],
    }
)
ALWAYS = BusinessCalendar.from_snapshot(
    {
        "timezone": "UTC",
        "windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)],
    }
)


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("threshold", "warns"),
    [
        pytest.param("percent:50", False, id="half of the target"),
        pytest.param("percent:74", False, id="just below"),
        pytest.param("percent:75", True, id="three quarters"),
        pytest.param("percent:120", True, id="long past"),
        pytest.param("before_due:60", True, id="any warning before the end"),
        pytest.param("after_due:60", False, id="after the end there is nothing to warn of"),
    ],
)
def test_what_puts_a_clock_at_risk(threshold: str, warns: bool) -> None:
    assert is_warning(threshold) is warns


@pytest.mark.parametrize(
    ("thresholds", "highest"),
    [
        pytest.param([], 0, id="nothing announced"),
        pytest.param(["percent:50", "percent:90", "percent:75"], 90, id="the highest"),
        pytest.param(["before_due:60"], 0, id="offsets are no percentages"),
    ],
)
def test_reached(thresholds: list[str], highest: int) -> None:
    assert reached(thresholds) == highest


@pytest.mark.parametrize(
    ("calendar", "now", "expected"),
    [
        pytest.param(None, utc(3, 7, 3), Pace(running=True, turns_at=None), id="24x7"),
        pytest.param(
            LONDON, utc(3, 2, 9), Pace(running=True, turns_at=utc(3, 2, 17, 30)), id="open"
        ),
        pytest.param(
            LONDON, utc(3, 2, 17, 30), Pace(running=False, turns_at=utc(3, 3, 9)), id="just closed"
        ),
        pytest.param(
            LONDON,
            utc(3, 28, 12),
            Pace(running=False, turns_at=utc(3, 30, 8)),
            id="over the weekend in which summer time begins",
        ),
        pytest.param(
            LONDON,
            utc(4, 4, 12),
            Pace(running=False, turns_at=utc(4, 7, 8)),
            id="over a weekend and a Monday holiday",
        ),
        pytest.param(
            TOUCHING,
            utc(3, 2, 10),
            Pace(running=True, turns_at=utc(3, 2, 18)),
            id="windows that touch are one",
        ),
        pytest.param(ALWAYS, utc(3, 2, 10), Pace(running=True, turns_at=None), id="never closes"),
    ],
)
def test_pace(calendar: BusinessCalendar | None, now: datetime, expected: Pace) -> None:
    assert pace(now, calendar) == expected


@pytest.mark.parametrize(
    ("calendar", "due_at", "now", "left"),
    [
        pytest.param(
            None, utc(3, 9, 10), utc(3, 6, 17), timedelta(hours=65), id="24x7 is the wall clock"
        ),
        pytest.param(
            LONDON,
            utc(3, 9, 10),
            utc(3, 6, 17),
            timedelta(hours=1, minutes=30),
            id="from Friday to Monday only open hours count",
        ),
        pytest.param(
            LONDON, utc(3, 6, 17), utc(3, 9, 10), -timedelta(minutes=90), id="overdue is negative"
        ),
    ],
)
def test_remaining(
    calendar: BusinessCalendar | None, due_at: datetime, now: datetime, left: timedelta
) -> None:
    assert remaining(due_at, now, calendar) == left
