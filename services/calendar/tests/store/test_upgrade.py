"""A database with versions from before there were documents and sets, brought up to date."""

from __future__ import annotations

import uuid
from importlib.resources import files

import asyncpg

from calendar_service.domain.version import snapshot_of
from calendar_service.store.work import beginner
from slaclock.business_time import PACKAGED
from slaclock.store import open_pool
from slaclock.store.migrate import Schema, provision, upgrade, with_database
from slaclock.testing.databases import Databases, PostgresLike

CALENDAR = Schema("calendar", "calendar_service.store.migrations")
DRAFT = {"timezone": "Europe/London", "windows": [{"weekday": 0, "start": "09:00", "end": "17:00"}]}


async def test_versions_that_are_there_keep_their_bytes(
    postgres: PostgresLike, databases: Databases
) -> None:
    name = f"calendar_{uuid.uuid4().hex[:12]}"
    await provision(postgres.admin_dsn, CALENDAR, database=name)
    dsn = with_database(postgres.admin_dsn, name)
    try:
        snapshot = snapshot_of(DRAFT, "uk", 1, PACKAGED)
        owner = await asyncpg.connect(dsn)
        try:
            async with owner.transaction():
                await owner.execute("SET LOCAL ROLE calendar_owner")
                for piece in ("base_1", "outbox_1", "idempotency_1", "audit_1"):
                    await owner.execute(sql("slaclock.store.pieces", f"{piece}.sql"))
                first = "0001_create_calendars.sql"
                await owner.execute(sql(f"{CALENDAR.migrations}.versions", first))
                await owner.execute("CREATE TABLE migration (version_num varchar(32) PRIMARY KEY)")
                await owner.execute("INSERT INTO migration VALUES ('0001')")
                await owner.execute("SELECT set_config('app.tenants', 'acme', true)")
                await owner.execute("INSERT INTO calendars VALUES ('acme', 'uk', now(), 'me')")
                await owner.execute(
                    "INSERT INTO calendar_versions (tenant_id, calendar_id, version, name, kind,"
                    " timezone, tzdata, snapshot, hash, content, published_by) VALUES"
                    " ('acme', 'uk', 1, 'uk', 'business', 'Europe/London', '1', $1, $2, $3, 'me')",
                    snapshot.body,
                    snapshot.hash,
                    snapshot.content,
                )
        finally:
            await owner.close()
        await upgrade(postgres.admin_dsn, CALENDAR, database=name)
        pool = await open_pool(dsn, application="test")
        async with beginner(pool)("acme") as work:
            whole = await work.whole("uk", None)
        await pool.close()
        assert whole is not None
        assert whole.snapshot == snapshot.document
        assert (whole.facts.author, whole.facts.sets, whole.facts.horizon) == ("me", (), None)
        assert whole.document["windows"] == DRAFT["windows"]
    finally:
        databases.drop(dsn)


def sql(package: str, name: str) -> str:
    text = files(package).joinpath(name).read_text("utf-8")
    return text.replace("{service}", "calendar")
