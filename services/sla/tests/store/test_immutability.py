"""What was published, bound or assigned never changes, and nothing is added to it, whoever tries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.snapshot import SealedCalendar
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from sla_service.usecases.learn import Lesson, Retirement, learn_calendars
from sla_service.usecases.publish import Rules, Wish, publish
from slaclock.business_time import seal
from slaclock.contracts.canonical import content_hash
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Connection, Pool, open_pool
from slaclock.store.migrate import Schema
from slaclock.testing.databases import Databases, run_aside

from ..commerce import accepted_quote

SEE = "SELECT set_config('app.tenants', 'acme', true)"
AT = datetime(2026, 3, 1, tzinfo=UTC)
OFFICE = {
    "timezone": "Europe/London",
    "windows": [{"weekday": 0, "start": "09:00", "end": "17:30"}],
}
FILE: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold",
    "calendars": {},
    "targets": [{"metric": "resolution", "priority": None, "minutes": 240, "calendar": "24x7"}],
    "escalations": [
        {
            "rule_id": "r1",
            "threshold": "percent:90",
            "metric": "resolution",
            "deliver": [{"channel": "webhook", "to": "https://sink.example/x"}],
        }
    ],
    "credits": [
        {
            "metric": "resolution",
            "period": "month",
            "tiers": [{"below": "95.00", "percent": "5.00"}],
        }
    ],
}
QUOTE = accepted_quote(AT)


async def fill(dsn: str) -> None:
    """A row in each table that only grows."""
    calendar = seal(OFFICE, calendar_id="uk", version=1)
    sealed = SealedCalendar(calendar, content_hash(calendar), "uk", 1)
    wish = Wish("acme", "gold", "somebody", document=FILE, default=True)
    pool = await open_pool(dsn, application="test")
    async with beginner(pool)({"acme"}) as work:
        await publish(work, wish, Rules(SNAPSHOT_BYTES))
        await bind(work, [QUOTE])
        old = Retirement("acme", PublishedCalendar("uk", 1), sealed.hash)
        await learn_calendars(work, [Lesson("acme", sealed), old])
    await pool.close()


@pytest.fixture(scope="module")
def kept(databases: Databases) -> Iterator[str]:
    """A filled database. No test changes anything in it: that is what they are about."""
    dsn = databases.create(Schema("sla", "sla_service.store.migrations"))
    run_aside(fill(dsn))
    yield dsn
    databases.drop(dsn)


@pytest_asyncio.fixture
async def filled(dsn: str) -> AsyncIterator[Pool]:
    """A filled database of the test's own."""
    await fill(dsn)
    pool = await open_pool(dsn, application="test")
    yield pool
    await pool.close()


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def attempt(connection: Connection, *statements: str) -> None:
    async with connection.transaction():
        await connection.execute(SEE)
        for statement in statements:
            await connection.execute(statement)
        await connection.fetch("SELECT * FROM sla_versions")


TABLES = [
    ("sla_versions", "snapshot = 'x'"),
    ("sla_targets", "minutes = 1"),
    ("sla_escalation_rules", "deliver = '[]'"),
    ("sla_service_credit_rules", "tiers = '[]'"),
    ("published_calendars", "snapshot = 'x'"),
    ("retired_calendars", "version = 2"),
    ("contract_sla_snapshots", "agreement = NULL"),
    ("terms_entries", "effective_from = now()"),
    ("audit", "actor = 'nobody'"),
]
EVERYWHERE = [
    pytest.param(sql.format(table=table, change=change), id=f"{verb} {table}")
    for table, change in TABLES
    for verb, sql in (
        ("update", "UPDATE {table} SET {change}"),
        ("delete", "DELETE FROM {table}"),
        ("truncate", "TRUNCATE {table} CASCADE"),
    )
]
WAYS_AROUND = [
    pytest.param(statement.format(table=table), id=f"{name} {table}")
    for table, _ in TABLES
    for name, statement in (
        ("disable triggers of", "ALTER TABLE {table} DISABLE TRIGGER ALL"),
        ("drop", "DROP TABLE {table} CASCADE"),
        ("rename", "ALTER TABLE {table} RENAME TO other"),
        ("open the rows of", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
        ("unguard", "ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE"),
        ("rewrite", "CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING"),
        (
            "trigger on",
            "CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION refuse_change()",
        ),
    )
] + [
    pytest.param("DROP TRIGGER sla_versions_immutable ON sla_versions", id="drop the trigger"),
    pytest.param("DROP FUNCTION keep_version CASCADE", id="drop the guard"),
    pytest.param(
        "CREATE OR REPLACE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN new; END'",
        id="replace the guard",
    ),
    pytest.param("DROP SCHEMA public CASCADE", id="drop the schema"),
    pytest.param("SET LOCAL session_replication_role = replica", id="pretend to be a replica"),
    pytest.param("SET LOCAL row_security = off", id="row security"),
    pytest.param("SET LOCAL ROLE sla_owner", id="become the owner"),
    pytest.param("SET LOCAL ROLE sla_scan", id="become the scanner"),
    pytest.param("ALTER ROLE sla_app SUPERUSER", id="become a superuser"),
    pytest.param("GRANT sla_owner TO sla_app", id="join the owner"),
]


@pytest.mark.parametrize("role", ["app", "relay"])
@pytest.mark.parametrize("statement", [*EVERYWHERE, *WAYS_AROUND])
async def test_the_services_own_roles_may_not(kept: str, statement: str, role: str) -> None:
    become = ["SET LOCAL ROLE sla_relay"] if role == "relay" else []
    async with connected(kept) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(connection, *become, statement)


@pytest.mark.parametrize("statement", EVERYWHERE)
async def test_the_scanner_may_not(kept: str, databases: Databases, statement: str) -> None:
    async with connected(databases.admin(kept)) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(connection, "SET LOCAL ROLE sla_scan", statement)


@pytest.mark.parametrize("statement", EVERYWHERE)
async def test_even_the_owner_is_stopped_by_triggers(
    kept: str, databases: Databases, statement: str
) -> None:
    async with connected(databases.admin(kept)) as connection:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
            await attempt(connection, "SET LOCAL ROLE sla_owner", statement)


async def test_not_even_the_owner_goes_round_the_triggers_of_a_session(
    kept: str, databases: Databases
) -> None:
    async with connected(databases.admin(kept)) as connection:
        await connection.execute("SET ROLE sla_owner")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET session_replication_role = replica")


async def test_everything_that_only_grows_is_tried(kept: str, databases: Databases) -> None:
    """Tables whose rows the service may not change at all; a new one belongs into `TABLES`."""
    async with connected(databases.admin(kept)) as connection:
        rows = await connection.fetch(
            "SELECT tgrelid::regclass::text AS name FROM pg_trigger"
            " WHERE tgname LIKE '%never_emptied'"
        )
    assert {row["name"] for row in rows} == {table for table, _ in TABLES}


RETIRE = "UPDATE sla_versions SET status = 'retired', retired_at = now(), retired_by = 'somebody'"
TARGET = "INSERT INTO sla_targets VALUES ('acme', 'gold', 1, 9, 'first_response', NULL, 1, '24x7')"
RULE = (
    "INSERT INTO sla_escalation_rules (tenant_id, sla_id, version, rule_id, ordinal, threshold,"
    " deliver) VALUES ('acme', 'gold', 1, 'more', 9, 'percent:1', '[]')"
)
CREDIT = (
    "INSERT INTO sla_service_credit_rules VALUES"
    " ('acme', 'gold', 1, 'more', 9, 'resolution', 'month', '[]', 1, 1, '[]')"
)


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([TARGET], id="target"),
        pytest.param([RULE], id="escalation rule"),
        pytest.param([CREDIT], id="service credit"),
        pytest.param([RETIRE, TARGET], id="target while it is retired"),
        pytest.param(["SAVEPOINT s", RULE], id="escalation rule in a savepoint"),
    ],
)
async def test_nothing_is_added_to_a_published_version(
    kept: str, databases: Databases, statements: list[str], role: str
) -> None:
    become = ["SET LOCAL ROLE sla_owner"] if role == "owner" else []
    async with connected(databases.admin(kept) if become else kept) as connection:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable: insert"):
            await attempt(connection, *become, *statements)


@pytest.mark.parametrize("number", [1, 3, 100])
async def test_numbers_of_versions_and_terms_have_no_gap(kept: str, number: int) -> None:
    async with connected(kept) as connection:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="cannot follow"):
            await attempt(
                connection,
                f"INSERT INTO sla_versions (tenant_id, sla_id, version, name, snapshot, hash,"  # noqa: S608 - a number
                f" content, effective_from, published_by) SELECT tenant_id, sla_id, {number}, name,"
                " snapshot, hash, content, effective_from, 'me' FROM sla_versions",
            )
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="cannot follow"):
            await attempt(
                connection,
                "INSERT INTO terms_entries (tenant_id, revision, entry_id, kind, effective_from,"  # noqa: S608 - a number
                f" mode, recorded_by) SELECT tenant_id, {number}, gen_random_uuid(), kind,"
                " effective_from, mode, 'me' FROM terms_entries",
            )


@pytest.mark.parametrize(
    "column",
    [
        pytest.param("status, retired_at, retired_by", id="retired from birth"),
        pytest.param("created_in", id="a birth of one's choice"),
    ],
)
async def test_a_version_is_born_published_and_now(kept: str, column: str) -> None:
    async with connected(kept) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(
                connection,
                f"INSERT INTO sla_versions ({column}) SELECT {column} FROM sla_versions",  # noqa: S608 - the names stand above
            )


async def test_a_hash_must_fit_its_snapshot(kept: str) -> None:
    async with connected(kept) as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await attempt(
                connection,
                "INSERT INTO sla_versions (tenant_id, sla_id, version, name, snapshot, hash,"
                " content, effective_from, published_by) SELECT tenant_id, sla_id, 2, name, 'x',"
                " hash, content, effective_from, 'me' FROM sla_versions",
            )


async def test_a_version_retires_once_and_never_comes_back(filled: Pool) -> None:
    async with filled.acquire() as connection:
        await attempt(connection, RETIRE)
        for again in (RETIRE, "UPDATE sla_versions SET status = 'published', retired_at = NULL"):
            with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
                await attempt(connection, again)


async def test_retiring_changes_nothing_else(kept: str, databases: Databases) -> None:
    async with connected(databases.admin(kept)) as connection:
        for more in ("note = 'better'", "name = 'x'", "created_in = '1'", "version = 2"):
            with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
                await attempt(connection, "SET LOCAL ROLE sla_owner", f"{RETIRE}, {more}")


async def test_a_contract_pins_what_exists(kept: str) -> None:
    async with connected(kept) as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await attempt(
                connection,
                "INSERT INTO contract_sla_snapshots SELECT tenant_id, 'c2', entry_id, customer_id,"
                " sla_id, sla_version, repeat('0', 64), effective_from, effective_to, mode,"
                " cause_kind, cause_id, request_hash, happened_at, source, event_id"
                " FROM contract_sla_snapshots",
            )


async def test_another_tenant_sees_nothing(filled: Pool) -> None:
    async with beginner(filled)({"globex"}) as work:
        assert await work.latest("acme", "gold") is None
        assert await work.contract("acme", "c1") == []
        assert await work.terms("acme") == []
