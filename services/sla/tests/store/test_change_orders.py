"""Change orders on a real database: a new pin from an instant on, whatever came first."""

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


def day(month: int, of: int = 1) -> datetime:
    return datetime(2026, month, of, tzinfo=UTC)


QUOTE = accepted_quote(day(3), effective_to=day(12), happened_at=day(2))
ORDER = replace(
    QUOTE,
    customer_id=None,
    sla_id="silver",
    effective_from=day(6),
    effective_to=None,
    mode="from_effective_instant",
    cause_kind="change_order",
    cause_id="co1",
    happened_at=day(5),
    event_id="e2",
)
END = replace(
    ORDER,
    sla_id=None,
    effective_from=day(9),
    mode="keep",
    cause_kind="ended",
    cause_id="e3",
    happened_at=day(8),
    event_id="e3",
)


async def published(pool: Pool, document: dict[str, Any], sla_id: str, name: str = "") -> Published:
    file = {**document, "sla_id": sla_id, "name": name or sla_id}
    async with beginner(pool)({"acme"}) as work:
        return await publish(work, Wish("acme", sla_id, "somebody", document=file), RULES)


async def tell(pool: Pool, *news: ContractNews) -> None:
    async with beginner(pool)({one.tenant for one in news}) as work:
        await bind(work, news)


async def history(pool: Pool) -> list[ContractEntry]:
    async with beginner(pool)({"acme"}) as work:
        entries = await work.contract("acme", "c1")
    return [replace(one, recorded_at=None) for one in sorted(entries, key=lambda one: one.order)]


async def told(pool: Pool, kind: str) -> list[dict[str, Any]]:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        rows = await connection.fetch(
            "SELECT body FROM outbox WHERE subject LIKE $1 ORDER BY position", f"{kind}.%"
        )
    return [orjson.loads(row["body"]) for row in rows]


async def pinned(pool: Pool, at: datetime) -> str | None:
    entry = in_force(await history(pool), at)
    return None if entry is None or entry.pin is None else entry.pin.sla_id


async def test_a_change_order_pins_another_sla_from_its_instant_on(
    pool: Pool, gold: dict[str, Any]
) -> None:
    await published(pool, gold, "gold")
    silver = await published(pool, gold, "silver")
    await tell(pool, QUOTE, ORDER)
    await published(pool, gold, "silver", "a later silver")
    assert await pinned(pool, day(5, 31)) == "gold"
    assert await pinned(pool, day(6)) == "silver"
    assert await pinned(pool, day(11, 30)) == "silver"
    assert await pinned(pool, day(12)) is None, "it lasts as long as the quote"
    _, event = await told(pool, "sla.contract.bound")
    assert event["data"]["cause"] == {"kind": "change_order", "id": "co1"}
    assert event["data"]["mode"] == "from_effective_instant"
    assert event["data"]["agreement"] == silver.version.hash
    assert event["data"]["customer_id"] == "customer"
    assert (event["time"], event["causationid"]) == ("2026-05-01T00:00:00Z", "e2")


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations([QUOTE, ORDER, END])),
    ids=lambda order: "-".join(one.cause_id for one in order),
)
async def test_the_order_does_not_matter(
    pool: Pool, gold: dict[str, Any], order: Sequence[ContractNews]
) -> None:
    for sla_id in ("gold", "silver"):
        await published(pool, gold, sla_id)
    for news in (*order, *order[::-1]):
        await tell(pool, news)
    found = await history(pool)
    assert [entry.cause_kind for entry in found] == ["quote", "change_order", "ended"]
    assert len(await told(pool, "sla.contract.bound")) == 3
    assert await pinned(pool, day(8)) == "silver"
    assert await pinned(pool, day(9)) is None


@pytest.mark.parametrize("first", ["gold", "silver"])
async def test_a_change_order_waits_for_its_sla_and_for_the_quote(
    pool: Pool, gold: dict[str, Any], first: str
) -> None:
    await tell(pool, ORDER, QUOTE)
    async with beginner(pool)({"acme"}) as work:
        waiting = {one.news.cause_id: one.waits_for for one in await work.waiting("acme", limit=9)}
    assert waiting == {"co1": "contract", "q1": "sla"}
    second = "silver" if first == "gold" else "gold"
    bound = (await published(pool, gold, first)).bound
    assert bound == (("c1",) if first == "gold" else ())
    await published(pool, gold, second)
    assert [entry.cause_kind for entry in await history(pool)] == ["quote", "change_order"]
    advisories = await told(pool, "sla.advisory.raised")
    assert [one["data"]["kind"] for one in advisories] == ["contract.waits"] * 2
    async with beginner(pool)({"acme"}) as work:
        assert await work.waiting("acme", limit=9) == []


@pytest.mark.parametrize(
    ("news", "pin"),
    [
        pytest.param(
            replace(ORDER, effective_from=day(10)), None, id="after the end: no second life"
        ),
        pytest.param(
            replace(ORDER, effective_from=day(2)), "gold", id="before the quote: the quote decides"
        ),
    ],
)
async def test_a_change_order_while_no_quote_runs_has_no_effect_and_operators_know(
    pool: Pool, gold: dict[str, Any], news: ContractNews, pin: str | None
) -> None:
    for sla_id in ("gold", "silver"):
        await published(pool, gold, sla_id)
    await tell(pool, QUOTE, END, news)
    assert await pinned(pool, day(11) if pin is None else day(7)) == pin
    (advisory,) = await told(pool, "sla.advisory.raised")
    assert advisory["data"]["kind"] == "contract.change-order-without-effect"
    assert advisory["data"]["detail"]["cause"] == {"kind": "change_order", "id": "co1"}
    renewed = replace(QUOTE, effective_from=day(1), effective_to=None, cause_id="q0", event_id="e9")
    await tell(pool, renewed)
    expected = "silver" if pin == "gold" else None
    assert await pinned(pool, day(2, 15)) == (expected or "gold"), "a quote may give it one"


async def test_of_two_change_orders_at_one_instant_the_later_one_decides(
    pool: Pool, gold: dict[str, Any]
) -> None:
    for sla_id in ("gold", "silver", "bronze"):
        await published(pool, gold, sla_id)
    other = replace(ORDER, sla_id="bronze", cause_id="co0", happened_at=day(5, 2), event_id="e9")
    await tell(pool, other, QUOTE, ORDER)
    assert await pinned(pool, day(7)) == "bronze"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(ORDER, sla_id="gold"), id="change order, another SLA"),
        pytest.param(replace(ORDER, mode="keep"), id="change order, another mode"),
        pytest.param(replace(ORDER, effective_from=day(7)), id="change order, another instant"),
        pytest.param(replace(QUOTE, effective_to=None), id="quote, another term"),
        pytest.param(replace(END, effective_from=day(10)), id="end, another instant"),
        pytest.param(
            replace(QUOTE, cause_id="q9", customer_id="another"), id="another customer's quote"
        ),
    ],
)
@pytest.mark.parametrize("waits", [False, True], ids=["bound", "while it waits"])
async def test_a_contradiction_is_a_conflict(
    pool: Pool, gold: dict[str, Any], other: ContractNews, waits: bool
) -> None:
    if not waits:
        for sla_id in ("gold", "silver"):
            await published(pool, gold, sla_id)
    await tell(pool, QUOTE, ORDER, END)
    before = await history(pool)
    with pytest.raises(ContractConflict) as caught:
        await tell(pool, other)
    assert caught.value.code == "contract.conflict"
    assert await history(pool) == before


async def test_two_binders_race(pool: Pool, gold: dict[str, Any]) -> None:
    for sla_id in ("gold", "silver"):
        await published(pool, gold, sla_id)
    news = [QUOTE, ORDER, END]
    await asyncio.gather(*(tell(pool, one) for one in news * 4), tell(pool, *news[::-1]))
    assert [entry.cause_kind for entry in await history(pool)] == ["quote", "change_order", "ended"]
    assert len(await told(pool, "sla.contract.bound")) == 3


async def test_the_audit_trail_says_who_changed_a_contract(
    pool: Pool, gold: dict[str, Any]
) -> None:
    for sla_id in ("gold", "silver"):
        await published(pool, gold, sla_id)
    await tell(pool, QUOTE, ORDER, END)
    await tell(pool, QUOTE, ORDER, END)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        rows = await connection.fetch(
            "SELECT actor, action, subject, detail FROM audit WHERE action LIKE 'contract.%'"
            " ORDER BY position"
        )
    assert [row["action"] for row in rows] == [
        "contract.quote",
        "contract.change_order",
        "contract.ended",
    ]
    assert {(row["actor"], row["subject"]) for row in rows} == {("/crm", "c1")}
    assert [row["detail"]["sla_id"] for row in rows] == ["gold", "silver", None]
    assert rows[1]["detail"]["mode"] == "from_effective_instant"
