"""`Work` on PostgreSQL: where publishers compete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

from calendar_service.domain.version import CalendarVersion, Snapshot, WholeVersion
from calendar_service.ports import AuditEntry, Begin, Draft
from calendar_service.store.facts import as_draft, as_version, as_whole
from calendar_service.store.set_work import SQL, PgSetWork
from slaclock.contracts.canonical import canonical
from slaclock.contracts.envelope import Event
from slaclock.http.idempotency import KeptAnswer, Slot
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Pool, begin
from slaclock.store.answers import fill

__all__ = ["PgWork", "beginner"]


def beginner(pool: Pool) -> Begin:
    """What opens transactions on *pool*."""

    def opened(tenant: str) -> AbstractAsyncContextManager[PgWork]:
        return _work(pool, tenant)

    return opened


@asynccontextmanager
async def _work(pool: Pool, tenant: str) -> AsyncIterator[PgWork]:
    async with begin(pool, {tenant}) as connection:
        yield PgWork(connection, tenant)


class PgWork(PgSetWork):
    """One transaction; see `calendar_service.ports.Work` for what each method means."""

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
        return None if row is None else as_draft(row)

    async def lock_draft(self, calendar_id: str) -> Draft | None:
        """See `Work.lock_draft`."""
        row = await self._connection.fetchrow(SQL["lock_draft"], self._tenant, calendar_id)
        return None if row is None else as_draft(row)

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

    async def whole(self, calendar_id: str, version: int | None) -> WholeVersion | None:
        """See `Work.whole`."""
        row = await self._connection.fetchrow(
            SQL["whole_version"], self._tenant, calendar_id, version
        )
        return None if row is None else as_whole(row)

    async def add_version(
        self, version: CalendarVersion, snapshot: Snapshot, document: Mapping[str, Any]
    ) -> None:
        """See `Work.add_version`. Rows that belong to it must come in its own transaction."""
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
            canonical(dict(document)),
            version.author,
        )
        await self._add_hours(version, snapshot.document)
        await self._connection.execute(
            SQL["add_used_sets"],
            *key,
            version.version,
            [used.set_id for used in version.sets],
            [used.version for used in version.sets],
            [used.pinned for used in version.sets],
        )

    async def _add_hours(self, version: CalendarVersion, snapshot: Mapping[str, Any]) -> None:
        key = (self._tenant, version.calendar_id, version.version)
        windows, holidays = snapshot["windows"], snapshot["holidays"]
        await self._connection.execute(
            SQL["add_windows"],
            *key,
            [window["weekday"] for window in windows],
            [window["start"] for window in windows],
            [window["end"] for window in windows],
        )
        await self._connection.execute(
            SQL["add_holidays"],
            *key,
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

    async def keep_answer(self, slot: Slot, answer: KeptAnswer) -> None:
        """See `Work.keep_answer`."""
        await fill(self._connection, slot, answer)

    async def note(self, actor: str, action: str, subject: str, **detail: Any) -> None:
        """See `Work.note`."""
        await self._connection.execute(SQL["note"], self._tenant, actor, action, subject, detail)

    async def audit(
        self, calendar_id: str, *, below: int | None, limit: int
    ) -> Sequence[AuditEntry]:
        """See `Work.audit`."""
        rows = await self._connection.fetch(SQL["audit"], self._tenant, calendar_id, below, limit)
        return [AuditEntry(**{**row, "at": row["at"].astimezone(UTC)}) for row in rows]

    async def _version(self, calendar_id: str, version: int | None) -> CalendarVersion | None:
        row = await self._connection.fetchrow(SQL["version"], self._tenant, calendar_id, version)
        return None if row is None else as_version(row)
