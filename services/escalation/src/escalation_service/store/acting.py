"""The transaction that acts upon announcements, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from escalation_service.domain.announcement import Key, Record
from escalation_service.domain.delivery import Kind, delivery_id, notice_state
from escalation_service.domain.escalation import Escalation, State
from escalation_service.domain.news import News
from escalation_service.domain.rule import Agreement
from escalation_service.store.agreements import agreement_of
from escalation_service.store.outgoing import outgoing
from escalation_service.store.queries import SQL
from escalation_service.store.rows import (
    Row,
    escalation_from,
    record_of,
    retraction_document,
    told_document,
)
from slaclock.messaging import outbox
from slaclock.store.pool import Connection, Pool, begin


class PgActing:
    """See `escalation_service.ports.Acting`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """The database's clock, UTC."""
        now: datetime = await self._connection.fetchval(SQL["now"])
        return now

    async def agreements(
        self, wanted: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Agreement]:
        """What is known of *wanted*."""
        rows = await self._connection.fetch(
            SQL["agreements"], [tenant for tenant, _ in wanted], [name for _, name in wanted]
        )
        return {(row["tenant_id"], row["hash"]): agreement_of(row) for row in rows}

    async def lock(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        """Every one of *keys*, locked."""
        names = [key.tenant for key in keys], [key.announcement for key in keys]
        await self._connection.execute(SQL["note_announcements"], *names)
        rows = await self._connection.fetch(SQL["lock_announcements"], *names)
        records = map(record_of, rows)
        return {record.key: record for record in records}

    async def keep(self, records: Sequence[Record]) -> None:
        """Store *records*."""
        await self._connection.execute(
            SQL["keep_announcements"],
            [record.key.tenant for record in records],
            [record.key.announcement for record in records],
            [told_document(record.told) for record in records],
            [retraction_document(record.retraction) for record in records],
            [retraction_document(record.call_off) for record in records],
        )

    async def raise_escalations(
        self, escalations: Sequence[Escalation], at: datetime
    ) -> Sequence[Escalation]:
        """Store *escalations*; answers the new ones."""
        if not escalations:
            return ()
        rows = await self._connection.fetch(
            SQL["raise_escalations"],
            [one.key.tenant for one in escalations],
            [one.id for one in escalations],
            [one.key.announcement for one in escalations],
            [one.rule_id for one in escalations],
            [one.action.channel for one in escalations],
            [one.action.to for one in escalations],
            [one.repeat for one in escalations],
            [one.crossing.ticket_id for one in escalations],
            [one.state.value for one in escalations],
            at,
        )
        new = {(row["tenant_id"], row["escalation_id"]) for row in rows}
        return [one for one in escalations if (one.key.tenant, one.id) in new]

    async def plan_notices(
        self, escalations: Sequence[Escalation], at: datetime, due: datetime
    ) -> None:
        """Plan the notice of each."""
        if escalations:
            await self._connection.execute(
                SQL["plan_notices"],
                [one.key.tenant for one in escalations],
                [delivery_id(one.id, Kind.NOTICE) for one in escalations],
                [one.id for one in escalations],
                [notice_state(one.state).value for one in escalations],
                at,
                due,
            )

    async def withdraw(self, records: Sequence[Record], at: datetime) -> Sequence[Escalation]:
        """Withdraw what stands of *records*."""
        announced = _announced(records)
        rows = await self._connection.fetch(SQL["withdraw_escalations"], *announced, at)
        withdrawn = _withdrawn(rows, records)
        tenants, ids = [one.key.tenant for one in withdrawn], [one.id for one in withdrawn]
        await self._connection.execute(SQL["withdraw_deliveries"], tenants, ids, at)
        owed = await self._connection.fetch(SQL["withdrawn_escalations"], *announced)
        tenants, ids = [row["tenant_id"] for row in owed], [row["escalation_id"] for row in owed]
        corrections = [delivery_id(one, Kind.CORRECTION) for one in ids]
        await self._connection.execute(SQL["plan_corrections"], tenants, corrections, ids, at)
        return withdrawn

    async def call_off(self, records: Sequence[Record], at: datetime) -> Sequence[Escalation]:
        """Withdraw what waits to be sent of *records*."""
        announced = _announced(records)
        await self._connection.execute(SQL["lock_escalations"], *announced)
        planned = await self._connection.fetch(SQL["call_off_deliveries"], *announced, at)
        if not planned:
            return ()
        rows = await self._connection.fetch(
            SQL["call_off_escalations"],
            [row["tenant_id"] for row in planned],
            [row["escalation_id"] for row in planned],
            at,
        )
        return _withdrawn(rows, records)

    async def tell(self, news: Sequence[News]) -> None:
        """Promise *news* to the bus."""
        await outbox.add(self._connection, [outgoing(one) for one in news])


def _announced(records: Sequence[Record]) -> tuple[list[str], list[UUID]]:
    return (
        [record.key.tenant for record in records],
        [record.key.announcement for record in records],
    )


def _withdrawn(rows: Sequence[Row], records: Sequence[Record]) -> list[Escalation]:
    told = {record.key: record.told for record in records}
    return [
        escalation_from(row, found, State.WITHDRAWN)
        for row in rows
        if (found := told[Key(row["tenant_id"], row["announcement_id"])])
    ]


@asynccontextmanager
async def begin_acting(pool: Pool, tenants: Collection[str]) -> AsyncIterator[PgActing]:
    """Commit when the block ends, roll everything back when it raises. Sees *tenants* only."""
    async with begin(pool, tenants) as connection:
        yield PgActing(connection)
