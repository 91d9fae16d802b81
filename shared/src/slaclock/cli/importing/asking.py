"""What an import asks of the platform over HTTP; waits while the platform is away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import quote

from slaclock.cli.exits import NotReachable
from slaclock.cli.platform import Platform
from slaclock.errors import Refusal

__all__ = ["Asking"]

STATUSES: Final = 200
"""Tickets asked for at once."""

_PARKED: Final = "/ticket-clock/v1/parked"
_DURABLE: Final = "ticket-clock--reconcile"
_PAGE: Final = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """The endpoints that an import needs.

    Attributes:
        platform: with the credential of an administrator.
        patience: seconds that the platform may be away.
        judging: seconds that judging the tickets may take.
    """

    platform: Platform
    patience: float = 120.0
    judging: float = 3600.0

    async def position(self) -> int:
        """The stream sequence up to which ticket facts have been processed."""
        answer = await self._ask(lambda: self.platform.get("/ticket-clock/v1/intake/position"))
        return int(answer["processed"])

    async def knows_terms(self, entry_id: str) -> bool:
        """Whether ticket-clock has learnt an entry of the tenant's terms."""
        answer = await self._ask(
            partial(self.platform.get, "/ticket-clock/v1/terms", entry_id=entry_id)
        )
        return bool(answer["known"])

    async def complete(self, run_id: str) -> int:
        """Say that everything was sent; answers how many facts were new, once they are judged.

        Raises:
            NotReachable: judging did not end.
        """
        path = f"/ticket-clock/v1/imports/{quote(run_id, safe='')}/complete"
        deadline = monotonic() + self.judging
        while True:
            answer = await self._ask(partial(self.platform.post, path, {}, timeout=120))
            if answer["complete"]:
                return int(answer["facts"])
            if monotonic() > deadline:
                raise NotReachable(
                    f"ticket-clock has not judged this import within {self.judging:g} s; "
                    "look at its logs and run the import again"
                )

    async def parked(self, sequences: Collection[int]) -> int:
        """How many of the stream's messages with these *sequences* were set aside."""
        found, cursor = 0, None
        while True:
            page = await self._ask(
                partial(self.platform.get, _PARKED, durable=_DURABLE, limit=_PAGE, cursor=cursor)
            )
            found += sum(row["stream_sequence"] in sequences for row in page["items"])
            cursor = page["next"]
            if cursor is None:
                return found

    async def statuses(self, tickets: Sequence[str]) -> list[Mapping[str, Any]]:
        """Status documents of *tickets*, in their order; unknown ones are left out."""
        found: dict[str, Mapping[str, Any]] = {}
        for chunk in _chunks(tickets, STATUSES):
            answer = await self._ask(
                partial(self.platform.post, "/ticket-clock/v1/ticket-sla", {"ticket_ids": chunk})
            )
            found.update((status["ticket_id"], status) for status in answer["items"])
        return [found[ticket] for ticket in tickets if ticket in found]

    async def _ask(self, question: Callable[[], T]) -> T:
        """The answer to *question*; asked again while nobody is there."""
        deadline, pause = monotonic() + self.patience, 0.1
        while True:
            try:
                return await asyncio.to_thread(question)
            except NotReachable:
                if monotonic() > deadline:
                    raise
            except Refusal as refusal:
                if refusal.status != 429:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
