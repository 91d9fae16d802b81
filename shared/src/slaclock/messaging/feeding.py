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
from slaclock.messaging.pulling import Pull
from slaclock.messaging.topology import inbox_prefix

log = structlog.get_logger(__name__)

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
        yield broker
    finally:
        for feed in feeds:
            await feed.stop()
        await broker.stop()


class _Feed:
    """One inlet's subscription: FastStream's loop, fed by a `Pull`.

    FastStream drops what it has fetched and not yet handed over when it stops; the messages would
    come again only after ack_wait. So what comes is remembered until the inlet has settled it, and
    what it has not taken is handed back at the end.
    """

    def __init__(self, broker: NatsBroker, inlet: Inlet[Any]) -> None:
        self._broker, self._inlet = broker, inlet
        self._held: dict[str, Msg] = {}
        self._taken: Sequence[Msg] = ()
        self._handed_over = True
        self._beating: asyncio.Task[None] | None = None
        consumer = inlet.consumer
        self._pull = Pull(consumer.stream, consumer.durable, self._remember)
        self._subscriber: Any = broker.subscriber(
            "",
            stream=JStream(consumer.stream, declare=False),
            durable=consumer.durable,
            pull_sub=PullSub(batch_size=consumer.batch, batch=True),
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
        setattr(self._subscriber, "_create_subscription", self._begin)  # noqa: B010 - not ours

    async def _on_batch(
        self, _bodies: list[Any], batch: Annotated[NatsBatchMessage, Context("message")]
    ) -> None:
        self._handed_over, self._taken = True, batch.raw_message
        try:
            await self._inlet.take(self._taken)
        finally:
            for message in self._taken:
                self._held.pop(message.reply, None)
            self._taken = ()

    async def _begin(self) -> None:
        """Let FastStream's loop fetch here, instead of from a subscription of its own."""
        await self._pull.open(await self._broker.connect())
        self._subscriber.subscription = self
        self._subscriber.add_task(self._subscriber._consume_pull)  # noqa: SLF001 - its loop
        self._beating = asyncio.create_task(self._beat())

    async def fetch(self, batch: int, **_: Any) -> list[Msg]:
        """What FastStream's loop asks for, again and again until the batch is full or this raises.

        Raises:
            nats.errors.TimeoutError: that was all.
        """
        was_all, self._handed_over = not self._handed_over, True  # it is said once: no hot loop
        messages = [] if was_all else await self._pull.fetch(batch)
        if not messages:
            raise nats.errors.TimeoutError
        self._handed_over = False
        return messages

    async def unsubscribe(self) -> None:
        """What FastStream calls at its end."""
        await self._pull.stop()

    def _remember(self, message: Msg) -> None:
        self._held[message.reply] = message

    async def _beat(self) -> None:
        """Keep what is in hand, however long it takes: ack_wait is short, for those who die.

        What came since the last beat has time until the next one, and nearly always is done then.
        """
        before: set[str] = set()
        while True:
            await asyncio.sleep(HEARTBEAT)
            in_hand = self._held.copy()
            for reply, message in in_hand.items():
                if reply in before and not message.is_acked:
                    # away: its reconnecting is told elsewhere
                    with suppress(nats.errors.Error, OSError):
                        await message.in_progress()
            before = set(in_hand)

    async def stop(self) -> None:
        """Let the running batch end, then hand back what nobody took."""
        self._subscriber.running = False
        await self._pull.stop()
        if tasks := [task for task in self._subscriber.tasks if not task.done()]:
            await asyncio.wait(tasks, timeout=PATIENCE)
        if self._beating is not None:
            self._beating.cancel()
        in_work = {message.reply for message in self._taken}
        back = [message for reply, message in self._held.items() if reply not in in_work]
        self._held = {}
        for message in back:
            with suppress(nats.errors.Error):  # the broker is away: they come again by themselves
                await message.nak()
        if back:
            log.info("messages_handed_back", durable=self._inlet.durable, messages=len(back))


async def _untouched(_: NatsBatchMessage) -> list[bytes]:
    """No bodies: the inlet decodes each message by itself, so that one bad one spoils no other."""
    return []
