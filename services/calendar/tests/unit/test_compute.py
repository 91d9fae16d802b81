from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calendar_service.domain.account import LISTED
from calendar_service.usecases.compute import Answer, TooLongSpan, TooMuchToExplain, compute
from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime
from slaclock.contracts.business_time import Add, Explain, Look, Operation, Span

FRIDAY_FIVE = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
MONDAY_TEN = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
HOUR_US = 3_600_000_000
FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)


@pytest.fixture
def calendar(office: dict[str, Any]) -> BusinessCalendar:
    return BusinessCalendar.from_snapshot(office)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        pytest.param(
            Add(op="add", start=FRIDAY_FIVE, minutes=90),
            "2026-03-09T10:00:00Z",
            id="add over a weekend",
        ),
        pytest.param(
            Add(op="add", start=MONDAY_TEN, minutes=-90), "2026-03-06T17:00:00Z", id="and back"
        ),
        pytest.param(Span(op="calculate", start=FRIDAY_FIVE, end=MONDAY_TEN), 90, id="calculate"),
        pytest.param(Span(op="calculate", start=MONDAY_TEN, end=FRIDAY_FIVE), -90, id="backwards"),
        pytest.param(
            Span(op="elapsed", start=FRIDAY_FIVE, end=MONDAY_TEN + timedelta(microseconds=1)),
            HOUR_US * 3 // 2 + 1,
            id="elapsed is exact",
        ),
        pytest.param(
            Look(op="next", start=datetime(2026, 3, 7, 12, tzinfo=UTC)),
            "2026-03-09T09:00:00Z",
            id="next opening",
        ),
        pytest.param(
            Look(op="previous", start=datetime(2026, 3, 7, 12, tzinfo=UTC)),
            "2026-03-06T17:30:00Z",
            id="previous closing",
        ),
        pytest.param(Look(op="is_open", start=MONDAY_TEN), True, id="open"),
        pytest.param(
            Look(op="is_open", start=datetime(2026, 12, 25, 12, tzinfo=UTC)), False, id="holiday"
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
            Add(op="add", start=MONDAY_TEN, minutes=60),
            Add(op="add", start=MONDAY_TEN, minutes=600),
            Look.model_construct(op="is_open", start=datetime(1969, 1, 1, tzinfo=UTC)),
            Look(op="is_open", start=MONDAY_TEN),
        ],
    )
    assert answers[0] == "2026-03-09T11:00:00Z"
    assert isinstance(answers[1], NoBusinessTime)
    assert isinstance(answers[2], InstantOutOfRange)
    assert answers[3] is True


@pytest.mark.parametrize("refused", [False, True], ids=["all good", "one refused"])
def test_many_at_once_are_answered_as_one_by_one(
    calendar: BusinessCalendar,
    refused: bool,
) -> None:
    minutes = [*range(-500, 500, 3), *([199_999_999] if refused else [])]
    asked: list[Operation] = []
    for number in minutes:
        end = FRIDAY_FIVE + timedelta(microseconds=abs(number) % 600 * 61_000_000_001)
        asked += [
            Add(op="add", start=FRIDAY_FIVE, minutes=number),
            Span(
                op="elapsed", start=MONDAY_TEN, end=FRIDAY_FIVE + timedelta(minutes=number % 10**6)
            ),
            Span(op="calculate", start=end, end=FRIDAY_FIVE),
            Look(op="next", start=FRIDAY_FIVE),
        ]
    together = compute(calendar, asked)
    alone = [compute(calendar, [one])[0] for one in asked]
    assert [_comparable(one) for one in together] == [_comparable(one) for one in alone]
    assert any(isinstance(one, InstantOutOfRange) for one in together) == refused


def _comparable(answer: Answer) -> object:
    return str(answer) if isinstance(answer, Exception) else answer


@pytest.mark.parametrize(
    ("asked", "microseconds"),
    [
        pytest.param(
            Explain(op="explain", start=FRIDAY_FIVE, end=MONDAY_TEN), HOUR_US * 3 // 2, id="span"
        ),
        pytest.param(
            Explain(op="explain", start=FRIDAY_FIVE, minutes=90), HOUR_US * 3 // 2, id="add"
        ),
        pytest.param(
            Explain(op="explain", start=MONDAY_TEN, minutes=-90), -HOUR_US * 3 // 2, id="add back"
        ),
        pytest.param(
            Explain(op="explain", start=FRIDAY_FIVE, end=FRIDAY_FIVE + timedelta(days=36_500)),
            None,
            id="a hundred years",
        ),
        pytest.param(
            Explain(op="explain", start=FRIDAY_FIVE + timedelta(days=36_500), end=FRIDAY_FIVE),
            None,
            id="a hundred years back",
        ),
    ],
)
def test_the_parts_of_a_trace_sum_to_its_result(
    calendar: BusinessCalendar, asked: Explain, microseconds: int | None
) -> None:
    (told,) = compute(calendar, [asked], source={"hash": "ab", "tzdata": "2026.6"})
    assert isinstance(told, dict)
    rest = told["rest"]["microseconds"] if told["rest"] else 0
    assert sum(part["microseconds"] for part in told["parts"]) + rest == told["microseconds"]
    if asked.end is not None:
        (elapsed,) = compute(calendar, [Span(op="elapsed", start=asked.start, end=asked.end)])
        assert told["microseconds"] == elapsed
    if microseconds is not None:
        assert told["microseconds"] == microseconds
    assert len(told["parts"]) <= LISTED
    assert len(told["text"]) < 100_000
    assert told["hash"] == "ab"
    assert "snapshot ab, tzdata 2026.6" in told["text"]
    assert told["text"].splitlines()[-1].endswith("in all")


def test_an_added_amount_is_explained_up_to_its_result(calendar: BusinessCalendar) -> None:
    asked = Explain(op="explain", start=FRIDAY_FIVE, minutes=90)
    (told,) = compute(calendar, [asked])
    assert isinstance(told, dict)
    assert (told["minutes"], told["end"]) == (90, "2026-03-09T10:00:00Z")
    assert "90 business minutes from 2026-03-06T17:00:00Z: 2026-03-09T10:00:00Z" in told["text"]


def test_traces_of_one_request_have_an_end(calendar: BusinessCalendar) -> None:
    long = Explain(
        op="explain",
        start=datetime(1970, 1, 1, tzinfo=UTC),
        end=datetime(2200, 1, 1, tzinfo=UTC),
    )
    answers = compute(calendar, [*[long] * 12, Look(op="is_open", start=MONDAY_TEN)])
    assert [type(one) for one in answers[:10]] == [dict] * 10
    assert all(isinstance(one, TooMuchToExplain) for one in answers[10:12])
    assert answers[12] is True


@pytest.mark.parametrize("given", [{}, {"end": MONDAY_TEN, "minutes": 3}], ids=["neither", "both"])
def test_a_trace_has_an_end_or_an_amount(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either end or minutes"):
        Explain(op="explain", start=FRIDAY_FIVE, **given)


def _dense(windows_a_day: int) -> BusinessCalendar:
    """Open every day, for the first minute of each of so many hours."""
    return BusinessCalendar.from_snapshot(
        {
            "timezone": "UTC",
            "windows": [
                {"weekday": day, "start": f"{hour:02}:00", "end": f"{hour:02}:01"}
                for day in range(7)
                for hour in range(windows_a_day)
            ],
        }
    )


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(Span(op="calculate", start=FIRST, end=LAST), id="span"),
        pytest.param(Add(op="add", start=MONDAY_TEN, minutes=24 * 365 * 40), id="add"),
        pytest.param(Add(op="add", start=MONDAY_TEN, minutes=-24 * 365 * 40), id="back"),
        pytest.param(Explain(op="explain", start=FIRST, end=LAST), id="trace"),
    ],
)
def test_too_many_opening_hours_for_one_request_are_refused_before_they_are_laid_out(
    operation: Operation,
) -> None:
    dense = _dense(24)
    with pytest.raises(TooLongSpan) as caught:
        compute(dense, [operation])
    assert caught.value.code == "business-time.too-long"
    assert dense.openings == 0


def test_a_calendar_of_twenty_windows_a_week_is_asked_about_all_its_years() -> None:
    usual = _dense(2)
    whole = Span(op="calculate", start=FIRST, end=LAST)
    assert compute(usual, [whole]) == [(whole.end - whole.start).days * 2]
