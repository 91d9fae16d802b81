"""SLAs and their published versions."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sla_service.api.parts import Parts
from sla_service.api.schemas import (
    ComparisonOut,
    PublishedOut,
    PublishIn,
    SlaOut,
    SlaSummary,
    VersionOut,
)
from sla_service.usecases.compare import compare_versions
from sla_service.usecases.publish import Published, Wish, publish, retire
from sla_service.usecases.try_out import try_out
from sla_service.usecases.verify import read_kept
from slaclock.auth import ByAdmin, ByViewer
from slaclock.contracts.reach import ReachedOut
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


def version_routes(parts: Late[Parts]) -> APIRouter:
    """List, read, publish, retire."""
    router = APIRouter(prefix="/slas", tags=["slas"])

    @router.get("", summary="SLAs by id")
    async def slas(who: ByViewer, cursor: Cursor = None, limit: Limit = 50) -> Page[SlaSummary]:
        (after,) = decode("slas", cursor, str) if cursor else (None,)
        rows = await parts.now().desk.slas(who.tenant, after=after, limit=limit + 1)
        listed, last = page_of(rows, limit)
        following = encode("slas", last.sla_id) if last else None
        return Page(items=[SlaSummary.of(row) for row in listed], next=following)

    @router.get("/{sla_id}", summary="An SLA and its newest versions")
    async def sla(who: ByViewer, sla_id: IdInPath) -> SlaOut:
        desk = parts.now().desk
        row = await desk.one(who.tenant, sla_id)
        if row is None:
            raise NotFound("sla", sla_id)
        versions = await desk.versions(who.tenant, sla_id, below=None, limit=20)
        return SlaOut.with_versions(row, versions)

    @router.post(
        "/{sla_id}/publish",
        status_code=201,
        responses={
            200: {
                "model": PublishedOut,
                "description": "the same was published before, or a dry run",
            }
        },
        summary="Make the next version of the draft, or of a file that comes along",
    )
    async def published(  # noqa: PLR0913, PLR0917 - a request has many parts
        request: Request,
        who: ByAdmin,
        sla_id: IdInPath,
        wanted: PublishIn | None = None,
        if_match: IfMatch = None,
        key: IdempotencyKey = None,
    ) -> PublishedOut:
        wanted = wanted or PublishIn()
        wish = Wish(
            tenant=who.tenant,
            sla_id=sla_id,
            actor=who.name,
            document=wanted.sla,
            etag=meant_by(if_match),
            effective_from=wanted.effective_from,
            default=wanted.default,
            mode=wanted.running_tickets or "keep",
            note=wanted.note,
            dry_run=wanted.dry_run,
        )

        keeping = Keeping(parts.now().answers())

        async def act() -> Response:
            now, reached = parts.now(), None
            if wanted.dry_run or wanted.running_tickets is not None:
                tried, reached = await try_out(now.begin, now.reached, wish, now.rules)
                if wanted.dry_run:
                    return _published(tried, reached)
            async with now.begin({who.tenant}) as work:
                done = await publish(work, wish, now.rules)
                response = _published(done, reached)
                await keeping.keep(work, response)
            return response

        return await once(keeping, request, who, key, act)  # type: ignore[return-value] # FastAPI passes a Response on

    @router.get("/{sla_id}/versions", summary="Versions, the newest first")
    async def versions(
        who: ByViewer, sla_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[VersionOut]:
        (below,) = decode("sla-versions", cursor, int) if cursor else (None,)
        desk = parts.now().desk
        rows = await desk.versions(who.tenant, sla_id, below=below, limit=limit + 1)
        if not rows and await desk.one(who.tenant, sla_id) is None:
            raise NotFound("sla", sla_id)
        listed, last = page_of(rows, limit)
        following = encode("sla-versions", last.version) if last else None
        return Page(items=[VersionOut.of(row) for row in listed], next=following)

    @router.get("/{sla_id}/versions/{version}", summary="What is known of a version")
    async def version(who: ByViewer, sla_id: IdInPath, version: VersionInPath) -> VersionOut:
        async with parts.now().begin({who.tenant}) as work:
            found = await work.version(who.tenant, sla_id, version)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {version}")
        return VersionOut.of(found)

    @router.get(
        "/{sla_id}/versions/{version}/snapshot",
        summary="The snapshot: canonical JSON, named by its hash in ETag",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}, 304: {"description": "unchanged"}},
    )
    async def snapshot(
        who: ByViewer,
        sla_id: IdInPath,
        version: VersionInPath,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        now = parts.now()
        found = await read_kept(now.begin, now.desk, who.tenant, sla_id, version)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {version}")
        name, body = found
        headers = {"ETag": etag(name), "Cache-Control": FOR_EVER}
        if is_known(if_none_match, etag(name)):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    @router.get(
        "/{sla_id}/versions/{version}/differences/{other}",
        summary="What changes from a version to another one",
    )
    async def compared(
        who: ByViewer, sla_id: IdInPath, version: VersionInPath, other: VersionInPath
    ) -> ComparisonOut:
        async with parts.now().begin({who.tenant}) as work:
            found = await compare_versions(work, who.tenant, sla_id, version, other)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {version} or {other}")
        return ComparisonOut.of(found)

    @router.post("/{sla_id}/versions/{version}/retire", summary="Take a version out of use")
    async def retired(who: ByAdmin, sla_id: IdInPath, version: VersionInPath) -> VersionOut:
        async with parts.now().begin({who.tenant}) as work:
            found = await retire(work, who.tenant, sla_id, version, who.name)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {version}")
        return VersionOut.of(found)

    return router


def _published(done: Published, reached: ReachedOut | None) -> Response:
    return Response(
        PublishedOut.of(done, reached).model_dump_json(),
        201 if done.created and not done.dry_run else 200,
        headers={"ETag": etag(done.version.hash)},
        media_type="application/json",
    )
