"""The cost of a batch does not depend on how many tickets and tenants it holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest

from slaclock.store import Pool
from ticket_clock_service.ports import Reported
from ticket_clock_service.store.wakes import PgWakes

from ..desk import Desk, ago, opened, sla, status


class Counted:
    """Counts the statements that a pool's connections execute."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, record: Any) -> None:
        self.statements.append(record.query)


async def recorded(desk: Desk, act: Callable[[], Awaitable[object]]) -> list[str]:
    """The statements that *act* executes, those of the transaction and of the pool apart."""
    counted = Counted()
    connections = [await desk.pool.acquire() for _ in range(desk.pool.get_max_size())]
    for connection in connections:
        connection.add_query_logger(counted)
    for connection in connections:
        await desk.pool.release(connection)
    try:
        await act()
    finally:
        connections = [await desk.pool.acquire() for _ in range(desk.pool.get_max_size())]
        for connection in connections:
            connection.remove_query_logger(counted)
            await desk.pool.release(connection)
    own = ("BEGIN", "COMMIT", "SELECT pg_advisory_unlock_all")
    return [text for text in counted.statements if not text.startswith(own)]


async def cost(desk: Desk, facts: Sequence[Reported]) -> int:
    return len(await recorded(desk, lambda: desk.take(*facts)))


@pytest.fixture
async def tenants(desk: Desk) -> list[str]:
    names = [f"tenant-{number}" for number in range(50)]
    for name in names:
        await desk.publish(sla(), name)
    return names


async def test_500_facts_of_50_tenants_cost_as_many_statements_as_one_of_one(
    desk: Desk, tenants: list[str], pool: Pool
) -> None:
    """(k)"""
    now = await desk.now()

    def batch(number: int, names: Sequence[str]) -> list[Reported]:
        return [
            opened(f"T-{number}-{index}", ago(now, minutes=9), tenant=names[index % len(names)])
            for index in range(500 if len(names) > 1 else 1)
        ]

    await cost(desk, batch(0, tenants))  # the rulebooks are made once
    one, many = await cost(desk, batch(1, tenants[:1])), await cost(desk, batch(2, tenants))
    assert many == one
    assert one == 10


async def test_late_facts_of_many_tickets_are_folded_by_one_more_read(
    desk: Desk, tenants: list[str]
) -> None:
    now = await desk.now()
    keys = [(f"T-{number}", tenant) for number in range(10) for tenant in tenants[:10]]

    def batch(minutes: int, name: str) -> list[Reported]:
        at = ago(now, minutes=minutes)
        return [status(ticket, at, name, tenant=tenant) for ticket, tenant in keys]

    await desk.take(*(opened(t, ago(now, minutes=9), tenant=tenant) for t, tenant in keys))
    await cost(desk, batch(5, "waiting_on_customer"))  # the rulebooks are made once
    in_order = await cost(desk, batch(4, "open"))
    assert await cost(desk, batch(7, "waiting_on_customer")) == in_order + 1


async def test_the_scan_for_what_is_due_uses_the_index(
    desk: Desk, databases: Any, pool: Pool
) -> None:
    """(i) Ten thousand open tickets, a handful due: the plan reads the index, not the table."""
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(databases.admin(f"postgresql:///{name}"))
    try:
        await admin.execute(
            "INSERT INTO ticket (tenant_id, ticket_id, next_due_at)"
            " SELECT 'acme', 'T-' || n, clock_timestamp() + n * interval '1 minute' - interval '5 minutes'"
            "   FROM generate_series(1, 10000) n"
        )
        await admin.execute("ANALYZE ticket")
        body = await admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'due_tickets'")
        for name, value in (
            ("horizon", "NULL::timestamptz"),
            ("without", "'{}'::text[]"),
            ("most", "500"),
        ):
            body = body.replace(name, value)
        plan = "\n".join(
            row[0] for row in await admin.fetch(f"EXPLAIN (ANALYZE, BUFFERS OFF) {body}")
        )
    finally:
        await admin.close()
    assert "Index Scan using ticket_due" in plan, plan
    assert "Rows Removed by Filter" not in plan, plan
    assert "Sort" not in plan, plan
    rows = await pool.fetch("SELECT * FROM due_tickets(NULL, '{}', 500)")
    assert len(rows) in {4, 5}


async def test_one_tenant_s_backlog_leaves_half_of_a_batch_to_others(
    desk: Desk, pool: Pool
) -> None:
    now = await desk.now()
    for tenant in ("acme", "globex"):
        await desk.publish(sla(minutes=60), tenant)
    await desk.take(*(opened(f"A-{n}", ago(now, minutes=50), tenant="acme") for n in range(600)))
    await desk.take(*(opened(f"G-{n}", ago(now, minutes=40), tenant="globex") for n in range(10)))
    from ticket_clock_service.handlers.loops import due_keys  # noqa: PLC0415

    keys = await due_keys(PgWakes(pool), None)
    assert len(keys) == 500
    assert len([key for key in keys if key[0] == "globex"]) == 10
