"""What people read, and what they write down: acknowledgements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from escalation_service.domain.escalation import Escalation, State
from escalation_service.domain.news import News
from escalation_service.domain.views import Attempt, DeliveryEntry, Entry
from escalation_service.store.outgoing import outgoing
from escalation_service.store.queries import SQL
from escalation_service.store.rows import Row, escalation_of, record_of
from slaclock.messaging import outbox
from slaclock.store.pool import Connection, Pool, begin


class PgReading:
    """Reads of one service's database.

    Args:
        pool: the service's database.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(
        self,
        tenant: str,
        *,
        ticket_id: str | None,
        state: State | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> Sequence[Entry]:
        """Escalations, newest first, from after the key *after* on."""
        raised_at, escalation_id = after or (None, None)
        chosen = None if state is None else state.value
        async with begin(self._pool, {tenant}) as connection:
            rows = await connection.fetch(
                SQL["list_escalations"], tenant, ticket_id, chosen, raised_at, escalation_id, limit
            )
        return [_entry(row) for row in rows]

    async def one(
        self, tenant: str, escalation_id: UUID
    ) -> tuple[Entry, Sequence[DeliveryEntry]] | None:
        """An escalation with its deliveries and attempts; None where *tenant* has none such."""
        async with begin(self._pool, {tenant}) as connection:
            row = await connection.fetchrow(SQL["one_escalation"], tenant, escalation_id)
            if row is None:
                return None
            deliveries = await connection.fetch(SQL["deliveries_of"], tenant, escalation_id)
            attempts = await connection.fetch(SQL["attempts_of"], tenant, escalation_id)
        return _entry(row), [_delivery(found, attempts) for found in deliveries]


class PgAcknowledging:
    """See `escalation_service.ports.Acknowledging`."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def lock_whole(self, escalation: UUID) -> tuple[Escalation, datetime | None] | None:
        """The escalation, locked first and read after."""
        locked = await self._connection.fetchval(SQL["lock_escalation"], self._tenant, escalation)
        if locked is None:
            return None
        row = await self._connection.fetchrow(SQL["one_escalation"], self._tenant, escalation)
        return None if row is None else (escalation_of(row), row["acknowledged_at"])

    async def now(self) -> datetime:
        """The database's clock, UTC."""
        now: datetime = await self._connection.fetchval(SQL["now"])
        return now

    async def acknowledge(self, escalation: Escalation, at: datetime, by: str) -> None:
        """Write it down, also for the auditors."""
        await self._connection.execute(SQL["acknowledge"], self._tenant, escalation.id, at, by)
        await self._connection.execute(
            SQL["audit"], self._tenant, by, "escalation.acknowledged", str(escalation.id)
        )

    async def tell(self, news: Sequence[News]) -> None:
        """Promise *news* to the bus."""
        await outbox.add(self._connection, [outgoing(one) for one in news])


@asynccontextmanager
async def begin_acknowledging(pool: Pool, tenant: str) -> AsyncIterator[PgAcknowledging]:
    """A transaction of *tenant*; commits when the block ends."""
    async with begin(pool, {tenant}) as connection:
        yield PgAcknowledging(connection, tenant)


def _entry(row: Row) -> Entry:
    return Entry(
        escalation=escalation_of(row),
        raised_at=row["raised_at"],
        changed_at=row["changed_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        retraction=record_of(row).retraction,
    )


def _delivery(row: Row, attempts: Sequence[Row]) -> DeliveryEntry:
    return DeliveryEntry(
        delivery_id=row["delivery_id"],
        kind=row["kind"],
        state=row["state"],
        tries=row["tries"],
        planned_at=row["planned_at"],
        next_at=row["next_at"],
        settled_at=row["settled_at"],
        attempts=tuple(
            Attempt(
                attempt["ordinal"],
                attempt["at"],
                attempt["outcome"],
                attempt["error_code"],
                attempt["error"],
                attempt["duration_us"],
            )
            for attempt in attempts
            if attempt["delivery_id"] == row["delivery_id"]
        ),
    )
