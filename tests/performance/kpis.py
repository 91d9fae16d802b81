"""How long KPIs take to count from the rows of many cycles."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import asyncpg
from tests.performance.measuring import median

from dashboard_service.domain.kpi import By
from dashboard_service.main import service
from dashboard_service.ports import Period, Share, Wanted
from dashboard_service.store.view import PgViews
from dashboard_service.usecases.measuring import KpiDesk
from slaclock.embedded.postgres import PostgresServer
from slaclock.store import open_pool
from slaclock.testing.databases import Databases

__all__ = ["Kpis", "measure_kpis"]

Say = Callable[[str], None]

TENANT: Final = "acme"
ROLES: Final = 20
PEOPLE: Final = 200
RUNS: Final = 7
MONTH: Final = Period(date(2026, 6, 1), date(2026, 6, 30))
YEAR: Final = Period(date(2026, 1, 1), date(2026, 12, 31))

FILL: Final = """
INSERT INTO clock (tenant_id, ticket_id, metric, cycle, revision, sequence, state, outcome, due_on,
                   changed_at, due_at, target_minutes, elapsed_us, timezone, snapshot, warned,
                   reached, priority, group_id, assignee_id, customer_id, status, breached_at,
                   attributed_assignee, attributed_group, attributed_at)
SELECT $1, 'INC-' || n, CASE n % 2 WHEN 0 THEN 'resolution' ELSE 'first_response' END, 'first', 9, 9,
       'closed', CASE WHEN n % 10 = 0 THEN 'breached' ELSE 'met' END,
       date '2026-01-01' + (n * 7919 % 365), now(), now(), 240, 0, 'UTC', repeat('a', 64), false, 0,
       'P' || n % 4, 'l' || n % 8, 'u' || n * 31 % $3, 'c' || n % 50, 'closed', now(),
       'u' || n * 31 % $3, 'l' || n % 8, now()
  FROM generate_series(1, $2) AS n
"""
HELD: Final = """
INSERT INTO kpi (tenant_id, hash, kpi_id, sla_id, version, name, role, metric, priority, target,
                 period, persons, groups)
SELECT $1, repeat('a', 64), n || '.' || metric, 'gold', 1, 'Gold', 'r' || n, metric, NULL, 95,
       'month', ARRAY(SELECT 'u' || p FROM generate_series(n * 10, n * 10 + 9) AS p), '{}'
  FROM generate_series(0, $2 - 1) AS n CROSS JOIN (VALUES ('resolution'), ('first_response')) AS m (metric)
"""


@dataclass(frozen=True, slots=True)
class Kpis:
    """Milliseconds, each the median of some runs.

    Attributes:
        cycles: of a year.
        kpis: that were counted.
        read: what it took to count all cycles of the year at all, the least that there is.
        asked: by what was asked.
    """

    cycles: int
    kpis: int
    read: float
    asked: Mapping[str, float]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "cycles": self.cycles,
            "kpis": self.kpis,
            "counting_rows_ms": round(self.read, 1),
            "ms": {name: round(taken, 1) for name, taken in self.asked.items()},
            "ratio": round(self.asked["a year, by role"] / self.read, 1),
        }


class _Level:
    """Nothing is on its way."""

    def lag(self) -> float | None:
        return 0.0


async def measure_kpis(
    postgres: PostgresServer, databases: Databases, *, cycles: int, say: Say
) -> Kpis:
    """Keep cycles, and ask for KPIs.

    Args:
        postgres: durable, as in production.
        databases: on it.
        cycles: how many, spread over a year.
        say: is told what happens.
    """
    dsn = databases.create(service())
    pool = await open_pool(dsn, application="bench", patience=60)
    try:
        say(f"storing {cycles:,} cycles")
        owner = await asyncpg.connect(databases.admin(dsn))
        await owner.execute(FILL, TENANT, cycles, PEOPLE)
        await owner.execute(HELD, TENANT, ROLES)
        await owner.execute("VACUUM ANALYZE")
        say("asking for KPIs")
        desk, share = KpiDesk(PgViews(pool), _Level()), Share("gold", "0.resolution")
        questions: dict[str, Callable[[], Any]] = {
            "a month, by role": lambda: desk.figures(TENANT, Wanted(), MONTH, By.ROLE),
            "a month, by person": lambda: desk.figures(TENANT, Wanted(), MONTH, By.TECHNICIAN),
            "a year, by role": lambda: desk.figures(TENANT, Wanted(), YEAR, By.ROLE),
            "a year, by person": lambda: desk.figures(TENANT, Wanted(), YEAR, By.TECHNICIAN),
            "tickets of a month": lambda: desk.cycles(TENANT, share, MONTH, None, 50),
            "tickets of a year": lambda: desk.cycles(TENANT, share, YEAR, None, 50),
        }
        asked = {name: await _median(question) for name, question in questions.items()}
        everything = "SELECT count(*), max(attributed_at) FROM clock WHERE tenant_id = $1"
        read = await _median(lambda: owner.fetchrow(everything, TENANT))
        await owner.close()
        return Kpis(cycles, ROLES * 2, read, asked)
    finally:
        await pool.close()
        databases.drop(dsn)


async def _median(question: Callable[[], Any]) -> float:
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        await question()
        found.append((time.perf_counter() - began) * 1000)
    return median(found)
