"""How a ticket's clocks came about, and what happened to it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from slaclock.auth import ByViewer
from slaclock.http import cursors
from slaclock.http.fields import Cursor, Id, IdInPath, Limit
from slaclock.service import Late
from ticket_clock_service.api.aside import Aside
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.api.tickets import spelled

__all__ = ["story_routes"]

_EITHER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"text/plain": {"schema": {"type": "string"}}},
        "description": "as JSON, or as text where `Accept` prefers text/plain",
    }
}


def prefers_text(accept: str) -> bool:
    """Whether a request with this `Accept` would rather read text than JSON; q=0 is never."""
    text, json = 0.0, 0.0
    for one in accept.split(","):
        kind, *parameters = (part.strip() for part in one.lower().split(";"))
        weight = _weight(parameters)
        if kind in {"text/plain", "text/*"}:
            text = max(text, weight)
        elif kind in {"application/json", "application/*", "*/*"}:
            json = max(json, weight)
    return text > json


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def story_routes(late: Late[Edge]) -> APIRouter:
    """Explanations and feeds of tickets."""
    router = APIRouter(tags=["tickets"])
    aside = Aside()

    async def explained(request: Request, tenant: str, ticket_id: str) -> Response:
        async with late.now().answers(tenant) as found:
            history = await found.history(ticket_id)
        if prefers_text(request.headers.get("accept", "")):
            return await aside.told(
                len(history.facts), lambda: PlainTextResponse(history.explained_in_words())
            )
        return await aside.told(len(history.facts), lambda: spelled(history.explained()))

    @router.get("/tickets/{ticket_id}/explain", response_model=dict[str, Any], responses=_EITHER)
    async def explain(request: Request, who: ByViewer, ticket_id: IdInPath) -> Response:
        """How each clock came to what it shows, fact by fact and window by window.

        As JSON, or with `Accept: text/plain` as text.
        """
        return await explained(request, who.tenant, ticket_id)

    @router.get("/ticket-explain", response_model=dict[str, Any], responses=_EITHER)
    async def explain_by_query(
        request: Request, who: ByViewer, ticket_id: Annotated[Id, Query()]
    ) -> Response:
        """The same, for ids that a path cannot carry (`a/b`, `..`)."""
        return await explained(request, who.tenant, ticket_id)

    @router.get("/tickets/{ticket_id}/activity")
    async def activity(
        who: ByViewer, ticket_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """What happened to a ticket and what was told of it, oldest first.

        Facts, what they did to clocks, thresholds and breaches, corrections, escalations.
        """
        start = 0 if cursor is None else cursors.decode("activity", cursor, int)[0]
        async with late.now().feed({who.tenant}) as feed:
            escalated = await feed.escalated((who.tenant, ticket_id))
        async with late.now().answers(who.tenant) as found:
            history = await found.history(ticket_id)
        entries = await aside.told(len(history.facts), lambda: history.activity(escalated))
        end = start + limit
        more = end < len(entries)
        return {
            "items": entries[start:end],
            "next": cursors.encode("activity", end) if more else None,
        }

    @router.get("/ticket-activity")
    async def activity_by_query(
        who: ByViewer, ticket_id: Annotated[Id, Query()], cursor: Cursor = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """The same, for ids that a path cannot carry (`a/b`, `..`)."""
        return await activity(who, ticket_id, cursor, limit)

    return router
