"""Contracts: what commercial events say becomes a history, whatever their order and number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sla_service.domain.binding import NotBindable, check_bindable
from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractConflict, ContractEntry, Pin, course
from sla_service.ports import Work
from sla_service.usecases.events import (
    contract_bound,
    contract_not_bindable,
    contract_unchanged,
    contract_waits,
)
from slaclock.errors import Fault
from slaclock.http.missing import NotFound

__all__ = ["PlannedOrder", "bind", "bind_waiting", "planned_order"]


async def bind(work: Work, news: Sequence[ContractNews]) -> None:
    """Add what is new in *news* to the histories of its contracts.

    What names an SLA that nobody has published waits for it; a change order and an end wait for
    the quote that begins their contract. Operators are told.

    Raises:
        ContractConflict: the same quote, change order or end came before with other content, or
            the contract is another customer's.
        NotBindable: a version that binds no customer. What has waited for its SLA goes on waiting.
    """
    await work.lock({one.tenant for one in news})
    for one in news:
        known = await work.known_news(one)
        if known is None:
            await _check_customer(work, one)
            await _take(work, one, first_time=True)
        elif known != one.says:
            raise _conflict(one)


async def bind_waiting(work: Work, tenant: str, sla_id: str) -> tuple[str, ...]:
    """Bind what waited for *sla_id*; answers the contracts' ids. The tenant is locked."""
    taken = await work.take_waiting(tenant, sla_id=sla_id)
    bound = [one.contract_id for one in taken if await _take(work, one, first_time=False)]
    return tuple(dict.fromkeys(bound))


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """What a change order would become.

    Attributes:
        until: when the contract's term is over; None for an open end, and without effect.
        has_effect: whether a quote runs at its instant.
    """

    entry: ContractEntry
    pin: Pin
    until: datetime | None
    has_effect: bool


async def planned_order(work: Work, news: ContractNews, sla_id: str) -> PlannedOrder:
    """What the change order *news*, with SLA *sla_id*, would become now; changes nothing.

    Raises:
        NotFound: no such contract; no such SLA, or no such version of it.
        NotBindable: a version that binds no customer.
    """
    history = await work.contract(news.tenant, news.contract_id)
    if not history:
        raise NotFound("contract", news.contract_id)
    version = await work.version(news.tenant, sla_id, news.sla_version)
    if version is None:
        which = "" if news.sla_version is None else f" {news.sla_version}"
        raise NotFound("sla-version", f"{sla_id}{which}")
    check_bindable(version, "sla_id")
    entry = news.entry(version.pin, history[0].customer_id)
    entry = replace(entry, happened_at=max(await work.now(), entry.happened_at))
    found = next((one for one in course([*history, entry]) if one.entry_id == entry.entry_id), None)
    until = None if found is None else found.effective_to
    return PlannedOrder(entry, version.pin, until, has_effect=found is not None)


async def _take(work: Work, news: ContractNews, *, first_time: bool) -> bool:
    """Bind, or put aside; answers whether it is bound."""
    pin = None
    if news.sla_id is not None:
        version = await work.version(news.tenant, news.sla_id, news.sla_version)
        if version is None:
            await _put_aside(work, news, first_time=first_time)
            return False
        try:
            check_bindable(version, "data.sla_id")
        except NotBindable as refusal:
            if first_time:
                raise
            await work.wait(news)
            await work.emit([contract_not_bindable(news, version, refusal, await work.now())])
            return False
        pin = version.pin
    customer_id = news.customer_id or await work.customer_of(news.tenant, news.contract_id)
    if customer_id is None:
        await _put_aside(work, news, first_time=first_time)
        return False
    await _keep(work, news, news.entry(pin, customer_id))
    if news.cause_kind == "quote":  # what follows it may have come before
        for one in await work.take_waiting(news.tenant, contract_id=news.contract_id):
            await _take(work, one, first_time=False)
    return True


async def _keep(work: Work, news: ContractNews, entry: ContractEntry) -> None:
    await work.add_entry(entry, news.says)
    await work.emit([contract_bound(entry)])
    pin = entry.pin
    await work.note(
        entry.tenant,
        entry.source,
        f"contract.{entry.cause_kind}",
        entry.contract_id,
        entry_id=str(entry.entry_id),
        cause_id=entry.cause_id,
        event_id=entry.event_id,
        sla_id=None if pin is None else pin.sla_id,
        sla_version=None if pin is None else pin.version,
        agreement=None if pin is None else pin.hash,
        mode=entry.mode,
    )
    if entry.cause_kind == "change_order":
        history = await work.contract(entry.tenant, entry.contract_id)
        if all(one.entry_id != entry.entry_id for one in course(history)):
            await work.emit([contract_unchanged(entry, await work.now())])


async def _put_aside(work: Work, news: ContractNews, *, first_time: bool) -> None:
    await work.wait(news)
    if first_time:
        await work.emit([contract_waits(news, await work.now())])


async def _check_customer(work: Work, news: ContractNews) -> None:
    """A contract has one customer: who takes it over gets a contract of their own."""
    if news.customer_id is None:
        return
    owner = await work.claimed_by(news.tenant, news.contract_id)
    if owner in {None, news.customer_id}:
        return
    raise ContractConflict(
        faults=[
            Fault(
                "data.customer_id",
                news.customer_id,
                f"contract {news.contract_id!r} is that of customer {owner!r}",
                "end it, and accept a quote for a contract of the new customer's own",
                ContractConflict.code,
            )
        ]
    )


def _conflict(news: ContractNews) -> ContractConflict:
    return ContractConflict(
        faults=[
            Fault(
                "data",
                news.cause_id,
                f"this {news.cause_kind} of contract {news.contract_id!r} came before with other"
                " content",
                "send a quote or a change order of its own for what changes",
                ContractConflict.code,
            )
        ]
    )
