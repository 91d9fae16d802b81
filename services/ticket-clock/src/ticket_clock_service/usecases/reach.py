"""How many open tickets an entry of the terms would reach, before anybody makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from slaclock.contracts.instants import to_us
from slaclock.terms import Entry, Terms
from ticket_clock_service.domain.reach import would_reach
from ticket_clock_service.ports import Reading, Ticket
from ticket_clock_service.usecases.stored import stored_picture

__all__ = ["Reach", "reach"]

PAGE: Final = 500
LOOKED_AT: Final = 20_000
"""Open tickets that one question looks at: about two seconds of work."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The answer.

    Attributes:
        tickets: those with an open clock that would be bound otherwise.
        looked_at: open tickets that were looked at; not all of them unless `complete`.
        at: the database's clock.
    """

    tickets: int
    looked_at: int
    complete: bool
    at: datetime


async def reach(work: Reading, tenant: str, kind: str, body: Mapping[str, Any]) -> Reach:
    """Count the open tickets that an entry would bind otherwise; changes nothing.

    Args:
        work: sees *tenant*, and the same from statement to statement.
        tenant: whose tickets.
        kind: `contract`, or the `kind` in *body*.
        body: data of the event that would publish the entry.
    """
    at, _ = await work.now_and_terms([tenant])
    rows = (await work.terms([tenant]))[tenant]
    known = [
        Entry.from_body(row.kind, row.body, recorded=row.terms_revision, said=to_us(row.said_at))
        for row in rows
    ]
    last = rows[-1].terms_revision if rows else 0
    entry = Entry.from_body(kind, body, recorded=last + 1, said=to_us(at))
    before, after = Terms.of(known), Terms.of([*known, entry])
    now = max(to_us(at), entry.effective_from)
    tickets = looked_at = 0
    last_id = ""
    while looked_at < LOOKED_AT:
        page = await work.open_page(tenant, last_id, PAGE)
        tickets += await asyncio.to_thread(_reached, page, before, after, now)
        looked_at += len(page)
        if len(page) < PAGE:
            return Reach(tickets, looked_at, complete=True, at=at)
        last_id = page[-1].ticket_id
    return Reach(tickets, looked_at, complete=False, at=at)


def _reached(page: Sequence[Ticket], before: Terms, after: Terms, now: int) -> int:
    """How many of these tickets the entry would reach."""
    pictures = map(stored_picture, page)
    return sum(
        picture is not None and would_reach(picture, before, after, now) for picture in pictures
    )
