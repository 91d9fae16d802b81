"""HTTP routes of escalations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from escalation_service.api.edge import Edge
from escalation_service.api.schemas import EscalationDetailOut, EscalationOut, SecretOut
from escalation_service.domain.escalation import State
from escalation_service.usecases.acknowledge import UnknownEscalation, acknowledge
from slaclock.auth import ByAdmin, ByTechnician, ByViewer
from slaclock.http import Cursor, Id, Limit, Page
from slaclock.http.cursors import decode, encode, page_of

_LIST = "escalations"


def routes(edge: Edge) -> APIRouter:
    """All routes; each answers 503 while the database is away."""
    router = APIRouter(prefix="/v1")

    @router.get("/escalations", summary="Escalations, newest first")
    async def escalations(
        who: ByViewer,
        ticket_id: Id | None = None,
        state: State | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[EscalationOut]:
        after = decode(_LIST, cursor, datetime, UUID) if cursor else None
        rows = await edge.desk.reading.page(
            who.tenant, ticket_id=ticket_id, state=state, after=after, limit=limit + 1
        )
        shown, last = page_of(rows, limit)
        following = encode(_LIST, last.raised_at, last.escalation.id) if last else None
        return Page(items=[EscalationOut.of(entry) for entry in shown], next=following)

    @router.get("/escalations/{escalation_id}", summary="One, with deliveries and attempts")
    async def escalation(who: ByViewer, escalation_id: UUID) -> EscalationDetailOut:
        return await _whole(who.tenant, escalation_id)

    @router.post("/escalations/{escalation_id}/acknowledge", summary="Somebody has seen it")
    async def acknowledged(who: ByTechnician, escalation_id: UUID) -> EscalationDetailOut:
        async with edge.desk.acknowledging(who.tenant) as work:
            await acknowledge(work, escalation_id, who.name)
        return await _whole(who.tenant, escalation_id)

    @router.get("/webhook-secret", summary="What the tenant's webhooks are signed with")
    async def webhook_secret(who: ByAdmin) -> SecretOut:
        secret = await edge.desk.show_secret(who.tenant, who.name)
        return SecretOut(secret=secret.text, created_at=secret.created_at)

    async def _whole(tenant: str, escalation_id: UUID) -> EscalationDetailOut:
        found = await edge.desk.reading.one(tenant, escalation_id)
        if found is None:
            raise UnknownEscalation(f"no escalation {escalation_id}")
        return EscalationDetailOut.whole(*found)

    return router
