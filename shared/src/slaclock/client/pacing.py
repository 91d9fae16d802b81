"""When a request is sent again, and when none is sent at all."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

__all__ = ["Pacing", "retry_after"]

FIRST: Final = 0.2
LONGEST: Final = 10.0


class Pacing:
    """The pauses of one client.

    A platform that asks to be left alone (`Retry-After`) is left alone by all requests of the
    client, not only by the one that was told: they queue until then.

    Args:
        longest: seconds that a `Retry-After` may ask for; beyond it, the request fails.
    """

    def __init__(self, *, longest: float = 60.0) -> None:
        self.longest = longest
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait while the platform wants to be left alone; a little longer, not all at once."""
        left = self._free_at - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left * random.uniform(1.0, 1.1))  # noqa: S311 - no secret

    def hold(self, seconds: float) -> None:
        """The platform wants to be left alone for so long from now on."""
        until = asyncio.get_running_loop().time() + seconds
        self._free_at = max(self._free_at, until)

    async def pause(self, tries: int) -> None:
        """Before the next try, after *tries* (from 1): 0.2, 0.4, 0.8 ... at most 10 seconds.

        Each is shortened by chance, to as little as half, so that clients do not come in step.
        """
        longest = min(LONGEST, FIRST * 2.0 ** (tries - 1))
        await asyncio.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds that *answer* asks to wait, never negative; None where it asks nothing readable."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)) / timedelta(seconds=1))
