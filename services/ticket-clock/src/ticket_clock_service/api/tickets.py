"""Where tickets stand: one, several, or a list that is narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from slaclock.auth import ByViewer
from slaclock.contracts.instants import Instant
from slaclock.http import cursors
from slaclock.http.body import MIB, body_limit
from slaclock.http.fields import Cursor, Id, IdInPath, Limit
from slaclock.service import Late
from ticket_clock_service.api.aside import Aside
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.usecases.answers import Scene
from ticket_clock_service.usecases.listing import Wanted, listed

BATCH = 200


class StateFilter(StrEnum):
    """What a ticket's clocks do: active before paused before closed."""

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"
    NONE = "none"


class RiskFilter(StrEnum):
    """The risk of a ticket's worst clock."""

    NONE = "none"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class ManyTickets(BaseModel):
    """Ids of the tickets that are asked for."""

    model_config = ConfigDict(extra="forbid")

    ticket_ids: list[Id] = Field(min_length=1, max_length=BATCH)


AsKnownAt = Annotated[
    Instant | None,
    Query(description="what was believed at this instant, by what had been recorded then"),
]


OfTicket = Annotated[Id | None, Query(description="the ticket's, as its publisher writes it")]
DueBefore = Annotated[
    Instant | None,
    Query(description="a clock that runs and was promised to the customer is due before then"),
]


def spelled(document: Mapping[str, Any]) -> Response:
    """*document* as JSON, at once: models that check our own answers take longer than they do."""
    return Response(orjson.dumps(document), media_type="application/json")


def ticket_routes(late: Late[Edge]) -> APIRouter:
    """Everything that is asked about tickets."""
    router = APIRouter(tags=["tickets"])
    aside = Aside()

    def status(scene: Scene) -> dict[str, Any]:
        return scene.status(terms_ready=late.now().terms_ready())

    async def one(tenant: str, ticket_id: str, known_at: datetime | None) -> Response:
        if known_at is None:
            scene = await late.now().looker.scene(tenant, ticket_id)
        else:
            async with late.now().answers(tenant) as found:
                scene = await found.scene(ticket_id, known_at)
        return await aside.told(len(scene.picture.past), lambda: spelled(status(scene)))

    @router.get("/tickets/{ticket_id}/sla", response_model=dict[str, Any])  # asked most: first
    async def ticket_sla(
        who: ByViewer, ticket_id: IdInPath, as_known_at: AsKnownAt = None
    ) -> Response:
        """Where a ticket stands now, or what was believed of it at `as_known_at`."""
        return await one(who.tenant, ticket_id, as_known_at)

    @router.get("/tickets", response_model=dict[str, Any])
    async def list_tickets(  # noqa: PLR0913, PLR0917  each is a query parameter
        who: ByViewer,
        state: StateFilter | None = None,
        risk: RiskFilter | None = None,
        priority: OfTicket = None,
        customer_id: OfTicket = None,
        assignee: OfTicket = None,
        group: OfTicket = None,
        due_before: DueBefore = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        """Tickets in the order of their ids, each with its status.

        Filters are combined. `state` is an index; fields are searched in what is stored, at most
        200,000 tickets a page; `risk` and `due_before` are computed, of at most 2,000 tickets a
        page. So a page may hold fewer tickets than asked for, and still have a next.
        """
        after = "" if cursor is None else cursors.decode("tickets", cursor, str)[0]
        wanted = Wanted(state, risk, priority, customer_id, assignee, group, due_before)
        ready = late.now().terms_ready()
        async with late.now().answers(who.tenant) as found:
            items, following = await listed(found, wanted, after, limit, terms_ready=ready)
        following = None if following is None else cursors.encode("tickets", following)
        return spelled({"items": items, "next": following})

    @router.get("/ticket-sla", response_model=dict[str, Any])
    async def ticket_sla_by_query(
        who: ByViewer,
        ticket_id: Annotated[Id, Query()],
        as_known_at: AsKnownAt = None,
    ) -> Response:
        """The same, for ids with a slash in them."""
        return await one(who.tenant, ticket_id, as_known_at)

    @router.post("/ticket-sla", response_model=dict[str, Any])
    @body_limit(MIB)
    async def many(who: ByViewer, asked: ManyTickets) -> Response:
        """Up to 200 tickets at once; those unknown are left out."""
        async with late.now().answers(who.tenant) as found:
            scenes = await found.scenes(asked.ticket_ids)
        return spelled({"items": [status(scene) for scene in scenes]})

    return router
