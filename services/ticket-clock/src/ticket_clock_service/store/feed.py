"""`Feed` on PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Final

import asyncpg

from slaclock.store import Connection, Pool, begin, load_queries
from ticket_clock_service.feed_ports import AuditRow, Escalated
from ticket_clock_service.ports import Key

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
        return [_audit_row(key[0], row, row["entry_id"]) for row in rows]

    async def audit_of_tenant(
        self, tenant: str, after: tuple[datetime, str, int], until: datetime, limit: int
    ) -> list[AuditRow]:
        """See `Feed.audit_of_tenant`."""
        rows = await self._connection.fetch(SQL["audit_of_tenant"], tenant, *after, until, limit)
        return [_audit_row(tenant, row, row["entry_id"]) for row in rows]

    async def sealed(self, keys: Collection[Key]) -> dict[Key, list[AuditRow]]:
        """See `Feed.sealed`."""
        found: dict[Key, list[AuditRow]] = defaultdict(list)
        tenants, tickets = [key[0] for key in keys], [key[1] for key in keys]
        for row in await self._connection.fetch(SQL["seals_of_tickets"], tenants, tickets):
            found[row["tenant_id"], row["ticket_id"]].append(_audit_row(row["tenant_id"], row))
        return found


def _audit_row(tenant: str, row: asyncpg.Record, entry_id: str | None = None) -> AuditRow:
    return AuditRow(
        ticket=(tenant, row["ticket_id"]),
        revision=row["revision"],
        recorded_at=row["recorded_at"].astimezone(UTC),
        terms_revision=row["terms_revision"],
        cause=row["cause"],
        because=row["because"],
        changes=row["changes"],
        seal=row["seal"],
        entry_id=entry_id,
    )


@asynccontextmanager
async def begin_feed(pool: Pool, tenants: Collection[str]) -> AsyncIterator[PgFeed]:
    """A transaction that sees *tenants* only, as `Feed`."""
    async with begin(pool, tenants) as connection:
        yield PgFeed(connection)
