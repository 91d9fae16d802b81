"""Drafts: what people edit, one at a time for each SLA."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Response

from sla_service.api.parts import Parts
from sla_service.api.schemas import ComparisonOut, CopyIn, DraftOut, FaultOut, ValidationOut
from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import Finding, errors, warnings
from sla_service.domain.original import file_of
from sla_service.ports import Draft
from sla_service.usecases.check import examine, misspelt
from sla_service.usecases.compare import compare_draft
from slaclock.auth import ByManager, ByViewer, Principal
from slaclock.errors import Refusal
from slaclock.http import IdInPath, IfMatch, NotFound, etag, require_match
from slaclock.service import Late

__all__ = ["draft_routes"]

Document = Annotated[dict[str, Any], Body(description="an SLA file, as DESIGN §10 writes it")]


class DraftChanged(Refusal):
    """Somebody else was faster."""

    code = "precondition.failed"
    status = 412
    default_message = "it was changed meanwhile; read it again and decide anew"


def draft_routes(parts: Late[Parts]) -> APIRouter:
    """Create, read, replace, copy, check, compare and discard."""
    router = APIRouter(prefix="/slas/{sla_id}/draft", tags=["drafts"])

    @router.get("", summary="The draft, and what keeps it from being published")
    async def read(who: ByViewer, sla_id: IdInPath, response: Response) -> DraftOut:
        draft = await _draft(parts, who.tenant, sla_id)
        response.headers["ETag"] = etag(draft.etag)
        return DraftOut.of(draft, await _findings(parts, who.tenant, sla_id, draft.document))

    @router.put(
        "",
        responses={201: {"model": DraftOut, "description": "there was no draft before"}},
        summary="Create the draft, or replace the one of If-Match",
    )
    async def write(
        who: ByManager,
        sla_id: IdInPath,
        document: Document,
        response: Response,
        if_match: IfMatch = None,
    ) -> DraftOut:
        """Faults do not keep a draft from being kept, keys that mean nothing do."""
        return await _put(parts, who, sla_id, document, response, if_match)

    @router.post(
        "",
        responses={201: {"model": DraftOut, "description": "there was no draft before"}},
        summary="Copy a version into the draft, ready to be edited",
    )
    async def copied(
        who: ByManager,
        sla_id: IdInPath,
        wanted: CopyIn,
        response: Response,
        if_match: IfMatch = None,
    ) -> DraftOut:
        """Retired versions may be copied, too. A draft that is there needs its ETag in If-Match."""
        found = await parts.now().desk.snapshot(who.tenant, sla_id, wanted.version)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {wanted.version}")
        document = file_of(orjson.loads(found[1]))
        return await _put(parts, who, sla_id, document, response, if_match)

    @router.delete("", status_code=204, summary="Discard the draft of If-Match")
    async def discard(who: ByManager, sla_id: IdInPath, if_match: IfMatch = None) -> None:
        before = await _draft(parts, who.tenant, sla_id)
        require_match(if_match, etag(before.etag))
        if not await parts.now().desk.discard(who.tenant, sla_id, who.name, before.etag):
            raise DraftChanged

    @router.post("/validate", summary="Everything that is wrong with the draft, at once")
    async def validated(who: ByManager, sla_id: IdInPath) -> ValidationOut:
        draft = await _draft(parts, who.tenant, sla_id)
        findings = await _findings(parts, who.tenant, sla_id, draft.document)
        faults = errors(findings)
        return ValidationOut(
            valid=not faults, faults=FaultOut.of(faults), warnings=FaultOut.of(warnings(findings))
        )

    @router.get("/differences", summary="What publishing the draft would change")
    async def compared(who: ByViewer, sla_id: IdInPath) -> ComparisonOut:
        """From the newest version, retired or not. A draft with faults is refused with them."""
        draft = await _draft(parts, who.tenant, sla_id)
        now = parts.now()
        async with now.begin({who.tenant}) as work:
            found = await compare_draft(work, who.tenant, sla_id, draft.document, now.rules)
        return ComparisonOut.of(found)

    return router


async def _put(  # noqa: PLR0913, PLR0917 - a request has many parts
    parts: Late[Parts],
    who: Principal,
    sla_id: str,
    document: dict[str, Any],
    response: Response,
    if_match: str | None,
) -> DraftOut:
    findings = await _findings(parts, who.tenant, sla_id, document)
    if wrong := misspelt(errors(findings)):
        raise InvalidAgreement(wrong)
    desk = parts.now().desk
    before = await desk.draft(who.tenant, sla_id)
    if before is None:
        if if_match is not None:
            raise DraftChanged("there is no draft (any more); leave out If-Match to create one")
        draft = await desk.create(who.tenant, sla_id, document, who.name)
        response.status_code = 201
    else:
        require_match(if_match, etag(before.etag))
        draft = await desk.replace(who.tenant, sla_id, document, who.name, before.etag)
    if draft is None:
        raise DraftChanged
    response.headers["ETag"] = etag(draft.etag)
    return DraftOut.of(draft, findings)


async def _draft(parts: Late[Parts], tenant: str, sla_id: str) -> Draft:
    draft = await parts.now().desk.draft(tenant, sla_id)
    if draft is None:
        raise NotFound("sla-draft", sla_id)
    return draft


async def _findings(
    parts: Late[Parts], tenant: str, sla_id: str, document: Any
) -> tuple[Finding, ...]:
    now = parts.now()
    async with now.begin({tenant}) as work:
        examined = await examine(work, tenant, sla_id, document, now.rules)
    return examined.findings
