"""`Feed` on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Final

from slaclock.store import Connection, Pool, begin, load_queries
from ticket_clock_service.feed_ports import Escalated
from ticket_clock_service.ports import AuditRow, Key
from ticket_clock_service.store.sealed import audit_row

__all__ = ["PgFeed", "begin_feed"]

SQL: Final = load_queries("ticket_clock_service.store", "feed.sql")
_COLUMNS: Final = tuple(field.name for field in fields(Escalated))


class PgFeed:
    """One transaction; see `Feed` for what the methods mean."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep(self, told: Sequence[Escalated]) -> None:
        """See `Feed.keep`."""
        columns = [list(map(attrgetter(name), told)) for name in _COLUMNS]
        await self._connection.execute(SQL["keep_escalated"], *columns)

    async def escalated(self, key: Key) -> list[Escalated]:
        """See `Feed.escalated`."""
        return [
            Escalated(*row.values())
            for row in await self._connection.fetch(SQL["escalated_of"], *key)
        ]

    async def audit_of_ticket(self, key: Key, after: int, limit: int) -> list[AuditRow]:
        """See `Feed.audit_of_ticket`."""
        rows = await self._connection.fetch(SQL["audit_of_ticket"], *key, after, limit)
        return [audit_row(key[0], row, row["entry_id"]) for row in rows]

    async def audit_of_tenant(
        self, tenant: str, after: tuple[datetime, str, int], until: datetime, limit: int
    ) -> list[AuditRow]:
        """See `Feed.audit_of_tenant`."""
        rows = await self._connection.fetch(SQL["audit_of_tenant"], tenant, *after, until, limit)
        return [audit_row(tenant, row, row["entry_id"]) for row in rows]


@asynccontextmanager
async def begin_feed(pool: Pool, tenants: Collection[str]) -> AsyncIterator[PgFeed]:
    """A transaction that sees *tenants* only, as `Feed`."""
    async with begin(pool, tenants) as connection:
        yield PgFeed(connection)
