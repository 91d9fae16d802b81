"""Claims: shared, fair, by the index, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from escalation_service.domain.delivery import Kind
from escalation_service.store.delivering import PgDeliveries
from escalation_service.store.queries import SQL
from slaclock.store import Pool
from slaclock.store.pool import begin
from slaclock.testing.databases import Databases

from .builders import AT, MINUTE, NONE, Wire, given_agreements, hear, rows, sender, told


async def test_two_senders_never_claim_the_same(pool: Pool) -> None:
    # given
    await given_agreements(pool, "acme", "zeta")
    await hear(pool, *(told(n, t) for n in range(30) for t in ("acme", "zeta")))
    wires = [Wire() for _ in range(6)]

    async def work(wire: Wire) -> None:
        while await sender(pool, wire).deliver_due():
            pass

    # when
    await asyncio.gather(*map(work, wires))

    # then
    seen: Counter[tuple[UUID, Kind]] = Counter()
    for wire in wires:
        seen += wire.seen
    assert len(seen) == 60
    assert set(seen.values()) == {1}


async def test_a_claim_passes_over_what_another_holds(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told(1), told(2))
    deliveries = PgDeliveries(pool, Wire())

    async with begin(pool, {"acme"}) as connection:
        await connection.execute(
            "SELECT 1 FROM delivery ORDER BY delivery_id LIMIT 1 FOR NO KEY UPDATE"
        )
        claimed = await deliveries.claim(10, of_each=10, busy=(), lease=MINUTE)

    assert len(claimed) == 1


async def test_nobody_waits_behind_anothers_backlog(pool: Pool) -> None:
    # given a hundred of one tenant, and then one of another
    await given_agreements(pool, "acme", "zeta")
    await hear(pool, *(told(n) for n in range(100)))
    await hear(pool, told(1, "zeta"))
    deliveries = PgDeliveries(pool, Wire())

    # when
    claimed = await deliveries.claim(10, of_each=5, busy=(), lease=MINUTE)
    again = await deliveries.claim(10, of_each=5, busy=["acme"], lease=MINUTE)

    # then
    assert Counter(parcel.tenant for parcel in claimed) == {"acme": 5, "zeta": 1}
    assert again == ()


async def test_the_oldest_goes_first_and_its_wait_is_watched(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    for number in (3, 1, 2):
        await hear(pool, told(number))
    watch = Wire()

    claimed = await PgDeliveries(pool, watch).claim(2, of_each=2, busy=(), lease=MINUTE)

    assert [parcel.escalation.crossing.ticket_id for parcel in claimed] == ["INC-3", "INC-1"]
    assert watch.waits[0] > NONE


async def test_the_scan_for_due_deliveries_uses_the_index(
    pool: Pool, dsn: str, databases: Databases
) -> None:
    # given many deliveries that are settled, and many that are far off
    await given_agreements(pool, "acme")
    for start in range(0, 3000, 500):
        await hear(pool, *(told(n) for n in range(start, start + 500)), settle=timedelta(hours=1))
    async with begin(pool, {"acme"}) as connection:
        await connection.execute(
            "UPDATE delivery SET state = 'withdrawn', next_at = NULL, settled_at = now()"
            " WHERE delivery_id > '80000000-0000-0000-0000-000000000000'"
        )
    await hear(pool, told(9999))
    admin = await asyncpg.connect(databases.admin(dsn))
    try:
        await admin.execute("ANALYZE delivery")
        body = await admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'due_deliveries'")
        for name, value in {"at_most": "10", "of_each": "10", "busy": "'{}'::text[]"}.items():
            body = re.sub(rf"\b{name}\b", value, body)

        # when
        (found,) = json.loads(
            await admin.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {body}")
        )
    finally:
        await admin.close()

    # then
    plan = json.dumps(found["Plan"])
    assert "delivery_due" in plan
    assert "Seq Scan" not in plan
    assert found["Plan"]["Actual Rows"] == 1
    assert found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"] < 50


@pytest.mark.parametrize(
    ("statement", "whose"),
    [
        ("claimed", "SELECT delivery_id AS id FROM delivery"),
        ("call_off_deliveries", "SELECT announcement_id AS id FROM announcement"),
    ],
)
async def test_a_tenants_rows_are_not_joined_with_each_other(
    pool: Pool, statement: str, whose: str
) -> None:
    # given hundreds of deliveries that nobody has made statistics of
    await given_agreements(pool, "acme")
    await hear(pool, *(told(n) for n in range(400)))
    found = await rows(pool, f"{whose} LIMIT 5", "acme")
    ids = [row["id"] for row in found]
    more = [] if statement == "claimed" else [AT]

    # when five of them are read
    async with begin(pool, {"acme"}) as connection:
        query = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {SQL[statement].rstrip('; ')}"
        answer = await connection.fetchval(query, ["acme"] * len(ids), ids, *more)
        document = json.loads(answer) if isinstance(answer, str) else answer

    # then work grows with the tenant's rows for each of the five, and not with their square
    assert _looked_at(document[0]["Plan"]) < 8 * len(ids) * 400


def _looked_at(plan: dict[str, Any]) -> int:
    """Rows that all steps of a plan have returned or thrown away."""
    removed = sum(count for name, count in plan.items() if name.startswith("Rows Removed"))
    own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return int(own) + sum(map(_looked_at, plan.get("Plans", ())))
