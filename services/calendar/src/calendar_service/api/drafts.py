"""Drafts: what people edit, one at a time for each calendar."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from calendar_service.api.parts import Parts
from calendar_service.api.schemas import DraftOut, FaultOut, ValidationOut
from calendar_service.domain.draft import faults_in, id_faults, misspelt
from calendar_service.ports import Draft
from slaclock.auth import ByManager, ByViewer
from slaclock.business_time import InvalidCalendar
from slaclock.errors import Refusal
from slaclock.http import IdInPath, IfMatch, NotFound, etag, require_match
from slaclock.service import Late

__all__ = ["draft_routes"]

Document = Annotated[dict[str, Any], Body(description="a calendar, as DESIGN §4 writes it")]


class DraftChanged(Refusal):
    """Somebody else was faster."""

    code = "precondition.failed"
    status = 412
    default_message = "it was changed meanwhile; read it again and decide anew"


def draft_routes(parts: Late[Parts]) -> APIRouter:
    """Create, read, replace, check and discard."""
    router = APIRouter(prefix="/calendars/{calendar_id}/draft", tags=["drafts"])

    @router.get("", summary="The draft, and what keeps it from being published")
    async def read(who: ByViewer, calendar_id: IdInPath, response: Response) -> DraftOut:
        draft = await _draft(parts, who.tenant, calendar_id)
        response.headers["ETag"] = etag(draft.etag)
        return _out(parts, draft)

    @router.put(
        "",
        responses={201: {"model": DraftOut, "description": "there was no draft before"}},
        summary="Create the draft, or replace the one of If-Match",
    )
    async def write(
        who: ByManager,
        calendar_id: IdInPath,
        document: Document,
        response: Response,
        if_match: IfMatch = None,
    ) -> DraftOut:
        """Faults do not keep a draft from being kept, keys that mean nothing do."""
        wrong = [*id_faults(calendar_id), *misspelt(document)]
        if wrong:
            raise InvalidCalendar(wrong)
        desk = parts.now().desk
        before = await desk.draft(who.tenant, calendar_id)
        if before is None:
            if if_match is not None:
                raise DraftChanged("there is no draft (any more); leave out If-Match to create one")
            draft = await desk.create(who.tenant, calendar_id, document, who.name)
            response.status_code = 201
        else:
            require_match(if_match, etag(before.etag))
            draft = await desk.replace(who.tenant, calendar_id, document, who.name, before.etag)
        if draft is None:
            raise DraftChanged
        response.headers["ETag"] = etag(draft.etag)
        return _out(parts, draft)

    @router.delete("", status_code=204, summary="Discard the draft of If-Match")
    async def discard(who: ByManager, calendar_id: IdInPath, if_match: IfMatch = None) -> None:
        before = await _draft(parts, who.tenant, calendar_id)
        require_match(if_match, etag(before.etag))
        if not await parts.now().desk.discard(who.tenant, calendar_id, before.etag):
            raise DraftChanged

    @router.post("/validate", summary="Everything that is wrong with the draft, at once")
    async def validated(who: ByManager, calendar_id: IdInPath) -> ValidationOut:
        draft = await _draft(parts, who.tenant, calendar_id)
        faults = faults_in(draft.document, calendar_id, parts.now().files, {}, draft.updated_at)
        return ValidationOut(valid=not faults, faults=FaultOut.of(faults))

    return router


async def _draft(parts: Late[Parts], tenant: str, calendar_id: str) -> Draft:
    draft = await parts.now().desk.draft(tenant, calendar_id)
    if draft is None:
        raise NotFound("calendar-draft", calendar_id)
    return draft


def _out(parts: Late[Parts], draft: Draft) -> DraftOut:
    faults = faults_in(draft.document, draft.calendar_id, parts.now().files, {}, draft.updated_at)
    return DraftOut.of(draft, faults)
