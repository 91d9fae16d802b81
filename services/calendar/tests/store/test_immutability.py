"""A published version never changes, whoever tries: the service's own role, and the owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from calendar_service.store.work import beginner
from calendar_service.usecases.publish import Wish, publish, retire
from slaclock.business_time import PACKAGED
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Connection, Pool, open_pool
from slaclock.testing.databases import Databases

SEE = "SELECT set_config('app.tenants', 'acme', true)"


@pytest_asyncio.fixture
async def pool(dsn: str, office: dict[str, Any]) -> AsyncIterator[Pool]:
    """A database with version 1 of `uk`."""
    pool = await open_pool(dsn, application="test")
    async with beginner(pool)("acme") as work:
        wish = Wish("acme", "uk", "somebody", document=office)
        await publish(work, wish, files=PACKAGED, limit=SNAPSHOT_BYTES)
    yield pool
    await pool.close()


async def attempt(connection: Connection, *statements: str) -> None:
    """Run *statements* in a transaction that sees the tenant's rows, and read them."""
    async with connection.transaction():
        await connection.execute(SEE)
        for statement in statements:
            await connection.execute(statement)
        await connection.fetch("SELECT * FROM calendar_versions")


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE calendar_versions SET snapshot = 'x'", id="snapshot"),
        pytest.param("UPDATE calendar_versions SET hash = repeat('0', 64)", id="hash"),
        pytest.param("UPDATE calendar_versions SET version = 2", id="number"),
        pytest.param("UPDATE calendar_versions SET published_at = now()", id="instant"),
        pytest.param("DELETE FROM calendar_versions", id="delete"),
        pytest.param("TRUNCATE calendar_versions CASCADE", id="truncate"),
        pytest.param("UPDATE calendar_working_windows SET closes = '18:00'", id="window"),
        pytest.param("DELETE FROM calendar_working_windows", id="delete window"),
        pytest.param("DELETE FROM calendar_holidays", id="delete holiday"),
        pytest.param("TRUNCATE calendar_holidays", id="truncate holidays"),
        pytest.param("DELETE FROM audit", id="audit"),
        pytest.param("ALTER TABLE calendar_versions DISABLE TRIGGER ALL", id="disable trigger"),
        pytest.param("DROP TRIGGER calendar_versions_immutable ON calendar_versions", id="drop"),
        pytest.param("SET LOCAL session_replication_role = replica", id="replication role"),
        pytest.param("SET LOCAL ROLE calendar_owner", id="become the owner"),
        pytest.param("SET LOCAL row_security = off", id="row security"),
    ],
)
async def test_the_services_own_role_may_not(pool: Pool, statement: str) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(connection, statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE calendar_versions SET snapshot = snapshot || 'x'", id="snapshot"),
        pytest.param("UPDATE calendar_versions SET note = 'better'", id="note"),
        pytest.param("DELETE FROM calendar_versions", id="delete"),
        pytest.param("TRUNCATE calendar_versions CASCADE", id="truncate"),
        pytest.param("UPDATE calendar_working_windows SET closes = '18:00'", id="window"),
        pytest.param("DELETE FROM calendar_holidays", id="delete holiday"),
        pytest.param("TRUNCATE calendar_working_windows", id="truncate windows"),
    ],
)
async def test_even_the_owner_is_stopped_by_triggers(
    pool: Pool, dsn: str, databases: Databases, statement: str
) -> None:
    connection = await asyncpg.connect(databases.admin(dsn))
    try:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
            await attempt(connection, "SET LOCAL ROLE calendar_owner", statement)
    finally:
        await connection.close()


async def test_retiring_is_the_only_change_and_happens_once(pool: Pool) -> None:
    async with beginner(pool)("acme") as work:
        retired = await retire(work, "uk", 1, "somebody")
    assert retired is not None
    assert retired.status == "retired"
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
            await attempt(connection, "UPDATE calendar_versions SET status = 'published'")


async def test_a_hash_must_fit_its_snapshot(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await attempt(
                connection,
                "INSERT INTO calendar_versions (tenant_id, calendar_id, version, name, kind,"
                " timezone, tzdata, snapshot, hash, content, published_by)"
                " VALUES ('acme', 'uk', 2, 'n', 'business', 'UTC', '1', 'x',"
                " repeat('0', 64), repeat('0', 64), 'me')",
            )


async def test_another_tenant_sees_nothing(pool: Pool) -> None:
    async with beginner(pool)("globex") as work:
        assert await work.latest("uk") is None
