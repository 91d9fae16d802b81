"""Default, assignments, status map and settings: entries that follow one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from sla_service.api.parts import Parts
from sla_service.api.terms_schemas import (
    AssignIn,
    DefaultIn,
    EntryOut,
    PlannedOut,
    SettingsIn,
    StatusMapIn,
    StatusMapOut,
)
from sla_service.domain.binding import check_bindable
from sla_service.domain.contract import Pin
from sla_service.domain.terms import EntryKind, TermsEntry, Wanted
from sla_service.ports import Work
from sla_service.usecases.assign import change_terms, entry_in_force, planned_terms
from sla_service.usecases.events import assignment_changed
from slaclock.auth import ByAdmin, ByViewer, Principal
from slaclock.contracts.instants import Instant
from slaclock.contracts.reach import ReachedIn
from slaclock.contracts.statuses import DEFAULT_STATUSES
from slaclock.http import Cursor, IdempotencyKey, Keeping, Limit, NotFound, Page, once
from slaclock.http.cursors import decode, encode, page_of
from slaclock.service import Late

__all__ = ["terms_routes"]

_SAME: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": EntryOut, "description": "the entry in force says the same already"}
}
_SAME_OR_DRY: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": EntryOut | PlannedOut,
        "description": "the entry in force says the same already; or what a dry run found",
    }
}


def terms_routes(parts: Late[Parts]) -> APIRouter:
    """What is in force at an instant, the whole timeline, and new entries."""
    router = APIRouter(tags=["terms"])

    async def add(
        request: Request,
        who: Principal,
        key: str | None,
        asked: DefaultIn | StatusMapIn | SettingsIn,
        make: Callable[[datetime, Pin | None], Wanted],
    ) -> EntryOut:
        """Answer 201 for a new entry, 200 for one that says the same already."""
        stated = asked.effective_from is not None
        keeping = Keeping(parts.now().answers())

        async def act() -> Response:
            if isinstance(asked, DefaultIn) and asked.dry_run:
                planned = await plan(who, asked, make)
                return Response(planned.model_dump_json(), media_type="application/json")
            async with parts.now().begin({who.tenant}) as work:
                await work.lock({who.tenant})
                pin = await _pin(work, who.tenant, asked) if isinstance(asked, DefaultIn) else None
                wanted = make(asked.effective_from or await work.now(), pin)
                done = await change_terms(work, who.tenant, wanted, who.name, stated=stated)
                response = Response(
                    EntryOut.of(done.entry).model_dump_json(),
                    201 if done.created else 200,
                    media_type="application/json",
                )
                await keeping.keep(work, response)
            return response

        return await once(keeping, request, who, key, act)  # type: ignore[return-value] # FastAPI passes a Response on

    async def plan(
        who: Principal, asked: DefaultIn, make: Callable[[datetime, Pin | None], Wanted]
    ) -> PlannedOut:
        stated = asked.effective_from is not None
        async with parts.now().begin({who.tenant}) as work:
            pin = await _pin(work, who.tenant, asked)
            wanted = make(asked.effective_from or await work.now(), pin)
            done = await planned_terms(work, who.tenant, wanted, who.name, stated=stated)
        reached = None
        if done.created:  # asked outside the transaction: it may take seconds
            question = ReachedIn(assignment=assignment_changed(done.entry).data)
            reached = await parts.now().reached(who.tenant, question)
        return PlannedOut(entry=EntryOut.of(done.entry), reached=reached)

    async def in_force(tenant: str, kind: EntryKind, at: datetime | None) -> _InForce:
        async with parts.now().begin({tenant}) as work:
            entries = await work.terms(tenant, kind)
            return _InForce(at or await work.now(), entries)

    @router.get("/terms", summary="Every entry of the timeline but contracts, as recorded")
    async def terms(who: ByViewer, cursor: Cursor = None, limit: Limit = 50) -> Page[EntryOut]:
        (after,) = decode("terms", cursor, int) if cursor else (0,)
        async with parts.now().begin({who.tenant}) as work:
            entries = await work.terms(who.tenant)
        rows = [entry for entry in entries if entry.revision > after][: limit + 1]
        listed, last = page_of(rows, limit)
        following = encode("terms", last.revision) if last else None
        return Page(items=[EntryOut.of(entry) for entry in listed], next=following)

    @router.get("/default", summary="The entry that gives the tenant's default; null without one")
    async def default(who: ByViewer, at: Instant | None = None) -> EntryOut | None:
        found = (await in_force(who.tenant, "default", at)).each_place()
        return EntryOut.of(found[0]) if found else None

    @router.put("/default", status_code=201, include_in_schema=False)
    @router.post(
        "/default",
        status_code=201,
        responses=_SAME_OR_DRY,
        summary="Give the tenant another default",
    )
    async def set_default(
        request: Request, who: ByAdmin, wanted: DefaultIn, key: IdempotencyKey = None
    ) -> EntryOut:
        def make(at: datetime, pin: Pin | None) -> Wanted:
            return Wanted("default", at, wanted.mode, pin)

        return await add(request, who, key, wanted, make)

    @router.get("/assignments", summary="Assignments of groups, categories and services")
    async def assignments(who: ByViewer, at: Instant | None = None) -> list[EntryOut]:
        found = await in_force(who.tenant, "assignment", at)
        return [EntryOut.of(entry) for entry in found.each_place()]

    @router.put("/assignments", status_code=201, include_in_schema=False)
    @router.post(
        "/assignments",
        status_code=201,
        responses=_SAME_OR_DRY,
        summary="Assign an SLA to a group, category or service",
    )
    async def assign(
        request: Request, who: ByAdmin, wanted: AssignIn, key: IdempotencyKey = None
    ) -> EntryOut:
        def make(at: datetime, pin: Pin | None) -> Wanted:
            return Wanted("assignment", at, wanted.mode, pin, match=wanted.match.fields())

        return await add(request, who, key, wanted, make)

    @router.get("/status-map", summary="What the publisher's statuses mean at an instant")
    async def status_map(who: ByViewer, at: Instant | None = None) -> StatusMapOut:
        found = await in_force(who.tenant, "status_map", at)
        return StatusMapOut(at=found.at, statuses=found.statuses(), defaults=dict(DEFAULT_STATUSES))

    @router.put("/status-map", status_code=201, include_in_schema=False)
    @router.post(
        "/status-map",
        status_code=201,
        responses=_SAME,
        summary="Say what statuses mean, from an instant on",
    )
    async def map_statuses(
        request: Request, who: ByAdmin, wanted: StatusMapIn, key: IdempotencyKey = None
    ) -> EntryOut:
        """Statuses that are not named keep the meaning that they had."""

        def make(at: datetime, _: Pin | None) -> Wanted:
            return Wanted("status_map", at, wanted.mode, statuses=dict(wanted.statuses))

        return await add(request, who, key, wanted, make)

    @router.get("/settings", summary="Settings that decide clocks; null where none was made")
    async def settings(who: ByViewer, at: Instant | None = None) -> EntryOut | None:
        found = (await in_force(who.tenant, "settings", at)).each_place()
        return EntryOut.of(found[0]) if found else None

    @router.put("/settings", status_code=201, include_in_schema=False)
    @router.post(
        "/settings", status_code=201, responses=_SAME, summary="Change settings that decide clocks"
    )
    async def set_settings(
        request: Request, who: ByAdmin, wanted: SettingsIn, key: IdempotencyKey = None
    ) -> EntryOut:
        def make(at: datetime, _: Pin | None) -> Wanted:
            said = {"binding_required": wanted.binding_required}
            return Wanted("settings", at, wanted.mode, settings=said)

        return await add(request, who, key, wanted, make)

    return router


class _InForce:
    """The entries of one kind, seen from an instant."""

    def __init__(self, at: datetime, entries: Sequence[TermsEntry]) -> None:
        self.at = at
        self._entries = entries

    def each_place(self) -> list[TermsEntry]:
        """Of the entries of each place, the one that decides."""
        places: dict[str, list[TermsEntry]] = {}
        for entry in self._entries:
            places.setdefault(entry.wanted.place, []).append(entry)
        found = (entry_in_force(entries, self.at) for entries in places.values())
        return [entry for entry in found if entry is not None]

    def statuses(self) -> dict[str, str]:
        """What every status means that an entry named: the latest entry that names it decides."""
        meant: dict[str, str] = {}
        begun = [entry for entry in self._entries if entry.wanted.effective_from <= self.at]
        for entry in sorted(begun, key=lambda one: (one.wanted.effective_from, one.revision)):
            meant |= entry.wanted.statuses or {}
        return meant


async def _pin(work: Work, tenant: str, wanted: DefaultIn) -> Pin | None:
    if wanted.sla_id is None:
        return None
    version = await work.version(tenant, wanted.sla_id, wanted.sla_version)
    if version is None:
        which = "" if wanted.sla_version is None else f" {wanted.sla_version}"
        raise NotFound("sla-version", f"{wanted.sla_id}{which}")
    match = wanted.match.fields() if isinstance(wanted, AssignIn) else None
    check_bindable(version, "sla_id", match)
    return version.pin
