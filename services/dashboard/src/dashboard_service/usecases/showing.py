"""Figures for people: read in one transaction, judged at the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dashboard_service.domain.clock import Clock, Metric, State
from dashboard_service.domain.escalation import Effect
from dashboard_service.domain.risk import HORIZON, Pace, pace, remaining
from dashboard_service.domain.rollup import Dimension, Tally
from dashboard_service.ports import (
    After,
    Counters,
    Disagreement,
    Freshness,
    Listed,
    Moment,
    OpensView,
    Period,
    View,
)
from dashboard_service.usecases.library import Library
from slaclock.business_time import BusinessCalendar

POINTS: Final = 400
"""Days of a trend at most."""

AROUND_THE_CLOCK: Final = Pace(running=True, turns_at=None)
STANDING_STILL: Final = Pace(running=False, turns_at=None)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When figures were read, and what they hold.

    Attributes:
        now: database time of the reading, UTC.
        as_of: everything that the bus had stored until then is in; None while nobody knows.
        change_count: equal numbers mean equal figures (but for what the mere passing of time does).
    """

    now: datetime
    as_of: datetime | None
    change_count: int

    @property
    def lag(self) -> timedelta | None:
        """How old the picture is."""
        return None if self.as_of is None else self.now - self.as_of


@dataclass(frozen=True, slots=True)
class Timed:
    """A clock in a list with the time that it has left.

    Attributes:
        listed: the clock and its agreement's name.
        left: business time until due, at `Stamp.now`; negative once overdue.
        pace: how it goes on from there.
    """

    listed: Listed
    left: timedelta
    pace: Pace


class Desk:
    """What viewers may ask.

    Args:
        open_view: begins a reading transaction.
        freshness: knows how far the projections are behind.
        library: calendars of agreements.
    """

    def __init__(self, open_view: OpensView, freshness: Freshness, library: Library) -> None:
        self._open_view, self._freshness, self._library = open_view, freshness, library

    async def stamp(self, tenant: str) -> Stamp:
        """How new the figures are, without them."""
        async with self._open_view(tenant) as view:
            return await self._stamp(view)

    async def overview(
        self, tenant: str, metric: Metric | None, since: datetime | None, *, olas: bool = False
    ) -> tuple[Stamp, Counters, datetime]:
        """Counters of open clocks, and of breaches since an instant (midnight UTC if None).

        Here and below: of what customers were promised, or of *olas*.
        """
        async with self._open_view(tenant) as view:
            stamp = await self._stamp(view)
            start = since or datetime.combine(stamp.now.date(), time(), UTC)
            counters = await view.counters(
                metric, due_before=stamp.now + HORIZON, since=start, olas=olas
            )
            return stamp, counters, start

    async def compliance(
        self, tenant: str, dimension: Dimension, metric: Metric | None, period: Period
    ) -> tuple[Stamp, list[tuple[str, Tally]]]:
        """Tallies by key of a dimension."""
        async with self._open_view(tenant) as view:
            stamp = await self._stamp(view)
            return stamp, await view.compliance(dimension, metric, period)

    async def trend(
        self, tenant: str, metric: Metric | None, period: Period, *, olas: bool = False
    ) -> tuple[Stamp, list[tuple[date, Tally]]]:
        """Tallies by day, oldest first."""
        async with self._open_view(tenant) as view:
            stamp = await self._stamp(view)
            return stamp, await view.trend(metric, period, most=POINTS, olas=olas)

    async def at_risk(
        self,
        tenant: str,
        metric: Metric | None,
        after: After | None,
        limit: int,
        *,
        olas: bool = False,
    ) -> tuple[Stamp, list[Timed]]:
        """Clocks whose end is near, soonest first."""
        async with self._open_view(tenant) as view:
            stamp = await self._stamp(view)
            rows = await view.at_risk(
                metric, due_before=stamp.now + HORIZON, after=after, limit=limit, olas=olas
            )
            return stamp, await self._timed(view, rows, stamp.now)

    async def breaches(  # noqa: PLR0913  which of them, and which page
        self,
        tenant: str,
        metric: Metric | None,
        after: After | None,
        limit: int,
        *,
        ongoing: bool = False,
        olas: bool = False,
    ) -> tuple[Stamp, list[Timed]]:
        """Clocks that missed their target, latest first; of those *ongoing*, or of all."""
        async with self._open_view(tenant) as view:
            stamp = await self._stamp(view)
            rows = await view.breaches(metric, after=after, limit=limit, ongoing=ongoing, olas=olas)
            return stamp, await self._timed(view, rows, stamp.now)

    async def escalations(
        self, tenant: str, after: After | None, limit: int
    ) -> tuple[Stamp, list[Effect]]:
        """Effects and what became of them, latest first."""
        async with self._open_view(tenant) as view:
            stamp = await self._stamp(view)
            return stamp, await view.escalations(after=after, limit=limit)

    async def disagreements(self, tenant: str, *, most: int = 100) -> list[Disagreement]:
        """Rollups that a recount does not confirm: none, unless something is wrong."""
        async with self._open_view(tenant) as view:
            return await view.disagreements(most=most)

    async def _stamp(self, view: View) -> Stamp:
        return await stamp_of(view, self._freshness)

    async def _timed(self, view: View, rows: Sequence[Listed], now: datetime) -> list[Timed]:
        calendars = await self._library.calendars(view, [row.clock for row in rows])
        paces = {calendar: pace(now, calendar) for calendar in set(calendars.values())}
        return [_timed(row, now, calendars[row.clock], paces[calendars[row.clock]]) for row in rows]


async def stamp_of(view: View, freshness: Freshness) -> Stamp:
    """When *view* looks; to be asked first."""
    moment = await view.moment()
    return Stamp(moment.now, as_of(moment, freshness.lag()), moment.change_count)


def as_of(moment: Moment, lag: float | None) -> datetime | None:
    """The latest instant until which everything is known to be in."""
    known = [] if moment.applied_through is None else [moment.applied_through]
    if lag is not None:
        known.append(moment.now - timedelta(seconds=lag))
    return min(moment.now, max(known)) if known else None


def _timed(row: Listed, now: datetime, calendar: BusinessCalendar | None, going: Pace) -> Timed:
    clock = row.clock
    if clock.state is State.ACTIVE and clock.due_at is not None:
        return Timed(row, remaining(clock.due_at, now, calendar), going)
    return Timed(row, _left_when_it_stopped(clock), STANDING_STILL)


def _left_when_it_stopped(clock: Clock) -> timedelta:
    return timedelta(minutes=clock.target_minutes or 0, microseconds=-clock.elapsed_us)
