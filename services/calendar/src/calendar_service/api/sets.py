"""Holiday sets: published whole, followed by the calendars that name them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from calendar_service.api.parts import Parts
from calendar_service.api.set_schemas import (
    FollowerOut,
    PublishedSetOut,
    SetSummary,
    SetVersionOut,
    SetVersionWhole,
)
from calendar_service.ports import PublishedSet, Work
from calendar_service.usecases.following import Follower, followers_of, following
from calendar_service.usecases.publish_set import SetDone, SetPublication, publish_set
from slaclock.auth import ByAdmin, ByViewer
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
    meant_by,
    once,
)
from slaclock.http.cursors import decode, encode, page_of
from slaclock.service import Late

__all__ = ["set_routes"]


class SetIn(BaseModel):
    """A holiday set to publish."""

    model_config = ConfigDict(extra="forbid", strict=True)

    set: dict[str, Any] = Field(description="name, holidays and holiday_rules, as in a calendar")
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="", description="why, for those who read the list of versions"
    )
    dry_run: bool = Field(default=False, description="only tell what would be")


def set_routes(parts: Late[Parts]) -> APIRouter:
    """List, read, publish, and who follows."""
    router = APIRouter(prefix="/holiday-sets", tags=["holiday sets"])

    async def compared(done: SetDone) -> list[Follower]:
        made = done.made
        return await asyncio.to_thread(
            followers_of, made.of, done.following, parts.now().files, made.published_at
        )

    @router.get("", summary="Sets by id")
    async def sets(who: ByViewer, cursor: Cursor = None, limit: Limit = 50) -> Page[SetSummary]:
        (after,) = decode("holiday-sets", cursor, str) if cursor else (None,)
        async with parts.now().begin(who.tenant) as work:
            rows = await work.set_rows(after=after, limit=limit + 1)
        listed, last = page_of(rows, limit)
        following_page = encode("holiday-sets", last.set_id) if last else None
        return Page(items=[SetSummary.of(row) for row in listed], next=following_page)

    @router.get("/{set_id}", summary="The newest version of a set")
    async def newest(who: ByViewer, set_id: IdInPath, response: Response) -> SetVersionWhole:
        async with parts.now().begin(who.tenant) as work:
            found = await _set(work, set_id, None)
        response.headers["ETag"] = etag(found.of.hash)
        return SetVersionWhole.of(found)

    @router.get("/{set_id}/versions", summary="Versions of a set, the newest first")
    async def versions(
        who: ByViewer, set_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[SetVersionOut]:
        (below,) = decode("holiday-set-versions", cursor, int) if cursor else (None,)
        async with parts.now().begin(who.tenant) as work:
            rows = await work.set_versions(set_id, below=below, limit=limit + 1)
            if not rows:
                await _set(work, set_id, None)
        listed, last = page_of(rows, limit)
        following_page = encode("holiday-set-versions", last.of.version) if last else None
        return Page(items=[SetVersionOut.of(row) for row in listed], next=following_page)

    @router.get("/{set_id}/versions/{version}", summary="A version of a set, with its holidays")
    async def version(
        who: ByViewer, set_id: IdInPath, version: VersionInPath, response: Response
    ) -> SetVersionWhole:
        async with parts.now().begin(who.tenant) as work:
            found = await _set(work, set_id, version)
        response.headers["ETag"] = etag(found.of.hash)
        return SetVersionWhole.of(found)

    @router.post(
        "/{set_id}/versions",
        status_code=201,
        responses={
            200: {"model": PublishedSetOut, "description": "published before, or only tried"}
        },
        summary="Make the next version of a set; the calendars that use it stay as they are",
    )
    async def published(  # noqa: PLR0913, PLR0917 - a request has many parts
        request: Request,
        who: ByAdmin,
        set_id: IdInPath,
        wanted: SetIn,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
        key: IdempotencyKey = None,
    ) -> PublishedSetOut:
        """`If-Match` takes the hash of the newest version, `If-None-Match: *` makes the first.

        Followers are told what would change if they were published again.
        """
        wish = SetPublication(
            set_id=set_id,
            actor=who.name,
            document=wanted.set,
            after=meant_by(if_match),
            first=if_none_match is not None and if_none_match.strip() == "*",
            note=wanted.note,
            dry_run=wanted.dry_run,
        )

        keeping = Keeping(parts.now().answers())

        async def act() -> Response:
            now = parts.now()
            async with now.begin(who.tenant) as work:
                done = await publish_set(work, replace(wish, dry_run=True))
            followers = await compared(done)  # may take long, and the answer belongs to the commit
            if wish.dry_run:
                return _published(done, followers, dry_run=True)
            async with now.begin(who.tenant) as work:
                tried, done = done, await publish_set(work, wish)
                if (done.made.of, done.following) != (tried.made.of, tried.following):
                    followers = await compared(done)  # somebody published one of them meanwhile
                response = _published(done, followers, dry_run=False)
                await keeping.keep(work, response)
            return response

        return await once(keeping, request, who, key, act)  # type: ignore[return-value] # FastAPI passes a Response on

    @router.get("/{set_id}/followers", summary="Calendars that use a set, and what would change")
    async def followers(
        who: ByViewer, set_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[FollowerOut]:
        """Compares with the newest version of the set."""
        (after,) = decode("holiday-set-followers", cursor, str) if cursor else (None,)
        now = parts.now()
        async with now.begin(who.tenant) as work:
            newest = await _set(work, set_id, None)
            uses = await work.users(set_id, after=after, limit=limit + 1)
            listed, last = page_of(uses, limit)
            found = await following(work, listed)
            at = await work.now()
        told = await asyncio.to_thread(followers_of, newest.of, found, now.files, at)
        following_page = encode("holiday-set-followers", last.calendar_id) if last else None
        return Page(items=[FollowerOut.of(one) for one in told], next=following_page)

    return router


def _published(done: SetDone, followers: list[Follower], *, dry_run: bool) -> Response:
    return Response(
        PublishedSetOut.of_done(done, followers, dry_run=dry_run).model_dump_json(),
        201 if done.created and not dry_run else 200,
        headers={"ETag": etag(done.made.of.hash)},
        media_type="application/json",
    )


async def _set(work: Work, set_id: str, version: int | None) -> PublishedSet:
    found = await work.set_version(set_id, version)
    if found is None:
        if version is None:
            raise NotFound("holiday-set", set_id)
        raise NotFound("holiday-set-version", f"{set_id} {version}")
    return found
