"""Imports: while one runs, its tickets are held; what was due before its end is history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from slaclock.contracts.instants import from_us
from ticket_clock_service.ports import Reported, Ticket, Work

QUIET: Final = timedelta(seconds=30)
"""Without a further imported fact for so long, an import counts as complete."""

ENDED: Final = from_us(0)
"""`importing_until` of a ticket whose import has ended by its marker: it need not be quiet."""


def hold(ticket: Ticket, news: Sequence[Reported], now: datetime) -> None:
    """Note in the row that *news* are of an import, if some are."""
    imported = [fact for fact in news if fact.origin == "import"]
    if imported:
        ticket.import_id = imported[-1].correlation_id
        ticket.importing_until = now + QUIET


async def go_on_importing(work: Work, tickets: Sequence[Ticket], now: datetime) -> None:
    """Hold tickets whose own facts have been quiet, but whose run still brings those of others.

    A run may come in the order of time: the rest of a ticket can be anywhere in it.
    """
    quiet = [
        ticket
        for ticket in tickets
        if ticket.import_id is not None
        and ticket.importing_until is not None
        and ENDED < ticket.importing_until <= now
    ]
    if not quiet:
        return
    latest = await work.last_imported({(one.tenant_id, one.import_id or "") for one in quiet})
    for ticket in quiet:
        seen = latest.get((ticket.tenant_id, ticket.import_id or ""))
        if seen is not None and seen <= now < seen + QUIET:
            ticket.importing_until = seen + QUIET


def was_imported(ticket: Ticket) -> bool:
    """Whether an import brings facts of the ticket, or brought some."""
    return ticket.importing_until is not None or ticket.historical_until is not None


def completes_import(ticket: Ticket, now: datetime) -> bool:
    """End the ticket's import if its time is over; what was crossed up to now is history."""
    if ticket.importing_until is None or ticket.importing_until > now:
        return False
    ticket.importing_until = None
    ticket.historical_until = now
    return True
