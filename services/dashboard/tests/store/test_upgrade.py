"""A dashboard from before KPIs, brought up to date beneath figures that are there."""

from __future__ import annotations

import uuid
from datetime import date
from importlib.resources import files

import asyncpg

from dashboard_service.domain.clock import NOBODY, Metric, Outcome
from dashboard_service.domain.kpi import By, Span
from dashboard_service.ports import Period, Wanted
from dashboard_service.store.view import PgViews
from slaclock.store import open_pool
from slaclock.store.migrate import Schema, provision, upgrade, with_database
from slaclock.testing.databases import Databases, PostgresLike

DASHBOARD = Schema("dashboard", "dashboard_service.store.migrations")
CLOCK = """
INSERT INTO clock (tenant_id, ticket_id, metric, cycle, revision, sequence, state, outcome, due_on,
                   changed_at, due_at, target_minutes, elapsed_us, timezone, snapshot, warned,
                   reached, priority, group_id, assignee_id, customer_id, status, breached_at)
VALUES ('acme', $1, 'resolution', 'first', 1, 1, 'closed', 'breached', '2026-03-02', now(), now(), 240, 0,
        'UTC', repeat('a', 64), false, 0, 'P1', 'l1', 'ann', '', 'closed', now())
"""
"""As the release before wrote it."""


async def test_what_was_decided_before_is_attributed_to_nobody(
    postgres: PostgresLike, databases: Databases
) -> None:
    name = f"dashboard_{uuid.uuid4().hex[:12]}"
    await provision(postgres.admin_dsn, DASHBOARD, database=name)
    dsn = with_database(postgres.admin_dsn, name)
    try:
        # given a database of the release before, with a breach in it
        owner = await asyncpg.connect(dsn)
        async with owner.transaction():
            await owner.execute("SET LOCAL ROLE dashboard_owner")
            for piece in ("base_1", "outbox_1", "parked_1", "inbox_1"):
                await owner.execute(sql("slaclock.store.pieces", f"{piece}.sql"))
            first = "0001_create_projections.sql"
            await owner.execute(sql(f"{DASHBOARD.migrations}.versions", first))
            await owner.execute("CREATE TABLE migration (version_num varchar(32) PRIMARY KEY)")
            await owner.execute("INSERT INTO migration VALUES ('0001')")
            await owner.execute("SELECT set_config('app.tenants', 'acme', true)")
            await owner.execute(CLOCK, "INC-1")

        # when it is brought up to date, while a replica of that release goes on
        await upgrade(postgres.admin_dsn, DASHBOARD, database=name)
        await owner.execute(CLOCK, "INC-2")
        await owner.execute(
            "INSERT INTO kpi VALUES ('acme', repeat('a', 64), 'r.resolution.month', 'gold', 1,"
            " 'Gold', 'r', 'resolution', NULL, 95, 'month', '{ann}', '{}')"
        )
        await owner.close()

        # then the breaches are there, and are nobody's until they are told again
        pool = await open_pool(dsn, application="test")
        async with PgViews(pool)("acme") as view:
            found = await view.breaches(None, after=None, limit=9)
            counted = await view.kpi_scores(
                Wanted(), Span.MONTH, Period(date(2026, 3, 1), date(2026, 3, 31)), By.ROLE
            )
        await pool.close()
        assert [(one.clock.key.ticket, one.clock.held) for one in found] == [
            ("INC-2", NOBODY),
            ("INC-1", NOBODY),
        ]
        assert {one.clock.key.metric for one in found} == {Metric.RESOLUTION}
        assert {one.clock.outcome for one in found} == {Outcome.BREACHED}
        (score,) = counted.values()
        assert (score.judged, score.unattributed) == (0, 2)
    finally:
        databases.drop(dsn)


def sql(package: str, name: str) -> str:
    text = files(package).joinpath(name).read_text("utf-8")
    return text.replace("{service}", "dashboard")
