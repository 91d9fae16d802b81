"""`Armory` on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from slaclock.store import Pool, begin, load_queries
from ticket_clock_service.ports import Key
from ticket_clock_service.timer_ports import Armed, Arming, Manner, Standing

__all__ = ["PgArmory"]

SQL = load_queries("ticket_clock_service.store", "armory.sql")

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
PART: Final = 5000
"""Keys that one look of a walk brings, at most."""


class PgArmory:
    """Finds differences by functions that show keys of all tenants, and nothing else."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def near(self, manner: Manner, place: str, *, seconds: float) -> list[Key]:
        """See `Armory.near`."""
        now = await self.now()
        until = now + timedelta(seconds=seconds)
        values = (manner.name, place, manner.exact, EVER, until, manner.batch)
        rows = await self._pool.fetch(SQL["unarmed_tickets"], *values)
        return [(row["tenant_id"], row["ticket_id"]) for row in rows]

    async def walk(self, manner: Manner, place: str) -> AsyncIterator[Sequence[Key]]:
        """See `Armory.walk`. First what is due, by its instant; then what is armed, by its key."""
        now = await self.now()
        until = datetime.max.replace(tzinfo=UTC) if manner.ahead is None else now + manner.ahead
        since = EVER
        armings = (manner.name, place, manner.exact)
        query = SQL["all_unarmed_tickets"]
        while rows := await self._pool.fetch(query, *armings, since, until, PART):
            yield [(row["tenant_id"], row["ticket_id"]) for row in rows]
            if len(rows) < PART:
                break
            since = rows[-1]["next_due_at"]
        after = ("", "")
        while True:
            values = (manner.name, manner.exact, until, *after, PART)
            found = await self._pool.fetch(SQL["outdated_alarms"], *values)
            keys = [(row["tenant_id"], row["ticket_id"]) for row in found]
            if keys:
                yield keys
            if len(keys) < PART:
                return
            after = keys[-1]

    async def states(self, manner: Manner, place: str, keys: Collection[Key]) -> list[Armed]:
        """See `Armory.states`."""
        if not keys:
            return []
        columns = _columns(keys)
        async with begin(self._pool, {tenant for tenant, _ in keys}) as connection:
            values = (*columns, manner.name, manner.exact, manner.ahead, place)
            rows = await connection.fetch(SQL["armed_states"], *values)
        return [
            Armed(
                row["tenant_id"],
                row["ticket_id"],
                _standing(row),
                row["known"],
                row["known_due"],
                row["is_elsewhere"],
                row["is_far"],
                tuple((kind, metric) for kind, metric in row["kinds"] or ()),
            )
            for row in rows
        ]

    async def remember(self, manner: Manner, place: str, armings: Sequence[Arming]) -> None:
        """See `Armory.remember`."""
        kept = [one for one in armings if not one.closed]
        gone = [one.key for one in armings if one.closed]
        async with begin(self._pool, {one.tenant for one in armings}) as connection:
            if kept:
                await connection.execute(
                    SQL["remember_armed"],
                    *_columns([one.key for one in kept]),
                    manner.name,
                    place,
                    [one.revision for one in kept],
                    [one.next_due_at for one in kept],
                )
            if gone:
                await connection.execute(SQL["forget_armed"], *_columns(gone), manner.name)

    async def standing(self, keys: Collection[Key]) -> dict[Key, Standing]:
        """See `Armory.standing`."""
        if not keys:
            return {}
        async with begin(self._pool, {tenant for tenant, _ in keys}) as connection:
            rows = await connection.fetch(SQL["standing_tickets"], *_columns(keys))
        return {(row["tenant_id"], row["ticket_id"]): _standing(row) for row in rows}

    async def now(self) -> datetime:
        """See `Armory.now`."""
        found: datetime = await self._pool.fetchval(SQL["database_clock"])
        return found.astimezone(UTC)


def _standing(row: Any) -> Standing:
    return Standing(row["revision"], row["next_due_at"], row["closed"])


def _columns(keys: Collection[Key]) -> tuple[list[str], list[str]]:
    return [key[0] for key in keys], [key[1] for key in keys]
