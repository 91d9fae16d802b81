"""The raw cost of the parts: the same messages, statements and rows, without decoding or deciding.

`python -m tests.performance.baseline PLAN` consumes the facts in batches of the same size with
the same pull, sends the statements that `recording` kept with asyncpg, acknowledges after the commit, and
relays the outbox. What the service takes beyond it is what its correctness costs.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.performance.recording import Batch

from slaclock.messaging.connection import NatsAccess, connect
from slaclock.messaging.pulling import Pull
from slaclock.messaging.relay import Relay

DURABLE = "ticket-clock--reconcile"


async def main(batches: Sequence[Batch]) -> None:
    """Consume and relay until the process is told to stop."""
    access = NatsAccess.read(
        os.environ["SLACLOCK_NATS_URL"], os.environ["SLACLOCK_NATS_CREDENTIALS"]
    )
    consuming, relaying = await connect(access, "baseline"), await connect(access, "relay")
    dsn = os.environ["SLACLOCK_TICKET_CLOCK_DATABASE_URL"]
    async with asyncpg.create_pool(dsn, min_size=1, max_size=10) as pool:
        relay = Relay(pool, relaying, role="ticket_clock_relay")
        stopped = asyncio.create_task(_stopped())
        working = [
            asyncio.create_task(relay.run()),
            asyncio.create_task(_consume(pool, consuming, batches)),
        ]
        await asyncio.wait([stopped, *working], return_when=asyncio.FIRST_COMPLETED)
        for task in working:
            if task.done():
                task.result()  # what went wrong ends the bench
            task.cancel()


async def _stopped() -> None:
    """Return when the process is asked to end."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    await asked.wait()


async def _consume(
    pool: asyncpg.Pool[asyncpg.Record], client: Client, batches: Sequence[Batch]
) -> None:
    pull = Pull("TICKETS", DURABLE, lambda _: None)
    await pull.open(client)
    waiting: list[Msg] = []
    for batch in batches:
        while len(waiting) < batch.facts:
            waiting += await pull.fetch(batch.facts - len(waiting))
        async with pool.acquire() as connection, connection.transaction():
            for statement in batch.statements:
                send = connection.fetch if statement.fetches else connection.execute
                await send(statement.text, *statement.values)
        for message in waiting:
            await message.ack()
        waiting = []
    await asyncio.Event().wait()


if __name__ == "__main__":
    plan = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - written by this bench
    gc.freeze()  # the plan is no garbage, and would slow down every collection
    uvloop.run(main(plan))
