"""Repairs of nats-py 2.16, each with a test that fails without it.

What a consumer receives was written by other systems: nothing in it may stop the consumer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

log = structlog.get_logger(__name__)

_DONE = "repaired_by_slaclock"
_UNREADABLE = (ValueError, LookupError, TypeError)


def repair_client() -> None:
    """Repair the library in this process. Calling it twice changes nothing."""
    if getattr(Client, _DONE, False):
        return
    setattr(Client, _DONE, True)
    _raise_what_is_caught()
    _leave_status_to_the_server()
    _outlive_headers()
    _let_go_when_cancelled()


def _raise_what_is_caught() -> None:
    """Make `fetch` raise what FastStream's batch loop catches.

    It may raise a bare `TimeoutError`; FastStream catches only `nats.errors.TimeoutError`, so its
    loop would die with messages in hand, to be delivered again only after ack_wait.
    """
    original = JetStreamContext.PullSubscription.fetch

    async def fetch(
        self: JetStreamContext.PullSubscription, *args: Any, **kwargs: Any
    ) -> list[Msg]:
        try:
            return await original(self, *args, **kwargs)
        except nats.errors.TimeoutError:
            raise
        except TimeoutError as bare:
            raise nats.errors.TimeoutError from bare

    JetStreamContext.PullSubscription.fetch = fetch  # type: ignore[method-assign]


def _leave_status_to_the_server() -> None:
    """Take a header `Status` for the server's word only where the server speaks.

    A publisher may write that header, too: `fetch` would drop its message without settling it, or
    raise with a whole batch in hand, again and again. Stored messages have a reply subject, the
    server's own do not.
    """
    original = JetStreamContext.is_status_msg

    def is_status_msg(message: Msg | None) -> str | None:
        if message is not None and message.reply:
            return None
        return original(message)

    JetStreamContext.is_status_msg = staticmethod(is_status_msg)  # type: ignore[method-assign, assignment]


def _outlive_headers() -> None:
    """Read on where headers cannot be read.

    The error would end the loop that reads the connection: nothing would arrive any more.
    """
    original = Client._process_headers  # noqa: SLF001 - there is no other place

    async def process(self: Client, headers: bytes) -> dict[str, str] | None:
        try:
            return await original(self, headers)
        except _UNREADABLE as error:
            log.warning("unreadable_headers", error=str(error), headers=repr(headers[:100]))
            return None

    Client._process_headers = process  # type: ignore[method-assign]  # noqa: SLF001 - as above


def _let_go_when_cancelled() -> None:
    """End a request whose task was cancelled, also if the answer came at the same instant.

    The client waits by `asyncio.wait_for`, which before Python 3.12 returns the answer then and
    forgets the cancellation: a loop that asks again and again would never end.
    """
    original = Client.request

    async def request(self: Client, *args: Any, **kwargs: Any) -> Msg:
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        answer = await original(self, *args, **kwargs)
        if task and task.cancelling() > before:
            raise asyncio.CancelledError
        return answer

    Client.request = request  # type: ignore[method-assign]  # that is the repair
