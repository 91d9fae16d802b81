"""Repairs of nats-py 2.16, each with a test that fails without it.

What a consumer receives was written by other systems: nothing in it may stop the consumer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

log = structlog.get_logger(__name__)

_DONE = "repaired_by_slaclock"
_UNREADABLE = (ValueError, LookupError, TypeError)


def repair_client() -> None:
    """Repair the library in this process. Calling it twice changes nothing."""
    if getattr(Client, _DONE, False):
        return
    setattr(Client, _DONE, True)
    _outlive_headers()
    _let_go_when_cancelled()


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
