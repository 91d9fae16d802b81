from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_service.domain.state import state_at
from slaclock.business_time import BusinessCalendar

OFFICE = [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)]


def calendar(**document: Any) -> BusinessCalendar:
    return BusinessCalendar.from_snapshot(
        {"timezone": "Europe/London", "windows": OFFICE} | document
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("document", "when", "is_open", "until"),
    [
        pytest.param({}, "2026-03-06T12:00", True, "2026-03-06T17:30", id="in office hours"),
        pytest.param({}, "2026-03-06T09:00", True, "2026-03-06T17:30", id="at the opening"),
        pytest.param({}, "2026-03-06T17:30", False, "2026-03-09T09:00", id="at the closing"),
        pytest.param({}, "2026-03-27T20:00", False, "2026-03-30T08:00", id="over a clock change"),
        pytest.param(
            {
                "windows": [
                    {"weekday": 0, "start": "09:00", "end": "12:00"},
                    {"weekday": 0, "start": "12:00", "end": "13:00"},
                ]
            },
            "2026-03-09T10:00",
            True,
            "2026-03-09T13:00",
            id="windows that touch are one",
        ),
        pytest.param(
            {"windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]},
            "2026-03-06T12:00",
            True,
            None,
            id="never closed",
        ),
        pytest.param(
            {
                "windows": [],
                "overrides": [
                    {"date": "2020-01-01", "windows": [{"start": "01:00", "end": "02:00"}]}
                ],
            },
            "2026-03-06T12:00",
            False,
            None,
            id="never open again",
        ),
        pytest.param(
            {"windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]},
            "2199-12-31T23:59",
            True,
            None,
            id="at the end of time",
        ),
        pytest.param({}, "2199-12-31T23:00", False, None, id="never again before it"),
        pytest.param({}, "2200-01-01T00:00", False, None, id="at the last instant"),
    ],
)
def test_states(document: dict[str, Any], when: str, is_open: bool, until: str | None) -> None:
    found = state_at(calendar(**document), at(when))
    assert (found.is_open, found.until) == (is_open, until and at(until))


@given(st.timedeltas(timedelta(), timedelta(days=366)))
def test_until_then_nothing_changes_and_then_it_does(later: timedelta) -> None:
    when, office = datetime(2026, 1, 1, tzinfo=UTC) + later, calendar()
    found = state_at(office, when)
    assert found.until is not None
    assert office.is_business_time(when) is found.is_open
    assert office.is_business_time(found.until) is not found.is_open
    worked = office.elapsed(when, found.until)
    assert worked == (found.until - when if found.is_open else worked * 0)
