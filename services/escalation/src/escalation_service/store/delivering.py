"""Claims and marks of deliveries, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from escalation_service.domain.announcement import CallOff, Key
from escalation_service.domain.delivery import Kind, Missed, Outcome, Verdict, delivery_id
from escalation_service.domain.escalation import State
from escalation_service.domain.news import News
from escalation_service.domain.parcel import Parcel
from escalation_service.ports import Watch
from escalation_service.store.outgoing import outgoing
from escalation_service.store.queries import SQL
from escalation_service.store.rows import Row, call_off_of, escalation_of, record_of
from slaclock.messaging import outbox
from slaclock.store.pool import Connection, Pool, begin

_MICROSECOND = timedelta(microseconds=1)


class PgMarking:
    """See `escalation_service.ports.Marking`."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def lock(self, escalation: UUID) -> State:
        """The escalation's state, locked."""
        state = await self._connection.fetchval(SQL["lock_escalation"], self._tenant, escalation)
        return State(state)

    async def call_off_of(self, key: Key) -> CallOff | None:
        """Whether the announcement's clock was called off."""
        document = await self._connection.fetchval(SQL["call_off_of"], key.tenant, key.announcement)
        return call_off_of(key, document)

    async def mark(self, parcel: Parcel, verdict: Verdict) -> datetime | None:
        """Write *verdict*; None when the lease is another's."""
        now: datetime | None = await self._connection.fetchval(
            SQL["mark_delivery"],
            self._tenant,
            parcel.delivery_id,
            parcel.tries,
            verdict.state.value,
            verdict.doubtful,
            verdict.retry_in,
        )
        return now

    async def close_attempt(self, parcel: Parcel, outcome: Outcome, took: timedelta) -> None:
        """Write down how the attempt ended."""
        missed = outcome if isinstance(outcome, Missed) else None
        await self._connection.execute(
            SQL["close_attempt"],
            self._tenant,
            parcel.delivery_id,
            parcel.tries,
            "missed" if missed else "sent",
            missed.code if missed else None,
            missed.detail if missed else None,
            took // _MICROSECOND,
        )

    async def move(self, escalation: UUID, state: State, at: datetime) -> None:
        """Change the escalation's state."""
        await self._connection.execute(
            SQL["move_escalation"], self._tenant, escalation, state.value, at
        )

    async def correct(self, parcel: Parcel, at: datetime) -> None:
        """Plan the correction."""
        escalation = parcel.escalation.id
        await self._connection.execute(
            SQL["plan_corrections"],
            [self._tenant],
            [delivery_id(escalation, Kind.CORRECTION)],
            [escalation],
            at,
        )

    async def tell(self, news: Sequence[News]) -> None:
        """Promise *news* to the bus."""
        await outbox.add(self._connection, [outgoing(one) for one in news])


class PgDeliveries:
    """See `escalation_service.ports.Deliveries`.

    Args:
        pool: the service's database.
        watch: told how late the oldest delivery is.
    """

    def __init__(self, pool: Pool, watch: Watch) -> None:
        self._pool, self._watch = pool, watch

    async def claim(
        self, at_most: int, *, of_each: int, busy: Collection[str], lease: timedelta
    ) -> Sequence[Parcel]:
        """Take what is due: find across tenants, then claim inside each tenant's rows."""
        found = await self._pool.fetch(SQL["due_deliveries"], at_most, of_each, list(busy))
        self._watch.late(max((row["late"] for row in found), default=timedelta(0)))
        if not found:
            return ()
        async with begin(self._pool, {row["tenant_id"] for row in found}) as connection:
            locked = await connection.fetch(SQL["lock_due"], *_keys(found))
            if not locked:
                return ()
            await connection.execute(SQL["claim"], *_keys(locked), lease)
            await connection.execute(SQL["open_attempts"], *_keys(locked))
            rows = await connection.fetch(SQL["claimed"], *_keys(locked))
        return [_parcel(row) for row in rows]

    @asynccontextmanager
    async def marking(self, tenant: str) -> AsyncIterator[PgMarking]:
        """A transaction; commits when the block ends."""
        async with begin(self._pool, {tenant}) as connection:
            yield PgMarking(connection, tenant)


def _keys(rows: Sequence[Row]) -> tuple[list[str], list[UUID]]:
    return [row["tenant_id"] for row in rows], [row["delivery_id"] for row in rows]


def _parcel(row: Row) -> Parcel:
    return Parcel(
        delivery_id=row["delivery_id"],
        kind=Kind(row["kind"]),
        tries=row["tries"],
        doubtful=row["doubtful"],
        lease_ends=row["next_at"],
        escalation=escalation_of(row),
        retraction=record_of(row).retraction,
        called_off=record_of(row).call_off is not None,
    )
