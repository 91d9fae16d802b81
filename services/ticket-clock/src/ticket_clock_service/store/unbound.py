"""`Unbound` on PostgreSQL, and the tenants that have such tickets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.envelope import Event
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Connection, Pool, begin, load_queries
from ticket_clock_service.feed_ports import Untold

__all__ = ["PgUnbound", "begin_unbound", "tenants_with_unbound"]

SQL: Final = load_queries("ticket_clock_service.store", "unbound.sql")


class PgUnbound:
    """One transaction of one tenant; see `Unbound` for what the methods mean."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def may_tell(self, pause: timedelta) -> bool:
        """See `Unbound.may_tell`."""
        return bool(
            await self._connection.fetchval(SQL["may_tell_of_unbound"], self._tenant, pause)
        )

    async def take_untold(self, settle: timedelta, listed: int) -> Untold | None:
        """See `Unbound.take_untold`."""
        row = await self._connection.fetchrow(SQL["take_untold"], self._tenant, settle, listed)
        if row is None:
            return None
        first, last = (row[name].astimezone(UTC) for name in ("first", "last"))
        return Untold(row["count"], row["tickets"], first, last)

    async def now(self) -> datetime:
        """See `Unbound.now`."""
        at: datetime = await self._connection.fetchval(SQL["clock"])
        return at.astimezone(UTC)

    async def emit(self, event: Event[AdvisoryRaised]) -> None:
        """See `Unbound.emit`."""
        await outbox.add(self._connection, [Outgoing.of(event)])


@asynccontextmanager
async def begin_unbound(pool: Pool, tenant: str) -> AsyncIterator[PgUnbound]:
    """A transaction that sees *tenant* only, as `Unbound`."""
    async with begin(pool, {tenant}) as connection:
        yield PgUnbound(connection, tenant)


async def tenants_with_unbound(pool: Pool, settle: timedelta, pause: timedelta) -> list[str]:
    """Tenants with tickets to tell of, found *settle* ago or earlier; none told *pause* ago."""
    rows = await pool.fetch(SQL["tenants_with_unbound"], settle, pause)
    return [row["tenant_id"] for row in rows]
