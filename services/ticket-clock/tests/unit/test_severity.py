"""How bad a breach is: by the rank of its target."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.event import clock_data
from ticket_clock_service.domain.severity import severities

from .builders import Desk, mon, opened, sla, under, updated


@pytest.mark.parametrize(
    ("amounts", "found"),
    [
        pytest.param([60], ["MEDIUM"], id="the only one"),
        pytest.param([60, 60], ["MEDIUM", "MEDIUM"], id="all alike"),
        pytest.param([60, 120], ["CRITICAL", "HIGH"], id="two"),
        pytest.param([240, 60, 120], ["MEDIUM", "CRITICAL", "HIGH"], id="in whatever order"),
        pytest.param([1, 2, 3, 4, 5], ["CRITICAL", "HIGH", "MEDIUM", "LOW", "LOW"], id="five"),
        pytest.param([1, 1, 2, 3], ["CRITICAL", "CRITICAL", "HIGH", "MEDIUM"], id="shared rank"),
    ],
)
def test_severity_by_rank(amounts: list[int], found: list[str]) -> None:
    ranks = severities(amounts)
    assert [ranks[amount] for amount in amounts] == found


def test_breaches_carry_severity_impact_and_assignee_of_their_instant() -> None:
    """Another priority has another target, so another severity; metrics are ranked apart."""
    rules = under(
        sla(
            ("resolution", "P1", 60, "24x7"),
            ("resolution", "P2", 120, "24x7"),
            ("resolution", None, 480, "24x7"),
            ("first_response", None, 30, "24x7"),
        )
    )
    desk = Desk(rules)
    desk.report(opened(mon("09:00"), priority="P2", assignee="u1", attributes={"impact": "low"}))
    desk.report(updated(mon("09:10"), attributes={"customer_impact": "shop is closed"}))
    desk.wake_until(mon("10:00"))
    desk.report(updated(mon("10:30"), priority="P1", assignee="u2"))
    desk.wake_until(mon("13:00"))
    told = [
        clock_data(
            change,
            rules.agreements,
            tenant="acme",
            ticket_id="INC-1",
            revision=1,
            sequence=1,
            noticed_at=mon("13:00"),
        )
        for change in desk.published
    ]
    assert [
        (one["metric"], one["severity"], one["customer_impact"], one["assignee"])
        for one in told
        if one["change"]["kind"] == "breached"
    ] == [
        ("first_response", "MEDIUM", "shop is closed", "u1"),
        ("resolution", "CRITICAL", "shop is closed", "u2"),
    ]
    retargeted = [one for one in told if one["change"]["kind"] == "retargeted"]
    assert {one["change"]["reason"] for one in retargeted} == {"attributes", "priority"}
