"""SLAs as policies: a row for each priority, ranks, rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from slaclock.client import Severity
from slaclock.client.levels import BreachType, RiskLevel, breach_type, risk_of
from slaclock.client.policy import VersionPolicies, policies_of

MADE, CHANGED = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


def target(metric: str, priority: str | None, minutes: int, calendar: str = "office") -> Any:
    return {"metric": metric, "priority": priority, "minutes": minutes, "calendar": calendar}


def rule(threshold: str, **more: Any) -> dict[str, Any]:
    return {"rule_id": threshold, "threshold": threshold, "metric": None, "priority": None, **more}


def read(*targets: Any, escalations: list[dict[str, Any]] | None = None) -> VersionPolicies:
    snapshot = {
        "sla_id": "gold",
        "version": 2,
        "name": "Gold",
        "targets": list(targets),
        "escalations": escalations or [],
    }
    return policies_of(snapshot, hash_="a" * 64, created_at=MADE, updated_at=CHANGED)


def test_a_priority_without_a_target_of_its_own_has_that_of_all_others() -> None:
    urgent, others = read(
        target("first_response", None, 120),
        target("resolution", None, 2400),
        target("resolution", "P1", 90, "24x7"),
        target("next_reply", None, 60),
    ).rows

    assert (urgent.id, others.id) == ("gold@2:P1", "gold@2")
    assert (urgent.priority_level, others.priority_level) == ("P1", None)
    assert (urgent.response_time_minutes, urgent.resolution_time_hours) == (120, 1.5)
    assert (others.response_time_minutes, others.resolution_time_hours) == (120, 40)
    assert (urgent.business_hours_only, others.business_hours_only) == (False, True)
    assert [one.metric for one in urgent.targets] == ["first_response", "resolution", "next_reply"]
    assert (urgent.created_at, urgent.updated_at, urgent.snapshot) == (MADE, CHANGED, "a" * 64)


def test_what_is_not_promised_is_none() -> None:
    (row,) = read(target("next_reply", "P1", 60)).rows
    assert (row.response_time_minutes, row.resolution_time_hours) == (None, None)


def test_a_ticket_finds_its_row() -> None:
    found = read(target("resolution", "P1", 60), target("resolution", None, 120))
    assert [one.priority_level for p in ("P1", "P9", None) if (one := found.of(p))] == [
        "P1",
        None,
        None,
    ]
    assert read(target("resolution", "P1", 60)).of("P2") is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param({"P1": 60}, {"P1": "MEDIUM"}, id="the only row"),
        pytest.param({"P1": 60, "P2": 60}, {"P1": "MEDIUM", "P2": "MEDIUM"}, id="all alike"),
        pytest.param(
            {"P1": 15, "P2": 60, "P3": 240, "P4": 480, None: 960},
            {"P1": "CRITICAL", "P2": "HIGH", "P3": "MEDIUM", "P4": "LOW", "P9": "LOW"},
            id="the tighter, the worse",
        ),
        pytest.param(
            {"P1": 15, "P2": 60, "P3": 60, "P4": 480},
            {"P1": "CRITICAL", "P2": "HIGH", "P3": "HIGH", "P4": "MEDIUM"},
            id="equal minutes share a rank",
        ),
        pytest.param({"P1": 15, "P2": 60}, {"P7": None}, id="no promise"),
    ],
)
def test_severity(minutes: dict[str | None, int], expected: dict[str, str | None]) -> None:
    found = read(*(target("resolution", priority, much) for priority, much in minutes.items()))
    assert {one: found.severity("resolution", one) for one in expected} == expected
    assert found.severity("first_response", "P1") is None
    assert Severity("LOW") == "LOW"


@pytest.mark.parametrize(
    ("one", "escalates"),
    [
        pytest.param(rule("percent:100"), True, id="at the breach"),
        pytest.param(rule("percent:150"), True, id="beyond it"),
        pytest.param(rule("after_due:60"), True, id="after it"),
        pytest.param(rule("percent:90"), False, id="a warning"),
        pytest.param(rule("before_due:60"), False, id="before it"),
        pytest.param(rule("percent:100", metric="first_response"), False, id="another metric"),
        pytest.param(rule("percent:100", metric="resolution"), True, id="this metric"),
        pytest.param(rule("percent:100", priority="P2"), False, id="another priority"),
        pytest.param(
            rule("percent:100", conditions={"priority": ["P1", "P2"]}), True, id="on a list"
        ),
        pytest.param(
            rule("percent:100", conditions={"priority": ["P2"]}), False, id="not on the list"
        ),
    ],
)
def test_whether_a_breach_escalates(one: dict[str, Any], escalates: bool) -> None:
    row = read(target("resolution", "P1", 60), escalations=[one]).of("P1")
    assert row is not None
    assert row.escalates("resolution") is escalates


@pytest.mark.parametrize(
    ("used", "risk"),
    [
        (0, "LOW"),
        (0.49, "LOW"),
        (0.5, "MEDIUM"),
        (0.75, "HIGH"),
        (0.9, "CRITICAL"),
        (2, "CRITICAL"),
    ],
)
def test_risk(used: float, risk: str) -> None:
    assert risk_of(used) is RiskLevel(risk)


def test_every_metric_has_a_type() -> None:
    assert breach_type("first_response") is BreachType.RESPONSE
    assert {breach_type(one) for one in ("resolution", "next_reply", "periodic_update")} == {
        BreachType.RESOLUTION,
        BreachType.NEXT_REPLY,
        BreachType.PERIODIC_UPDATE,
    }
