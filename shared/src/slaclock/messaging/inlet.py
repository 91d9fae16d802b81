"""Messages in: decode each, apply all in one transaction, acknowledge after the commit.

This is the only module that acknowledges. What goes wrong is settled here, by one table:

| raised                          | then                                                       |
|---------------------------------|------------------------------------------------------------|
| Refusal, ValidationError        | parked with the reason, terminated: it would never succeed |
| an outage (database, bus, lock) | the whole batch comes again, for ever, with growing delay  |
| anything else, in a batch       | the batch is bisected, so that one message stands alone    |
| anything else, for one message  | again with growing delay; parked after ten tries           |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar

import nats.errors
import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from slaclock.errors import Refusal
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from slaclock.messaging.topology import CONSUMERS
from slaclock.store.pool import OUTAGES

T = TypeVar("T")

HOPELESS: tuple[type[Exception], ...] = (Refusal, ValidationError)
WAITABLE: tuple[type[Exception], ...] = (*OUTAGES, nats.errors.Error)
TRIES = 10
"""Attempts at a message that fails for no reason that we know."""

log = structlog.get_logger(__name__)


def growing(tries: int, *, most: float = 60.0) -> float:
    """Seconds to wait before the next attempt: 0.6, 1.2, 2.4 ... *most*."""
    return float(min(0.3 * 2 ** min(tries, 20), most))


class Inlet(Generic[T]):
    """One durable consumer of a service.

    Args:
        durable: its name in the topology.
        decode: a message's value; raises Refusal or ValidationError for what is malformed.
        apply: acts on a batch in one transaction of its own and commits. Answers the values whose
            time has not come (something they need has not arrived): they come again later, or
            after the seconds that it names for each.
        parking: where hopeless messages go.
        again: acts on the one value of a parked message, and raises what it would be parked for;
            only for an *apply* that parks by itself.
    """

    def __init__(
        self,
        durable: str,
        decode: Callable[[Received], T],
        apply: Callable[[Sequence[T]], Awaitable[Collection[T] | Mapping[T, float] | None]],
        parking: Parking,
        *,
        again: Callable[[T], Awaitable[None]] | None = None,
    ) -> None:
        self.consumer = CONSUMERS[durable]
        self.durable = durable
        self._decode, self._apply, self._parking, self._again = decode, apply, parking, again

    async def take(self, messages: Sequence[Msg]) -> None:
        """Settle every one of *messages*: acknowledged, asked for again, or parked."""
        good: list[tuple[Msg, T]] = []
        bad: list[tuple[Msg, BaseException]] = []
        for message in messages:
            try:
                good.append((message, self._decode(Received.of(message))))
            except HOPELESS as error:
                bad.append((message, error))
            except Exception as error:  # noqa: BLE001 - settled like one that fails when applied
                await self._settle_alone(message, error)
        await self._set_aside(bad)
        await self._settle(good)

    async def replay(self, message: Received) -> None:
        """Take a parked message once more; raises what it would be parked for.

        Raises:
            Refusal: among others `replay.not-yet`, when what it needs has still not arrived.
        """
        value = self._decode(message)
        if self._again is not None:
            await self._again(value)
        elif await self._apply([value]):
            refusal = Refusal("what this message needs has still not arrived")
            refusal.code = "replay.not-yet"
            raise refusal

    async def _settle(self, batch: list[tuple[Msg, T]]) -> None:
        if not batch:
            return
        try:
            deferred = await self._apply([value for _, value in batch])
        except WAITABLE as outage:
            await self._ask_again([message for message, _ in batch], outage)
        except Exception as error:  # noqa: BLE001 - every kind is settled, none is swallowed
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
                return
            await self._settle_alone(batch[0][0], error)
        else:
            seconds = deferred if isinstance(deferred, Mapping) else {}
            later = {id(value) for value in deferred or ()}
            for message, value in batch:
                if seconds and value in seconds:
                    await message.nak(delay=seconds[value])
                elif id(value) in later:
                    await message.nak(delay=growing(_tries(message), most=5.0))
                else:
                    await message.ack()

    async def _settle_alone(self, message: Msg, error: Exception) -> None:
        if not isinstance(error, HOPELESS) and _tries(message) < TRIES:
            log.error("message_failed", durable=self.durable, tries=_tries(message), exc_info=error)
            await message.nak(delay=growing(_tries(message)))
            return
        await self._set_aside([(message, error)])

    async def _set_aside(self, bad: Sequence[tuple[Msg, BaseException]]) -> None:
        """Rows first, committed; then the broker is told not to send them again."""
        if not bad:
            return
        found = [(Received.of(message), error) for message, error in bad]
        try:
            await self._parking.park(self.durable, found)
        except WAITABLE as outage:
            await self._ask_again([message for message, _ in bad], outage)
        except Exception as error:
            if len(bad) > 1:
                for one in bad:
                    await self._set_aside([one])
                return
            log.exception("message_not_parked", durable=self.durable, reason=str(bad[0][1]))
            await self._ask_again([bad[0][0]], error)
        else:
            for message, _ in bad:
                await message.term()

    async def _ask_again(self, messages: Sequence[Msg], outage: BaseException) -> None:
        log.warning(
            "batch_waits",
            durable=self.durable,
            messages=len(messages),
            error=str(outage) or type(outage).__name__,
        )
        for message in messages:
            await message.nak(delay=growing(_tries(message), most=10.0))


def _tries(message: Msg) -> int:
    return message.metadata.num_delivered or 1
