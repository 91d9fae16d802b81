"""How many open tickets an entry of the terms would reach, before anybody makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from slaclock.contracts.instants import parse_instant, to_us
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.reach import would_reach
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Key, Reading, TermsRow, Ticket
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.stored import stored_fact, stored_picture

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


async def reach(
    work: Reading, rulebooks: Rulebooks, tenant: str, kind: str, body: Mapping[str, Any]
) -> Reach:
    """Count the open tickets that an entry would bind otherwise; changes nothing.

    Args:
        work: sees *tenant*, and the same from statement to statement.
        rulebooks: where agreements are kept that have been read before.
        tenant: whose tickets.
        kind: `contract`, or the `kind` in *body*.
        body: data of the event that would publish the entry.

    Raises:
        Refusal: the tenant's terms cannot be computed with.
    """
    at, _ = await work.now_and_terms([tenant])
    rows = (await work.terms([tenant]))[tenant]
    last = rows[-1].terms_revision if rows else 0
    effective_from = parse_instant(body["effective_from"])
    draft = TermsRow(
        tenant=tenant,
        terms_revision=last + 1,
        entry_id=str(body["entry_id"]),
        kind=kind,
        effective_from=effective_from,
        said_at=at,
        recorded_at=at,
        mode=str(body["mode"]),
        body=body,
    )
    before, after = await rulebooks.drafted(work, tenant, rows, draft)
    now = max(to_us(at), to_us(effective_from))
    tickets = looked_at = 0
    last_id = ""
    while looked_at < LOOKED_AT:
        page = await work.open_page(tenant, last_id, PAGE)
        pictures = await _pictures(work, page, before)
        tickets += await asyncio.to_thread(_reached, pictures, before, after, now)
        looked_at += len(page)
        if len(page) < PAGE:
            return Reach(tickets, looked_at, complete=True, at=at)
        last_id = page[-1].ticket_id
    return Reach(tickets, looked_at, complete=False, at=at)


async def _pictures(work: Reading, page: Sequence[Ticket], rulebook: Rulebook) -> list[Picture]:
    """Of each ticket; those that another release has made are folded from their facts."""
    stored = {ticket.key: stored_picture(ticket) for ticket in page}
    stale = [one.key for one in page if stored[one.key] is None and one.fault is None]
    histories = await work.history(stale) if stale else {}
    folded = await asyncio.to_thread(_folded, histories, rulebook)
    return [picture for picture in (*stored.values(), *folded) if picture is not None]


def _folded(
    histories: Mapping[Key, Sequence[Mapping[str, Any]]], rulebook: Rulebook
) -> list[Picture]:
    return [fold([stored_fact(row) for row in rows], rulebook) for rows in histories.values()]


def _reached(pictures: Sequence[Picture], before: Rulebook, after: Rulebook, now: int) -> int:
    """How many of these tickets the entry would reach."""
    return sum(would_reach(picture, before, after, now) for picture in pictures)
