"""The audit of clocks: what changed them to what, and when. It only grows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from slaclock.auth import ByViewer
from slaclock.contracts.instants import Instant
from slaclock.errors import Fault, Refusal
from slaclock.http import cursors
from slaclock.http.cursors import page_of
from slaclock.http.fields import Cursor, Id, IdInPath, Limit
from slaclock.http.missing import NotFound
from slaclock.service import Late
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.usecases.auditing import audit_document

__all__ = ["audit_routes"]

_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FOR_EVER: Final = datetime(2201, 1, 1, tzinfo=UTC)
Since = Annotated[Instant | None, Query(alias="from", description="recorded then or later")]
Until = Annotated[Instant | None, Query(alias="to", description="recorded before then")]


class EmptyPeriod(Refusal):
    """A period that ends before it begins."""

    code = "audit.empty-period"


async def known(edge: Edge, tenant: str, ticket_id: str) -> bool:
    """Whether there is such a ticket: one whose first fold failed has no audit yet."""
    async with edge.begin({tenant}) as work:
        return bool(await work.read(tenant, [ticket_id]))


def audit_routes(late: Late[Edge]) -> APIRouter:
    """That of a ticket, deleted or not, and that of the tenant."""
    router = APIRouter(tags=["audit"])

    @router.get("/tickets/{ticket_id}/audit")
    async def of_ticket(
        who: ByViewer, ticket_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """Every change of a ticket's clocks, oldest first; it stays when the ticket is deleted."""
        after = 0 if cursor is None else cursors.decode("audit", cursor, int)[0]
        edge = late.now()
        async with edge.feed({who.tenant}) as feed:
            rows = await feed.audit_of_ticket((who.tenant, ticket_id), after, limit + 1)
        if not rows and not await known(edge, who.tenant, ticket_id):
            raise NotFound("ticket", ticket_id)
        listed, last = page_of(rows, limit)
        return {
            "items": [audit_document(row) for row in listed],
            "next": cursors.encode("audit", last.revision) if last else None,
        }

    @router.get("/ticket-audit")
    async def of_ticket_by_query(
        who: ByViewer, ticket_id: Annotated[Id, Query()], cursor: Cursor = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """The same, for ids that a path cannot carry (`a/b`, `..`)."""
        return await of_ticket(who, ticket_id, cursor, limit)

    @router.get("/audit")
    async def of_tenant(
        who: ByViewer,
        since: Since = None,
        until: Until = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """Every change of any clock, in the order of writing.

        Who follows the end asks again from a minute back: what is being written now may come
        before what is there already.
        """
        start, end = since or _ALWAYS, until or _FOR_EVER
        if end <= start:
            raise EmptyPeriod(
                faults=[
                    Fault(
                        "to",
                        end.isoformat(),
                        "the period ends before it begins",
                        "send a later `to`, or an earlier `from`",
                        EmptyPeriod.code,
                    )
                ]
            )
        after = (start, "", 0)
        if cursor is not None:
            at, ticket_id, revision = cursors.decode("tenant-audit", cursor, datetime, str, int)
            after = (at, ticket_id, revision)
        async with late.now().feed({who.tenant}) as feed:
            rows = await feed.audit_of_tenant(who.tenant, after, end, limit + 1)
        listed, last = page_of(rows, limit)
        key = None if last is None else (last.recorded_at, last.ticket[1], last.revision)
        return {
            "items": [audit_document(row) for row in listed],
            "next": cursors.encode("tenant-audit", *key) if key else None,
        }

    return router
