"""Routes of KPIs; each a doorway to their desk."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query

from dashboard_service.api.kpi_schemas import KpiCycleOut, KpiCyclesOut, KpiOut, KpisOut
from dashboard_service.api.routes import ForMetric, From, To, period_of
from dashboard_service.api.schemas import stamped
from dashboard_service.domain.kpi import By, Standing
from dashboard_service.ports import AfterDay, Judged, Share, Wanted
from dashboard_service.usecases.measuring import KpiDesk
from slaclock.auth import ByViewer
from slaclock.http import cursors
from slaclock.http.fields import Cursor, Id, Limit
from slaclock.service import Late

SlaId = Annotated[Id | None, Query(description="one SLA; all of them if left out")]
RoleName = Annotated[Id | None, Query(description="one role; all of them if left out")]
Target = Annotated[
    Decimal | None,
    Query(ge=0, le=100, decimal_places=2, description="of versions with this target only"),
]
ByWhom = Annotated[By, Query(description="one line a KPI, or one for each person")]


def kpi_routes(late: Late[KpiDesk]) -> APIRouter:
    """All routes of KPIs, for viewers of one tenant."""
    router = APIRouter(prefix="/v1", tags=["KPIs"])

    @router.get("/kpis")
    async def kpis(  # noqa: PLR0913, PLR0917 - query parameters
        who: ByViewer,
        sla_id: SlaId = None,
        role: RoleName = None,
        metric: ForMetric = None,
        first: From = None,
        to: To = None,
        by: ByWhom = By.ROLE,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> KpisOut:
        """KPIs of roles: share of cycles met, against its target.

        Without `from` and `to` each KPI is measured over the month, quarter or year, as its
        agreement says, that holds today.
        """
        period = None if first is None and to is None else period_of(first, to)
        wanted = Wanted(sla_id, role, metric)
        stamp, lines = await late.now().figures(who.tenant, wanted, period, by)
        if cursor is not None:
            after = cursors.decode(f"kpis {by}", cursor, str, str, str, str)
            lines = [line for line in lines if line.place > after]
        shown = lines[:limit]
        more = cursors.encode(f"kpis {by}", *shown[-1].place) if len(lines) > limit else None
        items = [KpiOut.of(line, by) for line in shown]
        return KpisOut(by=by, items=items, next=more, **stamped(stamp))

    @router.get("/kpis/tickets")
    async def tickets(  # noqa: PLR0913, PLR0917 - query parameters
        who: ByViewer,
        sla_id: Annotated[Id, Query()],
        kpi_id: Annotated[str, Query(min_length=1, max_length=500)],
        target: Target = None,
        first: From = None,
        to: To = None,
        standing: Annotated[Standing | None, Query(description="what they are to it")] = None,
        by: ByWhom = By.ROLE,
        technician: Annotated[Id | None, Query(description="those that count to them")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> KpiCyclesOut:
        """The cycles behind a KPI's figure, latest due first."""
        share = Share(sla_id, kpi_id, target, standing, by, technician)
        stamp, rows = await late.now().cycles(
            who.tenant, share, period_of(first, to), _after(cursor), limit + 1
        )
        shown = rows[:limit]
        items = [KpiCycleOut.of(row) for row in shown]
        more = _next(shown[-1]) if len(rows) > limit else None
        return KpiCyclesOut(items=items, next=more, **stamped(stamp))

    return router


def _after(cursor: str | None) -> AfterDay | None:
    if cursor is None:
        return None
    ordinal, *key = cursors.decode("kpi tickets", cursor, int, str, str, str)
    return AfterDay(date.fromordinal(min(max(ordinal, 1), date.max.toordinal())), tuple(key))


def _next(row: Judged) -> str:
    clock = row.listed.clock
    key = clock.key
    return cursors.encode(
        "kpi tickets", clock.due_on.toordinal(), key.ticket, key.metric.value, key.cycle
    )
