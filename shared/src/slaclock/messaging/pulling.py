"""Pulls the messages of a durable consumer in batches.

nats-py's own `fetch` starts a task and a timer for each message (16 µs each; 4 here), and may leave
a request behind that takes messages for which nobody waits (nats.py issue 933). Here a request has
ended before the next begins, so what a busy process has not asked for goes to another one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

__all__ = ["GATHER", "Pull"]

log = structlog.get_logger(__name__)

GATHER = 0.1
"""Seconds that the first of few messages waits for others to share its batch.

Such a request ends then by itself. One without waiting (`no_wait`) would stay while as many are in
hand as may be, and take messages for a reader that is busy.
"""

IDLE = 2.0
"""Seconds that one request waits for a message where there is none."""

ANSWER = 1.0
"""Seconds after which a request without an answer is given up: the connection was lost."""

AGAIN = 0.2
"""Seconds until the next request after one that could not be answered."""

ENDED = frozenset({"404", "408"})
"""No (more) messages; none came in time."""


class Pull:
    """One reader of a durable consumer.

    Args:
        stream: of the consumer.
        durable: its name; it exists.
        arrived: is told of a message when it comes, which may be before it is fetched.
    """

    def __init__(self, stream: str, durable: str, arrived: Callable[[Msg], None]) -> None:
        self._durable, self._arrived = durable, arrived
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._client: Client | None = None
        self._subscription: Subscription | None = None
        self._inbox = ""
        self._waiting: list[Msg] = []
        self._number = self._wanted = 0
        self._asked = ""
        self._over = asyncio.Event()
        self._failed = self._stopped = False

    async def open(self, client: Client) -> None:
        """Listen for what will be asked for.

        Args:
            client: may ask that consumer for messages, on its own inbox.
        """
        self._client, self._inbox = client, client.new_inbox()
        self._subscription = await client.subscribe(f"{self._inbox}.*", cb=self._take)

    async def fetch(self, most: int) -> list[Msg]:
        """Up to *most* messages: at once if so many are there, else those of `GATHER` seconds.

        Empty if none came for a while, if the broker is away, or after `stop`.
        """
        if not await self._ask(most, GATHER):
            if not await self._ask(1, IDLE):
                return []
            await self._ask(most, GATHER)
        if self._stopped:  # what has arrived is handed back
            return []
        batch, self._waiting = self._waiting[:most], self._waiting[most:]
        return batch

    async def stop(self) -> None:
        """End a `fetch` that waits; whatever the broker has sent has arrived when this returns."""
        self._stopped = True
        self._over.set()
        if self._subscription is not None:
            with suppress(nats.errors.Error, TimeoutError):  # away: it will send them again
                async with asyncio.timeout(ANSWER):
                    await self._subscription.drain()  # type: ignore[no-untyped-call]

    async def _ask(self, most: int, seconds: float) -> int:
        """Ask for what *most* still lacks, as it comes; answers how many are there then."""
        missing, client = most - len(self._waiting), self._client
        if missing <= 0 or self._stopped:
            return len(self._waiting)
        if client is None or not client.is_connected:
            await asyncio.sleep(AGAIN)  # a request would be kept, and sent when it is too late
            return len(self._waiting)
        request = {"batch": missing, "expires": int(seconds * 1_000_000_000)}
        self._number += 1
        self._asked, self._wanted = f"{self._inbox}.{self._number}", most
        self._failed = False
        self._over.clear()
        try:
            async with asyncio.timeout(seconds + ANSWER):
                await client.publish(self._subject, json.dumps(request).encode(), self._asked)
                await self._over.wait()
        except (TimeoutError, nats.errors.Error) as outage:
            self._failed = True
            log.info("pull_unanswered", durable=self._durable, error=str(outage) or "no answer")
        if self._failed and not self._stopped:
            await asyncio.sleep(AGAIN)
        return len(self._waiting)

    async def _take(self, message: Msg) -> None:
        if message.reply:  # of the stream: what the server says itself has none
            self._arrived(message)
            self._waiting.append(message)
            if len(self._waiting) >= self._wanted:
                self._over.set()
        elif message.subject == self._asked:
            self._failed = (message.headers or {}).get("Status") not in ENDED
            if self._failed:
                log.info("pull_refused", durable=self._durable, headers=dict(message.headers or {}))
            self._over.set()
