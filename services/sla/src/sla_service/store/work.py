"""`Work` on PostgreSQL: where publishers, consumers and assignments compete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson

from sla_service.domain.agreement import Agreement, PublishedCalendar
from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry
from sla_service.domain.snapshot import SealedCalendar, Snapshot
from sla_service.domain.terms import EntryKind, TermsEntry
from sla_service.domain.version import SlaVersion
from sla_service.ports import Begin, Draft
from sla_service.store.rows import (
    as_contract_entry,
    as_draft,
    as_news,
    as_terms_entry,
    as_version,
)
from slaclock.contracts.canonical import canonical
from slaclock.contracts.envelope import Event
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Connection, Pool, begin, load_queries

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


class PgWork:
    """One transaction; see `sla_service.ports.Work` for what each method means."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
                orjson.loads(row["snapshot"]), row["hash"], row["calendar_id"], row["version"]
            )
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

    async def latest(self, tenant: str, sla_id: str) -> SlaVersion | None:
        """See `Work.latest`."""
        row = await self._connection.fetchrow(SQL["latest"], tenant, sla_id)
        return None if row is None else as_version(row)

    async def version(self, tenant: str, sla_id: str, version: int | None) -> SlaVersion | None:
        """See `Work.version`."""
        row = await self._connection.fetchrow(SQL["version"], tenant, sla_id, version)
        return None if row is None else as_version(row)

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
        await self._connection.execute(
            SQL["add_rules"],
            *key,
            version.version,
            [rule.rule_id for rule in agreement.escalations],
            [rule.metric for rule in agreement.escalations],
            [rule.threshold for rule in agreement.escalations],
            [rule.priority for rule in agreement.escalations],
            [
                orjson.dumps([one.document() for one in rule.deliver]).decode()
                for rule in agreement.escalations
            ],
        )

    async def retire(self, version: SlaVersion, actor: str, at: datetime) -> None:
        """See `Work.retire`."""
        await self._connection.execute(
            SQL["retire"], version.tenant, version.sla_id, version.version, at, actor
        )

    async def known_news(self, news: ContractNews) -> str | None:
        """See `Work.known_news`."""
        says: str | None = await self._connection.fetchval(
            SQL["known_news"], news.tenant, news.contract_id, news.entry_id
        )
        return says

    async def customer_of(self, tenant: str, contract_id: str) -> str | None:
        """See `Work.customer_of`."""
        found: str | None = await self._connection.fetchval(SQL["customer_of"], tenant, contract_id)
        return found

    async def add_entry(self, entry: ContractEntry, says: str) -> None:
        """See `Work.add_entry`."""
        pin = entry.pin
        await self._connection.execute(
            SQL["add_entry"],
            entry.tenant,
            entry.contract_id,
            entry.entry_id,
            entry.customer_id,
            None if pin is None else pin.sla_id,
            None if pin is None else pin.version,
            None if pin is None else pin.hash,
            entry.effective_from,
            entry.effective_to,
            entry.mode,
            entry.cause_kind,
            entry.cause_id,
            says,
            entry.happened_at,
            entry.source,
            entry.event_id,
        )

    async def contract(self, tenant: str, contract_id: str) -> Sequence[ContractEntry]:
        """See `Work.contract`."""
        rows = await self._connection.fetch(SQL["contract"], tenant, contract_id)
        return [as_contract_entry(row) for row in rows]

    async def contracts(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[ContractEntry]:
        """See `Work.contracts`."""
        rows = await self._connection.fetch(SQL["contracts"], tenant, after, limit)
        return [as_contract_entry(row) for row in rows]

    async def wait(self, news: ContractNews) -> None:
        """See `Work.wait`."""
        await self._connection.execute(
            SQL["wait"],
            news.tenant,
            news.contract_id,
            news.entry_id,
            news.customer_id,
            news.sla_id,
            news.sla_version,
            news.effective_from,
            news.effective_to,
            news.mode,
            news.cause_kind,
            news.cause_id,
            news.says,
            news.happened_at,
            news.source,
            news.event_id,
        )

    async def take_waiting(
        self, tenant: str, *, sla_id: str | None = None, contract_id: str | None = None
    ) -> Sequence[ContractNews]:
        """See `Work.take_waiting`."""
        taken = []
        if sla_id is not None:
            taken += await self._connection.fetch(SQL["take_waiting_for_sla"], tenant, sla_id)
        if contract_id is not None:
            taken += await self._connection.fetch(
                SQL["take_waiting_for_contract"], tenant, contract_id
            )
        return sorted(map(as_news, taken), key=lambda news: (news.happened_at, news.event_id))

    async def waiting(self, tenant: str, *, limit: int) -> Sequence[ContractNews]:
        """See `Work.waiting`."""
        rows = await self._connection.fetch(SQL["waiting"], tenant, limit)
        return [as_news(row) for row in rows]

    async def terms(self, tenant: str, kind: EntryKind | None = None) -> Sequence[TermsEntry]:
        """See `Work.terms`."""
        rows = await self._connection.fetch(SQL["terms_entries"], tenant, kind)
        return [as_terms_entry(row) for row in rows]

    async def add_terms(self, entry: TermsEntry) -> None:
        """See `Work.add_terms`."""
        wanted, pin = entry.wanted, entry.wanted.pin
        await self._connection.execute(
            SQL["add_terms"],
            entry.tenant,
            entry.revision,
            entry.entry_id,
            wanted.kind,
            wanted.effective_from,
            wanted.mode,
            None if pin is None else pin.sla_id,
            None if pin is None else pin.version,
            None if pin is None else pin.hash,
            wanted.match,
            wanted.statuses,
            wanted.settings,
            entry.recorded_at,
            entry.recorded_by,
        )

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        """See `Work.emit`."""
        await outbox.add(self._connection, [Outgoing.of(event) for event in events])

    async def note(self, tenant: str, actor: str, action: str, subject: str, **detail: Any) -> None:
        """See `Work.note`."""
        await self._connection.execute(SQL["note"], tenant, actor, action, subject, detail)
