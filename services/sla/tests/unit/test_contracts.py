from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sla_service.domain.contract import ContractEntry, Pin, course, in_force

from ..commerce import accepted_quote

GOLD, SILVER = Pin("gold", 1, "a" * 64), Pin("silver", 1, "b" * 64)


def day(month: int, of: int = 1) -> datetime:
    return datetime(2026, month, of, tzinfo=UTC)


NEWS = accepted_quote(day(1))
END = replace(
    NEWS, customer_id=None, sla_id=None, cause_kind="ended", cause_id="e2", effective_from=day(6)
)


def bound(pin: Pin | None, start: datetime, until: datetime | None = None) -> ContractEntry:
    news = replace(NEWS, effective_from=start, effective_to=until, cause_id=str(start))
    return news.entry(pin, "customer")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(datetime(2025, 12, 31, tzinfo=UTC), None, id="before it begins"),
        pytest.param(day(1), GOLD, id="at its first instant"),
        pytest.param(day(3), SILVER, id="another SLA takes over"),
        pytest.param(day(6), None, id="at its end"),
        pytest.param(day(8), GOLD, id="renewed"),
        pytest.param(day(9), None, id="its time is over"),
    ],
)
def test_what_is_in_force(at: datetime, expected: Pin | None) -> None:
    history = [
        bound(GOLD, day(1)),
        bound(SILVER, day(3)),
        bound(None, day(6)),
        bound(GOLD, day(8), day(9)),
    ]
    for order in itertools.permutations(history):
        found = in_force(order, at)
        assert (found.pin if found else None) == expected


def test_entries_that_begin_together_are_ordered_by_what_happened_last() -> None:
    first = replace(bound(GOLD, day(1)), happened_at=day(1))
    second = replace(NEWS, cause_id="a", happened_at=day(2)).entry(SILVER, "customer")
    for order in ([first, second], [second, first]):
        found = in_force(order, day(5))
        assert found is not None
        assert found.pin == SILVER


@pytest.mark.parametrize(
    ("since", "counts"),
    [
        pytest.param(day(8, 31), True, id="a day before the end"),
        pytest.param(day(9), False, id="at the end"),
    ],
)
def test_a_change_order_needs_a_contract_that_runs(since: datetime, counts: bool) -> None:
    order = replace(NEWS, cause_kind="change_order", cause_id="o1", effective_from=since)
    history = [bound(GOLD, day(1), day(9)), order.entry(SILVER, "customer")]
    assert [entry.pin for entry in course(history)] == [GOLD, SILVER][: 1 + counts]
    assert course(history)[-1].effective_to == day(9)


def test_a_history_is_listed_by_what_happened_last() -> None:
    first = replace(bound(GOLD, day(1)), happened_at=day(1))
    for number in range(5):  # whatever its id
        news = replace(NEWS, cause_id=f"{number}", happened_at=day(2))
        assert first.order < news.entry(SILVER, "customer").order


def test_ids_follow_from_what_happened() -> None:
    assert NEWS.entry_id == replace(NEWS, event_id="again", happened_at=day(2)).entry_id
    assert NEWS.entry_id != replace(NEWS, cause_id="q2").entry_id
    assert NEWS.entry_id != replace(NEWS, tenant="globex").entry_id
    assert END.entry_id == replace(END, happened_at=day(7)).entry_id
    assert END.entry_id != replace(END, cause_id="e3", event_id="e3").entry_id
    assert END.entry_id != replace(END, source="/another").entry_id


def test_the_same_quote_must_say_the_same() -> None:
    assert NEWS.says == replace(NEWS, event_id="again").says
    assert NEWS.says != replace(NEWS, sla_version=2).says
    assert NEWS.says != replace(NEWS, effective_to=day(9)).says
