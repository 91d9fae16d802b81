"""What holds for Temporal beside the suite that all backends share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from slaclock.embedded.temporal import TemporalServer
from slaclock.testing import eventually
from ticket_clock_service import wakeups

from ..desk import Desk
from .agreements import agreement
from .behaviours import shows
from .site import Site, event, opened, replied, status
from .test_conformance import soon
from .test_fallback import BACK, DOWN, MINUTE, NEW, QUICK, Start

UNDER = ("temporal",)


@pytest.fixture
def backend() -> str:
    return "temporal"


@shows(DOWN, NEW, BACK)
async def test_polling_takes_over_from_temporal_and_hands_back(
    start: Start,
    desk: Desk,
    settings: Mapping[str, Any],
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server is killed, with alarms in it that come due meanwhile, and started again."""
    monkeypatch.setattr(wakeups, "PACES", QUICK)
    await desk.publish(agreement({"P2": ("24x7", 60)}))
    async with start(**settings) as served:
        site = Site(desk, await served.client(), "temporal")
        await site.is_woken_by_its_backend()
        armed_before, armed_for_later = soon(12), soon(30)
        await site.report(
            opened("armed", armed_before - 60 * MINUTE),
            opened("later", armed_for_later - 60 * MINUTE),
        )

        async def both_armed() -> bool:
            return len(await desk.rows("SELECT 1 FROM armed")) == 2

        await eventually(both_armed)
        with capture_logs() as logs:
            temporal_server.kill()
            await site.is_woken_by_its_backend("polling")
            meanwhile = soon(3)
            await site.report(opened("new", meanwhile - 60 * MINUTE))
            assert await site.has_told("new", "percent:100") == meanwhile
            assert await site.has_told("armed", "percent:100") == armed_before
        warnings = [one for one in logs if one["event"] == "timer_backend_down"]
        assert [one["log_level"] for one in warnings] == ["warning"], "one, however many tickets"
        temporal_server.start()
        await site.is_woken_by_its_backend()
        due = soon(5)
        await site.report(opened("back", due - 60 * MINUTE))
        assert await site.has_told("back", "percent:100") == due
        assert await site.has_told("later", "percent:100") == armed_for_later
        for ticket in ("armed", "later", "new", "back"):
            assert (await site.kinds(ticket)).count("breached") == 1


@shows("one workflow a ticket, from its opening to its deletion, also when its target changes")
async def test_a_workflow_follows_its_ticket(site: Site, temporal_server: TemporalServer) -> None:
    """One from the opening to the deletion, whatever happens in between."""
    await site.desk.publish(agreement({"P1": ("24x7", 60), "P2": ("24x7", 600)}))
    client = await Client.connect(temporal_server.address)
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle("sla-ticket-acme-INC-1")
    since = datetime.now(UTC) - timedelta(minutes=1)

    async def follows(**wanted: Any) -> None:
        async def stands() -> bool:
            found: dict[str, Any] = await handle.query("get_state")
            return all(found[name] == value for name, value in wanted.items())

        await eventually(stands)

    await site.report(opened("INC-1", since))
    await eventually(lambda: armed(site))
    first = (await handle.describe()).run_id
    await follows(status="running", revision=1)
    await site.report(status("INC-1", datetime.now(UTC), "waiting_on_customer"))
    await follows(status="paused", paused=True)
    await site.report(status("INC-1", datetime.now(UTC), "open"))
    await follows(status="running", paused=False)
    await site.report(replied("INC-1", datetime.now(UTC)))
    await follows(revision=4)
    before = (await handle.query("get_state"))["next_wake"]
    await site.report(event("updated", "INC-1", datetime.now(UTC), changes={"priority": "P1"}))
    await follows(revision=5)
    assert (await handle.query("get_state"))["next_wake"] < before
    await site.report(event("deleted", "INC-1", datetime.now(UTC), reason="deleted", into=None))
    assert await handle.result() == "cancelled"
    found = await handle.describe()
    assert (found.run_id, found.status) == (first, WorkflowExecutionStatus.COMPLETED)


async def armed(site: Site) -> bool:
    return bool(await site.desk.rows("SELECT 1 FROM armed"))


@shows("a workflow that somebody terminates is missed, and made again")
async def test_a_terminated_workflow_is_missed_and_made_again(
    start: Start,
    desk: Desk,
    settings: Mapping[str, Any],
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the due loop, which looks now and then; the ticket's next instant is armed as ever."""
    monkeypatch.setattr(wakeups, "PACES", replace(QUICK, slow=2.0))
    await desk.publish(agreement({"P2": ("24x7", 1)}, thresholds=("percent:50", "percent:100")))
    client = await Client.connect(temporal_server.address)
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle("sla-ticket-acme-INC-1")
    async with start(**settings) as served:
        site = Site(desk, await served.client(), "temporal")
        await site.is_woken_by_its_backend()
        await site.report(opened("INC-1", soon(6) - MINUTE / 2))
        await eventually(lambda: armed(site))
        await handle.terminate("by an operator")
        await site.has_told("INC-1", "percent:50")

        async def runs() -> bool:
            return (await handle.describe()).status is WorkflowExecutionStatus.RUNNING

        await eventually(runs)
        assert (await handle.query("get_state"))["fired_count"] == 0
        await site.is_woken_by_its_backend()
