"""Calendars and their published versions."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from calendar_service.api.business_time import InstantInQuery
from calendar_service.api.parts import Parts
from calendar_service.api.schemas import (
    AuditOut,
    CalendarOut,
    CalendarSummary,
    ComparisonOut,
    PublishedOut,
    PublishIn,
    VersionOut,
)
from calendar_service.domain.version import WholeVersion
from calendar_service.ports import Work
from calendar_service.usecases.comparing import compared
from calendar_service.usecases.publish import Wish, publish, retire
from slaclock.auth import ByAdmin, ByViewer
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.http import (
    Cursor,
    IdempotencyKey,
    IdInPath,
    IfMatch,
    IfNoneMatch,
    Keeping,
    Limit,
    NotFound,
    Page,
    VersionInPath,
    etag,
    is_known,
    meant_by,
    once,
)
from slaclock.http.cursors import decode, encode, page_of
from slaclock.service import Late

__all__ = ["version_routes"]

FOR_EVER = "private, max-age=31536000, immutable"

YearFrom = Annotated[
    InstantInQuery | None, Query(alias="from", description="where the year begins; now if left out")
]


def version_routes(parts: Late[Parts]) -> APIRouter:
    """List, read, publish, retire."""
    router = APIRouter(prefix="/calendars", tags=["calendars"])

    @router.get("", summary="Calendars by id")
    async def calendars(
        who: ByViewer, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[CalendarSummary]:
        (after,) = decode("calendars", cursor, str) if cursor else (None,)
        rows = await parts.now().desk.calendars(who.tenant, after=after, limit=limit + 1)
        listed, last = page_of(rows, limit)
        following = encode("calendars", last.calendar_id) if last else None
        return Page(items=[CalendarSummary.of(row) for row in listed], next=following)

    @router.get("/{calendar_id}", summary="A calendar and its newest versions")
    async def calendar(who: ByViewer, calendar_id: IdInPath) -> CalendarOut:
        desk = parts.now().desk
        row = await desk.one(who.tenant, calendar_id)
        if row is None:
            raise NotFound("calendar", calendar_id)
        versions = await desk.versions(who.tenant, calendar_id, below=None, limit=20)
        return CalendarOut.with_versions(row, versions)

    @router.post(
        "/{calendar_id}/publish",
        status_code=201,
        responses={200: {"model": PublishedOut, "description": "published before, or only tried"}},
        summary="Make the next version of the draft, or of a calendar that comes along",
    )
    async def published(  # noqa: PLR0913, PLR0917 - a request has many parts
        request: Request,
        who: ByAdmin,
        calendar_id: IdInPath,
        wanted: PublishIn | None = None,
        if_match: IfMatch = None,
        key: IdempotencyKey = None,
    ) -> PublishedOut:
        wanted = wanted or PublishIn()
        wish = Wish(
            tenant=who.tenant,
            calendar_id=calendar_id,
            actor=who.name,
            document=wanted.calendar,
            etag=meant_by(if_match),
            note=wanted.note,
            dry_run=wanted.dry_run,
        )

        keeping = Keeping(parts.now().answers())

        async def act() -> Response:
            now = parts.now()
            async with now.begin(who.tenant) as work:
                done = await publish(work, wish, files=now.files, limit=now.limit)
                response = Response(
                    PublishedOut.of(done).model_dump_json(),
                    201 if done.created and not done.dry_run else 200,
                    headers={"ETag": etag(done.version.hash)},
                    media_type="application/json",
                )
                await keeping.keep(work, response)
            return response

        return await once(keeping, request, who, key, act)  # type: ignore[return-value] # FastAPI passes a Response on

    @router.get("/{calendar_id}/versions", summary="Versions, the newest first")
    async def versions(
        who: ByViewer, calendar_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[VersionOut]:
        (below,) = decode("calendar-versions", cursor, int) if cursor else (None,)
        desk = parts.now().desk
        rows = await desk.versions(who.tenant, calendar_id, below=below, limit=limit + 1)
        if not rows and await desk.one(who.tenant, calendar_id) is None:
            raise NotFound("calendar", calendar_id)
        listed, last = page_of(rows, limit)
        following = encode("calendar-versions", last.version) if last else None
        return Page(items=[VersionOut.of(row) for row in listed], next=following)

    @router.get("/{calendar_id}/versions/{version}", summary="What is known of a version")
    async def version(who: ByViewer, calendar_id: IdInPath, version: VersionInPath) -> VersionOut:
        async with parts.now().begin(who.tenant) as work:
            found = await work.version(calendar_id, version)
        if found is None:
            raise NotFound("calendar-version", f"{calendar_id} {version}")
        return VersionOut.of(found)

    @router.get(
        "/{calendar_id}/versions/{version}/snapshot",
        summary="The snapshot: canonical JSON, named by its hash in ETag",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}, 304: {"description": "unchanged"}},
    )
    async def snapshot(
        who: ByViewer,
        calendar_id: IdInPath,
        version: VersionInPath,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        found = await parts.now().desk.snapshot(who.tenant, calendar_id, version)
        if found is None:
            raise NotFound("calendar-version", f"{calendar_id} {version}")
        name, body = found
        headers = {"ETag": etag(name), "Cache-Control": FOR_EVER}
        if is_known(if_none_match, etag(name)):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    @router.get(
        "/{calendar_id}/versions/{version}/document",
        summary="What a version was published from, with its rules and the sets that it names",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}, 304: {"description": "unchanged"}},
    )
    async def document(
        who: ByViewer,
        calendar_id: IdInPath,
        version: VersionInPath,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        async with parts.now().begin(who.tenant) as work:
            found = await _whole(work, calendar_id, version)
        body = canonical(dict(found.document))
        headers = {"ETag": etag(sha256_hex(body)), "Cache-Control": FOR_EVER}
        if is_known(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    @router.get(
        "/{calendar_id}/versions/{version}/differences/{other}",
        summary="What changes from a version to another one",
    )
    async def version_differences(
        who: ByViewer,
        calendar_id: IdInPath,
        version: VersionInPath,
        other: VersionInPath,
        start: YearFrom = None,
    ) -> ComparisonOut:
        """As data, in words, and what it does to business time in the year ahead."""
        async with parts.now().begin(who.tenant) as work:
            before = await _whole(work, calendar_id, version)
            after = await _whole(work, calendar_id, other)
            at = start or await work.now()
        found = await asyncio.to_thread(compared, before.snapshot, after.snapshot, at)
        return ComparisonOut.of(found)

    @router.get("/{calendar_id}/audit", summary="Who did what and when, the latest first")
    async def audit(
        who: ByViewer, calendar_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[AuditOut]:
        (below,) = decode("calendar-audit", cursor, int) if cursor else (None,)
        async with parts.now().begin(who.tenant) as work:
            rows = await work.audit(calendar_id, below=below, limit=limit + 1)
        if not rows and await parts.now().desk.one(who.tenant, calendar_id) is None:
            raise NotFound("calendar", calendar_id)
        listed, last = page_of(rows, limit)
        following = encode("calendar-audit", last.position) if last else None
        return Page(items=[AuditOut.of(row) for row in listed], next=following)

    @router.post("/{calendar_id}/versions/{version}/retire", summary="Take a version out of use")
    async def retired(who: ByAdmin, calendar_id: IdInPath, version: VersionInPath) -> VersionOut:
        async with parts.now().begin(who.tenant) as work:
            found = await retire(work, calendar_id, version, who.name)
        if found is None:
            raise NotFound("calendar-version", f"{calendar_id} {version}")
        return VersionOut.of(found)

    return router


async def _whole(work: Work, calendar_id: str, version: int) -> WholeVersion:
    found = await work.whole(calendar_id, version)
    if found is None:
        raise NotFound("calendar-version", f"{calendar_id} {version}")
    return found
