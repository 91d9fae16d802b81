"""What wakes tickets without a message: due instants, new terms, the end of reading terms."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog
from nats.aio.client import Client

from ticket_clock_service.handlers.watermark import Horizon, Watermark
from ticket_clock_service.ports import Key, Wakes
from ticket_clock_service.usecases.reconcile import Reconciler

log = structlog.get_logger(__name__)

TICK = 0.25
"""Seconds between looks at what is due, at most."""

SWEEP = 1.0
"""Seconds between looks for tickets that are behind their terms."""

BATCH = 500


async def judge_due(wakes: Wakes, reconciler: Reconciler, horizon: Horizon) -> int:
    """Judge a batch of tickets whose instant has come by *horizon*; answers how many.

    Oldest first, but at most half of the batch from one tenant while others wait.
    """
    keys = await due_keys(wakes, horizon.at)
    if not keys:
        return 0
    return await reconciler.judge(keys, horizon.at, provisional=horizon.provisional)


async def due_keys(wakes: Wakes, horizon: datetime | None) -> list[Key]:
    """A batch of tickets to judge, shared fairly among tenants."""
    keys = await wakes.due(horizon, without=(), most=BATCH)
    if len(keys) < BATCH:
        return keys
    tenants = [tenant for tenant, _ in keys]
    greedy = next((t for t in set(tenants) if tenants.count(t) > BATCH // 2), None)
    if greedy is None:
        return keys
    waiting = await wakes.due(horizon, without=[greedy], most=BATCH // 2)
    own = [key for key in keys if key[0] == greedy][: BATCH - len(waiting)]
    return own + waiting


async def run_due(wakes: Wakes, watermark: Watermark, reconciler: Reconciler) -> None:
    """Judge what is due, for ever; sleep until the next instant, or a tick."""
    while True:
        due, now = await wakes.next_due()
        ahead = TICK if due is None else (due - now).total_seconds()
        if ahead <= 0 and await judge_due(wakes, reconciler, await watermark.read(now)):
            continue
        await asyncio.sleep(min(ahead, TICK) if ahead > 0 else TICK)


async def run_sweep(wakes: Wakes, reconciler: Reconciler) -> None:
    """Bring tickets that are behind their tenant's terms up to them, for ever."""
    while True:
        keys = await wakes.behind(BATCH)
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
