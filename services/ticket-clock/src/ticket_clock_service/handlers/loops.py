"""What wakes tickets without a message: due instants, new terms, the end of reading terms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from nats.aio.client import Client

from slaclock.store import OUTAGES
from ticket_clock_service.handlers.timers import Pace
from ticket_clock_service.handlers.watermark import Horizon, Watermark
from ticket_clock_service.ports import Key, Wakes
from ticket_clock_service.usecases.reconcile import Reconciler

log = structlog.get_logger(__name__)

TICK = 0.25
"""Seconds between looks at how far terms have been read."""

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


async def run_due(wakes: Wakes, watermark: Watermark, reconciler: Reconciler, pace: Pace) -> None:
    """Judge what is due, for ever; sleep until the next instant, or a tick.

    Beside a backend that wakes tickets it only looks for what that one has missed, and rests long.
    """
    while True:
        due, now = await wakes.next_due()
        ahead = pace.seconds.tick if due is None else (due - now).total_seconds()
        if pace.relied_on:
            overdue = ahead < -pace.seconds.grace
            pace.found(await judge_overdue(wakes, watermark, reconciler, pace) if overdue else 0)
            await pace.rest(0)
        elif ahead > 0:
            watermark.release()
            await pace.rest(min(ahead, pace.seconds.tick))
        elif not await judge_due(wakes, reconciler, await watermark.read(now)):
            await pace.rest(pace.seconds.tick)


async def judge_overdue(
    wakes: Wakes, watermark: Watermark, reconciler: Reconciler, pace: Pace
) -> int:
    """Judge all that has been due for longer than the grace; answers how many tickets."""
    found = 0
    while pace.relied_on:
        _, now = await wakes.next_due()
        horizon = await watermark.read(now)
        until = now - timedelta(seconds=pace.seconds.grace)
        until = until if horizon.at is None else min(until, horizon.at)
        judged = await judge_due(wakes, reconciler, Horizon(until, horizon.provisional))
        found += judged
        if judged < BATCH:
            break
    return found


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
