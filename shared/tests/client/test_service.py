"""The operations of the SLA management design, on a platform that a test sets up."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from slaclock.client import (
    ApiDenied,
    ApiRefusal,
    BreachType,
    InvalidInput,
    RiskLevel,
    Severity,
    SLAService,
)

from .fake_platform import NOW, Platform, clock, summary, ticket


async def test_policies_are_those_of_the_latest_versions(
    service: SLAService, platform: Platform
) -> None:
    platform.slas = [
        summary("draft only", None, None),
        summary("gold", 2),
        summary("old", 1, "retired"),
    ]

    found = await service.get_sla_policies()

    assert [one.id for one in found] == ["gold@2:P1", "gold@2"]
    assert (found[0].response_time_minutes, found[0].resolution_time_hours) == (15, 1)
    assert found[0].business_hours_only is False
    assert (found[0].created_at.day, found[0].updated_at.day) == (1, 2)
    assert [one.rule_id for one in found[0].escalation_rules] == ["late"]

    # a version is read once; a new one is seen at once
    platform.asked.clear()
    assert await service.get_sla_policies() == found
    assert platform.asked == ["/sla/v1/slas"]
    platform.slas = [summary("gold", 3)]
    assert [one.version for one in await service.get_sla_policies()] == [3, 3]


async def test_many_who_ask_at_once_read_a_version_once(
    service: SLAService, platform: Platform
) -> None:
    platform.tickets["A"] = ticket()
    found = await asyncio.gather(*(service.get_ticket_sla_status("A") for _ in range(50)))
    assert {one.sla_policy.id for one in found if one.sla_policy} == {"gold@2:P1"}
    assert sum(path.startswith("/sla") for path in platform.asked) == 3

    platform.failing["/sla"] = 503
    platform.tickets["A"] = ticket(
        binding={"reason": "default", "sla_id": "gold", "sla_version": 3}
    )
    found = await asyncio.gather(*(service.get_ticket_sla_status("A") for _ in range(9)))
    assert {one.is_partial for one in found} == {True}
    platform.failing.clear()
    assert (await service.get_ticket_sla_status("A")).is_partial is False


async def test_a_status(service: SLAService, platform: Platform) -> None:
    platform.tickets["A"] = ticket()

    found = await service.get_ticket_sla_status("A")

    assert found.sla_policy is not None
    assert found.sla_policy.id == "gold@2:P1"
    assert found.response_time_remaining is None, "it is closed"
    assert found.resolution_time_remaining == timedelta(seconds=90.5)
    assert (found.is_response_breached, found.is_resolution_breached) == (True, False)
    assert found.breach_risk_level is RiskLevel.CRITICAL
    assert (found.last_updated, found.is_partial) == (NOW, False)


async def test_the_open_cycle_counts_and_no_ola(service: SLAService, platform: Platform) -> None:
    resolution = ticket()["clocks"][1]
    platform.tickets["A"] = ticket(
        clocks=[
            {**resolution, "state": "closed", "outcome": "breached"},
            {**resolution, "cycle": "2", "state": "active", "remaining_seconds": 5},
            {**resolution, "cycle": "ola:2", "agreement_type": "ola", "remaining_seconds": 1},
        ]
    )
    found = await service.get_ticket_sla_status("A")
    assert found.resolution_time_remaining == timedelta(seconds=5)
    assert found.is_resolution_breached is False


async def test_what_is_missing_makes_a_status_partial(
    service: SLAService, platform: Platform
) -> None:
    fault = {"code": "agreement.missing", "field": "agreement", "message": "m", "remedy": "r"}
    platform.tickets["A"] = ticket(faults=[fault], terms="pending", risk="none")
    platform.failing["/sla"] = 503

    found = await service.get_ticket_sla_status("A")

    assert (found.sla_policy, found.is_partial, found.breach_risk_level) == (None, True, None)
    codes = [one.code for one in found.faults]
    assert codes == ["agreement.missing", "terms.pending", "policy.unavailable"]
    assert found.resolution_time_remaining == timedelta(seconds=90.5)

    platform.failing.clear()
    healed = await service.get_ticket_sla_status("A")
    assert healed.sla_policy is not None


async def test_a_ticket_that_is_bound_to_nothing(service: SLAService, platform: Platform) -> None:
    platform.tickets["A"] = ticket(binding={"reason": "none"}, clocks=[], risk=None)
    found = await service.get_ticket_sla_status("A")
    assert (found.sla_policy, found.resolution_time_remaining) == (None, None)
    assert (found.is_resolution_breached, found.faults) == (False, ())


async def test_what_is_no_answer_is_raised(service: SLAService, platform: Platform) -> None:
    with pytest.raises(ApiRefusal, match=r"ticket\.not-found"):
        await service.get_ticket_sla_status("B")
    platform.tickets["A"] = ticket()
    platform.failing["/sla"] = 401
    with pytest.raises(ApiDenied):
        await service.get_ticket_sla_status("A")
    platform.breaches = [clock("A")]
    with pytest.raises(ApiDenied):
        await service.monitor_sla_breaches()


async def test_potential_breaches(service: SLAService, platform: Platform) -> None:
    due = {"outcome": "pending", "breached_at": None, "due_at": "2026-03-02T12:10:00Z"}
    platform.at_risk = [
        clock("A", **due, remaining_seconds=600),
        clock("B", **due, remaining_seconds=300, sla_id=None),
        clock("C", **due, remaining_seconds=300, agreement_type="ola"),
    ]

    first, second = await service.detect_potential_breaches()

    assert (first.ticket_id, first.breach_type) == ("A", BreachType.RESOLUTION)
    assert first.time_remaining == timedelta(minutes=10)
    assert first.breach_risk_level is RiskLevel.HIGH
    assert first.sla_policy is not None
    assert (second.breach_risk_level, second.sla_policy) == (RiskLevel.CRITICAL, None)


async def test_breaches_now(service: SLAService, platform: Platform) -> None:
    platform.size = 2
    platform.tells(
        clock("closed", state="closed", ago=5),
        clock("A", ago=10),
        clock("B", ago=20, priority="P7", metric="first_response", state="paused"),
        clock("C", ago=30, sla_id=None, severity="LOW", customer_impact="one site", assignee=None),
        clock("E", ago=35, severity="odd"),
        clock("D", ago=40, agreement_type="ola"),
    )

    first, second, third, odd = await service.monitor_sla_breaches()

    assert (first.ticket_id, first.technician_id, first.customer_id) == ("A", "u17", "umbrella")
    assert (first.breach_type, first.severity) == (BreachType.RESOLUTION, Severity.CRITICAL)
    assert (first.escalation_required, first.customer_impact) == (True, None)
    assert first.breach_time == NOW - timedelta(minutes=10)
    assert (second.breach_type, second.severity) == (BreachType.RESPONSE, Severity.MEDIUM)
    assert (second.escalation_required, second.ongoing) == (False, True)
    assert (third.severity, third.customer_impact) == (Severity.LOW, "one site")
    assert (third.sla_policy, third.escalation_required) == (None, None)
    assert odd.severity is Severity.CRITICAL, "by the rule"
    assert len({first.id, second.id, third.id}) == 3

    since = await service.monitor_sla_breaches(since=NOW - timedelta(minutes=20))
    assert [one.ticket_id for one in since] == ["closed", "A", "B"]
    with pytest.raises(InvalidInput, match="zone"):
        await service.monitor_sla_breaches(since=datetime(2026, 3, 2))  # noqa: DTZ001 - the point
