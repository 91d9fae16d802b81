"""Verifying what is stored, and folding tickets anew from their facts. For administrators."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from slaclock.auth import ByAdmin
from slaclock.http import cursors
from slaclock.http.body import MIB, body_limit
from slaclock.http.fields import Id
from slaclock.service import Late
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.usecases.simulate import TermsNotRead
from ticket_clock_service.usecases.verifying import verified, verified_tenant

__all__ = ["repair_routes"]

BATCH: Final = 200


class Which(BaseModel):
    """The tickets named, or all from a cursor on."""

    model_config = ConfigDict(extra="forbid")

    ticket_ids: list[Id] = Field(default_factory=list, max_length=BATCH)
    cursor: str | None = Field(default=None, max_length=2000)


def repair_routes(late: Late[Edge]) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["repairs"])

    @router.post("/verify")
    @body_limit(MIB)
    async def verify(who: ByAdmin, asked: Which) -> dict[str, Any]:
        """Compare tickets with their facts, a page at a time; changes nothing.

        The first page also says what is spoilt of that on which all tickets rest: snapshots,
        terms, rows that are gone.
        """
        after = "" if asked.cursor is None else cursors.decode("verify", asked.cursor, str)[0]
        edge = late.now()
        async with edge.begin({who.tenant}) as work:
            of = len(asked.ticket_ids) or await work.count(who.tenant)
            if asked.ticket_ids:
                tickets = await work.read(who.tenant, asked.ticket_ids)
            else:
                tickets = await work.page(who.tenant, None, after, BATCH)
            found = await verified(work, edge.rulebooks, who.tenant, tickets)
            everything = not asked.ticket_ids and asked.cursor is None
            common = await verified_tenant(work, who.tenant) if everything else []
        more = not asked.ticket_ids and found.tickets == BATCH and found.last is not None
        return {
            "tickets": found.tickets,
            "clocks": found.clocks,
            "findings": [*common, *found.findings],
            "of": of,
            "next": cursors.encode("verify", found.last or "") if more else None,
        }

    @router.post("/rebuild")
    @body_limit(MIB)
    async def rebuild(who: ByAdmin, asked: Which) -> dict[str, Any]:
        """Fold tickets anew from their facts, a page at a time, each page in one transaction.

        What was stored or told otherwise is corrected as a late fact would correct it. A page
        that is asked for again changes nothing.
        """
        edge = late.now()
        if not edge.terms_ready():
            raise TermsNotRead
        after = "" if asked.cursor is None else cursors.decode("rebuild", asked.cursor, str)[0]
        async with edge.begin({who.tenant}) as work:
            of = len(asked.ticket_ids) or await work.count(who.tenant)
            if asked.ticket_ids:
                tickets = await work.read(who.tenant, asked.ticket_ids)
            else:
                tickets = await work.page(who.tenant, None, after, BATCH)
        keys = [ticket.key for ticket in tickets]
        more = not asked.ticket_ids and len(keys) == BATCH
        if not keys:
            return {"tickets": 0, "changed": [], "faulted": [], "of": of, "next": None}
        done = await edge.rebuild(keys, who.name)
        return {
            "tickets": done.tickets,
            "changed": [ticket_id for _, ticket_id in done.changed],
            "faulted": [ticket_id for _, ticket_id in done.faulted],
            "of": of,
            "next": cursors.encode("rebuild", keys[-1][1]) if more else None,
        }

    return router
