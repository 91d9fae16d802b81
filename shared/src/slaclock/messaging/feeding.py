"""FastStream feeds inlets in batches, and hands back what it holds when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import nats.errors
import structlog
from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.msg import Msg
from nats.js import api

from slaclock.messaging.connection import NatsAccess, make_broker
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.provisioning import ACK_WAIT
from slaclock.messaging.topology import inbox_prefix

log = structlog.get_logger(__name__)

GATHER = 0.1
"""Seconds to wait for a batch to fill."""

PATIENCE = 20.0
"""Seconds that the running batch has to end when the service stops."""

HEARTBEAT = ACK_WAIT / 4
"""Seconds after which the broker is told that a batch is still being worked on."""


@asynccontextmanager
async def feeding(
    access: NatsAccess, name: str, inlets: Sequence[Inlet[Any]]
) -> AsyncIterator[NatsBroker]:
    """A broker that feeds *inlets*; at the end it finishes the running batches.

    The consumers must exist already (`ensure_topology`): a service may not create one.
    """
    broker = make_broker(access, name)
    feeds = [_Feed(broker, inlet) for inlet in inlets]
    try:
        await broker.start()
        for feed in feeds:
            feed.watch()
        yield broker
    finally:
        for feed in feeds:
            await feed.stop()
        await broker.stop()


class _Feed:
    """One inlet's subscription.

    FastStream drops what it has fetched and not yet handed over when it stops; the messages would
    come again only after ack_wait. So what is fetched is remembered until the inlet takes it, and
    handed back at the end.
    """

    def __init__(self, broker: NatsBroker, inlet: Inlet[Any]) -> None:
        self._inlet = inlet
        self._held: dict[str, Msg] = {}
        self._taken: dict[str, Msg] = {}
        self._beating: asyncio.Task[None] | None = None
        consumer = inlet.consumer
        self._subscriber: Any = broker.subscriber(
            "",
            stream=JStream(consumer.stream, declare=False),
            durable=consumer.durable,
            pull_sub=PullSub(batch_size=consumer.batch, timeout=GATHER, batch=True),
            ack_policy=AckPolicy.MANUAL,
            config=api.ConsumerConfig(
                filter_subjects=list(consumer.filters()), ack_wait=ACK_WAIT, max_deliver=-1
            ),
            inbox_prefix=f"{inbox_prefix(consumer.service)}.".encode(),
            decoder=_untouched,
            title=consumer.durable,
            description=f"{', '.join(consumer.types)} for {consumer.service}",
        )
        self._subscriber(self._on_batch)

    async def _on_batch(
        self, _bodies: list[Any], batch: Annotated[NatsBatchMessage, Context("message")]
    ) -> None:
        taken = {message.reply: message for message in batch.raw_message}
        for reply in taken:
            self._held.pop(reply, None)
        self._taken.update(taken)
        try:
            await self._inlet.take(batch.raw_message)
        finally:
            for reply in taken:
                del self._taken[reply]

    def watch(self) -> None:
        """Remember what is fetched from now on."""
        subscription = self._subscriber.subscription
        fetch = subscription.fetch

        async def remembered(*args: Any, **kwargs: Any) -> list[Msg]:
            messages: list[Msg] = await fetch(*args, **kwargs)
            self._held.update((message.reply, message) for message in messages)
            return messages

        subscription.fetch = remembered
        self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        """Keep what is in hand, however long it takes: ack_wait is short, for those who die."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            for message in [*self._held.values(), *self._taken.values()]:
                if not message.is_acked:
                    # away: its reconnecting is told elsewhere
                    with suppress(nats.errors.Error, OSError):
                        await message.in_progress()

    async def stop(self) -> None:
        """Let the running batch end, then hand back what nobody took."""
        self._subscriber.running = False
        if tasks := [task for task in self._subscriber.tasks if not task.done()]:
            await asyncio.wait(tasks, timeout=PATIENCE)
        if self._beating is not None:
            self._beating.cancel()
        held, self._held = self._held, {}
        for message in held.values():
            with suppress(nats.errors.Error):  # the broker is away: they come again by themselves
                await message.nak()
        if held:
            log.info("messages_handed_back", durable=self._inlet.durable, messages=len(held))


async def _untouched(message: NatsBatchMessage) -> list[bytes]:
    """Bodies stay bytes: the inlet decodes each by itself, so that one bad one spoils no other."""
    return [raw.data for raw in message.raw_message]
