"""The schema, and what the database itself forbids."""

from __future__ import annotations

from importlib.resources import as_file, files

import asyncpg
import pytest

from slaclock.store import Pool
from slaclock.store.migrate import Schema
from slaclock.store.pool import begin
from slaclock.testing.databases import Databases
from slaclock.testing.schema import schema_differences

ESCALATION = Schema("escalation", "escalation_service.store.migrations")
TENANT_TABLES = ("agreement", "announcement", "escalation", "delivery", "attempt", "webhook_secret")


def test_schema_sql_is_what_the_migrations_make(databases: Databases) -> None:
    with as_file(files("escalation_service.store") / "schema.sql") as path:
        assert schema_differences(databases, ESCALATION, path) == []


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_without_tenants_nothing_is_seen(pool: Pool, table: str) -> None:
    async with begin(pool, {"acme"}) as connection:
        await connection.execute(
            "INSERT INTO webhook_secret (tenant_id, secret) VALUES ('acme', 'whsec_x')"
        )

    assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - our own list


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_nothing_is_ever_deleted(pool: Pool, table: str) -> None:
    async with begin(pool, {"acme"}) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own list


async def test_a_foreign_row_cannot_be_written(pool: Pool) -> None:
    async with begin(pool, {"acme"}) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                "INSERT INTO webhook_secret (tenant_id, secret) VALUES ('zeta', 'whsec_x')"
            )


async def test_the_scan_role_reads_keys_and_instants_only(pool: Pool) -> None:
    assert await pool.fetch("SELECT * FROM due_deliveries(10, 10, '{}')") == []
    async with begin(pool, {"acme"}) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET LOCAL ROLE escalation_scan")
