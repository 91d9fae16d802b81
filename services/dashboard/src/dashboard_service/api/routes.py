"""Routes of the dashboard; each a doorway to the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Query

from dashboard_service.api.schemas import (
    ClocksOut,
    ComplianceOut,
    DisagreementOut,
    EffectOut,
    EffectsOut,
    OverviewOut,
    RecountOut,
    TimedOut,
    TrendOut,
    stamped,
)
from dashboard_service.domain.clock import Metric
from dashboard_service.domain.rollup import Dimension
from dashboard_service.ports import After, Period
from dashboard_service.usecases.showing import Desk, Timed
from slaclock.auth import ByAdmin, ByViewer
from slaclock.contracts.instants import Instant
from slaclock.errors import Fault, Refusal
from slaclock.http import cursors
from slaclock.http.fields import Cursor, Limit
from slaclock.service import Late

T = TypeVar("T")
ForMetric = Annotated[Metric | None, Query(description="one metric; all of them if left out")]
From = Annotated[date | None, Query(alias="from", description="first day of due instants")]
To = Annotated[date | None, Query(description="last day of due instants, included")]
Ongoing = Annotated[
    bool, Query(alias="open", description="only clocks that still run or are paused")
]


Of = Annotated[
    Literal["sla", "ola"],
    Query(description="what customers were promised, or what groups were: clocks of OLAs"),
]
Grouping = Annotated[
    Literal["priority", "group", "assignee", "customer"] | None,
    Query(description="priority if left out; of OLAs always group: whose time they measure"),
]


class ByGroupOnly(Refusal):
    """Clocks of OLAs measure groups: nothing else groups them."""

    code = "compliance.by-group-only"


def routes(late: Late[Desk]) -> APIRouter:
    """All routes of this service, for viewers of one tenant."""
    router = APIRouter(prefix="/v1", tags=["figures"])

    @router.get("/compliance")
    async def compliance(  # noqa: PLR0913, PLR0917  query parameters
        who: ByViewer,
        metric: ForMetric = None,
        first: From = None,
        to: To = None,
        by: Grouping = None,
        agreement_type: Of = "sla",
    ) -> ComplianceOut:
        """Cycles by outcome, grouped; a cycle belongs to the day of its due instant."""
        period, dimension = period_of(first, to), _dimension(by, agreement_type)
        stamp, tallies = await late.now().compliance(who.tenant, dimension, metric, period)
        return ComplianceOut.of(stamp, tallies)

    @router.get("/trend")
    async def trend(
        who: ByViewer,
        metric: ForMetric = None,
        first: From = None,
        to: To = None,
        agreement_type: Of = "sla",
    ) -> TrendOut:
        """The same day by day, oldest first; days without cycles are left out."""
        period, olas = period_of(first, to), agreement_type == "ola"
        stamp, days = await late.now().trend(who.tenant, metric, period, olas=olas)
        return TrendOut.of(stamp, days)

    @router.get("/overview")
    async def overview(
        who: ByViewer,
        metric: ForMetric = None,
        since: Annotated[Instant | None, Query()] = None,
        agreement_type: Of = "sla",
    ) -> OverviewOut:
        """Open clocks now, and breaches since an instant (midnight UTC if left out)."""
        olas = agreement_type == "ola"
        stamp, counters, start = await late.now().overview(who.tenant, metric, since, olas=olas)
        return OverviewOut.of(who.tenant, stamp, counters, start)

    @router.get("/at-risk")
    async def at_risk(
        who: ByViewer,
        metric: ForMetric = None,
        agreement_type: Of = "sla",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> ClocksOut:
        """Running clocks whose end is near, soonest first."""
        after, olas = _after("at-risk", cursor), agreement_type == "ola"
        stamp, rows = await late.now().at_risk(who.tenant, metric, after, limit + 1, olas=olas)
        shown, more = _page(rows, limit)
        last = _place(shown[-1], shown[-1].listed.clock.due_at) if more else None
        items = [TimedOut.of(row) for row in shown]
        return ClocksOut(items=items, next=_next("at-risk", last), **stamped(stamp))

    @router.get("/breaches")
    async def breaches(  # noqa: PLR0913, PLR0917  query parameters
        who: ByViewer,
        metric: ForMetric = None,
        ongoing: Ongoing = False,  # noqa: FBT002 - a query parameter
        agreement_type: Of = "sla",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> ClocksOut:
        """Clocks that missed their target, latest first."""
        after, olas = _after("breaches", cursor), agreement_type == "ola"
        stamp, rows = await late.now().breaches(
            who.tenant, metric, after, limit + 1, ongoing=ongoing, olas=olas
        )
        shown, more = _page(rows, limit)
        last = _place(shown[-1], shown[-1].listed.clock.breached_at) if more else None
        items = [TimedOut.of(row) for row in shown]
        return ClocksOut(items=items, next=_next("breaches", last), **stamped(stamp))

    @router.get("/escalations")
    async def escalations(who: ByViewer, cursor: Cursor = None, limit: Limit = 50) -> EffectsOut:
        """Effects and what became of them, latest first."""
        after = _after("escalations", cursor, keys=1)
        stamp, effects = await late.now().escalations(who.tenant, after, limit + 1)
        shown, more = _page(effects, limit)
        last = After(shown[-1].first_at, (shown[-1].key.effect,)) if more else None
        items = [EffectOut.of(effect) for effect in shown]
        return EffectsOut(items=items, next=_next("escalations", last), **stamped(stamp))

    @router.get("/recount")
    async def recount(who: ByAdmin) -> RecountOut:
        """Counts all clocks anew: kept counts that differ, at most 100. Nothing, or it is a bug."""
        found = await late.now().disagreements(who.tenant)
        return RecountOut(disagreements=[DisagreementOut.of(one) for one in found])

    return router


def period_of(first: date | None, last: date | None) -> Period:
    """Days of due instants. Raises Refusal `period.reversed`."""
    if first is not None and last is not None and last < first:
        raise Refusal(
            code="period.reversed",
            faults=[Fault("to", last.isoformat(), f"lies before from ({first})", "swap the two")],
        )
    return Period(first, last)


def _dimension(by: str | None, agreement_type: str) -> Dimension:
    """By what to group. Raises ByGroupOnly."""
    if agreement_type != "ola":
        return Dimension(by or Dimension.PRIORITY)
    if by not in {None, "group"}:
        message = "clocks of OLAs measure groups"
        raise ByGroupOnly(faults=[Fault("by", by, message, "leave it out, or ask by=group")])
    return Dimension.OWNER


def _page(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    return rows[:limit], len(rows) > limit


def _place(row: Timed, at: datetime | None) -> After | None:
    key = row.listed.clock.key
    return None if at is None else After(at, (key.ticket, key.metric.value, key.cycle))


def _after(of: str, cursor: str | None, *, keys: int = 3) -> After | None:
    if cursor is None:
        return None
    at, *key = cursors.decode(of, cursor, datetime, *[str] * keys)
    return After(at, tuple(key))


def _next(of: str, last: After | None) -> str | None:
    return None if last is None else cursors.encode(of, last.at, *last.key)
