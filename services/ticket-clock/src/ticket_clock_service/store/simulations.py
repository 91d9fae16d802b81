"""`SimulationWork` on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from slaclock.messaging.parking import Parking
from slaclock.store import Connection, Pool, begin, load_queries
from ticket_clock_service.domain.comparing import StoredTicket
from ticket_clock_service.store.work import PgWork

__all__ = ["PgSimulationWork", "begin_simulation"]

SQL = load_queries("ticket_clock_service.store", "simulations.sql")


class PgSimulationWork(PgWork):
    """One transaction for reading; see `SimulationWork` for what the methods mean."""

    def __init__(self, connection: Connection, parking: Parking) -> None:
        super().__init__(connection, parking)
        self._connection = connection

    async def count_opened(self, tenant: str, from_us: int, to_us: int) -> int:
        """See `SimulationWork.count_opened`."""
        found: int = await self._connection.fetchval(SQL["count_opened"], tenant, from_us, to_us)
        return found

    async def opened(
        self, tenant: str, from_us: int, to_us: int, page: int
    ) -> AsyncGenerator[Sequence[StoredTicket], None]:
        """See `SimulationWork.opened`."""
        cursor = await self._connection.cursor(SQL["opened_tickets"], tenant, from_us, to_us)
        while rows := await cursor.fetch(page):
            yield [StoredTicket(*row) for row in rows]

    async def any_naming(
        self, tenant: str, from_us: int, to_us: int, hashes: Collection[str]
    ) -> bool:
        """See `SimulationWork.any_naming`."""
        found: bool = await self._connection.fetchval(
            SQL["any_naming"], tenant, from_us, to_us, sorted(hashes)
        )
        return found


@asynccontextmanager
async def begin_simulation(
    pool: Pool, parking: Parking, tenants: Collection[str]
) -> AsyncIterator[PgSimulationWork]:
    """A transaction that sees *tenants* only, every statement the same."""
    async with begin(pool, tenants, steady=True) as connection:
        yield PgSimulationWork(connection, parking)
