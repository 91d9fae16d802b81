"""Drafts: what people edit, one at a time for each SLA."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Request, Response

from sla_service.api.parts import Parts
from sla_service.api.schemas import ComparisonOut, CopyIn, DraftOut, ValidationOut
from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import Finding, errors, warnings
from sla_service.domain.original import file_of
from sla_service.ports import Draft
from sla_service.usecases.check import examine, misspelt
from sla_service.usecases.compare import compare_draft
from slaclock.auth import ByManager, ByViewer, Principal
from slaclock.errors import Refusal
from slaclock.http import (
    AnswerKeeper,
    IdempotencyKey,
    IdInPath,
    IfMatch,
    Keeping,
    NotFound,
    etag,
    once,
    require_match,
)
from slaclock.http.faults import FaultOut
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
    async def write(  # noqa: PLR0913, PLR0917 - a request has many parts
        request: Request,
        who: ByManager,
        sla_id: IdInPath,
        document: Document,
        if_match: IfMatch = None,
        key: IdempotencyKey = None,
    ) -> DraftOut:
        """Faults do not keep a draft from being kept, keys that mean nothing do."""
        keeping = Keeping(parts.now().answers())

        async def act() -> Response:
            return await _put(parts, who, sla_id, document, if_match, keeping)

        return await once(keeping, request, who, key, act)  # type: ignore[return-value] # FastAPI passes a Response on

    @router.post(
        "",
        responses={201: {"model": DraftOut, "description": "there was no draft before"}},
        summary="Copy a version into the draft, ready to be edited",
    )
    async def copied(  # noqa: PLR0913, PLR0917 - a request has many parts
        request: Request,
        who: ByManager,
        sla_id: IdInPath,
        wanted: CopyIn,
        if_match: IfMatch = None,
        key: IdempotencyKey = None,
    ) -> DraftOut:
        """Retired versions may be copied, too. A draft that is there needs its ETag in If-Match."""
        keeping = Keeping(parts.now().answers())

        async def act() -> Response:
            found = await parts.now().desk.snapshot(who.tenant, sla_id, wanted.version)
            if found is None:
                raise NotFound("sla-version", f"{sla_id} {wanted.version}")
            document = file_of(orjson.loads(found[1]))
            return await _put(parts, who, sla_id, document, if_match, keeping)

        return await once(keeping, request, who, key, act)  # type: ignore[return-value] # FastAPI passes a Response on

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
    if_match: str | None,
    keeping: Keeping,
) -> Response:
    findings = await _findings(parts, who.tenant, sla_id, document)
    if wrong := misspelt(errors(findings)):
        raise InvalidAgreement(wrong)
    desk = parts.now().desk
    before = await desk.draft(who.tenant, sla_id)

    def answer(draft: Draft) -> Response:
        return Response(
            DraftOut.of(draft, findings).model_dump_json(),
            201 if before is None else 200,
            headers={"ETag": etag(draft.etag)},
            media_type="application/json",
        )

    async def kept(transaction: AnswerKeeper, draft: Draft) -> None:
        await keeping.keep(transaction, answer(draft))

    if before is None:
        if if_match is not None:
            raise DraftChanged("there is no draft (any more); leave out If-Match to create one")
        draft = await desk.create(who.tenant, sla_id, document, who.name, then=kept)
    else:
        require_match(if_match, etag(before.etag))
        draft = await desk.replace(who.tenant, sla_id, document, who.name, before.etag, then=kept)
    if draft is None:
        raise DraftChanged
    return answer(draft)


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
