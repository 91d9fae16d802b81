"""A snapshot that is not what was published is never answered from, and somebody is told."""

from __future__ import annotations

from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.contracts.instants import parse_instant
from slaclock.store import Pool
from slaclock.testing.databases import Databases
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
AT = "2026-03-01T00:00:00Z"
SEE = "SELECT set_config('app.tenants', 'acme', true)"
BREAK_IN = """
DO $$ DECLARE rule text; BEGIN
  FOR rule IN SELECT conname FROM pg_constraint
               WHERE conrelid = 'sla_versions'::regclass AND contype = 'c'
  LOOP EXECUTE format('ALTER TABLE sla_versions DROP CONSTRAINT %I', rule); END LOOP;
END $$;
ALTER TABLE sla_versions DISABLE TRIGGER ALL;
"""
"""What the owner of the server would have to do first."""


@pytest_asyncio.fixture
async def bound(served: Served, pool: Pool, gold: dict[str, Any]) -> Served:
    admin = await served.client()
    body = {"sla": gold, "default": True, "effective_from": AT}
    assert (await admin.post(f"{SLA}/slas/gold/publish", json=body)).status_code == 201
    quote = accepted_quote(parse_instant(AT))
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [quote])
    return served


async def as_owner(databases: Databases, dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(databases.admin(dsn))
    try:
        await connection.execute(BREAK_IN)
        assert await connection.execute(statement) != "UPDATE 0"
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("contracts/c1/sla?at=2026-04-01T00:00:00Z", id="contract"),
        pytest.param("contracts/c1/annex?at=2026-04-01T00:00:00Z", id="annex of a contract"),
        pytest.param("slas/gold/versions/1/annex", id="annex"),
        pytest.param("slas/gold/versions/1/snapshot", id="snapshot"),
        pytest.param("slas/gold/versions/1/zendesk", id="for Zendesk"),
        pytest.param("what-applies?contract_id=c1&at=2026-04-01T00:00:00Z", id="what applies"),
        pytest.param("what-applies?at=2026-04-01T00:00:00Z", id="what applies by default"),
    ],
)
async def test_nothing_is_answered_from_a_changed_snapshot(
    bound: Served, pool: Pool, databases: Databases, dsn: str, path: str
) -> None:
    admin = await bound.client()
    assert (await admin.get(f"{SLA}/{path}")).status_code == 200
    generous = (
        "UPDATE sla_versions SET snapshot ="
        " convert_to(replace(convert_from(snapshot, 'UTF8'), '240', '9240'), 'UTF8')"
    )
    await as_owner(databases, dsn, generous)
    for _ in range(3):
        answer = await admin.get(f"{SLA}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (500, "snapshot.tampered")
        assert "9240" not in answer.text
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SEE)
        rows = await connection.fetch("SELECT body FROM outbox WHERE stream = 'ADVISORY'")
        noted = await connection.fetchval("SELECT count(*) FROM audit WHERE action LIKE 'snap%'")
    (advisory,) = [orjson.loads(row["body"])["data"] for row in rows]
    assert (advisory["kind"], advisory["severity"]) == ("snapshot.tampered", "error")
    assert advisory["detail"]["sla_id"] == "gold"
    assert noted == 1, "alarmed once an hour, not with every question"


async def test_a_snapshot_under_another_name_never_gets_in(bound: Served, pool: Pool) -> None:
    assert bound is not None
    forged = (
        "INSERT INTO sla_versions (tenant_id, sla_id, version, name, snapshot, hash, content,"
        " effective_from, published_by) SELECT tenant_id, sla_id, 2, name, snapshot || 'x', hash,"
        " content, effective_from, published_by FROM sla_versions"
    )
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SEE)
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(forged)


async def test_a_contract_keeps_what_it_pins_whatever_is_published_later(
    bound: Served, gold: dict[str, Any]
) -> None:
    admin = await bound.client()
    query = {"at": "2027-01-01T00:00:00Z"}
    before = (await admin.get(f"{SLA}/contracts/c1/sla", params=query)).json()
    for name in ("Gold 2", "Gold 3"):
        body = {"sla": {**gold, "name": name}, "default": True, "effective_from": AT}
        assert (await admin.post(f"{SLA}/slas/gold/publish", json=body)).status_code == 201
    assert (await admin.post(f"{SLA}/slas/gold/versions/1/retire")).status_code == 200
    assert (await admin.get(f"{SLA}/contracts/c1/sla", params=query)).json() == before
    applies = await admin.get(f"{SLA}/what-applies", params={"contract_id": "c1", **query})
    assert applies.json()["sla_version"] == 1
