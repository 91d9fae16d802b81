"""Drafts: what people edit, one at a time for each calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from calendar_service.api.parts import Parts
from calendar_service.api.schemas import ComparisonOut, CopyIn, DraftOut, ValidationOut
from calendar_service.domain.draft import misspelt
from calendar_service.domain.naming import id_faults
from calendar_service.ports import Draft
from calendar_service.usecases.comparing import compared
from calendar_service.usecases.examine import Examined, examined, sealed, surroundings
from slaclock.auth import ByManager, ByViewer, Principal
from slaclock.business_time import InvalidCalendar
from slaclock.errors import Refusal
from slaclock.http import (
    MIB,
    IdInPath,
    IfMatch,
    IfNoneMatch,
    NotFound,
    body_limit,
    etag,
    is_known,
    require_match,
)
from slaclock.service import Late

__all__ = ["draft_routes", "put_draft"]

Document = Annotated[dict[str, Any], Body(description="a calendar, as DESIGN §4 writes it")]


class DraftChanged(Refusal):
    """Somebody else was faster."""

    code = "precondition.failed"
    status = 412
    default_message = "it was changed meanwhile; read it again and decide anew"


def draft_routes(parts: Late[Parts]) -> APIRouter:
    """Create, read, replace, copy, check, compare and discard."""
    router = APIRouter(prefix="/calendars/{calendar_id}/draft", tags=["drafts"])
    created: dict[int | str, dict[str, Any]] = {
        201: {"model": DraftOut, "description": "there was no draft before"}
    }

    @router.get("", summary="The draft, and what keeps it from being published")
    async def read(who: ByViewer, calendar_id: IdInPath, response: Response) -> DraftOut:
        draft = await _draft(parts, who.tenant, calendar_id)
        return await _out(parts, who.tenant, draft, response)

    @router.put("", responses=created, summary="Create the draft, or replace the one of If-Match")
    @body_limit(MIB)
    async def write(  # noqa: PLR0913, PLR0917 - a request has many parts
        who: ByManager,
        calendar_id: IdInPath,
        document: Document,
        response: Response,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> DraftOut:
        """Faults do not keep a draft from being kept, keys that mean nothing do."""
        wrong = [*id_faults(calendar_id), *misspelt(document)]
        if wrong:
            raise InvalidCalendar(wrong)
        draft = await put_draft(
            parts, who, calendar_id, document, response, if_match, if_none_match
        )
        return await _out(parts, who.tenant, draft, response)

    @router.post(
        "", responses=created, summary="Copy a version into the draft, as it was before expansion"
    )
    async def copied(  # noqa: PLR0913, PLR0917 - a request has many parts
        who: ByManager,
        calendar_id: IdInPath,
        wanted: CopyIn,
        response: Response,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> DraftOut:
        """Retired versions may be copied, too. A draft that is there needs its ETag in If-Match."""
        async with parts.now().begin(who.tenant) as work:
            found = await work.whole(calendar_id, wanted.version)
        if found is None:
            raise NotFound("calendar-version", f"{calendar_id} {wanted.version}")
        document = found.document
        draft = await put_draft(
            parts, who, calendar_id, document, response, if_match, if_none_match
        )
        return await _out(parts, who.tenant, draft, response)

    @router.delete("", status_code=204, summary="Discard the draft of If-Match")
    async def discard(who: ByManager, calendar_id: IdInPath, if_match: IfMatch = None) -> None:
        before = await _draft(parts, who.tenant, calendar_id)
        require_match(if_match, etag(before.etag))
        if not await parts.now().desk.discard(who.tenant, calendar_id, who.name, before.etag):
            raise DraftChanged

    @router.post("/validate", summary="Everything that is wrong with the draft, at once")
    async def validated(who: ByManager, calendar_id: IdInPath) -> ValidationOut:
        draft = await _draft(parts, who.tenant, calendar_id)
        return ValidationOut.of(await _examined(parts, who.tenant, draft))

    @router.get("/differences", summary="What publishing the draft would change")
    async def draft_differences(who: ByViewer, calendar_id: IdInPath) -> ComparisonOut:
        """From the newest version, retired or not. A draft with faults is refused with them."""
        draft = await _draft(parts, who.tenant, calendar_id)
        async with parts.now().begin(who.tenant) as work:
            latest = await work.whole(calendar_id, None)
            around = await surroundings(work, draft.document)
        if latest is None:
            raise NotFound("calendar-version", calendar_id)
        number, files = latest.facts.version + 1, parts.now().files
        snapshot, _ = await asyncio.to_thread(
            sealed, draft.document, calendar_id, number, files, around
        )
        found = await asyncio.to_thread(compared, latest.snapshot, snapshot.document, around.at)
        return ComparisonOut.of(found)

    return router


async def put_draft(  # noqa: PLR0913, PLR0917 - a request has many parts
    parts: Late[Parts],
    who: Principal,
    calendar_id: str,
    document: Mapping[str, Any],
    response: Response,
    if_match: str | None,
    if_none_match: str | None,
) -> Draft:
    """Keep *document* as the draft, by the rules of conditional requests; 201 where it is new."""
    desk = parts.now().desk
    before = await desk.draft(who.tenant, calendar_id)
    if before is None:
        if if_match is not None:
            raise DraftChanged("there is no draft (any more); leave out If-Match to create one")
        draft = await desk.create(who.tenant, calendar_id, document, who.name)
        response.status_code = 201
    else:
        if is_known(if_none_match, etag(before.etag)):
            raise DraftChanged("there is a draft; send If-Match with its ETag to replace it")
        require_match(if_match, etag(before.etag))
        draft = await desk.replace(who.tenant, calendar_id, document, who.name, before.etag)
    if draft is None:
        raise DraftChanged
    return draft


async def _draft(parts: Late[Parts], tenant: str, calendar_id: str) -> Draft:
    draft = await parts.now().desk.draft(tenant, calendar_id)
    if draft is None:
        raise NotFound("calendar-draft", calendar_id)
    return draft


async def _out(parts: Late[Parts], tenant: str, draft: Draft, response: Response) -> DraftOut:
    response.headers["ETag"] = etag(draft.etag)
    return DraftOut.of(draft, await _examined(parts, tenant, draft))


async def _examined(parts: Late[Parts], tenant: str, draft: Draft) -> Examined:
    async with parts.now().begin(tenant) as work:
        around = await surroundings(work, draft.document)
    files = parts.now().files
    return await asyncio.to_thread(examined, draft.document, draft.calendar_id, files, around)
