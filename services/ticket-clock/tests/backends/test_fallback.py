"""A backend that is down is replaced by polling, takes over again, and nothing is lost or doubled."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from slaclock.messaging.provisioning import ensure_topology
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served
from ticket_clock_service import wakeups
from ticket_clock_service.handlers.timers import Seconds

from ..desk import Desk
from .agreements import agreement
from .behaviours import shows
from .site import Site, opened
from .test_conformance import soon

Start = Callable[..., AbstractAsyncContextManager[Served]]

QUICK = Seconds(slow=3600.0, check=0.2, recovery=0.5, walk=1.0)
"""As in life, but nobody waits for minutes; the due loop sleeps while the backend is relied on."""

MINUTE = timedelta(minutes=1)

UNDER = ("jetstream",)
DOWN = "it goes down: polling takes over, with one warning"
NEW = "tickets that are new while it is down are woken in time"
BACK = "it is back: it takes over again, and what was armed before is not told twice"


@pytest.fixture
async def provisioner(topology: Bus) -> AsyncIterator[Client]:
    made = await topology.connect()
    yield made
    await made.close()


@shows(DOWN, NEW, BACK)
async def test_polling_takes_over_from_jetstream_and_hands_back(
    start: Start, desk: Desk, provisioner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream of timers is taken away, with every alarm in it, and made anew."""
    monkeypatch.setattr(wakeups, "PACES", QUICK)
    await desk.publish(agreement({"P2": ("24x7", 60)}))
    async with start(timer_backend="jetstream") as served:
        site = Site(desk, await served.client(), "jetstream")
        await site.is_woken_by_its_backend()
        now = datetime.now(UTC)
        armed_before = now + timedelta(seconds=8)
        armed_for_later = now + timedelta(seconds=25)
        await site.report(
            opened("armed", armed_before - 60 * MINUTE),
            opened("later", armed_for_later - 60 * MINUTE),
        )

        async def both_armed() -> bool:
            return len(await desk.rows("SELECT 1 FROM armed")) == 2

        await eventually(both_armed)
        with capture_logs() as logs:
            await provisioner.jetstream().delete_stream("TIMERS")
            await site.is_woken_by_its_backend("polling")
            meanwhile = soon(3)
            await site.report(opened("new", meanwhile - 60 * MINUTE))
            assert await site.has_told("new", "percent:100") == meanwhile
            assert await site.has_told("armed", "percent:100") == armed_before
        warnings = [one for one in logs if one["event"] == "timer_backend_down"]
        assert [one["log_level"] for one in warnings] == ["warning"], "one, however many tickets"
        await ensure_topology(provisioner)
        await site.is_woken_by_its_backend()
        due = soon(4)
        await site.report(opened("back", due - 60 * MINUTE))
        assert await site.has_told("back", "percent:100") == due
        assert await site.has_told("later", "percent:100") == armed_for_later
        for ticket in ("armed", "later", "new", "back"):
            assert (await site.kinds(ticket)).count("breached") == 1


@shows("processes of it and of polling come, go and overlap under load: none lost, doubled, early")
@pytest.mark.parametrize("backend", ["jetstream", "temporal"], indirect=True)
async def test_flipping_the_backend_under_load_loses_and_doubles_nothing(
    start: Start, desk: Desk, settings: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes of both backends come and go, and overlap, while hundreds of thresholds pass."""
    monkeypatch.setattr(wakeups, "PACES", QUICK)
    await desk.publish(
        agreement({"P2": ("24x7", 1)}, thresholds=("percent:90", "percent:95", "percent:100"))
    )
    dice = random.Random(7)
    polling = {"timer_backend": "polling"}
    begins, lasts = soon(8), 14.0
    tickets = {
        f"INC-{number}": begins + timedelta(seconds=dice.uniform(0, lasts)) for number in range(250)
    }
    expected = 3 * len(tickets)

    async def told_of(share: float) -> None:
        async def so_many() -> bool:
            found = await desk.rows("SELECT count(*) AS n FROM announcement")
            return bool(found[0]["n"] >= share * expected)

        await eventually(so_many, timeout=60)

    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(start(**settings))
        site = Site(desk, await served.client(), settings["timer_backend"])
        events = [opened(ticket, due - MINUTE) for ticket, due in tickets.items()]
        await site.report(*events)
        flips = (polling, settings, polling, settings)
        for number, flipped in enumerate(flips):
            await told_of((2 * number + 1) / 10)
            follower = AsyncExitStack()
            await follower.enter_async_context(start(**flipped))
            await told_of((2 * number + 2) / 10)  # by both
            await stack.aclose()
            stack.push_async_callback(follower.aclose)
        await told_of(1)
    told = [one for one in await desk.events() if one["data"]["change"]["threshold"] is not None]
    assert len(told) == expected
    crossings = {(one["subject"], one["data"]["change"]["threshold"], one["time"]) for one in told}
    assert len(crossings) == expected, "each once"
    for one in told:
        change = one["data"]["change"]
        percent = int(change["threshold"].removeprefix("percent:"))
        due = tickets[one["subject"]] - MINUTE + MINUTE * percent / 100
        assert datetime.fromisoformat(one["time"]) == due
        assert datetime.fromisoformat(change["noticed_at"]) >= due, "never early"
