"""The relay keeps the outbox's promises: it publishes, then marks. One at a time per service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter

import asyncpg
import nats.errors
import structlog
from nats.aio.client import Client

from slaclock.messaging.outbox import CHANNEL, Outgoing
from slaclock.messaging.publishing import BATCH_LIMIT, PublishRefused, publish_batch, publish_one
from slaclock.store.pool import OUTAGES, Connection, Pool, begin_as

log = structlog.get_logger(__name__)

POLL = 0.5
"""Seconds between looks at the outbox when no notification comes."""

LEADER_LOCK = 5_021_477_310
"""Advisory lock of the database: who holds it relays."""

TRY_LEAD = "SELECT pg_try_advisory_lock($1)"
NEXT_TO_SEND = """
SELECT position, tenant_id, stream, subject, msg_id, body
  FROM outbox
 WHERE sent_at IS NULL AND refused IS NULL
 ORDER BY position
 LIMIT $1
"""
MARK_SENT = "UPDATE outbox SET sent_at = clock_timestamp() WHERE position = ANY ($1::bigint[])"
MARK_REFUSED = "UPDATE outbox SET refused = $2 WHERE position = $1"

BUS_OUTAGES = (nats.errors.Error, TimeoutError, OSError)


class Relay:
    """Publishes a service's outbox. Start `run` in every replica: one of them leads.

    Args:
        pool: the service's database.
        client: the service's own connection to NATS.
        role: may read and mark the outbox of all tenants, such as `sla_relay`.
    """

    def __init__(self, pool: Pool, client: Client, *, role: str) -> None:
        self._pool, self._client, self._role = pool, client, role
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Relay for ever, while holding the leader's lock; ends only by cancellation or error."""
        async with self._pool.acquire() as connection:
            while not await connection.fetchval(TRY_LEAD, LEADER_LOCK):  # noqa: ASYNC110 - not ours
                await asyncio.sleep(POLL)
            try:
                await connection.add_listener(CHANNEL, self._woken)
                await self._lead(connection)
            finally:
                with suppress(*OUTAGES):  # a broken connection gave its lock back already
                    await connection.remove_listener(CHANNEL, self._woken)
                    await connection.execute("SELECT pg_advisory_unlock($1)", LEADER_LOCK)

    async def _lead(self, connection: Connection) -> None:
        while True:
            self._wake.clear()
            try:
                sent = await relay_once(self._pool, self._client, role=self._role)
            except BUS_OUTAGES as outage:
                log.warning("relay_waits", error=str(outage) or type(outage).__name__)
                await asyncio.sleep(POLL)
                continue
            if sent < BATCH_LIMIT:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL)
                await connection.execute("SELECT 1")  # still connected, so still the leader

    def _woken(self, *_: object) -> None:
        self._wake.set()


async def relay_once(pool: Pool, client: Client, *, role: str, limit: int = BATCH_LIMIT) -> int:
    """Send up to *limit* rows and mark them; answers how many were settled.

    A crash before the mark sends again, and the stream drops the copy by its id.
    """
    async with begin_as(pool, role) as connection:
        rows = await connection.fetch(NEXT_TO_SEND, limit)
        for _, group in groupby(sorted(rows, key=itemgetter("stream")), itemgetter("stream")):
            await _send(connection, client, list(group))
    return len(rows)


async def _send(connection: Connection, client: Client, rows: Sequence[asyncpg.Record]) -> None:
    messages = [_message(row) for row in rows]
    try:
        await publish_batch(client, messages)
    except PublishRefused as refusal:
        if refusal.passing:
            raise TimeoutError(str(refusal)) from refusal
        await _one_by_one(connection, client, rows)
        return
    except nats.errors.MaxPayloadError:
        await _one_by_one(connection, client, rows)
        return
    await connection.execute(MARK_SENT, [row["position"] for row in rows])


async def _one_by_one(
    connection: Connection, client: Client, rows: Sequence[asyncpg.Record]
) -> None:
    """Find the row that the broker refuses, set it aside with the reason, send the others."""
    sent: list[int] = []
    for row in rows:
        try:
            await publish_one(client, _message(row))
        except PublishRefused as refusal:
            if refusal.passing:
                raise TimeoutError(str(refusal)) from refusal
            log.exception("outbox_row_refused", position=row["position"])
            await connection.execute(MARK_REFUSED, row["position"], str(refusal))
        else:
            sent.append(row["position"])
    await connection.execute(MARK_SENT, sent)


def _message(row: asyncpg.Record) -> Outgoing:
    return Outgoing(row["tenant_id"], row["stream"], row["subject"], row["msg_id"], row["body"])
