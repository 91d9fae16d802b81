"""The service was away: what was answered meanwhile is no breach, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from nats.aio.client import Client

from slaclock.contracts.instants import rfc3339
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.publishing import publish_batch
from slaclock.testing import eventually
from slaclock.testing.serving import Served

from ..desk import Desk, sla

TICKETS = 10_000
Start = Callable[[], AbstractAsyncContextManager[Served]]


def message(kind: str, number: int, at: datetime, **data: Any) -> Outgoing:
    ticket = f"INC-{number}"
    name = f"{kind}-{number}"
    body = {
        "specversion": "1.0",
        "id": name,
        "source": "/helpdesk",
        "type": f"sla.ticket.{kind}",
        "subject": ticket,
        "time": rfc3339(at),
        "tenant": "acme",
        "data": {"ticket_id": ticket, **data},
    }
    return Outgoing("acme", "TICKETS", f"sla.ticket.{kind}.v1.acme", name, orjson.dumps(body))


async def publish(client: Client, messages: list[Outgoing]) -> None:
    for index in range(0, len(messages), 1000):
        await publish_batch(client, messages[index : index + 1000], seconds=30)


async def all_settled(client: Client) -> bool:
    info = await client.jetstream().consumer_info("TICKETS", "ticket-clock--reconcile")
    return not info.num_pending and not info.num_ack_pending


@pytest.mark.slow
async def test_tickets_answered_while_the_service_was_away_are_not_breached(
    start: Start, nats_admin: Client, desk: Desk
) -> None:
    """(d) 10,000 tickets known, the service stops, all are answered in time, their time passes."""
    await desk.publish(
        {
            **sla(),
            "thresholds": ["percent:100"],
            "targets": [
                {"metric": "first_response", "priority": None, "minutes": 2, "calendar": "24x7"}
            ],
        }
    )
    begun = datetime.now(UTC)
    opened_at = begun - timedelta(seconds=60)
    due_at = opened_at + timedelta(minutes=2)
    data = {"priority": "P2", "status": "open"}
    async with start():
        await publish(nats_admin, [message("opened", n, opened_at, **data) for n in range(TICKETS)])
        await eventually(lambda: all_settled(nats_admin), timeout=120)
    answered_at = datetime.now(UTC)
    if answered_at >= due_at - timedelta(seconds=5):
        pytest.fail(
            f"the machine took {answered_at - begun} for the first half; enlarge the target"
        )
    reply = {"author": "agent", "person": None, "public": True}
    await publish(nats_admin, [message("replied", n, answered_at, **reply) for n in range(TICKETS)])
    while await desk.now() <= due_at:
        await asyncio.sleep(0.2)
    async with start():
        await eventually(lambda: all_settled(nats_admin), timeout=120)
        told = await desk.rows("SELECT count(*) AS n FROM announcement")
        assert told[0]["n"] == 0, "nothing is announced, so nobody is told"
    events = await desk.rows(
        "SELECT split_part(subject, '.', 3) AS kind, count(*) AS n FROM outbox GROUP BY 1 ORDER BY 1"
    )
    assert {row["kind"]: row["n"] for row in events} == {"met": TICKETS, "started": TICKETS}


async def test_a_breach_is_announced_by_the_service_itself_within_moments(
    start: Start, nats_admin: Client, desk: Desk
) -> None:
    await desk.publish(sla(minutes=60))
    opened_at = datetime.now(UTC) - timedelta(minutes=60) + timedelta(seconds=2)
    data = {"priority": "P2", "status": "open"}
    async with start():
        await publish(nats_admin, [message("opened", 1, opened_at, **data)])

        async def breached() -> bool:
            return ("breached", "percent:100", 1) in await desk.told("INC-1")

        await eventually(breached, timeout=30)

        async def relayed() -> bool:
            rows = await desk.rows("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")
            return bool(rows[0]["n"] == 0)

        await eventually(relayed)
    breach = next(
        e
        for e in await desk.events()
        if e["type"] == "sla.clock.breached" and e["data"]["metric"] == "resolution"
    )
    assert breach["time"] == rfc3339(opened_at + timedelta(minutes=60)), "the computed instant"
