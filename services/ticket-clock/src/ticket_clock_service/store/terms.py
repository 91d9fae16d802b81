"""`TermsWork` on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from slaclock.store import Connection, Pool, begin
from ticket_clock_service.store.work import SQL
from ticket_clock_service.usecases.learn_terms import Entry, Snapshot


class PgTermsWork:
    """One transaction that sees the tenants concerned."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep_snapshots(self, snapshots: Sequence[Snapshot]) -> set[str]:
        """See `TermsWork.keep_snapshots`."""
        if not snapshots:
            return set()
        fresh = await self._connection.fetch(
            SQL["keep_snapshots"],
            [one.tenant for one in snapshots],
            [one.hash for one in snapshots],
            [one.sla_id for one in snapshots],
            [one.version for one in snapshots],
            [one.body for one in snapshots],
        )
        waited = await self._connection.fetch(
            SQL["terms_that_waited"],
            [row["tenant_id"] for row in fresh],
            [row["hash"] for row in fresh],
        )
        return {row["tenant_id"] for row in waited}

    async def lock_terms(self, tenants: Collection[str]) -> tuple[dict[str, int], datetime]:
        """See `TermsWork.lock_terms`."""
        names = sorted(tenants)
        rows = await self._connection.fetch(SQL["lock_terms"], names)
        now = await self._connection.fetchval(SQL["clock_after_terms"], names)
        return {row["tenant_id"]: row["terms_revision"] for row in rows}, now.astimezone(UTC)

    async def known_terms(self, entries: Sequence[Entry]) -> set[tuple[str, str, str]]:
        """See `TermsWork.known_terms`."""
        if not entries:
            return set()
        rows = await self._connection.fetch(
            SQL["known_terms"],
            [entry.tenant for entry in entries],
            [entry.entry_id for entry in entries],
        )
        return {(row["tenant_id"], row["entry_id"], row["content_hash"]) for row in rows}

    async def keep_terms(
        self,
        fresh: Sequence[tuple[int, Entry]],
        revisions: Mapping[str, int],
        recorded_at: datetime,
    ) -> None:
        """See `TermsWork.keep_terms`."""
        if fresh:
            await self._connection.execute(
                SQL["keep_terms"],
                [entry.tenant for _, entry in fresh],
                [revision for revision, _ in fresh],
                [entry.entry_id for _, entry in fresh],
                [entry.kind for _, entry in fresh],
                [entry.effective_from for _, entry in fresh],
                [entry.said_at for _, entry in fresh],
                [recorded_at for _ in fresh],
                [entry.content_hash for _, entry in fresh],
                [entry.mode for _, entry in fresh],
                [entry.body for _, entry in fresh],
            )
        await self._connection.execute(
            SQL["save_terms_revisions"], list(revisions), list(revisions.values())
        )


@asynccontextmanager
async def begin_terms(pool: Pool, tenants: Collection[str]) -> AsyncIterator[PgTermsWork]:
    """A transaction that sees *tenants* only, as `TermsWork`."""
    async with begin(pool, tenants) as connection:
        yield PgTermsWork(connection)
