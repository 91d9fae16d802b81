"""Calendars of other software: previews of what would come in, and exports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Request, Response

from calendar_service.api.drafts import put_draft
from calendar_service.api.format_schemas import ImportedOut, ImportOut, ZendeskOut
from calendar_service.api.parts import Parts
from calendar_service.domain.expansion import horizon_of
from calendar_service.domain.naming import id_faults
from calendar_service.formats.ical_export import MEDIA_TYPE, written_icalendar
from calendar_service.formats.ical_import import read_icalendar
from calendar_service.formats.zendesk_export import written_zendesk
from calendar_service.usecases.examine import sealed, surroundings
from calendar_service.usecases.importing import added
from slaclock.auth import ByManager, ByViewer
from slaclock.business_time import Horizon, InvalidCalendar, read_horizon
from slaclock.contracts.canonical import sha256_hex
from slaclock.foreign.alga import read_alga
from slaclock.foreign.findings import Preview
from slaclock.foreign.zendesk import read_zendesk
from slaclock.http import (
    MIB,
    IdInPath,
    IfMatch,
    IfNoneMatch,
    NotFound,
    VersionInPath,
    body_limit,
    etag,
    is_known,
)
from slaclock.service import Late

__all__ = ["format_routes"]

Timezone = Annotated[
    str | None,
    Query(max_length=100, description="IANA name; what the file says if left out"),
]
FirstYear = Annotated[int | None, Query(description="of recurring events; five years ago")]
LastYear = Annotated[int | None, Query(description="of recurring events; in ten years")]
Tables = Annotated[dict[str, Any], Body(description="the file, as the other software writes it")]
_CALENDAR_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "an iCalendar file (RFC 5545) in UTF-8, 1 MiB at most",
        "content": {"text/calendar": {"schema": {"type": "string"}}},
    }
}
_CALENDAR_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}},
    304: {"description": "unchanged"},
}


def format_routes(parts: Late[Parts]) -> APIRouter:
    """Preview, add to a draft, export."""
    router = APIRouter(tags=["formats"])

    @router.post(
        "/imports/icalendar",
        openapi_extra=_CALENDAR_BODY,
        summary="What an iCalendar file would bring in; nothing is stored",
    )
    @body_limit(MIB)
    async def preview_icalendar(
        request: Request,
        who: ByManager,
        timezone: Timezone = None,
        first_year: FirstYear = None,
        last_year: LastYear = None,
    ) -> ImportOut:
        body = await request.body()
        async with parts.now().begin(who.tenant) as work:
            at = await work.now()
        horizon = _horizon({}, first_year, last_year, at)
        return ImportOut.of(await _read(parts, body, horizon, timezone))

    @router.post("/imports/alga", summary="What an Alga PSA export would bring in")
    @body_limit(MIB)
    async def preview_alga(who: ByManager, tables: Tables) -> ImportOut:  # noqa: ARG001 - the role
        """Rows of business_hours_schedules, business_hours_entries and holidays, by table."""
        preview = await asyncio.to_thread(read_alga, tables, files=parts.now().files)
        return ImportOut.of(preview)

    @router.post("/imports/zendesk", summary="What Zendesk schedules would bring in")
    @body_limit(MIB)
    async def preview_zendesk(who: ByManager, tables: Tables) -> ImportOut:  # noqa: ARG001 - the role
        """`{"schedule": ...}` or `{"schedules": [...]}`, with `holidays` within or beside."""
        preview = await asyncio.to_thread(read_zendesk, tables, files=parts.now().files)
        return ImportOut.of(preview)

    @router.post(
        "/calendars/{calendar_id}/draft/icalendar",
        openapi_extra=_CALENDAR_BODY,
        responses={201: {"model": ImportedOut, "description": "there was no draft before"}},
        summary="Add the holidays of an iCalendar file to the draft",
    )
    @body_limit(MIB)
    async def into_draft(  # noqa: PLR0913, PLR0917 - a request has many parts
        request: Request,
        who: ByManager,
        calendar_id: IdInPath,
        response: Response,
        timezone: Timezone = None,
        first_year: FirstYear = None,
        last_year: LastYear = None,
        if_match: IfMatch = None,
    ) -> ImportedOut:
        """To the draft of If-Match, else to a new one: a copy of the newest version, if any."""
        if wrong := id_faults(calendar_id):
            raise InvalidCalendar(wrong)
        body = await request.body()
        async with parts.now().begin(who.tenant) as work:
            draft, at = await work.draft(calendar_id), await work.now()
            latest = None if draft else await work.whole(calendar_id, None)
        base = draft.document if draft else latest.document if latest else None
        zone = timezone if base is None else base.get("timezone")
        named = zone if isinstance(zone, str) else None
        horizon = _horizon(base or {}, first_year, last_year, at)
        preview = await _read(parts, body, horizon, named)
        if base is None:
            base = _blank(preview)
        done = added(base, preview)
        kept = await put_draft(
            parts, who, calendar_id, done.document, response, if_match, if_none_match=None
        )
        response.headers["ETag"] = etag(kept.etag)
        return ImportedOut.added_by(done.preview, calendar_id, done.fresh)

    @router.get(
        "/calendars/{calendar_id}/versions/{version}/icalendar",
        response_class=Response,
        responses=_CALENDAR_ANSWER,
        summary="A version as an iCalendar file; the same bytes every time",
    )
    async def version_icalendar(
        who: ByViewer,
        calendar_id: IdInPath,
        version: VersionInPath,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        snapshot, at = await _version(parts, who.tenant, calendar_id, version)
        return await _icalendar(parts, snapshot, calendar_id, at, if_none_match)

    @router.get(
        "/calendars/{calendar_id}/draft/icalendar",
        response_class=Response,
        responses=_CALENDAR_ANSWER,
        summary="The draft as an iCalendar file, its rules and sets as dates",
    )
    async def draft_icalendar(
        who: ByViewer, calendar_id: IdInPath, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Refused with all faults if it has any."""
        document, at = await _draft(parts, who.tenant, calendar_id)
        return await _icalendar(parts, document, calendar_id, at, if_none_match)

    @router.get(
        "/calendars/{calendar_id}/versions/{version}/zendesk",
        summary="A version as Zendesk takes it, and what Zendesk has no words for",
    )
    async def version_zendesk(
        who: ByViewer,
        calendar_id: IdInPath,
        version: VersionInPath,
        first_year: FirstYear = None,
        last_year: LastYear = None,
    ) -> ZendeskOut:
        """Yearly holidays become dates of the years asked for."""
        snapshot, at = await _version(parts, who.tenant, calendar_id, version)
        horizon = _horizon(snapshot, first_year, last_year, at)
        return ZendeskOut.of(
            await asyncio.to_thread(written_zendesk, snapshot, calendar_id, horizon)
        )

    return router


async def _read(parts: Late[Parts], body: bytes, horizon: Horizon, timezone: str | None) -> Preview:
    files = parts.now().files
    return await asyncio.to_thread(read_icalendar, body, horizon, timezone, files=files)


async def _icalendar(
    parts: Late[Parts],
    document: Mapping[str, Any],
    calendar_id: str,
    at: datetime,
    if_none_match: str | None,
) -> Response:
    files = parts.now().files
    body = await asyncio.to_thread(written_icalendar, document, calendar_id, at, files=files)
    tag = etag(sha256_hex(body))
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if is_known(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


async def _version(
    parts: Late[Parts], tenant: str, calendar_id: str, version: int
) -> tuple[Mapping[str, Any], datetime]:
    async with parts.now().begin(tenant) as work:
        found = await work.whole(calendar_id, version)
    if found is None:
        raise NotFound("calendar-version", f"{calendar_id} {version}")
    return found.snapshot, found.facts.published_at


async def _draft(
    parts: Late[Parts], tenant: str, calendar_id: str
) -> tuple[Mapping[str, Any], datetime]:
    async with parts.now().begin(tenant) as work:
        draft = await work.draft(calendar_id)
        if draft is None:
            raise NotFound("calendar-draft", calendar_id)
        around = await surroundings(work, draft.document)
    files = parts.now().files
    snapshot, _ = await asyncio.to_thread(sealed, draft.document, calendar_id, 1, files, around)
    return snapshot.document, draft.updated_at


def _horizon(
    document: Mapping[str, Any], first_year: int | None, last_year: int | None, at: datetime
) -> Horizon:
    """The years asked for, else those of the calendar, else those around *at*."""
    usual = horizon_of(document, at)
    asked, faults = read_horizon(
        {
            "first_year": usual.first_year if first_year is None else first_year,
            "last_year": usual.last_year if last_year is None else last_year,
        }
    )
    if asked is None:
        raise InvalidCalendar(faults)
    return asked


def _blank(preview: Preview) -> dict[str, Any]:
    """The document of a calendar that has holidays only; a whole one if the file holds that."""
    if preview.calendars:
        return {**preview.calendars[0].document, "holidays": []}
    return {"schema": "slaclock.calendar/1", "timezone": preview.timezone, "windows": []}
