"""What verification reads: rows with the hashes, names and numbers that seal them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC
from typing import Any, Final, cast

import asyncpg

from slaclock.store import Connection, load_queries
from ticket_clock_service.ports import AuditRow, Key, SealedEntry

SQL: Final = load_queries("ticket_clock_service.store", "sealed.sql")


class SealedReads:
    """`Sealed` on PostgreSQL: each method is one statement.

    Args:
        connection: inside a transaction that sees the tenants concerned.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sealed_history(self, keys: Collection[Key]) -> dict[Key, list[Mapping[str, Any]]]:
        """See `Sealed.sealed_history`."""
        found: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
        for row in await self._connection.fetch(SQL["sealed_history"], *_columns(keys)):
            found[row["tenant_id"], row["ticket_id"]].append(cast("Mapping[str, Any]", row))
        return found

    async def revisions_kept(self, keys: Collection[Key]) -> dict[Key, tuple[int, int]]:
        """See `Sealed.revisions_kept`."""
        rows = await self._connection.fetch(SQL["revisions_kept"], *_columns(keys))
        return {(row["tenant_id"], row["ticket_id"]): (row["kept"], row["last"]) for row in rows}

    async def audits(self, keys: Collection[Key]) -> dict[Key, list[AuditRow]]:
        """See `Sealed.audits`."""
        found: dict[Key, list[AuditRow]] = defaultdict(list)
        for row in await self._connection.fetch(SQL["audits"], *_columns(keys)):
            found[row["tenant_id"], row["ticket_id"]].append(audit_row(row["tenant_id"], row))
        return found

    async def unsealed_snapshots(self, tenant: str) -> dict[str, str]:
        """See `Sealed.unsealed_snapshots`."""
        rows = await self._connection.fetch(SQL["unsealed_snapshots"], tenant)
        return {row["hash"]: row["found"] for row in rows}

    async def snapshots_kept(self, tenant: str, hashes: Collection[str]) -> set[str]:
        """See `Sealed.snapshots_kept`."""
        rows = await self._connection.fetch(SQL["snapshots_kept"], tenant, sorted(hashes))
        return {row["hash"] for row in rows}

    async def sealed_terms(self, tenant: str) -> list[SealedEntry]:
        """See `Sealed.sealed_terms`."""
        rows = await self._connection.fetch(SQL["sealed_terms"], tenant)
        return [SealedEntry(*row.values()) for row in rows]

    async def lost_tickets(self, tenant: str) -> list[str]:
        """See `Sealed.lost_tickets`."""
        rows = await self._connection.fetch(SQL["lost_tickets"], tenant)
        return [row["ticket_id"] for row in rows]


def _columns(keys: Collection[Key]) -> tuple[list[str], list[str]]:
    ordered = sorted(keys)
    return [key[0] for key in ordered], [key[1] for key in ordered]


def audit_row(tenant: str, row: asyncpg.Record, entry_id: str | None = None) -> AuditRow:
    """A row of the audit; *entry_id* where the statement looked for it."""
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
