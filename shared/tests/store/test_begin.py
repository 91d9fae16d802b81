"""A transaction sees the tenants that it names; roles see what they are for."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from slaclock.store import OUTAGES, Pool, ask, begin, open_pool
from slaclock.store.migrate import Schema, provision, upgrade
from slaclock.store.pool import begin_as
from slaclock.testing import eventually
from slaclock.testing.databases import Databases

PROBE = Schema("probe", "probe_service")


@pytest.fixture(scope="session", autouse=True)
def _probe_package() -> None:
    sys.path.append(str(Path(__file__).parent.parent / "messaging" / "probe"))


@pytest.fixture
async def pool(database: Callable[[Schema], str]) -> AsyncIterator[Pool]:
    made = await open_pool(database(PROBE), application="test", patience=30)
    yield made
    await made.close()


async def insert(pool: Pool, seeing: set[str], tenant: str, body: str) -> None:
    async with begin(pool, seeing) as connection:
        await connection.execute("INSERT INTO seen VALUES ($1, $2)", tenant, body)


async def bodies(pool: Pool, seeing: set[str]) -> set[str]:
    async with begin(pool, seeing) as connection:
        return {row["body"] for row in await connection.fetch("SELECT body FROM seen")}


async def test_rows_of_other_tenants_do_not_exist(pool: Pool) -> None:
    await insert(pool, {"acme"}, "acme", "a")
    await insert(pool, {"globex"}, "globex", "g")
    assert await bodies(pool, {"acme"}) == {"a"}
    assert await bodies(pool, {"acme", "globex"}) == {"a", "g"}
    assert await bodies(pool, {"initech"}) == set()


async def test_a_row_for_a_tenant_that_was_not_named_is_refused(pool: Pool) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await insert(pool, {"acme"}, "globex", "g")


async def test_a_transaction_without_tenants_is_refused(pool: Pool) -> None:
    with pytest.raises(ValueError, match="names the tenants"):
        await bodies(pool, set())


@pytest.mark.parametrize("name", ["acme,globex", "", "Acme", "acme\n", "x" * 64])
async def test_a_name_that_is_no_tenant_s_is_refused(pool: Pool, name: str) -> None:
    """A comma in a name would open the rows of two others."""
    with pytest.raises(ValueError, match="not names of tenants"):
        await bodies(pool, {name})


async def test_a_steady_transaction_sees_one_moment_and_changes_nothing(pool: Pool) -> None:
    async with begin(pool, {"acme"}, steady=True) as connection:
        assert await connection.fetch("SELECT body FROM seen") == []
        await insert(pool, {"acme"}, "acme", "meanwhile")
        assert await connection.fetch("SELECT body FROM seen") == []
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("INSERT INTO seen VALUES ('acme', 'b')")
    assert await bodies(pool, {"acme"}) == {"meanwhile"}


async def test_what_was_seen_is_forgotten_with_the_transaction(pool: Pool) -> None:
    await insert(pool, {"acme"}, "acme", "a")
    async with pool.acquire() as connection:
        assert await connection.fetch("SELECT * FROM seen") == []


async def test_a_connection_that_is_lost_between_two_statements_is_an_outage(pool: Pool) -> None:
    async def use() -> None:
        async with begin(pool, {"acme"}) as connection:
            async with begin(pool, {"acme"}) as other:
                await other.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
            await eventually(lambda: pool.get_size() == 1)
            await connection.fetch("SELECT body FROM seen")

    with pytest.raises(ConnectionResetError, match="was lost"):
        await use()
    assert await bodies(pool, {"acme"}) == set(), "the pool goes on"


async def test_a_question_by_itself_is_one_statement_that_sees_nobody(pool: Pool) -> None:
    await insert(pool, {"acme"}, "acme", "a")
    row = await ask(pool, "SELECT count(*) AS n, $1::int AS given FROM seen", 7)
    assert row is not None
    assert (row["n"], row["given"]) == (0, 7)
    assert await ask(pool, "SELECT body FROM seen") is None


async def test_a_connection_that_is_lost_is_an_outage_for_questions_as_well(pool: Pool) -> None:
    with pytest.raises(OUTAGES):
        await ask(pool, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert await ask(pool, "SELECT 1") is not None, "the pool goes on"


async def test_the_relay_sees_the_outbox_of_all_and_nothing_else(pool: Pool) -> None:
    async with begin_as(pool, "probe_relay") as connection:
        assert await connection.fetch("SELECT * FROM outbox") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with begin_as(pool, "probe_relay") as connection:
            await connection.fetch("SELECT * FROM seen")


@pytest.mark.parametrize(
    "attempt",
    [
        "ALTER TABLE seen DISABLE ROW LEVEL SECURITY",
        "SET session_replication_role = replica",
        "SET ROLE probe_owner",
        "TRUNCATE audit",
        "DROP POLICY tenants ON seen",
        "UPDATE outbox SET body = ''",
    ],
)
async def test_the_application_cannot_free_itself(pool: Pool, attempt: str) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with begin(pool, {"acme"}) as connection:
            await connection.execute(attempt)


async def test_an_audit_only_grows(
    pool: Pool, databases: Databases, database: Callable[..., str]
) -> None:
    dsn = database(PROBE)
    owner = await asyncpg.connect(databases.admin(dsn))
    try:
        await owner.execute(
            "INSERT INTO audit (tenant_id, actor, action, subject) VALUES ('acme', 'u', 'a', 's')"
        )
        for attempt in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
                await owner.execute(attempt)
    finally:
        await owner.close()


async def test_provisioning_and_migrating_again_changes_nothing(
    databases: Databases, database: Callable[..., str]
) -> None:
    dsn = database(PROBE)
    name = dsn.partition("?")[0].rpartition("/")[2]
    admin = databases.admin(dsn)
    for _ in range(2):
        await provision(admin, PROBE, database=name)
        assert await upgrade(admin, PROBE, database=name) == "0001"
