"""`Work` on PostgreSQL: where publishers, consumers and assignments compete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson

from sla_service.domain.agreement import Agreement, PublishedCalendar
from sla_service.domain.snapshot import SealedCalendar, Snapshot
from sla_service.domain.version import SlaVersion
from sla_service.ports import Begin, Draft
from sla_service.store.orders import add_orders
from sla_service.store.rows import as_draft, as_version
from sla_service.store.terms import PgTerms
from slaclock.contracts.canonical import canonical
from slaclock.contracts.envelope import Event
from slaclock.http.idempotency import KeptAnswer, Slot
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Pool, begin, load_queries
from slaclock.store.answers import fill

__all__ = ["PgWork", "beginner"]

SQL = load_queries("sla_service.store")


def beginner(pool: Pool) -> Begin:
    """What opens transactions on *pool*."""

    def opened(tenants: Collection[str]) -> AbstractAsyncContextManager[PgWork]:
        return _work(pool, tenants)

    return opened


@asynccontextmanager
async def _work(pool: Pool, tenants: Collection[str]) -> AsyncIterator[PgWork]:
    async with begin(pool, tenants) as connection:
        yield PgWork(connection)


class PgWork(PgTerms):
    """One transaction; see `sla_service.ports.Work` for what each method means."""

    async def lock(self, tenants: Collection[str]) -> None:
        """See `Work.lock`."""
        await self._connection.execute(SQL["lock_tenants"], sorted(tenants))

    async def now(self) -> datetime:
        """See `Work.now`."""
        at: datetime = await self._connection.fetchval(SQL["now"])
        return at.astimezone(UTC)

    async def draft(self, tenant: str, sla_id: str) -> Draft | None:
        """See `Work.draft`."""
        row = await self._connection.fetchrow(SQL["draft"], tenant, sla_id)
        return None if row is None else as_draft(sla_id, row)

    async def discard_draft(self, tenant: str, draft: Draft) -> None:
        """See `Work.discard_draft`."""
        await self._connection.execute(SQL["discard_draft"], tenant, draft.sla_id, draft.etag)

    async def calendars(
        self, tenant: str, wanted: Collection[PublishedCalendar]
    ) -> Mapping[PublishedCalendar, SealedCalendar]:
        """See `Work.calendars`."""
        listed = sorted(wanted)
        rows = await self._connection.fetch(
            SQL["calendars"],
            tenant,
            [one.calendar_id for one in listed],
            [one.version for one in listed],
        )
        return {
            PublishedCalendar(row["calendar_id"], row["version"]): SealedCalendar(
                orjson.loads(row["snapshot"]),
                row["hash"],
                row["calendar_id"],
                row["version"],
                retired=row["retired"],
            )
            for row in rows
        }

    async def newest_calendars(
        self, tenant: str, calendar_ids: Collection[str]
    ) -> Mapping[str, PublishedCalendar]:
        """See `Work.newest_calendars`."""
        rows = await self._connection.fetch(SQL["newest_calendars"], tenant, sorted(calendar_ids))
        return {
            row["calendar_id"]: PublishedCalendar(row["calendar_id"], row["version"])
            for row in rows
        }

    async def keep_calendar(self, tenant: str, calendar: SealedCalendar) -> str:
        """See `Work.keep_calendar`."""
        key = (tenant, calendar.calendar_id, calendar.version)
        await self._connection.execute(
            SQL["keep_calendar"], *key, canonical(dict(calendar.document)), calendar.hash
        )
        kept: str = await self._connection.fetchval(SQL["calendar_hash"], *key)
        return kept

    async def retire_calendar(
        self, tenant: str, calendar: PublishedCalendar, name: str
    ) -> str | None:
        """See `Work.retire_calendar`."""
        key = (tenant, calendar.calendar_id, calendar.version)
        kept: str | None = await self._connection.fetchval(SQL["calendar_hash"], *key)
        if kept in {None, name}:
            await self._connection.execute(SQL["keep_retirement"], *key, name)
        return kept

    async def latest(self, tenant: str, sla_id: str) -> SlaVersion | None:
        """See `Work.latest`."""
        row = await self._connection.fetchrow(SQL["latest"], tenant, sla_id)
        return None if row is None else as_version(row)

    async def version(self, tenant: str, sla_id: str, version: int | None) -> SlaVersion | None:
        """See `Work.version`."""
        row = await self._connection.fetchrow(SQL["version"], tenant, sla_id, version)
        return None if row is None else as_version(row)

    async def owner_groups(self, tenant: str) -> Mapping[str, str]:
        """See `Work.owner_groups`."""
        rows = await self._connection.fetch(SQL["owner_groups"], tenant)
        return {row["hash"]: row["owner_group"] for row in rows}

    async def snapshot(self, version: SlaVersion) -> Mapping[str, Any]:
        """See `Work.snapshot`."""
        body: bytes = await self._connection.fetchval(
            SQL["snapshot"], version.tenant, version.sla_id, version.version
        )
        document: dict[str, Any] = orjson.loads(body)
        return document

    async def published_as(self, version: SlaVersion) -> str | None:
        """See `Work.published_as`."""
        found: str | None = await self._connection.fetchval(
            SQL["published_as"], version.tenant, version.sla_id, version.version
        )
        return found

    async def add_version(
        self, version: SlaVersion, agreement: Agreement, snapshot: Snapshot
    ) -> None:
        """See `Work.add_version`."""
        key = (version.tenant, version.sla_id)
        await self._connection.execute(SQL["add_sla"], *key, version.published_by)
        await self._connection.execute(
            SQL["add_version"],
            *key,
            version.version,
            version.name,
            snapshot.body,
            version.hash,
            version.content,
            version.effective_from,
            version.note,
            version.published_at,
            version.published_by,
        )
        await self._connection.execute(
            SQL["add_targets"],
            *key,
            version.version,
            [target.metric for target in agreement.targets],
            [target.priority for target in agreement.targets],
            [target.minutes for target in agreement.targets],
            [target.calendar for target in agreement.targets],
        )
        await add_orders(self._connection, version, agreement)

    async def retire(self, version: SlaVersion, actor: str, at: datetime) -> None:
        """See `Work.retire`."""
        await self._connection.execute(
            SQL["retire"], version.tenant, version.sla_id, version.version, at, actor
        )

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        """See `Work.emit`."""
        await outbox.add(self._connection, [Outgoing.of(event) for event in events])

    async def keep_answer(self, slot: Slot, answer: KeptAnswer) -> None:
        """See `Work.keep_answer`."""
        await fill(self._connection, slot, answer)

    async def note(self, tenant: str, actor: str, action: str, subject: str, **detail: Any) -> None:
        """See `Work.note`."""
        await self._connection.execute(SQL["note"], tenant, actor, action, subject, detail)
