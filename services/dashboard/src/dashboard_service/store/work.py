"""Projections in: `Work` on PostgreSQL. Each method is one statement, whatever it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Clock, ClockKey
from dashboard_service.domain.escalation import Effect, EffectKey
from dashboard_service.domain.kpi import Kpi
from dashboard_service.domain.rollup import Rollups
from dashboard_service.ports import Work
from dashboard_service.store import rows
from slaclock.store import Connection, Pool, begin, load_queries

SQL: Final = load_queries("dashboard_service.store")


class PgWork:
    """One transaction. `add_to_rollups` takes three statements, everything else one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def insert_clocks(self, clocks: Sequence[Clock]) -> set[ClockKey]:
        """See `Work`."""
        found = await self._connection.fetch(SQL["insert_clocks"], *rows.clock_columns(clocks))
        return {rows.clock_key_of(row) for row in found}

    async def standing_clocks(self, keys: Sequence[ClockKey]) -> dict[ClockKey, Clock]:
        """See `Work`."""
        if not keys:
            return {}
        found = await self._connection.fetch(SQL["standing_clocks"], *rows.clock_key_columns(keys))
        return {clock.key: clock for clock in map(rows.clock_of, found)}

    async def replace_clocks(self, clocks: Sequence[Clock]) -> None:
        """See `Work`."""
        if clocks:
            await self._connection.execute(SQL["replace_clocks"], *rows.clock_columns(clocks))

    async def add_to_rollups(self, change: Rollups) -> None:
        """See `Work`."""
        if not change:
            return
        keys = rows.rollup_key_columns(change)
        await self._connection.execute(SQL["open_rollups"], *keys)
        await self._connection.execute(SQL["add_to_rollups"], *keys, *rows.tally_columns(change))
        await self._connection.execute(SQL["drop_empty_rollups"], *keys)

    async def take_into_inbox(
        self, durable: str, messages: Sequence[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """See `Work`."""
        ordered = sorted(set(messages))
        found = await self._connection.fetch(
            SQL["take_into_inbox"],
            [tenant for tenant, _ in ordered],
            durable,
            [message for _, message in ordered],
        )
        return {(row["tenant_id"], row["message_id"]) for row in found}

    async def insert_effects(self, effects: Sequence[Effect]) -> set[EffectKey]:
        """See `Work`."""
        found = await self._connection.fetch(SQL["insert_effects"], *rows.effect_columns(effects))
        return {EffectKey(row["tenant_id"], row["effect_id"]) for row in found}

    async def standing_effects(self, keys: Sequence[EffectKey]) -> dict[EffectKey, Effect]:
        """See `Work`."""
        if not keys:
            return {}
        found = await self._connection.fetch(
            SQL["standing_effects"], [key.tenant for key in keys], [key.effect for key in keys]
        )
        return {effect.key: effect for effect in map(rows.effect_of, found)}

    async def replace_effects(self, effects: Sequence[Effect]) -> None:
        """See `Work`."""
        if effects:
            await self._connection.execute(
                SQL["replace_effects"], *rows.effect_change_columns(effects)
            )

    async def keep_agreements(self, agreements: Sequence[Agreement]) -> set[str]:
        """See `Work`."""
        ordered = sorted(agreements, key=lambda agreement: (agreement.tenant, agreement.hash))
        found = await self._connection.fetch(
            SQL["keep_agreements"],
            [agreement.tenant for agreement in ordered],
            [agreement.hash for agreement in ordered],
            [agreement.sla_id for agreement in ordered],
            [agreement.version for agreement in ordered],
            [agreement.name for agreement in ordered],
            [rows.targets_json(agreement) for agreement in ordered],
            [agreement.calendars for agreement in ordered],
        )
        return {row["tenant_id"] for row in found}

    async def keep_kpis(self, kpis: Sequence[Kpi]) -> set[str]:
        """See `Work`."""
        if not kpis:
            return set()
        ordered = sorted(kpis, key=lambda kpi: (kpi.tenant, kpi.agreement, kpi.kpi_id))
        found = await self._connection.fetch(SQL["keep_kpis"], *rows.kpi_columns(ordered))
        return {row["tenant_id"] for row in found}

    async def note_progress(
        self, durable: str, applied: Mapping[str, datetime], changed: Collection[str]
    ) -> None:
        """See `Work`."""
        tenants = sorted(applied)
        await self._connection.execute(
            SQL["note_progress"],
            tenants,
            durable,
            [applied[tenant] for tenant in tenants],
            [tenant in changed for tenant in tenants],
        )


class PgProjections:
    """Begins transactions that change projections; fits `OpensWork`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def __call__(self, tenants: Collection[str]) -> AsyncIterator[Work]:
        """See `OpensWork`."""
        async with begin(self._pool, tenants) as connection:
            yield PgWork(connection)
