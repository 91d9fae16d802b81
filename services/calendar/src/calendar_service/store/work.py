"""`Work` on PostgreSQL: where publishers compete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import orjson

from calendar_service.domain.version import CalendarVersion, Snapshot
from calendar_service.ports import Begin, Draft
from slaclock.contracts.envelope import Event
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Connection, Pool, begin, load_queries

__all__ = ["PgWork", "beginner"]

SQL = load_queries("calendar_service.store")


def beginner(pool: Pool) -> Begin:
    """What opens transactions on *pool*."""

    def opened(tenant: str) -> AbstractAsyncContextManager[PgWork]:
        return _work(pool, tenant)

    return opened


@asynccontextmanager
async def _work(pool: Pool, tenant: str) -> AsyncIterator[PgWork]:
    async with begin(pool, {tenant}) as connection:
        yield PgWork(connection, tenant)


class PgWork:
    """One transaction; see `calendar_service.ports.Work` for what each method means."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def lock(self, calendar_id: str) -> None:
        """See `Work.lock`."""
        await self._connection.execute(SQL["lock_calendar"], self._tenant, calendar_id)

    async def now(self) -> datetime:
        """See `Work.now`."""
        at: datetime = await self._connection.fetchval(SQL["now"])
        return at.astimezone(UTC)

    async def draft(self, calendar_id: str) -> Draft | None:
        """See `Work.draft`."""
        row = await self._connection.fetchrow(SQL["draft"], self._tenant, calendar_id)
        if row is None:
            return None
        return Draft(
            calendar_id=calendar_id,
            document=orjson.loads(row["document"]),
            etag=row["etag"],
            updated_at=row["updated_at"].astimezone(UTC),
            updated_by=row["updated_by"],
        )

    async def discard_draft(self, draft: Draft) -> None:
        """See `Work.discard_draft`."""
        await self._connection.execute(
            SQL["discard_draft"], self._tenant, draft.calendar_id, draft.etag
        )

    async def latest(self, calendar_id: str) -> CalendarVersion | None:
        """See `Work.latest`."""
        return await self._version(calendar_id, None)

    async def version(self, calendar_id: str, version: int) -> CalendarVersion | None:
        """See `Work.version`."""
        return await self._version(calendar_id, version)

    async def add_version(self, version: CalendarVersion, snapshot: Snapshot) -> None:
        """See `Work.add_version`."""
        key = (self._tenant, version.calendar_id)
        await self._connection.execute(SQL["add_calendar"], *key, version.published_by)
        await self._connection.execute(
            SQL["add_version"],
            *key,
            version.version,
            version.name,
            version.kind,
            version.timezone,
            version.tzdata,
            snapshot.body,
            version.hash,
            version.content,
            version.note,
            version.published_at,
            version.published_by,
        )
        windows = snapshot.document["windows"]
        await self._connection.execute(
            SQL["add_windows"],
            *key,
            version.version,
            [window["weekday"] for window in windows],
            [window["start"] for window in windows],
            [window["end"] for window in windows],
        )
        holidays = snapshot.document["holidays"]
        await self._connection.execute(
            SQL["add_holidays"],
            *key,
            version.version,
            [date.fromisoformat(holiday["date"]) for holiday in holidays],
            [holiday.get("name") or "" for holiday in holidays],
            [holiday.get("recurrence") == "yearly" for holiday in holidays],
            [holiday.get("from") for holiday in holidays],
            [holiday.get("to") for holiday in holidays],
        )

    async def retire(self, version: CalendarVersion, actor: str, at: datetime) -> None:
        """See `Work.retire`."""
        await self._connection.execute(
            SQL["retire"], self._tenant, version.calendar_id, version.version, at, actor
        )

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        """See `Work.emit`."""
        await outbox.add(self._connection, [Outgoing.of(event) for event in events])

    async def note(self, actor: str, action: str, subject: str, **detail: Any) -> None:
        """See `Work.note`."""
        await self._connection.execute(SQL["note"], self._tenant, actor, action, subject, detail)

    async def _version(self, calendar_id: str, version: int | None) -> CalendarVersion | None:
        row = await self._connection.fetchrow(SQL["version"], self._tenant, calendar_id, version)
        return None if row is None else _as_version(row)


def _as_version(row: asyncpg.Record) -> CalendarVersion:
    return CalendarVersion(
        tenant=row["tenant_id"],
        calendar_id=row["calendar_id"],
        version=row["version"],
        name=row["name"],
        kind=row["kind"],
        timezone=row["timezone"],
        tzdata=row["tzdata"],
        hash=row["hash"],
        content=row["content"],
        published_at=row["published_at"].astimezone(UTC),
        published_by=row["published_by"],
        note=row["note"],
        status=row["status"],
    )
