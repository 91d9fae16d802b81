"""Two replicas on one durable consumer give the same bytes as one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client

from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.received import Received
from slaclock.service import ServiceSpec
from slaclock.store import open_pool
from slaclock.testing import eventually
from slaclock.testing.serving import Served
from ticket_clock_service.handlers.facts import reported
from ticket_clock_service.main import service
from ticket_clock_service.ports import Reported
from ticket_clock_service.usecases.reconcile import Reconciler

from ..desk import Desk, sla
from .test_outage import all_settled, message, publish

STREAM, DURABLE = "TICKETS", "ticket-clock--reconcile"
STATES = "SELECT ticket_id, state, fact_count, next_due_at FROM ticket ORDER BY ticket_id"
STATUSES = ("waiting_on_customer", "in_progress", "on_hold", "resolved")


def stories(until: datetime, tickets: int, steps: int) -> list[Outgoing]:
    """Facts of *tickets* tickets, each told twice, in no order at all."""
    dice = random.Random(5)
    found = []
    for number in range(tickets):
        at = until - timedelta(hours=dice.randrange(20, 60))
        found.append(message("opened", number, at, status="new", priority="P2"))
        for step in range(steps):
            at += timedelta(seconds=dice.randrange(10, 3600))
            ticket, name = f"INC-{number}", dice.choice(STATUSES)
            told = message("updated", number, at, changes={"status": name})
            body = told.body.replace(b'"updated-', b'"%d-updated-' % step)
            found.append(Outgoing("acme", STREAM, told.subject, f"{ticket}-{step}", body))
    found += found
    dice.shuffle(found)
    return found


def facts(messages: Sequence[Outgoing]) -> list[Reported]:
    now = datetime.now(UTC)
    return [
        reported(Received(one.stream, one.subject, 1, 1, now, one.msg_id, one.body))
        for one in messages
    ]


async def test_two_replicas_give_the_bytes_that_one_gives(
    start: Callable[[], AbstractAsyncContextManager[Served]],
    database: Callable[[ServiceSpec], str],
    desk: Desk,
    nats_admin: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    took: set[int] = set()
    take_facts = Reconciler.take_facts

    async def noted(self: Reconciler, found: Sequence[Reported], durable: str) -> int:
        took.add(id(self))
        return await take_facts(self, found, durable)

    await desk.publish(sla(minutes=100_000))
    told = stories(datetime.now(UTC), tickets=40, steps=14)
    jetstream = nats_admin.jetstream()
    monkeypatch.setattr(Reconciler, "take_facts", noted)
    async with start(), start():
        until = datetime.now(UTC) + timedelta(minutes=10)
        await jetstream.pause_consumer(STREAM, DURABLE, until.isoformat())
        for index in range(0, len(told), 100):  # the second telling of a fact in another batch
            await publish(nats_admin, _once(told[index : index + 100]))
        await jetstream.resume_consumer(STREAM, DURABLE)
        await eventually(lambda: all_settled(nats_admin))
    assert len(took) == 2, "both replicas took part"
    found = await desk.rows(STATES)
    assert [row["fact_count"] for row in found] == [15] * 40
    pool = await open_pool(database(service()), application="alone", patience=30)
    try:
        alone = Desk(pool)
        await alone.publish(sla(minutes=100_000))
        await alone.take(*facts(told))
        expected = await alone.rows(STATES)
    finally:
        await pool.close()
    assert [tuple(row) for row in found] == [tuple(row) for row in expected]
    assert await desk.parked() == []


def _once(messages: Sequence[Outgoing]) -> list[Outgoing]:
    """Without ids that the broker would take for copies."""
    return [
        Outgoing(one.tenant, one.stream, one.subject, f"{one.msg_id}-{place}", one.body)
        for place, one in enumerate(messages)
    ]
