"""What the routes reach for. It arrives when the service starts; `Unavailable` (503) before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from ticket_clock_service.feed_ports import Feed
from ticket_clock_service.ports import Imports, Key, Reading
from ticket_clock_service.usecases.answers import Answers
from ticket_clock_service.usecases.candidates import Candidates
from ticket_clock_service.usecases.intake import IntakeParts
from ticket_clock_service.usecases.looking import Looker
from ticket_clock_service.usecases.reconcile import Rebuilt
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.simulate import Simulator


@dataclass(frozen=True, slots=True)
class Edge:
    """The parts, each of which raises `Unavailable` while what it needs is away.

    Attributes:
        begin: a reading transaction that sees the tenants named.
        looker: finds where one ticket stands.
        rulebooks: of this process.
        imports: the end of imports.
        intake: where new events go.
        let_in: raises `Congested` while too much waits to be processed.
        processed: stream sequence of TICKETS up to which every message has been settled.
        terms_ready: whether all that was told of terms has been read.
        simulator: of this process; it runs one simulation at a time.
        candidates: what simulations try.
        rebuild: folds tickets anew, in one transaction, by order of somebody.
        feed: a transaction over what escalation did, and over the audit.
    """

    begin: Callable[[Collection[str]], AbstractAsyncContextManager[Reading]]
    looker: Looker
    rulebooks: Rulebooks
    imports: Callable[[], Imports]
    intake: Callable[[], IntakeParts]
    let_in: Callable[[], Awaitable[None]]
    processed: Callable[[], Awaitable[int]]
    terms_ready: Callable[[], bool]
    simulator: Simulator
    candidates: Candidates
    rebuild: Callable[[Collection[Key], str], Awaitable[Rebuilt]]
    feed: Callable[[Collection[str]], AbstractAsyncContextManager[Feed]]

    @asynccontextmanager
    async def answers(self, tenant: str) -> AsyncIterator[Answers]:
        """About the tickets of *tenant*, from one reading transaction."""
        async with self.begin({tenant}) as work:
            yield Answers(work, self.rulebooks, tenant)
