"""What wakes tickets without a message: due instants, new terms, the end of reading terms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog
from nats.aio.client import Client

from slaclock.store import OUTAGES
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

    async def judge(keys: Sequence[Key]) -> int:
        return await reconciler.judge(keys, horizon.at, provisional=horizon.provisional)

    keys = await due_keys(wakes, horizon.at)
    return await apart(judge, keys, reconciler) if keys else 0


async def apart(
    work: Callable[[Sequence[Key]], Awaitable[int]], keys: Sequence[Key], reconciler: Reconciler
) -> int:
    """Work on tickets together; if that fails, on halves, until one stands alone and is given up.

    Else one that cannot be written would be the first in every batch, for ever.

    Raises:
        OUTAGES: whatever passes by waiting; nothing is given up for it.
    """
    try:
        return await work(keys)
    except OUTAGES:
        raise
    except Exception as error:
        if len(keys) > 1:
            middle = len(keys) // 2
            done = await apart(work, keys[:middle], reconciler)
            return done + await apart(work, keys[middle:], reconciler)
        log.exception("ticket_given_up", tenant=keys[0][0], ticket=keys[0][1])
        await reconciler.give_up(keys[0], error)
        return 1


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
        if ahead > 0:
            watermark.release()
            await asyncio.sleep(min(ahead, TICK))
        elif not await judge_due(wakes, reconciler, await watermark.read(now)):
            await asyncio.sleep(TICK)


async def catch_up_behind(wakes: Wakes, reconciler: Reconciler) -> int:
    """Bring a batch of tickets that are behind up to their terms; answers how many."""
    keys = await wakes.behind(BATCH)
    return await apart(reconciler.catch_up, keys, reconciler) if keys else 0


async def run_sweep(wakes: Wakes, reconciler: Reconciler) -> None:
    """Bring tickets that are behind their tenant's terms up to them, for ever."""
    while True:
        if not await catch_up_behind(wakes, reconciler):
            await asyncio.sleep(SWEEP)


async def read_terms_to_their_end(client: Client) -> None:
    """Return when every message of AGREEMENT that was there has been settled."""
    jetstream = client.jetstream(timeout=5)
    while True:
        info = await jetstream.consumer_info("AGREEMENT", "ticket-clock--terms")
        if not info.num_pending and not info.num_ack_pending:
            return
        await asyncio.sleep(TICK)
