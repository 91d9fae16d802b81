"""What was published, bound or assigned never changes, whoever tries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.commerce import ContractNews
from sla_service.domain.snapshot import SealedCalendar
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from sla_service.usecases.learn import Lesson, Retirement, learn_calendars
from sla_service.usecases.publish import Rules, Wish, publish
from slaclock.business_time import seal
from slaclock.contracts.canonical import content_hash
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Connection, Pool
from slaclock.testing.databases import Databases

SEE = "SELECT set_config('app.tenants', 'acme', true)"
AT = datetime(2026, 3, 1, tzinfo=UTC)
QUOTE = ContractNews(
    tenant="acme",
    contract_id="c1",
    customer_id="customer",
    sla_id="gold",
    sla_version=None,
    effective_from=AT,
    effective_to=None,
    mode="keep",
    cause_kind="quote",
    cause_id="q1",
    happened_at=AT,
    source="/crm",
    event_id="e1",
)


@pytest_asyncio.fixture
async def filled(pool: Pool, gold: dict[str, Any]) -> Pool:
    """A database with a row in each table that only grows."""
    calendar = seal(gold["calendars"]["office"], calendar_id="uk", version=1)
    sealed = SealedCalendar(calendar, content_hash(calendar), "uk", 1)
    gold["credits"] = [
        {
            "metric": "resolution",
            "period": "month",
            "tiers": [{"below": "95.00", "percent": "5.00"}],
        }
    ]
    wish = Wish("acme", "gold", "somebody", document=gold, default=True)
    async with beginner(pool)({"acme"}) as work:
        await publish(work, wish, Rules(SNAPSHOT_BYTES))
        await bind(work, [QUOTE])
        gone = Retirement("acme", PublishedCalendar("uk", 1), sealed.hash)
        await learn_calendars(work, [Lesson("acme", sealed), gone])
    return pool


async def attempt(connection: Connection, *statements: str) -> None:
    async with connection.transaction():
        await connection.execute(SEE)
        for statement in statements:
            await connection.execute(statement)


TABLES = [
    ("sla_versions", "snapshot = 'x'"),
    ("sla_targets", "minutes = 1"),
    ("sla_escalation_rules", "deliver = '[]'"),
    ("sla_service_credit_rules", "tiers = '[]'"),
    ("published_calendars", "snapshot = 'x'"),
    ("retired_calendars", "hash = repeat('0', 64)"),
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
SWITCHES = [
    pytest.param(f"ALTER TABLE {table} DISABLE TRIGGER ALL", id=f"disable {table}")
    for table, _ in TABLES
]


WAYS_AROUND = [
    pytest.param(statement.format(table=table), id=f"{name} {table}")
    for table in ("contract_sla_snapshots", "terms_entries")
    for name, statement in (
        ("drop trigger of", "DROP TRIGGER {table}_immutable ON {table}"),
        ("drop", "DROP TABLE {table}"),
        ("open the rows of", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
        ("replace the guard of", "ALTER TABLE {table} DROP CONSTRAINT {table}_pkey"),
        ("grant oneself", "GRANT UPDATE ON {table} TO sla_app; UPDATE {table} SET mode = 'keep'"),
    )
] + [
    pytest.param("SET LOCAL session_replication_role = replica", id="pretend to be a replica"),
    pytest.param("SET LOCAL ROLE sla_owner", id="become the owner"),
]


@pytest.mark.parametrize("statement", [*EVERYWHERE, *SWITCHES, *WAYS_AROUND])
async def test_the_services_own_role_may_not(filled: Pool, statement: str) -> None:
    async with filled.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(connection, statement)


@pytest.mark.parametrize("statement", EVERYWHERE)
async def test_even_the_owner_is_stopped_by_triggers(
    filled: Pool, dsn: str, databases: Databases, statement: str
) -> None:
    connection = await asyncpg.connect(databases.admin(dsn))
    try:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
            await attempt(connection, "SET LOCAL ROLE sla_owner", statement)
    finally:
        await connection.close()


async def test_a_version_retires_once_and_never_comes_back(filled: Pool) -> None:
    retire = (
        "UPDATE sla_versions SET status = 'retired', retired_at = now(), retired_by = 'somebody'"
    )
    async with filled.acquire() as connection:
        await attempt(connection, retire)
        for again in (retire, "UPDATE sla_versions SET status = 'published', retired_at = NULL"):
            with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="immutable"):
                await attempt(connection, again)


async def test_a_contract_pins_what_exists(filled: Pool) -> None:
    async with filled.acquire() as connection:
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
