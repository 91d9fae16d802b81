"""A wake-up: look at a ticket because a backend says so.

It calls the same `reconcile` as the due loop, so it decides nothing: an early, late or doubled
wake-up changes nothing, and both may run at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from ticket_clock_service.ports import Key, Ticket
from ticket_clock_service.timer_ports import Woken
from ticket_clock_service.usecases.reconcile import Reconciler

__all__ = ["BeginLook", "LookWork", "Waking"]


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


class LookWork(Protocol):
    """One transaction for reading."""

    async def standing(self, keys: Collection[Key]) -> dict[Key, Ticket]:
        """Rows of tickets; those unknown are left out."""

    async def now(self) -> datetime:
        """The database's clock, UTC."""


BeginLook: TypeAlias = Callable[[Collection[str]], AbstractAsyncContextManager[LookWork]]


class Horizons(Protocol):
    """Up to where may be judged."""

    @property
    def at(self) -> datetime | None: ...

    @property
    def provisional(self) -> bool: ...


class Waking:
    """Takes wake-ups, alone or in batches.

    Args:
        begin: where rows are read.
        reconciler: the only writer.
        horizon: up to where judgement may go at an instant of the database's clock.
    """

    def __init__(
        self,
        begin: BeginLook,
        reconciler: Reconciler,
        horizon: Callable[[datetime], Awaitable[Horizons]],
    ) -> None:
        self._begin, self._reconciler, self._horizon = begin, reconciler, horizon

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
        (woken,) = await self.wake_all([Asked(tenant, ticket_id, revision)])
        return woken

    async def wake_all(self, asked: Sequence[Asked]) -> list[Woken]:
        """The same for many, in one transaction; answers in their order."""
        raise NotImplementedError
