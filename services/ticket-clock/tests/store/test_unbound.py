"""Operators hear of tickets that nothing binds: each once, many together, once an hour."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import orjson
import pytest

from slaclock.contracts.registry import decode_document
from slaclock.store import begin
from ticket_clock_service.store.unbound import begin_unbound, tenants_with_unbound
from ticket_clock_service.usecases.unbound import PAUSE, tell_of_unbound

from ..desk import Desk, ago, opened, sla

AT_ONCE = timedelta(0)


async def tell(desk: Desk) -> int:
    tenants = await tenants_with_unbound(desk.pool, AT_ONCE, PAUSE)
    return await tell_of_unbound(tenants, partial(begin_unbound, desk.pool), AT_ONCE)


async def said(desk: Desk, tenant: str = "acme") -> list[dict[str, Any]]:
    rows = await desk.rows(
        "SELECT body FROM outbox WHERE stream = 'ADVISORY' ORDER BY position", tenants=[tenant]
    )
    return [orjson.loads(row["body"]) for row in rows]


async def take_unbound(desk: Desk, *tickets: str, tenant: str = "acme") -> None:
    at = ago(await desk.now(), minutes=5)
    await desk.take(*(opened(ticket, at, tenant=tenant) for ticket in tickets))


async def test_an_unbound_ticket_is_a_fault_and_an_advisory_once(desk: Desk) -> None:
    await take_unbound(desk, "INC-1")
    assert [one["code"] for one in (await desk.status("INC-1"))["faults"]] == ["ticket.unbound"]
    assert (await tell(desk), await tell(desk)) == (1, 0)
    (event,) = await said(desk)
    decode_document(event, "acme")
    assert (event["data"]["kind"], event["data"]["severity"]) == ("ticket.unbound", "warning")
    assert event["data"]["detail"]["count"] == 1
    assert event["data"]["detail"]["tickets"] == ["INC-1"]
    assert event["data"]["message"].startswith("1 ticket is bound by no agreement")


async def test_an_import_of_many_raises_one_with_their_number(desk: Desk) -> None:
    await take_unbound(desk, *(f"INC-{number:04}" for number in range(500)))
    await take_unbound(desk, *(f"INC-{number:04}" for number in range(500, 1000)))
    await take_unbound(desk, "INC-1", "INC-2", tenant="globex")
    assert await tell(desk) == 2
    (event,) = await said(desk)
    assert event["data"]["detail"]["count"] == 1000
    assert len(event["data"]["detail"]["tickets"]) == 10
    (other,) = await said(desk, "globex")
    assert (other["tenant"], other["data"]["detail"]["count"]) == ("globex", 2)


async def test_those_found_within_the_hour_are_in_the_next_one(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await take_unbound(desk, "INC-1")
    await tell(desk)
    await take_unbound(desk, "INC-2", "INC-3")
    assert await tell(desk) == 0
    await admin.execute("UPDATE unbound_told SET told_at = told_at - interval '1 hour'")
    assert await tell(desk) == 1
    assert [one["data"]["detail"]["tickets"] for one in await said(desk)] == [
        ["INC-1"],
        ["INC-2", "INC-3"],
    ]


async def test_what_is_healed_is_not_told_and_what_was_told_is_not_told_again(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Bound by a default that comes later; unbound again by one that takes it away."""
    await take_unbound(desk, "TOLD")
    await tell(desk)
    await take_unbound(desk, "HEALED")
    digest = await desk.publish(sla(), default=False)
    since = datetime(1970, 1, 1, tzinfo=UTC)
    await desk.learn(desk.entry("acme", "now", "default", since, agreement=digest))
    await desk.sweep()
    assert (await desk.status("HEALED"))["faults"] == []
    await admin.execute("UPDATE unbound_told SET told_at = told_at - interval '1 hour'")
    assert await tell(desk) == 0, "nothing is left to tell, so no hour begins"

    later = datetime(1970, 1, 2, tzinfo=UTC)
    taken = desk.entry("acme", "never", "default", later, agreement=None)
    await desk.learn(taken)
    await desk.sweep()
    codes = [one["code"] for one in (await desk.status("HEALED"))["faults"]]
    assert codes == ["ticket.unbound"]
    assert await tell(desk) == 1
    assert [one["data"]["detail"]["tickets"] for one in await said(desk)] == [["TOLD"], ["HEALED"]]


async def test_two_replicas_tell_once(desk: Desk) -> None:
    await take_unbound(desk, "INC-1", "INC-2")
    begin = partial(begin_unbound, desk.pool)
    told = await asyncio.gather(*(tell_of_unbound(["acme"], begin, AT_ONCE) for _ in range(4)))
    assert sum(told) == len(await said(desk)) == 1


@pytest.mark.parametrize(
    ("required", "told"), [pytest.param(False, 0, id="not"), pytest.param(True, 1, id="wanted")]
)
async def test_only_where_the_tenant_wants_every_ticket_bound(
    desk: Desk, required: bool, told: int
) -> None:
    settings = desk.entry("acme", "s", "settings", settings={"binding_required": required})
    await desk.learn(settings)
    await take_unbound(desk, "INC-1")
    assert await tell(desk) == told


async def test_a_ticket_whose_terms_come_at_once_is_given_a_moment(desk: Desk) -> None:
    await take_unbound(desk, "INC-1")
    assert await tenants_with_unbound(desk.pool, timedelta(minutes=1), PAUSE) == []


async def test_who_has_waited_takes_nobody_along_who_was_just_found(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await take_unbound(desk, "OLD", "NEW")
    await admin.execute(
        "UPDATE unbound SET found_at = found_at - interval '1 hour' WHERE ticket_id = 'OLD'"
    )
    begin, minute = partial(begin_unbound, desk.pool), timedelta(minutes=1)
    assert await tell_of_unbound(["acme"], begin, minute) == 1
    (event,) = await said(desk)
    assert event["data"]["detail"]["tickets"] == ["OLD"]


async def test_what_is_being_healed_is_neither_told_nor_waited_for(desk: Desk) -> None:
    await take_unbound(desk, "HEALING", "INC-1")
    heal = "UPDATE unbound SET healed_at = clock_timestamp() WHERE ticket_id = 'HEALING'"
    async with begin(desk.pool, {"acme"}) as connection, asyncio.timeout(20):
        await connection.execute(heal)
        assert await tell(desk) == 1
    (event,) = await said(desk)
    assert event["data"]["detail"]["tickets"] == ["INC-1"]


async def test_where_nothing_is_left_to_tell_no_hour_begins(desk: Desk) -> None:
    """What was to be told is healed between the look and the advisory."""
    begin = partial(begin_unbound, desk.pool)
    assert await tell_of_unbound(["acme"], begin, AT_ONCE) == 0
    await take_unbound(desk, "INC-1")
    assert await tell(desk) == 1
