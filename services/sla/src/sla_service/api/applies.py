"""Which agreement applies to a ticket, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from sla_service.api.applies_schemas import AppliesIn, AppliesOut, AppliesQuery, TicketIn
from sla_service.api.parts import Parts
from sla_service.usecases.applies import what_applies
from sla_service.usecases.verify import Tampered
from slaclock.auth import ByViewer
from slaclock.service import Late

__all__ = ["applies_routes"]


def applies_routes(parts: Late[Parts]) -> APIRouter:
    """Reading only."""
    router = APIRouter(tags=["terms"])

    async def answer(
        tenant: str, ticket: TicketIn, opened: datetime | None, at: datetime | None
    ) -> AppliesOut:
        now = parts.now()
        async with now.begin({tenant}) as work:
            found = await what_applies(work, now.desk, tenant, ticket.asked(), opened, at)
        if isinstance(found, Tampered):
            raise found.refusal
        return AppliesOut.of(found)

    @router.get("/what-applies", summary="Which agreement applies to such a ticket, and why")
    async def asked(who: ByViewer, wanted: Annotated[AppliesQuery, Query()]) -> AppliesOut:
        """`opened` null: a ticket that is opened at `at`; `at` null: now."""
        return await answer(who.tenant, wanted.ticket, wanted.opened, wanted.at)

    @router.post("/what-applies", summary="The same for a ticket in the body")
    async def posted(who: ByViewer, wanted: AppliesIn) -> AppliesOut:
        """The ticket as `sla.ticket.opened` has it: as it was when it was opened."""
        return await answer(who.tenant, wanted.ticket, wanted.opened, wanted.at)

    return router
