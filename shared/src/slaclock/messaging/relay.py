"""The relay keeps the outbox's promises: it publishes, then marks. One at a time per service."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

import asyncpg
import nats.errors
import structlog
from nats.aio.client import Client

from slaclock.messaging.outbox import CHANNEL, Outgoing
from slaclock.messaging.publishing import BATCH_LIMIT, PublishRefused, publish_each
from slaclock.messaging.topology import STREAMS
from slaclock.store.pool import OUTAGES, Connection, Pool, begin_as

log = structlog.get_logger(__name__)

POLL = 0.5
"""Seconds between looks at the outbox when no notification comes."""

REST = 1.0
"""Seconds for which a stream that takes no messages is left alone."""

KEPT = timedelta(days=35)
"""How long a sent row stays: longer than any stream keeps its message (30 days)."""

FORGETTING = 6 * 3600.0
"""Seconds between two looks for rows that need not be kept."""

LEADER_LOCK = 5_021_477_310
"""Advisory lock of the database: who holds it relays."""

TRY_LEAD = "SELECT pg_try_advisory_lock($1)"
NEXT_TO_SEND = """
SELECT position, tenant_id, stream, subject, msg_id, body
  FROM outbox
 WHERE sent_at IS NULL AND refused IS NULL AND stream <> ALL ($2::text[])
 ORDER BY position
 LIMIT $1
"""
# The last conditions are those of the index on what is unsent: without them all is read.
MARK_SENT = """
UPDATE outbox SET sent_at = clock_timestamp()
 WHERE position = ANY ($1::bigint[]) AND sent_at IS NULL AND refused IS NULL
"""
MARK_REFUSED = """
UPDATE outbox SET refused = $2 WHERE position = $1 AND sent_at IS NULL AND refused IS NULL
"""
# Rows lie in the order of created_at, so an index of block ranges finds the old ones.
FORGET = """
DELETE FROM outbox
 WHERE created_at < clock_timestamp() - $1::interval AND sent_at IS NOT NULL
   AND stream <> ALL ($2::text[])
"""

BUS_OUTAGES = (nats.errors.Error, TimeoutError, OSError)


class StreamsAwayError(Exception):
    """Some streams take no messages now; what belongs to the others is sent and marked.

    Attributes:
        outages: by stream.
    """

    def __init__(self, outages: Mapping[str, Exception]) -> None:
        self.outages = outages
        super().__init__(
            "; ".join(
                f"{name}: {str(error) or type(error).__name__}" for name, error in outages.items()
            )
        )


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
                # A broken connection gave its lock back already.
                with suppress(*OUTAGES, asyncpg.InterfaceError):
                    await connection.remove_listener(CHANNEL, self._woken)
                    await connection.execute("SELECT pg_advisory_unlock($1)", LEADER_LOCK)

    async def _lead(self, connection: Connection) -> None:
        away: dict[str, float] = {}
        now = asyncio.get_running_loop().time
        forget_at = now() + FORGETTING
        while True:
            self._wake.clear()
            await connection.execute("SELECT 1")  # still connected, so still the leader
            resting = [stream for stream, until in away.items() if until > now()]
            sent = 0
            try:
                sent = await relay_once(self._pool, self._client, role=self._role, without=resting)
            except StreamsAwayError as outage:
                log.warning("relay_waits", error=str(outage))
                away |= dict.fromkeys(outage.outages, now() + REST)
                continue
            if now() >= forget_at:
                await forget(self._pool, role=self._role)
                forget_at = now() + FORGETTING
            if sent < BATCH_LIMIT:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):  # wait_for may swallow a cancellation
                        await self._wake.wait()

    def _woken(self, *_: object) -> None:
        self._wake.set()


async def relay_once(
    pool: Pool,
    client: Client,
    *,
    role: str,
    limit: int = BATCH_LIMIT,
    without: Collection[str] = (),
) -> int:
    """Send up to *limit* rows and mark them; answers how many were settled.

    A crash before the mark sends again, and the stream drops the copy by its id.

    Args:
        pool: the service's database.
        client: the service's own connection to NATS.
        role: see `Relay`.
        limit: rows at most.
        without: streams to leave alone.

    Raises:
        StreamsAwayError: some streams take no messages now; the others' are sent and marked.
    """
    away: dict[str, Exception] = {}
    async with begin_as(pool, role) as connection:
        rows = await connection.fetch(NEXT_TO_SEND, limit, list(without))
        by_stream = sorted(rows, key=itemgetter("stream"))  # stable: in order within each
        for stream, group in groupby(by_stream, itemgetter("stream")):
            own = list(group)
            try:
                refused = await publish_each(client, [_message(row) for row in own])
            except (*BUS_OUTAGES, PublishRefused) as outage:
                away[stream] = outage
                continue
            for index, refusal in refused.items():
                position = own[index]["position"]
                log.error("outbox_row_refused", position=position, reason=str(refusal))
                await connection.execute(MARK_REFUSED, position, str(refusal))
            sent = [row["position"] for index, row in enumerate(own) if index not in refused]
            await connection.execute(MARK_SENT, sent)
    if away:
        raise StreamsAwayError(away)
    return len(rows)


async def forget(pool: Pool, *, role: str, kept: timedelta = KEPT) -> None:
    """Delete what was sent longer ago than *kept*, except of streams that are kept for ever."""
    for_ever = [stream.name for stream in STREAMS.values() if not stream.max_age]
    async with begin_as(pool, role) as connection:
        done = await connection.execute(FORGET, kept, for_ever)
    log.info("outbox_forgotten", rows=int(done.rpartition(" ")[2]))


def _message(row: asyncpg.Record) -> Outgoing:
    return Outgoing(row["tenant_id"], row["stream"], row["subject"], row["msg_id"], row["body"])
