"""Figures out: `View` on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Final

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Metric
from dashboard_service.domain.escalation import Effect
from dashboard_service.domain.kpi import By, Counted, Kpi, Score, Span, Standing
from dashboard_service.domain.rollup import Dimension, Rollups, Tally
from dashboard_service.ports import (
    After,
    AfterDay,
    Counters,
    Disagreement,
    Judged,
    Listed,
    Moment,
    Period,
    Share,
    View,
    Wanted,
)
from dashboard_service.store import rows
from slaclock.store import Connection, Pool, begin, load_queries

SQL: Final = load_queries("dashboard_service.store", "reads.sql")


class PgView:
    """One transaction that reads one tenant."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant

    async def moment(self) -> Moment:
        """See `View`."""
        row = await self._connection.fetchrow(SQL["moment"], self._tenant)
        if row is None:
            raise AssertionError("an aggregate without GROUP BY answers one row")
        return Moment(row["now"].astimezone(UTC), row["change_count"], _utc(row["applied_through"]))

    async def counters(
        self, metric: Metric | None, *, due_before: datetime, since: datetime, olas: bool = False
    ) -> Counters:
        """See `View`."""
        row = await self._connection.fetchrow(
            SQL["counters"], self._tenant, metric, due_before, olas
        )
        breached = await self._connection.fetchval(
            SQL["breached_since"], self._tenant, metric, since, olas
        )
        if row is None:
            raise AssertionError("an aggregate without GROUP BY answers one row")
        return Counters(
            running=row["running"],
            paused=row["paused"],
            at_risk=row["at_risk"],
            overdue=row["overdue"],
            breached_since=breached,
            next_due_at=_utc(row["next_due_at"]),
        )

    async def compliance(
        self, dimension: Dimension, metric: Metric | None, period: Period
    ) -> list[tuple[str, Tally]]:
        """See `View`."""
        found = await self._connection.fetch(
            SQL["compliance_by"], self._tenant, dimension, metric, period.first, period.last
        )
        return [(row["key"], rows.tally_of(row)) for row in found]

    async def trend(
        self, metric: Metric | None, period: Period, *, most: int, olas: bool = False
    ) -> list[tuple[date, Tally]]:
        """See `View`."""
        dimension = Dimension.OWNER if olas else Dimension.PRIORITY
        found = await self._connection.fetch(
            SQL["trend"], self._tenant, metric, period.first, period.last, most, dimension
        )
        return [(row["due_on"], rows.tally_of(row)) for row in reversed(found)]

    async def at_risk(
        self,
        metric: Metric | None,
        *,
        due_before: datetime,
        after: After | None,
        limit: int,
        olas: bool = False,
    ) -> list[Listed]:
        """See `View`."""
        place = _place(after, 3)
        return await self._listed("clocks_at_risk", metric, due_before, *place, limit, olas)

    async def breaches(
        self,
        metric: Metric | None,
        *,
        after: After | None,
        limit: int,
        ongoing: bool = False,
        olas: bool = False,
    ) -> list[Listed]:
        """See `View`."""
        query = "ongoing_breaches" if ongoing else "breaches"
        return await self._listed(query, metric, *_place(after, 3), limit, olas)

    async def _listed(self, query: str, *arguments: object) -> list[Listed]:
        found = await self._connection.fetch(SQL[query], self._tenant, *arguments)
        return [_listed(row) for row in found]

    async def escalations(self, *, after: After | None, limit: int) -> list[Effect]:
        """See `View`."""
        found = await self._connection.fetch(
            SQL["escalations"], self._tenant, *_place(after, 1), limit
        )
        return [rows.effect_of(row) for row in found]

    async def agreements(self, hashes: Collection[str]) -> list[Agreement]:
        """See `View`."""
        found = await self._connection.fetch(SQL["agreements"], self._tenant, list(hashes))
        return [rows.agreement_of(row) for row in found]

    async def kpis(self, wanted: Wanted) -> list[Kpi]:
        """See `View`."""
        found = await self._connection.fetch(
            SQL["kpis"], self._tenant, wanted.sla_id, wanted.role, wanted.metric
        )
        return [rows.kpi_of(row) for row in found]

    async def kpi_scores(self, wanted: Wanted, span: Span, period: Period, by: By) -> Counted:
        """See `View`."""
        found = await self._connection.fetch(
            SQL["kpi_figures"],
            self._tenant,
            period.first,
            period.last,
            wanted.metric,
            span,
            wanted.sla_id,
            wanted.role,
            by is By.TECHNICIAN,
        )
        scores: dict[tuple[str, str, str | None], Score] = {}
        for row in found:
            key = row["hash"], row["kpi_id"], row["technician"]
            score = Score(**{row["standing"]: row["cycles"]})
            scores[key] = scores.get(key, Score()) + score
        return scores

    async def kpi_cycles(
        self, share: Share, period: Period, *, after: AfterDay | None, limit: int
    ) -> list[Judged]:
        """See `View`."""
        found = await self._connection.fetch(
            SQL["kpi_cycles"],
            self._tenant,
            share.sla_id,
            share.kpi_id,
            share.target,
            period.first,
            period.last,
            share.standing,
            share.by is By.TECHNICIAN,
            share.technician,
            *((None,) * 4 if after is None else (after.day, *after.key)),
            limit,
        )
        return [Judged(_listed(row), Standing(row["standing"])) for row in found]

    async def rollups(self) -> Rollups:
        """All kept counts; for checks."""
        found = await self._connection.fetch(SQL["rollups"], self._tenant)
        return dict(sorted((rows.rollup_key_of(row), rows.tally_of(row)) for row in found))

    async def disagreements(self, *, most: int) -> list[Disagreement]:
        """See `View`."""
        found = await self._connection.fetch(SQL["recount"], self._tenant, most)
        return [
            Disagreement(
                dimension=Dimension(row["dimension"]),
                due_on=row["due_on"],
                metric=Metric(row["metric"]),
                key=row["key"],
                kept=rows.tally_of(row, "kept_"),
                counted=rows.tally_of(row),
            )
            for row in found
        ]


class PgViews:
    """Begins transactions that read; fits `OpensView`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def __call__(self, tenant: str) -> AsyncIterator[View]:
        """See `OpensView`."""
        async with begin(self._pool, {tenant}) as connection:
            yield PgView(connection, tenant)


def _listed(row: rows.Row) -> Listed:
    return Listed(rows.clock_of(row), row["agreement_name"], row["sla_id"], row["sla_version"])


def _place(after: After | None, keys: int) -> tuple[object, ...]:
    return (None,) * (keys + 1) if after is None else (after.at, *after.key)


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)
