"""Contracts: what commercial events say becomes a history, whatever their order and number."""

from __future__ import annotations

from collections.abc import Sequence

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractConflict
from sla_service.ports import Work
from sla_service.usecases.events import contract_bound, contract_waits
from slaclock.errors import Fault

__all__ = ["bind", "bind_waiting"]


async def bind(work: Work, news: Sequence[ContractNews]) -> None:
    """Add what is new in *news* to the histories of its contracts.

    A quote that names an SLA nobody has published waits for it, an end waits for its contract;
    operators are told.

    Raises:
        ContractConflict: the same quote or end came before with other content.
    """
    await work.lock({one.tenant for one in news})
    for one in news:
        known = await work.known_news(one)
        if known is None:
            await _take(work, one, first_time=True)
        elif known != one.says:
            raise _conflict(one)


async def bind_waiting(work: Work, tenant: str, sla_id: str) -> tuple[str, ...]:
    """Bind the contracts that waited for *sla_id*; answers their ids. The tenant is locked."""
    taken = await work.take_waiting(tenant, sla_id=sla_id)
    bound = [one.contract_id for one in taken if await _take(work, one, first_time=False)]
    return tuple(bound)


async def _take(work: Work, news: ContractNews, *, first_time: bool) -> bool:
    """Bind, or put aside; answers whether it is bound."""
    pin = None
    customer_id = news.customer_id
    if news.sla_id is not None:
        version = await work.version(news.tenant, news.sla_id, news.sla_version)
        if version is None:
            await _put_aside(work, news, first_time=first_time)
            return False
        pin = version.pin
    if customer_id is None:
        customer_id = await work.customer_of(news.tenant, news.contract_id)
    if customer_id is None:
        await _put_aside(work, news, first_time=first_time)
        return False
    entry = news.entry(pin, customer_id)
    await work.add_entry(entry, news.says)
    await work.emit([contract_bound(entry)])
    if pin is not None:  # the contract is known now: its end may have come before
        for end in await work.take_waiting(news.tenant, contract_id=news.contract_id):
            await _take(work, end, first_time=False)
    return True


async def _put_aside(work: Work, news: ContractNews, *, first_time: bool) -> None:
    await work.wait(news)
    if first_time:
        await work.emit([contract_waits(news, await work.now())])


def _conflict(news: ContractNews) -> ContractConflict:
    return ContractConflict(
        faults=[
            Fault(
                "data",
                news.cause_id,
                f"this {news.cause_kind} of contract {news.contract_id!r} came before with other"
                " content",
                "send a quote of its own, or a change order, for what changes",
                ContractConflict.code,
            )
        ]
    )
