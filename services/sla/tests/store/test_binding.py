"""Commercial events in any order, any number: the same histories."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractConflict, ContractEntry, in_force
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from sla_service.usecases.publish import Published, Rules, Wish, publish
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Pool

from ..commerce import accepted_quote

RULES = Rules(SNAPSHOT_BYTES)
QUOTE = accepted_quote(
    datetime(2026, 3, 1, tzinfo=UTC), happened_at=datetime(2026, 2, 1, tzinfo=UTC)
)
END = replace(
    QUOTE,
    customer_id=None,
    sla_id=None,
    effective_from=datetime(2026, 9, 1, tzinfo=UTC),
    cause_kind="ended",
    cause_id="e2",
    event_id="e2",
    happened_at=datetime(2026, 8, 1, tzinfo=UTC),
)
RENEWAL = replace(
    QUOTE,
    effective_from=datetime(2026, 10, 1, tzinfo=UTC),
    cause_id="q2",
    event_id="e3",
    happened_at=datetime(2026, 9, 15, tzinfo=UTC),
)


async def publish_gold(pool: Pool, document: dict[str, Any], name: str = "Gold") -> Published:
    wish = Wish("acme", "gold", "somebody", document={**document, "name": name})
    async with beginner(pool)({"acme"}) as work:
        return await publish(work, wish, RULES)


async def tell(pool: Pool, *news: ContractNews) -> None:
    async with beginner(pool)({one.tenant for one in news}) as work:
        await bind(work, news)


async def history(pool: Pool, contract_id: str = "c1") -> list[ContractEntry]:
    async with beginner(pool)({"acme"}) as work:
        entries = await work.contract("acme", contract_id)
    listed = sorted(entries, key=lambda entry: entry.order)
    return [replace(entry, recorded_at=None) for entry in listed]


async def told(pool: Pool, kind: str) -> list[dict[str, Any]]:
    """Data of the events of a type that wait in the outbox, in their order."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        rows = await connection.fetch(
            "SELECT body FROM outbox WHERE subject LIKE $1 ORDER BY position", f"{kind}.%"
        )
    return [orjson.loads(row["body"]) for row in rows]


async def test_a_quote_binds_the_latest_version_and_pins_it(
    pool: Pool, gold: dict[str, Any]
) -> None:
    first = await publish_gold(pool, gold)
    second = await publish_gold(pool, gold, "Gold 2")
    await tell(pool, QUOTE)
    await publish_gold(pool, gold, "Gold 3")
    (entry,) = await history(pool)
    assert entry.pin == second.version.pin != first.version.pin
    (event,) = await told(pool, "sla.contract.bound")
    assert event["data"]["agreement"] == second.version.hash
    assert event["data"]["cause"] == {"kind": "quote", "id": "q1"}
    assert event["subject"] == "c1"
    assert event["time"] == "2026-02-01T00:00:00Z"
    assert event["causationid"] == "e1"


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations([QUOTE, END, RENEWAL])),
    ids=lambda order: "-".join(one.cause_id for one in order),
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
async def test_order_and_number_do_not_matter(
    pool: Pool, gold: dict[str, Any], order: Sequence[ContractNews], together: bool
) -> None:
    done = await publish_gold(pool, gold)
    batches = [[*order, *order]] if together else [[one] for one in (*order, *order[::-1])]
    for batch in batches:
        await tell(pool, *batch)
    entries = await history(pool)
    assert [entry.cause_kind for entry in entries] == ["quote", "ended", "quote"]
    assert [entry.pin for entry in entries] == [done.version.pin, None, done.version.pin]
    assert {entry.customer_id for entry in entries} == {"customer"}
    assert len(await told(pool, "sla.contract.bound")) == 3
    summer, autumn = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC)
    assert in_force(entries, summer) == entries[0]
    assert in_force(entries, autumn) == entries[1]


async def test_a_quote_waits_for_its_sla_and_operators_are_told_once(
    pool: Pool, gold: dict[str, Any]
) -> None:
    later = replace(QUOTE, contract_id="c2", cause_id="q9", sla_version=2)
    await tell(pool, QUOTE, END, later)
    await tell(pool, QUOTE, later)
    assert await history(pool) == []
    async with beginner(pool)({"acme"}) as work:
        waiting = await work.waiting("acme", limit=10)
    assert {one.news.contract_id for one in waiting} == {"c1", "c2"}
    advisories = await told(pool, "sla.advisory.raised")
    assert [one["data"]["kind"] for one in advisories] == ["contract.waits"] * 3
    done = await publish_gold(pool, gold)
    assert done.bound == ("c1",)
    assert [entry.cause_kind for entry in await history(pool)] == ["quote", "ended"]
    again = await publish_gold(pool, gold, "Gold 2")
    assert again.bound == ("c2",)
    assert (await history(pool, "c2"))[0].pin == again.version.pin
    assert len(await told(pool, "sla.advisory.raised")) == 3
    await tell(pool, QUOTE, later)
    assert len(await told(pool, "sla.contract.bound")) == 3


async def test_the_same_quote_with_other_content_is_a_conflict(
    pool: Pool, gold: dict[str, Any]
) -> None:
    await publish_gold(pool, gold)
    await tell(pool, QUOTE)
    with pytest.raises(ContractConflict):
        await tell(pool, replace(QUOTE, customer_id="another"))
    waiting = replace(QUOTE, contract_id="c2", sla_id="silver")
    await tell(pool, waiting)
    with pytest.raises(ContractConflict):
        await tell(pool, replace(waiting, sla_id="bronze"))


async def test_quotes_and_publications_race(pool: Pool, gold: dict[str, Any]) -> None:
    quotes = [
        replace(QUOTE, contract_id=f"c{number}", cause_id=f"q{number}") for number in range(20)
    ]
    await asyncio.gather(
        *(tell(pool, quote) for quote in quotes[:10]),
        publish_gold(pool, gold),
        *(tell(pool, quote) for quote in quotes[10:]),
    )
    async with beginner(pool)({"acme"}) as work:
        assert await work.waiting("acme", limit=10) == []
        assert len(await work.contracts("acme", after=None, limit=100)) == 20
