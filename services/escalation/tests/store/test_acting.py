"""Announcements acted upon, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from escalation_service.domain.announcement import (
    Crossing,
    Key,
    Message,
    Record,
    Retraction,
    Silence,
    Told,
)
from escalation_service.domain.publication import Publication, publication
from escalation_service.store.acting import PgActing, begin_acting
from escalation_service.store.agreements import keep_agreements
from escalation_service.usecases.act import act
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.registry import decode
from slaclock.store import Pool
from slaclock.store.pool import begin

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
LONDON = {"name": "Europe/London", "transitions": [[0, 3600]], "tail": "GMT0BST,M3.5.0/1,M10.5.0"}
SNAPSHOT: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "calendar_snapshots": {"c": {"timezone": "Europe/London", "zone": LONDON}},
    "escalations": [
        {
            "rule_id": "r1",
            "threshold": "percent:90",
            "metric": "resolution",
            "deliver": [{"channel": "log", "to": "a"}, {"channel": "log", "to": "b"}],
        }
    ],
}
HASH = content_hash(SNAPSHOT)


def published(tenant: str = "acme") -> Publication:
    return publication(
        tenant=tenant, name=HASH, sla_id="gold", version=1, effective_from=AT, snapshot=SNAPSHOT
    )


def told(number: int = 1, tenant: str = "acme", **more: Any) -> Told:
    crossing = Crossing(
        f"INC-{number}",
        "resolution",
        "first",
        "percent:90",
        1,
        HASH,
        crossed_at=AT,
        due_at=AT + timedelta(hours=1),
        timezone="Europe/London",
        correlation="story",
    )
    return Told(Key(tenant, UUID(int=number)), crossing, f"e{number}", **more)


def retracted(of: Told) -> Retraction:
    return Retraction(of.key, AT, f"{of.event_id}-back", "late fact")


async def hear(pool: Pool, *messages: Message, settle: float = 5) -> list[Message]:
    async with begin_acting(pool, {message.key.tenant for message in messages}) as work:
        return await act(work, messages, settle=timedelta(seconds=settle))


async def rows(pool: Pool, query: str, *tenants: str) -> list[asyncpg.Record]:
    async with begin(pool, tenants or ("acme", "zeta")) as connection:
        return await connection.fetch(query)


async def states(pool: Pool) -> Counter[str]:
    return Counter(row["state"] for row in await rows(pool, "SELECT state FROM escalation"))


async def sent(pool: Pool) -> Counter[str]:
    return Counter(
        row["subject"].split(".")[2] for row in await rows(pool, "SELECT subject FROM outbox")
    )


async def test_an_announcement_leaves_escalations_notices_and_events(pool: Pool) -> None:
    # given
    await keep_agreements(pool, [published()])

    # when
    assert await hear(pool, told(provisional=True)) == []

    # then
    assert await states(pool) == {"raised": 2}
    deliveries = await rows(pool, "SELECT kind, state, next_at - planned_at AS wait FROM delivery")
    assert [tuple(row) for row in deliveries] == [("notice", "planned", timedelta(seconds=5))] * 2
    (first, _) = await rows(pool, "SELECT subject, body, msg_id FROM outbox ORDER BY position")
    event = decode(first["body"], first["subject"])
    assert event.type == "sla.escalation.raised"
    assert (event.subject, event.correlationid, event.causationid) == ("INC-1", "story", "e1")
    assert event.data.action.to == "a"
    assert event.data.announcement_id == str(told().key.announcement)


async def test_what_was_told_is_read_back_whole(pool: Pool) -> None:
    # given
    await keep_agreements(pool, [published()])
    message = told(silence=Silence.PASSED_OVER, provisional=True)

    # when
    await hear(pool, message, retracted(message))

    # then
    async with begin_acting(pool, {"acme"}) as work:
        (record,) = (await work.lock([message.key])).values()
    local = datetime.fromisoformat("2026-03-02T11:00:00+00:00")
    crossing = replace(message.crossing, due_local=local)
    assert record == Record(message.key, replace(message, crossing=crossing), retracted(message))


async def test_messages_again_change_nothing(pool: Pool) -> None:
    await keep_agreements(pool, [published(), published()])
    await keep_agreements(pool, [published()])

    for _ in range(3):
        await hear(pool, told(), told(), retracted(told(2)))

    assert await states(pool) == {"raised": 2}
    assert await sent(pool) == {"raised": 2}


async def test_a_retraction_withdraws_what_is_planned(pool: Pool) -> None:
    await keep_agreements(pool, [published()])
    await hear(pool, told())

    await hear(pool, retracted(told()))

    assert await states(pool) == {"withdrawn": 2}
    assert await sent(pool) == {"raised": 2, "withdrawn": 2}
    found = await rows(pool, "SELECT kind, state, next_at FROM delivery")
    assert [tuple(row) for row in found] == [("notice", "withdrawn", None)] * 2


async def test_an_unknown_agreement_is_waited_for(pool: Pool) -> None:
    message = told()
    assert await hear(pool, message, retracted(told(2))) == [message]
    assert await states(pool) == {}

    await keep_agreements(pool, [published()])
    assert await hear(pool, message, told(2)) == []

    assert await states(pool) == {"raised": 2, "withdrawn": 2}


async def test_a_failing_transaction_leaves_nothing(pool: Pool) -> None:
    await keep_agreements(pool, [published()])

    async def act_and_fail() -> None:
        async with begin_acting(pool, {"acme"}) as work:
            await act(work, [told()], settle=timedelta(0))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power"):
        await act_and_fail()

    for table in ("announcement", "escalation", "delivery", "outbox"):
        assert await rows(pool, f"SELECT 1 FROM {table}") == []  # noqa: S608 - our own list


async def test_a_tenant_sees_and_hears_only_its_own(pool: Pool) -> None:
    # given two tenants with the same ids
    await keep_agreements(pool, [published(), published("zeta")])
    await hear(pool, told(), told(tenant="zeta"))

    # when one is taken back
    await hear(pool, retracted(told()))

    # then
    found = await rows(pool, "SELECT tenant_id, state FROM escalation", "zeta")
    assert {tuple(row) for row in found} == {("zeta", "raised")}
    found = await rows(pool, "SELECT tenant_id, state FROM escalation", "acme")
    assert {tuple(row) for row in found} == {("acme", "withdrawn")}

    # and a transaction of one cannot act for the other
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with begin_acting(pool, {"acme"}) as work:
            await act(work, [retracted(told(5, "zeta"))], settle=timedelta(0))


async def test_the_database_holds_the_effect_key(pool: Pool) -> None:
    await keep_agreements(pool, [published()])
    await hear(pool, told())

    async with begin(pool, {"acme"}) as connection:
        with pytest.raises(asyncpg.UniqueViolationError, match="escalation_effect"):
            await connection.execute(COPY_UNDER_ANOTHER_ID)


COPY_UNDER_ANOTHER_ID = """
INSERT INTO escalation (tenant_id, escalation_id, announcement_id, rule_id, channel, recipient,
                        repeat, ticket_id, state, raised_at, changed_at)
SELECT tenant_id, gen_random_uuid(), announcement_id, rule_id, channel, recipient,
       repeat, ticket_id, state, raised_at, changed_at
  FROM escalation
"""


class Counted(PgActing):
    """Counts statements."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.statements: list[str] = []
        connection._con.add_query_logger(lambda record: self.statements.append(record.query))


@pytest.mark.parametrize(
    ("messages", "tenants"), [(1, 1), (500, 1), (500, 50)], ids=["one", "500 of one", "500 of 50"]
)
async def test_a_batch_takes_about_ten_statements(pool: Pool, messages: int, tenants: int) -> None:
    # given
    names = [f"tenant-{number}" for number in range(tenants)]
    await keep_agreements(pool, [published(name) for name in names])
    batch: list[Message] = [told(n, names[n % tenants]) for n in range(messages)]
    batch += [retracted(one) for one in batch[::5] if isinstance(one, Told)]
    random.Random(1).shuffle(batch)

    # when
    async with begin(pool, set(names)) as connection:
        work = Counted(connection)
        await act(work, batch, settle=timedelta(0))

    # then
    assert len(work.statements) <= 13, work.statements
    assert sum((await states_of(pool, names)).values()) == 2 * messages


async def states_of(pool: Pool, tenants: Sequence[str]) -> Counter[str]:
    found = await rows(pool, "SELECT state FROM escalation", *tenants)
    return Counter(row["state"] for row in found)


async def test_many_consumers_at_once_neither_double_nor_deadlock(pool: Pool) -> None:
    # given the same messages for each of eight consumers, shuffled and cut differently
    await keep_agreements(pool, [published(), published("zeta")])
    messages: list[Message] = [told(n, t) for n in range(60) for t in ("acme", "zeta")]
    messages += [retracted(one) for one in messages[::2] if isinstance(one, Told)]

    async def consume(seed: int) -> None:
        chance = random.Random(seed)
        mine = chance.sample(messages, len(messages))
        while mine:
            size = chance.randint(1, 40)
            await hear(pool, *mine[:size])
            mine = mine[size:]

    # when
    await asyncio.gather(*(consume(seed) for seed in range(8)))

    # then
    assert await states(pool) == {"raised": 120, "withdrawn": 120}
    assert await sent(pool) == {"raised": 240, "withdrawn": 120}
    ids = await rows(pool, "SELECT msg_id FROM outbox")
    assert len({row["msg_id"] for row in ids}) == len(ids)
    bodies = await rows(pool, "SELECT body FROM outbox LIMIT 1")
    assert json.loads(bodies[0]["body"])["source"] == "/slaclock/escalation"
