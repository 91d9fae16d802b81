"""`Wakes` and `Imports` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from slaclock.store import Pool, begin
from ticket_clock_service.ports import Key
from ticket_clock_service.store.work import SQL


class PgWakes:
    """Asks functions that show keys and instants of all tenants, and nothing else."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def next_due(self) -> tuple[datetime | None, datetime]:
        """See `Wakes.next_due`."""
        row = await self._pool.fetchrow(SQL["earliest_due"])
        if row is None:
            raise RuntimeError("earliest_due answers one row, always")
        return row["due"], row["now"].astimezone(UTC)

    async def due(
        self, horizon: datetime | None, *, without: Collection[str], most: int
    ) -> list[Key]:
        """See `Wakes.due`."""
        rows = await self._pool.fetch(SQL["due_tickets"], horizon, list(without), most)
        return [(row["tenant_id"], row["ticket_id"]) for row in rows]

    async def behind(self, most: int) -> list[Key]:
        """See `Wakes.behind`."""
        rows = await self._pool.fetch(SQL["behind_tickets"], most)
        return [(row["tenant_id"], row["ticket_id"]) for row in rows]


class PgImports:
    """Imports of a tenant at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def end(self, tenant: str, run_id: str) -> None:
        """See `Imports.end`."""
        async with begin(self._pool, {tenant}) as connection:
            await connection.execute(SQL["end_import"], tenant, run_id)

    async def left(self, tenant: str, run_id: str) -> int:
        """See `Imports.left`."""
        async with begin(self._pool, {tenant}) as connection:
            left: int = await connection.fetchval(SQL["still_importing"], tenant, run_id)
        return left

    async def counted(self, tenant: str, run_id: str) -> tuple[int, int]:
        """See `Imports.counted`."""
        async with begin(self._pool, {tenant}) as connection:
            row = await connection.fetchrow(SQL["count_import"], tenant, run_id)
        return (0, 0) if row is None else (row["facts"], row["tickets"])
