"""Where one ticket stands: what is asked most, by one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from slaclock.http.missing import NotFound
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.picture import BLANK
from ticket_clock_service.ports import Reading
from ticket_clock_service.usecases.answers import Answers, Scene
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.stored import picture_in

__all__ = ["Look", "Looker", "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is stored of a ticket, all of one moment.

    Attributes:
        at: the database's clock.
        terms_revision: of its tenant.
        revision: of the ticket.
        state: its picture, as stored; None before the first fold.
        fault: why the last fold failed, if it did.
        ledger: what has been told of it.
    """

    at: datetime
    terms_revision: int
    revision: int
    state: bytes | None
    fault: str | None
    ledger: Ledger


class Look(Protocol):
    """Finds a ticket by its key."""

    def __call__(self, tenant: str, ticket_id: str) -> Awaitable[Seen | None]:
        """None where the tenant has no such ticket. One statement."""


class Looker:
    """Answers from one row and from rulebooks that were made before.

    Args:
        look: at a row.
        rulebooks: of this process.
        begin: a reading transaction, for what takes more: a rulebook that nobody has made yet, a
            picture that cannot be read.
    """

    def __init__(
        self,
        look: Look,
        rulebooks: Rulebooks,
        begin: Callable[[Collection[str]], AbstractAsyncContextManager[Reading]],
    ) -> None:
        self._look, self._rulebooks, self._begin = look, rulebooks, begin

    async def scene(self, tenant: str, ticket_id: str) -> Scene:
        """A ticket as it stands now; the same as `Answers.scene`.

        Raises:
            NotFound: the tenant has no such ticket.
            Refusal: as `Rulebooks.of`.
        """
        seen = await self._look(tenant, ticket_id)
        if seen is None:
            raise NotFound("ticket", ticket_id)
        rulebook = self._rulebooks.made(tenant, seen.terms_revision)
        picture = picture_in(seen.state, tenant, ticket_id)
        if rulebook is None or (picture is None and seen.state is not None):
            async with self._begin({tenant}) as work:
                return await Answers(work, self._rulebooks, tenant).scene(ticket_id)
        return Scene(
            ticket_id, seen.revision, picture or BLANK, rulebook, seen.ledger, seen.at, seen.fault
        )
