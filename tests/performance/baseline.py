"""The raw cost of the parts: the same messages, statements and rows, without deciding anything.

`python -m tests.performance.baseline PLAN` consumes the facts in batches of the same size with the
same pull, sends the statements that `recording` kept with asyncpg, acknowledges after the commit,
and relays the outbox. It moves bytes: no message is read, and each JSON document has been spelled
already. With `--with-json` it reads each message as the service does, and spells each document from
the objects that it stands for. What the service takes beyond that is what its correctness costs.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.performance.recording import Batch

from slaclock.contracts.canonical import canonical_plain
from slaclock.contracts.registry import decode_ticket_event
from slaclock.messaging.connection import NatsAccess, connect
from slaclock.messaging.pulling import Pull
from slaclock.messaging.received import Received
from slaclock.messaging.relay import Relay

DURABLE = "ticket-clock--reconcile"


async def main(batches: Sequence[Batch], *, with_json: bool) -> None:
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
            asyncio.create_task(_consume(pool, consuming, batches, with_json=with_json)),
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
    pool: asyncpg.Pool[asyncpg.Record], client: Client, batches: Sequence[Batch], *, with_json: bool
) -> None:
    pull = Pull("TICKETS", DURABLE, lambda _: None)
    await pull.open(client)
    waiting: list[Msg] = []
    for batch in batches:
        while len(waiting) < batch.facts:
            waiting += await pull.fetch(batch.facts - len(waiting))
        if with_json:
            for message in waiting:
                received = Received.of(message)
                decode_ticket_event(received.data, received.subject)
        async with pool.acquire() as connection, connection.transaction():
            for statement in batch.statements:
                send = connection.fetch if statement.fetches else connection.execute
                values = map(_spelled, statement.values) if with_json else statement.values
                await send(statement.text, *values)
        for message in waiting:
            await message.ack()
        waiting = []
    await asyncio.Event().wait()


class Parsed(list[Any]):
    """A column of JSON documents, as the objects that they stand for.

    Args:
        spelled: the documents.
    """

    def __init__(self, spelled: Sequence[str | bytes]) -> None:
        super().__init__(orjson.loads(one) for one in spelled)
        self.as_bytes = isinstance(spelled[0], bytes)


def with_objects(batches: Sequence[Batch]) -> list[Batch]:
    """The same batches with objects in place of every JSON document."""
    return [
        replace(
            batch,
            statements=[
                replace(one, values=tuple([_as_objects(value) for value in one.values]))
                for one in batch.statements
            ],
        )
        for batch in batches
    ]


def _as_objects(value: Any) -> Any:
    """A column of JSON objects or arrays is parsed; anything else stays as it is."""
    if isinstance(value, list) and value and all(_is_document(one) for one in value):
        return Parsed(value)
    return value


def _is_document(value: object) -> bool:
    if isinstance(value, str):
        return value[:1] in {"{", "["}
    return isinstance(value, bytes) and value[:2] in {b'{"', b"{}", b"[]", b"[{", b"[["}


def _spelled(value: Any) -> Any:
    if not isinstance(value, Parsed):
        return value
    spelled = [canonical_plain(one) for one in value]
    return spelled if value.as_bytes else [one.decode() for one in spelled]


if __name__ == "__main__":
    plan = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - written by this bench
    with_json = "--with-json" in sys.argv[2:]
    if with_json:
        plan = with_objects(plan)
    gc.freeze()  # the plan is no garbage, and would slow down every collection
    uvloop.run(main(plan, with_json=with_json))
