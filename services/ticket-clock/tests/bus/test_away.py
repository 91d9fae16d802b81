"""Parts that are away, at the start and in the middle: the service stays up and loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from nats.aio.client import Client

from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.contracts.instants import rfc3339
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.publishing import publish_batch
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from slaclock.testing.databases import Databases
from slaclock.testing.serving import Served, serving
from ticket_clock_service.main import service

from ..desk import Desk, ago, opened, sla

Start = Callable[[], AbstractAsyncContextManager[Served]]


def message(kind: str, ticket: str, at: datetime, **data: Any) -> Outgoing:
    body = {
        "specversion": "1.0",
        "id": f"{kind}-{ticket}",
        "source": "/helpdesk",
        "type": f"sla.ticket.{kind}",
        "subject": ticket,
        "time": rfc3339(at),
        "tenant": "acme",
        "data": {"ticket_id": ticket, **data},
    }
    return Outgoing(
        "acme", "TICKETS", f"sla.ticket.{kind}.v1.acme", f"{kind}-{ticket}", orjson.dumps(body)
    )


def opening(ticket: str, at: datetime) -> Outgoing:
    return message("opened", ticket, at, priority="P2", status="open")


async def known(desk: Desk, number: int) -> bool:
    rows = await desk.rows("SELECT count(*) AS n FROM ticket WHERE fact_count > 0")
    return bool(rows[0]["n"] == number)


async def test_without_a_broker_it_starts_answers_and_says_what_it_waits_for(
    dsn: str, desk: Desk, tmp_path: Path
) -> None:
    await desk.publish(sla(minutes=240))
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=9)))
    async with serving(service(), dsn, tmp_path) as served:
        client = await served.client()
        found = (await client.get("/ticket-clock/v1/tickets/INC-1/sla")).json()
        assert found["terms"] == "pending", "nothing is judged before terms have been read"
        waiting = await served.waiting_for()
        assert {"nats", "consumers", "terms"} <= set(waiting)


async def test_connections_to_the_database_that_break_lose_and_repeat_nothing(
    start: Start, nats_admin: Client, desk: Desk, dsn: str, databases: Databases
) -> None:
    await desk.publish(sla(minutes=240))
    at = datetime.now(UTC) - timedelta(minutes=130)
    admin = await asyncpg.connect(databases.admin(dsn))
    try:
        async with start() as served:
            for batch in range(6):
                tickets = [opening(f"INC-{batch}-{n}", at) for n in range(50)]
                await publish_batch(nats_admin, tickets)
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'ticket-clock'"
                )
            await eventually(lambda: known(desk, 300), timeout=60)

            async def told() -> bool:
                rows = await desk.rows(
                    "SELECT count(*) AS n FROM announcement WHERE metric = 'resolution'"
                )
                return bool(rows[0]["n"] == 300)

            await eventually(told, timeout=60)

            async def relayed() -> bool:
                rows = await desk.rows("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")
                return bool(rows[0]["n"] == 0)

            await eventually(relayed, timeout=60)
            await eventually(lambda: _ready(served), timeout=60)
    finally:
        await admin.close()
    promised = await desk.rows("SELECT count(*) AS n FROM outbox WHERE stream = 'CLOCK'")
    stored = await nats_admin.jetstream().stream_info("CLOCK")
    assert stored.state.messages == promised[0]["n"]
    assert await desk.parked() == []


async def _ready(served: Served) -> bool:
    return await served.waiting_for() == []


async def test_a_broker_that_dies_and_comes_back_is_found_again(
    start: Start, topology: Bus, desk: Desk
) -> None:
    await desk.publish(sla(minutes=240))
    at = datetime.now(UTC) - timedelta(minutes=10)
    async with start() as served:
        for round_ in range(2):
            topology.kill()
            await asyncio.to_thread(topology.start)
            client = await topology.connect()
            try:
                await publish_batch(client, [opening(f"INC-{round_}-{n}", at) for n in range(20)])
            finally:
                await client.close()
            number = 20 * (round_ + 1)
            await eventually(partial(known, desk, number), timeout=90)
        await eventually(lambda: _ready(served), timeout=60)


async def test_agreements_as_large_as_they_come_are_learnt_by_the_dozen(
    start: Start, nats_admin: Client, desk: Desk
) -> None:
    """Each nearly 1 MiB, more of them than the broker would buffer for a client that is slow."""
    for number in range(80):
        snapshot = sla(f"sla-{number}", padding="x" * 990_000)
        digest = sha256_hex(canonical(snapshot))
        event = {
            "specversion": "1.0",
            "id": f"published-{number}",
            "source": "/slaclock/sla",
            "type": "sla.agreement.published",
            "subject": f"sla-{number}",
            "time": "2026-01-01T00:00:00Z",
            "tenant": "acme",
            "data": {
                "sla_id": f"sla-{number}",
                "version": 1,
                "hash": digest,
                "effective_from": "2026-01-01T00:00:00Z",
                "snapshot": snapshot,
            },
        }
        await nats_admin.jetstream().publish(
            "sla.agreement.published.v1.acme", canonical(event), timeout=30
        )
    async with start():
        rows = await desk.rows("SELECT count(*) AS n FROM snapshot")
        assert rows[0]["n"] == 80, "it is ready only when all have been read"
    assert await desk.parked() == []
