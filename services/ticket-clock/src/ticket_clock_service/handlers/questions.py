"""Questions in: `ask.ticket-clock.reached`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

from slaclock.contracts.reach import ReachedIn, ReachedOut
from slaclock.messaging.asking import Answer, NoAnswer
from ticket_clock_service.ports import Reading
from ticket_clock_service.usecases.reach import reach
from ticket_clock_service.usecases.rulebooks import Rulebooks

__all__ = ["reach_answer"]

BeginReading = Callable[[Collection[str]], AbstractAsyncContextManager[Reading]]


def reach_answer(
    begin: BeginReading, rulebooks: Rulebooks, terms_ready: Callable[[], bool]
) -> Answer:
    """What makes answers, each in a transaction that sees the asked tenant only."""

    async def answer(tenant: str, body: bytes) -> bytes:
        """The number of tickets.

        Raises:
            NoAnswer: what was told of terms before the start has not been read to its end.
            ValidationError: not a question.
        """
        asked = ReachedIn.model_validate_json(body)
        if not terms_ready():
            raise NoAnswer("ticket-clock is still reading its terms; try again shortly")
        entry = asked.contract or asked.assignment
        if entry is None:
            raise TypeError("the model asks for one of them")
        kind = "contract" if asked.assignment is None else asked.assignment.kind
        async with begin({tenant}) as work:
            found = await reach(work, rulebooks, tenant, kind, entry.model_dump(mode="json"))
        return (
            ReachedOut(
                tickets=found.tickets,
                looked_at=found.looked_at,
                complete=found.complete,
                at=found.at,
            )
            .model_dump_json()
            .encode()
        )

    return answer
