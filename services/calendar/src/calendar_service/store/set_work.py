"""`SetWork` on PostgreSQL: holiday sets, and who uses them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from typing import Final

from calendar_service.domain.sets import SetVersion, SetWish
from calendar_service.ports import PublishedSet, SetRow, Use, UsingVersion
from calendar_service.store.facts import as_set
from slaclock.contracts.canonical import canonical
from slaclock.store import Connection, load_queries

__all__ = ["SQL", "PgSetWork"]

SQL = load_queries("calendar_service.store")
_MOST_VERSIONS: Final = 2**31 - 1


class PgSetWork:
    """One transaction; see `calendar_service.ports.SetWork` for what each method means."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def lock_set(self, set_id: str) -> None:
        """See `SetWork.lock_set`."""
        await self._connection.execute(SQL["lock_set"], self._tenant, set_id)

    async def hold_sets(self, set_ids: Collection[str]) -> None:
        """See `SetWork.hold_sets`; in order, so that nobody waits in a circle."""
        for set_id in sorted(set_ids):
            await self._connection.execute(SQL["hold_set"], self._tenant, set_id)

    async def set_version(self, set_id: str, version: int | None) -> PublishedSet | None:
        """See `SetWork.set_version`."""
        row = await self._connection.fetchrow(SQL["set_version"], self._tenant, set_id, version)
        return None if row is None else as_set(row)

    async def add_set_version(self, made: PublishedSet) -> None:
        """See `SetWork.add_set_version`."""
        key = (self._tenant, made.of.set_id)
        await self._connection.execute(SQL["add_set"], *key, made.published_by)
        await self._connection.execute(
            SQL["add_set_version"],
            *key,
            made.of.version,
            made.name,
            canonical(dict(made.of.document)),
            made.of.hash,
            made.note,
            made.published_at,
            made.published_by,
        )

    async def sets(self, wishes: Sequence[SetWish]) -> Mapping[str, SetVersion]:
        """See `SetWork.sets`."""
        found: dict[str, SetVersion] = {}
        for wish in wishes:
            kept = None
            if wish.version is not None and 1 <= wish.version <= _MOST_VERSIONS:
                kept = await self.set_version(wish.set_id, wish.version)
            kept = kept or await self.set_version(wish.set_id, None)
            if kept is not None:
                found[wish.set_id] = kept.of
        return found

    async def set_rows(self, *, after: str | None, limit: int) -> Sequence[SetRow]:
        """See `SetWork.set_rows`."""
        rows = await self._connection.fetch(SQL["set_rows"], self._tenant, after, limit)
        return [
            SetRow(**{**row, "published_at": row["published_at"].astimezone(UTC)}) for row in rows
        ]

    async def set_versions(
        self, set_id: str, *, below: int | None, limit: int
    ) -> Sequence[PublishedSet]:
        """See `SetWork.set_versions`."""
        rows = await self._connection.fetch(SQL["set_versions"], self._tenant, set_id, below, limit)
        return [as_set(row) for row in rows]

    async def users(self, set_id: str, *, after: str | None, limit: int | None) -> Sequence[Use]:
        """See `SetWork.users`."""
        rows = await self._connection.fetch(SQL["users"], self._tenant, set_id, after, limit)
        return [Use(**row) for row in rows]

    async def using(self, uses: Sequence[Use]) -> Mapping[str, UsingVersion]:
        """See `SetWork.using`."""
        calendar_ids, versions = [use.calendar_id for use in uses], [use.version for use in uses]
        rows = await self._connection.fetch(SQL["using"], self._tenant, calendar_ids, versions)
        return {
            row["calendar_id"]: UsingVersion(
                row["snapshot"],
                row["document"],
                tuple(zip(row["set_ids"], row["set_versions"], strict=True)),
            )
            for row in rows
        }

    async def known_sets(
        self, names: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], SetVersion]:
        """See `SetWork.known_sets`."""
        set_ids, versions = [name[0] for name in names], [name[1] for name in names]
        rows = await self._connection.fetch(SQL["known_sets"], self._tenant, set_ids, versions)
        return {(row["set_id"], row["version"]): as_set(row).of for row in rows}
