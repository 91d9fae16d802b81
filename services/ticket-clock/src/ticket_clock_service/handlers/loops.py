"""What wakes tickets without a message: due instants, new terms, the end of reading terms."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from nats.aio.client import Client

from slaclock.store import Pool
from ticket_clock_service.handlers.watermark import Horizon, Watermark
from ticket_clock_service.ports import Key
from ticket_clock_service.store.work import SQL
from ticket_clock_service.usecases.reconcile import Reconciler

log = structlog.get_logger(__name__)

TICK = 0.25
"""Seconds between looks at what is due, at most."""

SWEEP = 1.0
"""Seconds between looks for tickets that are behind their terms."""

BATCH = 500


async def judge_due(pool: Pool, reconciler: Reconciler, horizon: Horizon) -> int:
    """Judge a batch of tickets whose instant has come by *horizon*; answers how many.

    Oldest first, but at most half of the batch from one tenant while others wait.
    """
    keys = await _due(pool, horizon.at)
    if not keys:
        return 0
    return await reconciler.judge(keys, horizon.at, provisional=horizon.provisional)


async def _due(pool: Pool, horizon: datetime | None) -> list[Key]:
    rows = await pool.fetch(SQL["due_tickets"], horizon, [], BATCH)
    keys = [(row["tenant_id"], row["ticket_id"]) for row in rows]
    if len(keys) < BATCH:
        return keys
    tenants = [tenant for tenant, _ in keys]
    greedy = next((t for t in set(tenants) if tenants.count(t) > BATCH // 2), None)
    if greedy is None:
        return keys
    others = await pool.fetch(SQL["due_tickets"], horizon, [greedy], BATCH // 2)
    waiting = [(row["tenant_id"], row["ticket_id"]) for row in others]
    own = [key for key in keys if key[0] == greedy][: BATCH - len(waiting)]
    return own + waiting


async def run_due(pool: Pool, client: Client, reconciler: Reconciler) -> None:
    """Judge what is due, for ever; sleep until the next instant, or a tick."""
    watermark = Watermark(client)
    while True:
        row = await pool.fetchrow(SQL["earliest_due"])
        wait = TICK
        if row is not None and row["due"] is not None:
            ahead = (row["due"] - row["now"]).total_seconds()
            if ahead <= 0:
                horizon = await watermark.read(row["now"].astimezone(UTC))
                if await judge_due(pool, reconciler, horizon):
                    continue
            else:
                wait = min(ahead, TICK)
        await asyncio.sleep(wait)


async def run_sweep(pool: Pool, reconciler: Reconciler) -> None:
    """Bring tickets that are behind their tenant's terms up to them, for ever."""
    while True:
        rows = await pool.fetch(SQL["behind_tickets"], BATCH)
        keys = [(row["tenant_id"], row["ticket_id"]) for row in rows]
        if not keys or not await reconciler.catch_up(keys):
            await asyncio.sleep(SWEEP)


async def read_terms_to_their_end(client: Client) -> None:
    """Return when every message of AGREEMENT that was there has been settled."""
    jetstream = client.jetstream(timeout=5)
    while True:
        info = await jetstream.consumer_info("AGREEMENT", "ticket-clock--terms")
        if not info.num_pending and not info.num_ack_pending:
            return
        await asyncio.sleep(TICK)
