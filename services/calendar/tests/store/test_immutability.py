"""A published version never changes, whoever tries: the service's own role, and the owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from calendar_service.store.work import beginner
from calendar_service.usecases.publish import Wish, publish, retire
from calendar_service.usecases.publish_set import SetPublication, publish_set
from slaclock.business_time import PACKAGED
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Connection, Pool, open_pool
from slaclock.testing.databases import Databases

SEE = "SELECT set_config('app.tenants', 'acme', true)"


@pytest_asyncio.fixture
async def pool(dsn: str, office: dict[str, Any]) -> AsyncIterator[Pool]:
    """A database with version 1 of `uk`, which uses version 1 of the set `bank`."""
    pool = await open_pool(dsn, application="test")
    async with beginner(pool)("acme") as work:
        bank = {"holidays": [{"date": "2026-08-31", "name": "Bank holiday"}]}
        await publish_set(work, SetPublication("bank", "somebody", bank))
        document = {**office, "holiday_sets": [{"set_id": "bank"}]}
        wish = Wish("acme", "uk", "somebody", document=document)
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
        pytest.param("UPDATE calendar_versions SET document = NULL", id="document"),
        pytest.param("UPDATE calendar_versions SET created_in = pg_current_xact_id()", id="birth"),
        pytest.param("DELETE FROM calendar_version_sets", id="delete a set's use"),
        pytest.param("UPDATE calendar_version_sets SET pinned = true", id="pin"),
        pytest.param("UPDATE holiday_set_versions SET document = 'x'", id="set"),
        pytest.param("DELETE FROM holiday_set_versions", id="delete set"),
        pytest.param("TRUNCATE holiday_set_versions CASCADE", id="truncate sets"),
        pytest.param("DELETE FROM calendars", id="delete calendar"),
        pytest.param("DELETE FROM audit", id="audit"),
        pytest.param("ALTER TABLE calendar_versions DISABLE TRIGGER ALL", id="disable trigger"),
        pytest.param("DROP TRIGGER calendar_versions_immutable ON calendar_versions", id="drop"),
        pytest.param("SET LOCAL session_replication_role = replica", id="replication role"),
        pytest.param("SET LOCAL ROLE calendar_owner", id="become the owner"),
        pytest.param("SET LOCAL row_security = off", id="row security"),
    ],
)
@pytest.mark.parametrize("role", ["app", "relay"])
async def test_the_services_own_roles_may_not(pool: Pool, statement: str, role: str) -> None:
    become = ["SET LOCAL ROLE calendar_relay"] if role == "relay" else []
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(connection, *become, statement)


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
        pytest.param("UPDATE calendar_versions SET document = NULL", id="document"),
        pytest.param("UPDATE calendar_versions SET created_in = pg_current_xact_id()", id="birth"),
        pytest.param("UPDATE holiday_set_versions SET note = 'better'", id="set"),
        pytest.param("DELETE FROM holiday_set_versions", id="delete set"),
        pytest.param("TRUNCATE holiday_set_versions CASCADE", id="truncate sets"),
        pytest.param("DELETE FROM calendar_version_sets", id="delete a set's use"),
        pytest.param("TRUNCATE calendar_version_sets", id="truncate uses"),
        pytest.param("DELETE FROM audit", id="audit"),
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


async def test_not_even_the_owner_goes_round_the_triggers_of_a_session(
    pool: Pool, dsn: str, databases: Databases
) -> None:
    connection = await asyncpg.connect(databases.admin(dsn))
    try:
        await connection.execute("SET ROLE calendar_owner")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET session_replication_role = replica")
    finally:
        await connection.close()


WINDOW = "INSERT INTO calendar_working_windows VALUES ('acme', 'uk', 1, 99, 6, '10:00', '11:00')"
HOLIDAY = "INSERT INTO calendar_holidays VALUES ('acme', 'uk', 1, 99, '2026-06-01', 'x', false)"
USE = "INSERT INTO calendar_version_sets VALUES ('acme', 'uk', 1, 9, 'other', 1, false)"
OTHER_SET = (
    "INSERT INTO holiday_sets (tenant_id, set_id, created_by) VALUES ('acme', 'other', 'me')",
    """
    INSERT INTO holiday_set_versions (tenant_id, set_id, version, name, document, hash, published_by)
    VALUES ('acme', 'other', 1, 'n', '{}', encode(sha256('{}'), 'hex'), 'me')
    """,
)
RETIRE = "UPDATE calendar_versions SET status = 'retired', retired_at = now(), retired_by = 'me'"


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([WINDOW], id="window"),
        pytest.param([HOLIDAY], id="holiday"),
        pytest.param([*OTHER_SET, USE], id="set"),
        pytest.param([RETIRE, WINDOW], id="window while it is retired"),
        pytest.param(["SAVEPOINT s", HOLIDAY], id="holiday in a savepoint"),
    ],
)
async def test_nothing_is_added_to_a_published_version(
    pool: Pool, dsn: str, databases: Databases, statements: list[str], role: str
) -> None:
    address = databases.admin(dsn) if role == "owner" else dsn
    become = ["SET LOCAL ROLE calendar_owner"] if role == "owner" else []
    connection = await asyncpg.connect(address)
    try:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable: insert"):
            await attempt(connection, *become, *statements)
    finally:
        await connection.close()


NEXT = (
    "INSERT INTO calendar_versions (tenant_id, calendar_id, version, name, kind, timezone, tzdata,"
    " snapshot, hash, content, published_by) SELECT tenant_id, calendar_id, {version}, name, kind,"
    " timezone, tzdata, snapshot, hash, content, 'me' FROM calendar_versions"
)


@pytest.mark.parametrize("version", [1, 3, 100])
async def test_numbers_of_versions_have_no_gap(pool: Pool, version: int) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="cannot follow"):
            await attempt(connection, NEXT.format(version=version))
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="cannot follow"):
            await attempt(
                connection,
                "INSERT INTO holiday_set_versions (tenant_id, set_id, version, name, document,"
                " hash, published_by) SELECT tenant_id, set_id, 5, name, document, hash, 'me'"
                " FROM holiday_set_versions",
            )


@pytest.mark.parametrize(
    "column",
    [
        pytest.param("status, retired_at, retired_by", id="retired from birth"),
        pytest.param("created_in", id="a birth of one's choice"),
    ],
)
async def test_a_version_is_born_published_and_now(pool: Pool, column: str) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(
                connection,
                f"INSERT INTO calendar_versions ({column}) SELECT {column} FROM calendar_versions",  # noqa: S608 - the names stand above
            )


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
