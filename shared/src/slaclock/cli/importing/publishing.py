"""Messages to the broker: hundreds at a time, never far ahead of the consumer, none lost.

Sending twice is harmless, because facts are known by their own ids: whatever is not acknowledged
is sent again until it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Final

import nats
import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from slaclock.cli.exits import NotReachable
from slaclock.cli.importing.facts import Message
from slaclock.errors import Refusal
from slaclock.messaging.connection import NatsAccess

__all__ = ["Flow", "Publisher", "open_publisher"]

WINDOW: Final = 500
"""Facts on their way to the broker at once."""

LEAD: Final = 2000
"""Facts that may wait in the stream before the consumer."""

PATIENCE: Final = 120.0
"""Seconds without any progress before an import gives up."""

CONNECTING: Final = 5.0
"""Seconds for the first connection."""

ANSWER: Final = 5.0
"""Seconds for the broker's word on a message."""

_TRY_AGAIN: Final = (nats.errors.Error, JetStreamError, TimeoutError, OSError)
_RESUME: Final = "run the import again: what has arrived is not counted twice"


class MayNotPublish(Refusal):
    """The broker does not let this identity publish ticket facts."""

    code = "import.not-permitted"


@dataclass(frozen=True, slots=True)
class Flow:
    """How fast to go; the defaults are what the platform is built for.

    Attributes:
        window: messages published at once.
        lead: messages that may wait before the consumer; at least `window`.
        patience: seconds without progress before giving up.
    """

    window: int = WINDOW
    lead: int = LEAD
    patience: float = PATIENCE


@dataclass(slots=True)
class Publisher:
    """Publishes one import.

    Attributes:
        client: connected as the tenant's help desk.
        position: asks how far the consumer has come: a sequence of the stream.
        flow: how fast to go.
        sent: messages acknowledged so far.
        sequences: where in the stream they are.
        last: the highest of these; 0 without any.
        complaints: what the server said beside its answers.
    """

    client: Client
    position: Callable[[], Awaitable[int]]
    flow: Flow = field(default_factory=Flow)
    sent: int = 0
    sequences: set[int] = field(default_factory=set)
    last: int = 0
    complaints: list[str] = field(default_factory=list)

    async def publish(self, messages: Iterable[Message], tell: Callable[[], None]) -> None:
        """Send all *messages*; *tell* is called whenever some were acknowledged.

        Raises:
            MayNotPublish: the identity lacks the permission.
            NotReachable: broker or consumer made no progress for too long.
        """
        stream = self.client.jetstream(timeout=ANSWER)
        waiting = iter(messages)
        while window := list(islice(waiting, self.flow.window)):
            if self.last:
                await self.wait_for(self.last + len(window) - self.flow.lead)
            await self._send(stream, window)
            tell()

    async def wait_for(self, sequence: int) -> None:
        """Until the consumer has processed the stream up to *sequence*.

        Raises:
            NotReachable: it does not move.
        """
        deadline, reached, pause = monotonic() + self.flow.patience, -1, 0.02
        while (found := await self.position()) < sequence:
            if found > reached:
                deadline, reached, pause = monotonic() + self.flow.patience, found, 0.02
            if monotonic() > deadline:
                raise NotReachable(
                    f"ticket-clock has not moved beyond message {found} of {sequence} for "
                    f"{self.flow.patience:g} s; look at its logs and {_RESUME}"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    async def _send(self, stream: JetStreamContext, window: list[Message]) -> None:
        """Publish until every message of *window* is acknowledged."""
        deadline, pause = monotonic() + self.flow.patience, 0.1
        left = window
        while left:
            answers = await asyncio.gather(
                *(self._one(stream, message) for message in left), return_exceptions=True
            )
            failed = []
            for message, answer in zip(left, answers, strict=True):
                if isinstance(answer, int):
                    self.sequences.add(answer)
                    self.last = max(self.last, answer)
                    self.sent += 1
                elif isinstance(answer, _TRY_AGAIN):
                    failed.append(message)
                else:
                    raise answer
            if len(failed) < len(left):
                deadline, pause = monotonic() + self.flow.patience, 0.1
            left = failed
            if left:
                self._give_up(deadline, answers)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _one(self, stream: JetStreamContext, message: Message) -> int:
        ack = await stream.publish(
            message.subject, message.body, headers={"Nats-Msg-Id": message.msg_id}
        )
        return ack.seq

    def _give_up(self, deadline: float, answers: list[int | BaseException]) -> None:
        for complaint in self.complaints:
            if "permissions violation" in complaint.lower():
                raise MayNotPublish(
                    f"the broker refuses: {complaint}; import with the tenant's helpdesk identity"
                )
        if monotonic() > deadline:
            reason = next(repr(one) for one in answers if isinstance(one, BaseException))
            raise NotReachable(
                f"the broker has acknowledged nothing for {self.flow.patience:g} s ({reason}); "
                f"see that it runs and {_RESUME}"
            )


@asynccontextmanager
async def open_publisher(
    access: NatsAccess, position: Callable[[], Awaitable[int]], flow: Flow
) -> AsyncIterator[Publisher]:
    """A publisher connected to the broker, closed when the block ends.

    Raises:
        NotReachable: nobody answers at the broker's address, or the identity is refused.
    """
    complaints: list[str] = []

    async def hear(error: Exception) -> None:
        complaints.append(str(error) or type(error).__name__)
        del complaints[:-20]

    options = access.options("slaclock import")
    login = {"user": access.user, "password": access.password} if access.user else {}
    try:
        async with asyncio.timeout(CONNECTING):
            client = await nats.connect(
                access.url, error_cb=hear, connect_timeout=3, **login, **options
            )
    except (*_TRY_AGAIN, ValueError) as error:
        said = complaints[-1] if complaints else str(error) or "no answer"
        raise NotReachable(
            f"no broker takes us at {access.url} ({said}); start the platform with `slaclock up`, "
            "or correct SLACLOCK_NATS_URL and SLACLOCK_NATS_CREDENTIALS"
        ) from error
    try:
        yield Publisher(client, position, flow, complaints=complaints)
    finally:
        await client.close()
