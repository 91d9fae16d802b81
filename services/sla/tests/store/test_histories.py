"""The laws of commercial events once more, on a real database: the store keeps what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from sla_service.usecases.publish import Rules, Wish, publish
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Pool, open_pool

from ..unit.test_commerce_laws import CONTRACTS, SLAS, answers, stories, tellings

RULES = Rules(SNAPSHOT_BYTES)


async def published(pool: Pool, tenant: str, gold: dict[str, Any]) -> None:
    async with beginner(pool)({tenant}) as work:
        for sla_id in SLAS:
            file = {**gold, "sla_id": sla_id}
            await publish(work, Wish(tenant, sla_id, "somebody", document=file), RULES)


async def told(
    pool: Pool, tenant: str, gold: dict[str, Any], batches: Sequence[Sequence[ContractNews]]
) -> list[ContractEntry]:
    """The histories of a tenant of whom *batches* are told, each in a transaction of its own."""
    await published(pool, tenant, gold)
    for batch in batches:
        async with beginner(pool)({tenant}) as work:
            await bind(work, [replace(news, tenant=tenant) for news in batch])
    async with beginner(pool)({tenant}) as work:
        return [one for name in CONTRACTS for one in await work.contract(tenant, name)]


def said(entries: Sequence[ContractEntry]) -> set[tuple[Any, ...]]:
    """What entries say, without what differs from tenant to tenant."""
    return {
        (
            one.contract_id,
            one.customer_id,
            one.cause_kind,
            one.cause_id,
            None if one.pin is None else (one.pin.sla_id, one.pin.version),
            one.effective_from,
            one.effective_to,
            one.mode,
            one.happened_at,
        )
        for one in entries
    }


def pinned(entries: Sequence[ContractEntry]) -> list[list[tuple[str, int] | None]]:
    """What each contract binds at every instant."""
    return [
        [None if pin is None else (pin.sla_id, pin.version) for pin in answers(entries, name)]
        for name in CONTRACTS
    ]


@pytest.mark.usefixtures("database")
def test_any_telling_ends_in_the_same_history(dsn: str, gold: dict[str, Any]) -> None:
    with asyncio.Runner() as runner:
        pool = runner.run(open_pool(dsn, application="test"))
        tenants = (f"tenant-{number}" for number in range(10_000))

        @settings(max_examples=20, deadline=None, database=None)
        @given(st.data())
        def law(data: st.DataObject) -> None:
            story = [
                replace(one, happened_at=one.happened_at + timedelta(seconds=number))
                for number, one in enumerate(data.draw(stories()))
            ]  # ids, which decide where nothing else does, differ from tenant to tenant
            first = runner.run(told(pool, next(tenants), gold, [story]))
            second = runner.run(told(pool, next(tenants), gold, data.draw(tellings(story))))
            assert said(second) == said(first)
            assert pinned(second) == pinned(first)

        try:
            law()
        finally:
            runner.run(pool.close())
