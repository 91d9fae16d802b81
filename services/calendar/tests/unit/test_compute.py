from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from calendar_service.usecases.compute import Answer, Operation, compute
from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime

FRIDAY_FIVE = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
MONDAY_TEN = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


@pytest.fixture
def calendar(office: dict[str, Any]) -> BusinessCalendar:
    return BusinessCalendar.from_snapshot(office)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        pytest.param(
            Operation("add", FRIDAY_FIVE, minutes=90), MONDAY_TEN, id="add over a weekend"
        ),
        pytest.param(Operation("add", MONDAY_TEN, minutes=-90), FRIDAY_FIVE, id="and back again"),
        pytest.param(Operation("calculate", FRIDAY_FIVE, end=MONDAY_TEN), 90, id="calculate"),
        pytest.param(Operation("calculate", MONDAY_TEN, end=FRIDAY_FIVE), -90, id="backwards"),
        pytest.param(
            Operation("next", datetime(2026, 3, 7, 12, tzinfo=UTC)),
            datetime(2026, 3, 9, 9, tzinfo=UTC),
            id="next opening",
        ),
        pytest.param(
            Operation("previous", datetime(2026, 3, 7, 12, tzinfo=UTC)),
            datetime(2026, 3, 6, 17, 30, tzinfo=UTC),
            id="previous closing",
        ),
        pytest.param(Operation("is_open", MONDAY_TEN), True, id="open"),
        pytest.param(
            Operation("is_open", datetime(2026, 12, 25, 12, tzinfo=UTC)), False, id="holiday"
        ),
    ],
)
def test_operations(calendar: BusinessCalendar, operation: Operation, answer: Answer) -> None:
    assert compute(calendar, [operation]) == [answer]


def test_a_refusal_stays_with_its_operation() -> None:
    once = BusinessCalendar.from_snapshot(
        {
            "timezone": "UTC",
            "windows": [],
            "overrides": [{"date": "2026-03-09", "windows": [{"start": "09:00", "end": "17:00"}]}],
        }
    )
    answers = compute(
        once,
        [
            Operation("add", MONDAY_TEN, minutes=60),
            Operation("add", MONDAY_TEN, minutes=600),
            Operation("is_open", datetime(1969, 1, 1, tzinfo=UTC)),
            Operation("is_open", MONDAY_TEN),
        ],
    )
    assert answers[0] == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
    assert isinstance(answers[1], NoBusinessTime)
    assert isinstance(answers[2], InstantOutOfRange)
    assert answers[3] is True


def test_an_operation_has_what_it_needs() -> None:
    with pytest.raises(ValueError, match="end"):
        Operation("calculate", MONDAY_TEN)
    with pytest.raises(ValueError, match="minutes"):
        Operation("add", MONDAY_TEN)
