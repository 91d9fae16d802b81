"""Ticket events in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from slaclock.contracts.registry import decode_ticket_event
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from ticket_clock_service.ports import Key, Reported
from ticket_clock_service.usecases.facts import fact_in
from ticket_clock_service.usecases.reconcile import Reconciler

DURABLE = "ticket-clock--reconcile"


def reported(message: Received) -> Reported:
    """The fact in a message of TICKETS.

    Raises:
        EventRefused: it is malformed, with every fault.
    """
    return fact_in(decode_ticket_event(message.data, message.subject), message)


def facts_inlet(
    reconciler: Reconciler, parking: Parking, noted: Callable[[Iterable[Key]], None]
) -> Inlet[Reported]:
    """The durable consumer of ticket facts; *noted* is told which tickets were reconciled."""

    async def apply(facts: Sequence[Reported]) -> None:
        await reconciler.take_facts(facts, DURABLE)
        noted(fact.key for fact in facts)

    return Inlet(DURABLE, reported, apply, parking, again=reconciler.take_again)
