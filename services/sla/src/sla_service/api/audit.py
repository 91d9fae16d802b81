"""Who did what, and when: the audit trail, which only grows."""

from __future__ import annotations

from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_service.api.parts import Parts
from sla_service.ports import AuditEntry, AuditQuestion
from slaclock.auth import ByViewer
from slaclock.contracts.instants import Instant
from slaclock.http import Cursor, Id, IdInPath, Limit, NotFound, Page
from slaclock.http.cursors import decode, encode, page_of
from slaclock.service import Late

__all__ = ["audit_routes"]


class AuditOut(BaseModel):
    """An entry of the trail; it never changes."""

    model_config = ConfigDict(from_attributes=True)

    at: Instant
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """From the trail."""
        return cls.model_validate(entry)


class AuditIn(BaseModel):
    """Which entries; parameters that are not listed are refused."""

    model_config = ConfigDict(extra="forbid")

    subject: Id | None = Field(
        default=None, description="an SLA's or a contract's id, the entry_id of the terms"
    )
    action: Annotated[str, Field(pattern=r"^[a-z_-]+(\.[a-z_-]+)?$", max_length=100)] | None = (
        Field(
            default=None,
            description="such as sla.published; sla, contract or terms for all of these",
        )
    )
    since: Instant | None = Field(default=None, alias="from", description="included")
    until: Instant | None = Field(default=None, alias="to", description="excluded")
    cursor: Cursor = None
    limit: Limit = 50

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError("to is not after from")
        return self

    @property
    def question(self) -> AuditQuestion:
        """The same without the page."""
        return AuditQuestion(self.subject, self.action, self.since, self.until)


def audit_routes(parts: Late[Parts]) -> APIRouter:
    """The whole trail of the tenant, and that of an SLA and a contract."""
    router = APIRouter(tags=["audit"])

    async def page(
        tenant: str, question: AuditQuestion, cursor: str | None, limit: int
    ) -> Page[AuditOut]:
        (below,) = decode("sla-audit", cursor, int) if cursor else (None,)
        desk = parts.now().desk
        rows = await desk.audit(tenant, question, below=below, limit=limit + 1)
        listed, last = page_of(rows, limit)
        following = encode("sla-audit", last.position) if last else None
        return Page(items=[AuditOut.of(row) for row in listed], next=following)

    @router.get("/audit", summary="Who did what and when, the latest first")
    async def whole(who: ByViewer, asked: Annotated[AuditIn, Query()]) -> Page[AuditOut]:
        return await page(who.tenant, asked.question, asked.cursor, asked.limit)

    @router.get("/slas/{sla_id}/audit", summary="What was done with an SLA, the latest first")
    async def of_sla(
        who: ByViewer, sla_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[AuditOut]:
        if await parts.now().desk.one(who.tenant, sla_id) is None:
            raise NotFound("sla", sla_id)
        return await page(who.tenant, AuditQuestion(sla_id, "sla"), cursor, limit)

    @router.get(
        "/contracts/{contract_id:path}/audit",
        summary="What was done to a contract, the latest first",
    )
    async def of_contract(
        who: ByViewer, contract_id: IdInPath, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[AuditOut]:
        async with parts.now().begin({who.tenant}) as work:
            if not await work.contract(who.tenant, contract_id):
                raise NotFound("contract", contract_id)
        return await page(who.tenant, AuditQuestion(contract_id, "contract"), cursor, limit)

    return router
