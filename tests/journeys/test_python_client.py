"""The Python client on a running platform: policies, statuses, breaches as they come."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slaclock.client import (
    ApiDenied,
    ApiRefusal,
    BreachType,
    RiskLevel,
    Severity,
    SLABreach,
    SlaClient,
    SLAService,
)
from slaclock.testing import eventually

from .client import Systems

EXAMPLE = Path(__file__).parents[2] / "examples" / "04_watch_breaches.py"
GOLD: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold",
    "targets": [
        {"metric": "resolution", "priority": "P1", "minutes": 60, "calendar": "24x7"},
        {"metric": "resolution", "priority": "P2", "minutes": 240, "calendar": "24x7"},
        {"metric": "resolution", "priority": None, "minutes": 600, "calendar": "24x7"},
    ],
    "escalations": [
        {
            "rule_id": "late",
            "threshold": "percent:100",
            "metric": "resolution",
            "deliver": [{"channel": "log", "to": "desk"}],
        }
    ],
}


def opened(systems: Systems, ticket: str, priority: str, minutes: float) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return systems.ticket(
        "opened",
        ticket,
        at.isoformat(),
        status="open",
        priority=priority,
        customer_id="umbrella",
        assignee="u17",
        attributes={"impact": "one site"},
    )


async def test_what_stands_and_what_comes_is_told(systems: Systems) -> None:
    # given a ticket at risk, one in breach, and one that is neither
    agreement = systems.publish_sla(GOLD)
    await eventually(lambda: systems.default_agreement() == agreement["hash"])
    await systems.publish(
        opened(systems, "near/1", "P1", 50),
        opened(systems, "over", "P1", 90),
        opened(systems, "fine", "P3", 1),
    )
    await eventually(lambda: systems.clock("over").get("outcome") == "breached")
    url, key = systems.platform.runtime.http, systems.credentials["api_keys"]["viewer"]
    async with SlaClient(url, key, attempts=8) as client:
        service = SLAService(client)

        # then policies are what was published
        policies = {one.priority_level: one for one in await service.get_sla_policies()}
        assert {name: one.resolution_time_hours for name, one in policies.items()} == {
            "P1": 1,
            "P2": 4,
            None: 10,
        }
        urgent = policies["P1"]
        assert (urgent.response_time_minutes, urgent.business_hours_only) == (None, False)
        assert (urgent.snapshot, urgent.created_at) == (agreement["hash"], urgent.updated_at)

        # and a ticket stands where its clocks do
        status = await service.get_ticket_sla_status("near/1")
        assert (status.sla_policy, status.faults) == (urgent, ())
        assert status.breach_risk_level is RiskLevel.HIGH
        left = status.resolution_time_remaining
        assert left is not None
        assert timedelta(minutes=5) < left <= timedelta(minutes=10)
        assert (status.is_response_breached, status.is_resolution_breached) == (False, False)
        late = await service.get_ticket_sla_status("over")
        assert (late.is_resolution_breached, late.breach_risk_level) == (True, RiskLevel.CRITICAL)
        with pytest.raises(ApiRefusal, match="not-found"):
            await service.get_ticket_sla_status("nobody's")

        # and so do the lists
        [near] = await listed(service.detect_potential_breaches, "near/1")
        assert (near.breach_risk_level, near.sla_policy) == (RiskLevel.HIGH, urgent)
        [over] = await listed(service.monitor_sla_breaches, "over")
        assert (over.breach_type, over.severity) == (BreachType.RESOLUTION, Severity.CRITICAL)
        assert (over.technician_id, over.customer_id) == ("u17", "umbrella")
        assert (over.escalation_required, over.customer_impact) == (True, "one site")
        breached = datetime.fromisoformat(systems.clock("over")["breached_at"])
        assert over.breach_time == breached

        # when the dashboard dies while somebody watches, and another ticket breaches
        told: list[SLABreach] = []
        watching = asyncio.create_task(watch(service, told, since=breached))
        await eventually(lambda: [one.ticket_id for one in told] == ["over"])
        systems.platform.kill("dashboard")
        await systems.publish(opened(systems, "next", "P2", 245))

        # then it is told as well, once
        await eventually(lambda: [one.ticket_id for one in told] == ["over", "next"], timeout=60)
        assert told[0].id == over.id
        assert told[1].severity is Severity.HIGH
        watching.cancel()

        # and who asks for what is ongoing does not see what is over
        at = datetime.now(UTC).isoformat()
        await systems.publish(systems.ticket("updated", "over", at, status="resolved"))
        [still] = await listed(service.monitor_sla_breaches, "next")
        assert still.id == told[1].id
        both = await service.monitor_sla_breaches(since=breached)
        assert {one.ticket_id: one.ongoing for one in both} == {"next": True, "over": False}

    # and the example says the same
    rest = "assigned to u17"
    assert await printed_by_the_example(url, key) == [
        f"over: RESOLUTION missed under gold@1:P1, severity CRITICAL, {rest}",
        f"next: RESOLUTION missed under gold@1:P2, severity HIGH, {rest}",
    ]


async def test_a_wrong_key_is_told_as_such(systems: Systems) -> None:
    async with SlaClient(systems.platform.runtime.http, "wrong") as stranger:
        with pytest.raises(ApiDenied) as caught:
            await SLAService(stranger).get_sla_policies()
    assert caught.value.status == 401


async def watch(service: SLAService, told: list[SLABreach], *, since: datetime) -> None:
    every = timedelta(milliseconds=300)
    async with aclosing(service.monitor(since=since, every=every)) as breaches:
        async for one in breaches:
            told.append(one)  # noqa: PERF401 - it is read meanwhile


async def listed(ask: Any, ticket: str) -> list[Any]:
    """What is listed once it is about *ticket* alone, and its SLA is known."""

    async def look() -> list[Any]:
        found = await ask()
        assert [one.ticket_id for one in found] == [ticket]
        assert found[0].sla_policy is not None
        result: list[Any] = found
        return result

    found: list[Any] = await eventually(look, 60)
    return found


async def printed_by_the_example(url: str, key: str) -> list[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLE),
        "2",
        env={**os.environ, "SLACLOCK_URL": url, "SLACLOCK_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, printed.decode()
    return [line.split(maxsplit=2)[2] for line in printed.decode().splitlines()]
