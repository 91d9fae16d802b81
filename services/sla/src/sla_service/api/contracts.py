"""Contracts: their histories, what binds one at an instant, what waits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sla_service.api.parts import Parts
from sla_service.api.terms_schemas import (
    AtIn,
    ChangeOrderIn,
    ContractAnswerOut,
    ContractEntryOut,
    ContractOut,
    PlannedOrderOut,
    WaitingOut,
)
from sla_service.domain.commerce import ContractNews
from sla_service.usecases.ask import contract_at
from sla_service.usecases.bind import planned_order
from sla_service.usecases.events import contract_bound
from sla_service.usecases.verify import Tampered
from slaclock.auth import ByManager, ByViewer
from slaclock.contracts.reach import ReachedIn
from slaclock.http import Cursor, IdInPath, Limit, NotFound, Page
from slaclock.http.cursors import decode, encode, page_of
from slaclock.service import Late

__all__ = ["contract_routes", "history_routes"]


def contract_routes(parts: Late[Parts]) -> APIRouter:
    """Reading only: commercial events write, and somebody may ask what one would do."""
    router = APIRouter(tags=["contracts"])

    @router.get("/contracts", summary="Contracts by id, each with its latest entry")
    async def contracts(
        who: ByViewer, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[ContractEntryOut]:
        (after,) = decode("contracts", cursor, str) if cursor else (None,)
        async with parts.now().begin({who.tenant}) as work:
            rows = await work.contracts(who.tenant, after=after, limit=limit + 1)
        listed, last = page_of(rows, limit)
        following = encode("contracts", last.contract_id) if last else None
        return Page(items=[ContractEntryOut.of(row) for row in listed], next=following)

    @router.get("/contracts/{contract_id:path}/sla", summary="What binds a contract at an instant")
    async def sla(
        who: ByViewer, contract_id: IdInPath, asked: Annotated[AtIn, Query()]
    ) -> ContractAnswerOut:
        """The snapshot that the contract pins; null before it begins and after it ended."""
        async with parts.now().begin({who.tenant}) as work:
            found = await contract_at(work, parts.now().desk, who.tenant, contract_id, asked.at)
        if found is None:
            raise NotFound("contract", contract_id)
        if isinstance(found, Tampered):
            raise found.refusal
        return ContractAnswerOut.of(found)

    @router.post(
        "/contracts/{contract_id:path}/change-order-dry-run",
        summary="What a change order would do to the contract and to open tickets",
    )
    async def planned(
        who: ByManager, contract_id: IdInPath, wanted: ChangeOrderIn
    ) -> PlannedOrderOut:
        """Nothing changes: the order itself comes as `sla.changeorder.approved`."""
        news = ContractNews(
            tenant=who.tenant,
            contract_id=contract_id,
            customer_id=None,
            sla_id=wanted.sla_id,
            sla_version=wanted.sla_version,
            effective_from=wanted.effective_from,
            effective_to=None,
            mode=wanted.running_tickets,
            cause_kind="change_order",
            cause_id="dry-run",
            happened_at=wanted.effective_from,
            source="/slaclock/sla/dry-run",
            event_id="dry-run",
        )
        async with parts.now().begin({who.tenant}) as work:
            plan = await planned_order(work, news, wanted.sla_id)
        question = ReachedIn(contract=contract_bound(plan.entry).data)
        reached = await parts.now().reached(who.tenant, question)
        return PlannedOrderOut(
            contract_id=contract_id,
            sla_id=plan.pin.sla_id,
            sla_version=plan.pin.version,
            agreement=plan.pin.hash,
            effective_from=plan.entry.effective_from,
            effective_to=plan.until,
            mode=plan.entry.mode,
            has_effect=plan.has_effect,
            reached=reached,
        )

    @router.get("/waiting-contracts", summary="Commercial events that name what is not there")
    async def waiting(who: ByManager, limit: Limit = 50) -> Page[WaitingOut]:
        """The oldest first; publishing the SLA, or the arrival of the quote, binds them."""
        async with parts.now().begin({who.tenant}) as work:
            rows = await work.waiting(who.tenant, limit=limit)
        return Page(items=[WaitingOut.of(row) for row in rows])

    return router


def history_routes(parts: Late[Parts]) -> APIRouter:
    """A contract by its id, which may have slashes: comes after all routes that end otherwise."""
    router = APIRouter(tags=["contracts"])

    @router.get("/contracts/{contract_id:path}", summary="A contract's history")
    async def contract(who: ByViewer, contract_id: IdInPath) -> ContractOut:
        async with parts.now().begin({who.tenant}) as work:
            entries = await work.contract(who.tenant, contract_id)
        if not entries:
            raise NotFound("contract", contract_id)
        return ContractOut.of(contract_id, entries)

    return router
