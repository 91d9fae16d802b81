"""KPIs for people: figures, and the cycles behind them, read in one transaction."""

from __future__ import annotations

from dashboard_service.domain.kpi import By, Kpi, Line, Span, lines
from dashboard_service.ports import AfterDay, Freshness, Judged, OpensView, Period, Share, Wanted
from dashboard_service.usecases.showing import Stamp, stamp_of
from slaclock.http.missing import NotFound


class KpiDesk:
    """What viewers may ask about KPIs.

    Args:
        open_view: begins a reading transaction.
        freshness: knows how far the projections are behind.
    """

    def __init__(self, open_view: OpensView, freshness: Freshness) -> None:
        self._open_view, self._freshness = open_view, freshness

    async def figures(
        self, tenant: str, wanted: Wanted, period: Period | None, by: By
    ) -> tuple[Stamp, list[Line]]:
        """The KPIs that are wanted, sorted.

        Args:
            tenant: whose.
            wanted: which.
            period: days of due instants; None takes of each KPI the month, quarter or year, as
                its agreement says, that holds today (UTC).
            by: one line a KPI, or one for each person.
        """
        async with self._open_view(tenant) as view:
            stamp = await stamp_of(view, self._freshness)
            of_span: dict[Span, list[Kpi]] = {}
            for kpi in await view.kpis(wanted):
                of_span.setdefault(kpi.span, []).append(kpi)
            found = []
            for span, kpis in of_span.items():
                days = period or Period(*span.around(stamp.now.date()))
                counted = await view.kpi_scores(wanted, span, days, by)
                found += lines(kpis, counted, days.first, days.last, by)
        return stamp, sorted(found, key=lambda line: line.place)

    async def cycles(
        self, tenant: str, share: Share, period: Period, after: AfterDay | None, limit: int
    ) -> tuple[Stamp, list[Judged]]:
        """The cycles behind a figure, latest due first.

        Raises:
            NotFound: no version of the SLA has such a KPI.
        """
        async with self._open_view(tenant) as view:
            stamp = await stamp_of(view, self._freshness)
            known = await view.kpis(Wanted(sla_id=share.sla_id))
            if not any(kpi.kpi_id == share.kpi_id for kpi in known):
                raise NotFound("kpi", share.kpi_id)
            return stamp, await view.kpi_cycles(share, period, after=after, limit=limit)
