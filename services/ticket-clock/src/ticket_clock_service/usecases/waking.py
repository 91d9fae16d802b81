"""A wake-up: look at a ticket because a backend says so.

It calls the same `reconcile` as the due loop, so it decides nothing: an early, late or doubled
wake-up changes nothing, and both may run at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ticket_clock_service.ports import Key
from ticket_clock_service.timer_ports import Armory, Standing, Woken

__all__ = ["Asked", "Judge", "Waking"]

GATHER = 0.01
"""Seconds that a single wake-up waits for others to share its transaction."""

TOGETHER = 500
"""Wake-ups in one transaction, at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is to be looked at.

    Attributes:
        revision: of the row that armed the alarm.
    """

    tenant: str
    ticket_id: str
    revision: int

    @property
    def key(self) -> Key:
        """Whose wake-up it is."""
        return self.tenant, self.ticket_id


Judge: TypeAlias = Callable[[Sequence[Key], datetime], Awaitable[None]]
"""Reconciles those tickets that are due by now (the database's clock), so far as facts allow."""


class Waking:
    """Takes wake-ups, alone or in batches.

    Args:
        armory: where rows are read.
        judge: calls the only writer.
    """

    def __init__(self, armory: Armory, judge: Judge) -> None:
        self._armory, self._judge = armory, judge
        self._waiting: list[tuple[Asked, asyncio.Future[Woken]]] = []
        self._taking: asyncio.Task[None] | None = None

    async def wake(self, tenant: str, ticket_id: str, revision: int) -> Woken:
        """Reconcile one ticket if it is due, and say how it stands afterwards.

        Calls that come together share a transaction.

        Args:
            tenant: whose alarm went off.
            ticket_id: of which ticket.
            revision: of the row that armed it.

        Raises:
            OUTAGES: the database is away; ask again.
        """
        answer: asyncio.Future[Woken] = asyncio.get_running_loop().create_future()
        self._waiting.append((Asked(tenant, ticket_id, revision), answer))
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_waiting(), name="wake-ups")
        return await answer

    async def wake_all(self, asked: Sequence[Asked]) -> list[Woken]:
        """The same for many, in one transaction; answers in their order."""
        if not asked:
            return []
        keys = sorted({one.key for one in asked})
        now = await self._armory.now()
        await self._judge(keys, now)
        rows = await self._armory.standing(keys)
        return [_woken(one, rows.get(one.key), now) for one in asked]

    async def _take_waiting(self) -> None:
        await asyncio.sleep(GATHER)
        while self._waiting:
            taken, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            try:
                found = await self.wake_all([asked for asked, _ in taken])
            except Exception as error:  # noqa: BLE001 - told to each who asked
                for _, answer in taken:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for (_, answer), woken in zip(taken, found, strict=True):
                    if not answer.done():
                        answer.set_result(woken)
        self._taking = None


def _woken(asked: Asked, row: Standing | None, now: datetime) -> Woken:
    if row is None:
        return Woken(asked.revision + 1, None, closed=True, result="gone")
    if row.revision < asked.revision:
        return Woken(row.revision, row.next_due_at, row.closed, "behind")
    if row.closed:
        # Who still waits for a lower revision must not miss that it is over.
        return Woken(row.revision, None, closed=True, result="closed")
    due = row.next_due_at
    if due is not None and due <= now:
        return Woken(row.revision, due, closed=False, result="held")
    moved = row.revision > asked.revision
    return Woken(row.revision, due, closed=False, result="judged" if moved else "early")
