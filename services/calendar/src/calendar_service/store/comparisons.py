"""`Comparisons` and the tzdata report on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from calendar_service.usecases.advising import Sealed, VersionKey
from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.envelope import Event
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.store import Pool, begin, load_queries

__all__ = ["PgComparisons"]

SQL = load_queries("calendar_service.store", "impact.sql")


class PgComparisons:
    """See `calendar_service.usecases.advising.Comparisons` for what the methods mean."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def waiting(self, installed: str, most: int) -> Sequence[VersionKey]:
        """See `Comparisons.waiting`; a function that sees no more than keys answers."""
        rows = await self._pool.fetch(SQL["uncompared"], installed, most)
        return [(row["tenant_id"], row["calendar_id"], row["version"]) for row in rows]

    async def read(
        self, tenant: str, keys: Sequence[VersionKey]
    ) -> tuple[Sequence[Sealed], datetime]:
        """See `Comparisons.read`."""
        calendar_ids, versions = [key[1] for key in keys], [key[2] for key in keys]
        async with begin(self._pool, {tenant}) as connection:
            rows = await connection.fetch(SQL["snapshots_of"], tenant, calendar_ids, versions)
            at: datetime = await connection.fetchval(SQL["clock"])
        return [_sealed(row) for row in rows], at.astimezone(UTC)

    async def keep(
        self,
        tenant: str,
        installed: str,
        compared: Sequence[Sealed],
        advisories: Mapping[tuple[str, int], Event[AdvisoryRaised]],
    ) -> None:
        """See `Comparisons.keep`."""
        keys = [(one.calendar_id, one.version) for one in compared]
        async with begin(self._pool, {tenant}) as connection:
            rows = await connection.fetch(
                SQL["keep_comparisons"],
                tenant,
                installed,
                [calendar_id for calendar_id, _ in keys],
                [version for _, version in keys],
                [key in advisories for key in keys],
            )
            fresh = {(row["calendar_id"], row["version"]) for row in rows}
            told = [event for key, event in advisories.items() if key in fresh]
            await outbox.add(connection, [Outgoing.of(event) for event in told])

    async def page(
        self, tenant: str, installed: str, *, everything: bool, after: tuple[str, int], limit: int
    ) -> tuple[Sequence[Sealed], int, datetime]:
        """See `Comparisons.page`."""
        query = SQL["all_to_compare" if everything else "newest_to_compare"]
        async with begin(self._pool, {tenant}, steady=True) as connection:
            rows = await connection.fetch(query, tenant, *after, limit, installed)
            total: int = await connection.fetchval(SQL["count_to_compare"], tenant, everything)
            at: datetime = await connection.fetchval(SQL["clock"])
        return [_sealed(row) for row in rows], total, at.astimezone(UTC)


def _sealed(row: asyncpg.Record) -> Sealed:
    return Sealed(
        calendar_id=row["calendar_id"],
        version=row["version"],
        status=row["status"],
        timezone=row["timezone"],
        tzdata=row["tzdata"],
        hash=row["hash"],
        snapshot=row["snapshot"],
    )
