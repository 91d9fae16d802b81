"""`AdvisoryWork` on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.envelope import Event
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Connection, Pool, begin, load_queries
from ticket_clock_service.domain.concern import OpenClock
from ticket_clock_service.ports import KnownAgreement

__all__ = ["PgAdvisoryWork", "begin_advisory"]

SQL = load_queries("ticket_clock_service.store", "advisories.sql")


class PgAdvisoryWork:
    """One transaction of one tenant; see `AdvisoryWork` for what the methods mean."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def was_told(self, advisory_id: str) -> bool:
        """See `AdvisoryWork.was_told`."""
        told: bool = await self._connection.fetchval(SQL["was_told"], self._tenant, advisory_id)
        return told

    async def agreements_with(self, calendar_hash: str) -> Sequence[KnownAgreement]:
        """See `AdvisoryWork.agreements_with`."""
        rows = await self._connection.fetch(SQL["agreements_with"], self._tenant, calendar_hash)
        return [KnownAgreement(row["hash"], row["sla_id"], row["version"]) for row in rows]

    async def body(self, agreement: str) -> bytes:
        """See `AdvisoryWork.body`."""
        found: bytes = await self._connection.fetchval(SQL["body_of"], self._tenant, agreement)
        return found

    async def clocks_in(self, calendar_hash: str) -> Sequence[OpenClock]:
        """See `AdvisoryWork.clocks_in`."""
        rows = await self._connection.fetch(SQL["clocks_in"], self._tenant, calendar_hash)
        return [
            OpenClock(
                ticket_id=row["ticket_id"],
                metric=row["metric"],
                is_paused=row["state"] == "paused",
                opened=row["opened"],
                since=row["since"],
                elapsed=row["elapsed"],
                amount=row["amount"],
                agreement=row["agreement"],
            )
            for row in rows
        ]

    async def now(self) -> datetime:
        """See `AdvisoryWork.now`."""
        at: datetime = await self._connection.fetchval(SQL["clock"])
        return at.astimezone(UTC)

    async def emit(self, event: Event[AdvisoryRaised]) -> bool:
        """See `AdvisoryWork.emit`."""
        advisory_id = event.data.advisory_id
        fresh = await self._connection.fetchval(SQL["advise"], self._tenant, advisory_id)
        if fresh:
            await outbox.add(self._connection, [Outgoing.of(event)])
        return bool(fresh)


@asynccontextmanager
async def begin_advisory(pool: Pool, tenant: str) -> AsyncIterator[PgAdvisoryWork]:
    """A transaction that sees *tenant* only, as `AdvisoryWork`."""
    async with begin(pool, {tenant}) as connection:
        yield PgAdvisoryWork(connection, tenant)
