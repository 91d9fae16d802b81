"""`/v1/parked` of every service: what was set aside and why, and taking it up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError

from slaclock.auth import ByManager
from slaclock.contracts.faults import faults_of
from slaclock.contracts.instants import rfc3339
from slaclock.errors import Refusal
from slaclock.http import cursors
from slaclock.http.missing import NotFound
from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.service import Late


class ReplayRefused(Refusal):
    """The message would be parked again; the faults say why."""

    code = "replay.refused"


class ParkedParts(Protocol):
    """What the routes need; `Backbone` fits."""

    @property
    def inlets(self) -> Mapping[str, Inlet[Any]]:
        """Consumers by durable."""

    def parking(self) -> Parking:
        """The parked messages; raises `Unavailable` while the database is away."""


def parked_router(parts: ParkedParts | Late[Backbone]) -> APIRouter:
    """List and replay the parked messages of the service that *parts* belong to."""
    if isinstance(parts, Late):
        parts = _Coming(parts)
    router = APIRouter(prefix="/v1/parked", tags=["parked"])

    @router.get("")
    async def list_parked(
        who: ByManager,
        durable: Annotated[str | None, Query(max_length=100)] = None,
        replayed: bool = False,  # noqa: FBT001, FBT002 - a query parameter
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Messages that were set aside, oldest first, with the reason of each."""
        after = _after(cursor)
        rows = await parts.parking().page(
            who.tenant, durable=durable, replayed=replayed, after=after, limit=limit + 1
        )
        shown = rows[:limit]
        more = len(rows) > limit
        last = shown[-1] if shown else {}
        return {
            "items": [_document(row) for row in shown],
            "next": cursors.encode("parked", last["parked_at"], last["parked_id"])
            if more
            else None,
        }

    @router.post("/{parked_id}/replay")
    async def replay(who: ByManager, parked_id: UUID) -> dict[str, Any]:
        """Take a parked message once more, as if it came from the bus now."""
        parking = parts.parking()
        found = await parking.find(who.tenant, parked_id)
        if found is None:
            raise NotFound("parked", parked_id)
        durable, message = found
        if durable not in parts.inlets:
            raise ReplayRefused(f"{durable} does not consume here any more")
        try:
            await parts.inlets[durable].replay(message)
        except (Refusal, ValidationError) as error:
            await parking.settle(who.tenant, parked_id, error)
            faults = error.faults if isinstance(error, Refusal) else faults_of(error)
            raise ReplayRefused(str(error)[:500], faults=faults) from error
        await parking.settle(who.tenant, parked_id, None)
        return {"parked_id": str(parked_id), "replayed": True}

    return router


class _Coming:
    """A backbone that arrives when the service starts."""

    def __init__(self, late: Late[Backbone]) -> None:
        self._late = late

    @property
    def inlets(self) -> Mapping[str, Inlet[Any]]:
        return self._late.now().inlets

    def parking(self) -> Parking:
        return self._late.now().parking()


def _after(cursor: str | None) -> tuple[Any, Any] | None:
    if cursor is None:
        return None
    at, parked_id = cursors.decode("parked", cursor, datetime, UUID)
    return at, parked_id


def _document(row: dict[str, Any]) -> dict[str, Any]:
    at, again = row["parked_at"], row["replayed_at"]
    return {
        **row,
        "parked_id": str(row["parked_id"]),
        "parked_at": rfc3339(at),
        "replayed_at": None if again is None else rfc3339(again),
    }
