from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_service.domain.escalation import (
    Delivery,
    Effect,
    EffectKey,
    shown_recipient,
    together,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BLANK = Effect(
    key=EffectKey("acme", "e1"),
    ticket="INC-1",
    metric="resolution",
    cycle="first",
    threshold="percent:90",
    announcement="a1",
    rule="r1",
    channel="log",
    recipient="ops",
)

minutes = st.none() | st.integers(0, 3).map(lambda n: AT + timedelta(minutes=n))
accounts = st.builds(
    replace,
    st.just(BLANK),
    raised_at=minutes,
    failed_at=minutes,
    delivered_at=minutes,
    acknowledged_at=minutes,
    withdrawn_at=minutes,
    attempts=st.integers(0, 5),
    error=st.sampled_from(["", "refused", "timeout"]),
    reason=st.sampled_from(["", "corrected", "deleted"]),
)


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        pytest.param({"raised_at": AT}, Delivery.RAISED, id="raised"),
        pytest.param({"raised_at": AT, "failed_at": AT}, Delivery.FAILED, id="an attempt failed"),
        pytest.param(
            {"failed_at": AT + timedelta(1), "delivered_at": AT},
            Delivery.DELIVERED,
            id="delivered, although a failure is told later",
        ),
        pytest.param(
            {"delivered_at": AT, "acknowledged_at": AT}, Delivery.ACKNOWLEDGED, id="acknowledged"
        ),
        pytest.param(
            {"delivered_at": AT, "withdrawn_at": AT},
            Delivery.WITHDRAWN,
            id="withdrawn and corrected",
        ),
    ],
)
def test_state(happened: dict[str, Any], state: Delivery) -> None:
    assert replace(BLANK, **happened).state is state


@given(accounts, accounts, accounts)
def test_accounts_merge_in_any_order_and_any_number_of_times(
    a: Effect, b: Effect, c: Effect
) -> None:
    assert a.merged(b) == b.merged(a)
    assert a.merged(b).merged(c) == a.merged(b.merged(c))
    assert a.merged(a) == a
    assert together([a, b, a, c]) == together([c, b, a])


def test_the_error_is_that_of_the_latest_failure() -> None:
    first = replace(BLANK, failed_at=AT, attempts=1, error="timeout")
    second = replace(BLANK, failed_at=AT + timedelta(minutes=1), attempts=2, error="refused")
    assert second.merged(first).error == "refused"
    assert first.merged(replace(BLANK, delivered_at=AT)).error == "timeout"


def test_the_reason_is_that_of_the_withdrawal() -> None:
    withdrawn = replace(BLANK, withdrawn_at=AT, reason="corrected")
    later = replace(BLANK, withdrawn_at=AT + timedelta(minutes=1), reason="deleted")
    assert later.merged(withdrawn).reason == "corrected"
    assert withdrawn.merged(replace(BLANK, delivered_at=AT)).reason == "corrected"


@pytest.mark.parametrize(
    ("channel", "to", "shown"),
    [
        pytest.param(
            "webhook", "https://sink.example/T0/secret?key=1", "sink.example", id="webhook"
        ),
        pytest.param("webhook", "https://u:p@sink.example:8443/x", "sink.example", id="userinfo"),
        pytest.param("webhook", "not a url", "webhook", id="nothing to show"),
        pytest.param("email", "duty@acme.example", "duty@acme.example", id="e-mail"),
        pytest.param("log", "ops", "ops", id="log"),
    ],
)
def test_a_viewer_sees_of_a_webhook_its_host_only(channel: str, to: str, shown: str) -> None:
    assert shown_recipient(channel, to) == shown
