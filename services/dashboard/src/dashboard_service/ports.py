"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Clock, ClockKey, Metric
from dashboard_service.domain.escalation import Effect, EffectKey
from dashboard_service.domain.kpi import By, Counted, Kpi, Span, Standing
from dashboard_service.domain.rollup import Dimension, Rollups, Tally


class Work(Protocol):
    """One transaction that changes the projections of the tenants that it was opened for."""

    async def insert_clocks(self, clocks: Sequence[Clock]) -> set[ClockKey]:
        """Insert those that are new, lock those that are known; answers the keys of the new."""

    async def standing_clocks(self, keys: Sequence[ClockKey]) -> dict[ClockKey, Clock]:
        """The rows as they stand, to be read after `insert_clocks` locked them."""

    async def replace_clocks(self, clocks: Sequence[Clock]) -> None:
        """Write newer editions over rows that `insert_clocks` locked."""

    async def add_to_rollups(self, change: Rollups) -> None:
        """Add differences; rows that become all zeros vanish."""

    async def take_into_inbox(
        self, durable: str, messages: Sequence[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """Note (tenant, message id) pairs; answers those that were not noted before."""

    async def insert_effects(self, effects: Sequence[Effect]) -> set[EffectKey]:
        """Insert those that are new, lock those that are known; answers the keys of the new."""

    async def standing_effects(self, keys: Sequence[EffectKey]) -> dict[EffectKey, Effect]:
        """The rows as they stand, to be read after `insert_effects` locked them."""

    async def replace_effects(self, effects: Sequence[Effect]) -> None:
        """Write the merged accounts of effects that `insert_effects` locked."""

    async def keep_agreements(self, agreements: Sequence[Agreement]) -> set[str]:
        """Insert those that are new; answers the tenants that got one."""

    async def keep_kpis(self, kpis: Sequence[Kpi]) -> set[str]:
        """Insert those that are new; answers the tenants that got one."""

    async def note_progress(
        self, durable: str, applied: Mapping[str, datetime], changed: Collection[str]
    ) -> None:
        """Note until when messages of each tenant are in, and for whom the picture changed."""


class OpensWork(Protocol):
    """Begins a transaction; it commits when the block ends and rolls back when it raises."""

    def __call__(self, tenants: Collection[str]) -> AbstractAsyncContextManager[Work]:
        """A transaction that sees *tenants* only."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a view looks, by the database's clock.

    Attributes:
        now: UTC.
        change_count: grows with every change of what the tenant's viewers see.
        applied_through: the newest CLOCK message of the tenant that is in was stored then (UTC).
    """

    now: datetime
    change_count: int
    applied_through: datetime | None


@dataclass(frozen=True, slots=True)
class Counters:
    """Open clocks of a tenant, now."""

    running: int
    paused: int
    at_risk: int
    overdue: int
    breached_since: int
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A clock in a list, with the name of its agreement where that is known."""

    clock: Clock
    agreement_name: str | None
    sla_id: str | None
    sla_version: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """Days of due instants; both ends included, None is open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which KPIs are asked for; None is every one."""

    sla_id: str | None = None
    role: str | None = None
    metric: Metric | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Which cycles of a KPI are asked for; None is every one.

    Attributes:
        by: of people, a cycle without an assignee is unattributed.
        technician: those that count to this person.
    """

    sla_id: str
    kpi_id: str
    target: Decimal | None = None
    standing: Standing | None = None
    by: By = By.ROLE
    technician: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A cycle behind a KPI's figure, and what it is to it."""

    listed: Listed
    standing: Standing


@dataclass(frozen=True, slots=True)
class AfterDay:
    """Where a page of cycles by day goes on."""

    day: date
    key: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class After:
    """Where a page goes on: the key of the last row of the page before."""

    at: datetime
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A row of the rollups that a recount does not confirm."""

    dimension: Dimension
    due_on: date
    metric: Metric
    key: str
    kept: Tally
    counted: Tally


class View(Protocol):
    """One transaction that reads the projections of one tenant."""

    async def moment(self) -> Moment:
        """To be asked first: what is read afterwards is at least as new."""

    async def counters(
        self, metric: Metric | None, *, due_before: datetime, since: datetime, olas: bool = False
    ) -> Counters:
        """Open clocks; at risk are those warned of or due before an instant.

        Here and below: of what customers were promised, or of *olas*.
        """

    async def compliance(
        self, dimension: Dimension, metric: Metric | None, period: Period
    ) -> list[tuple[str, Tally]]:
        """Tallies by key, sorted by key."""

    async def trend(
        self, metric: Metric | None, period: Period, *, most: int, olas: bool = False
    ) -> list[tuple[date, Tally]]:
        """Tallies by day, of the latest *most* days that hold any, oldest first."""

    async def at_risk(
        self,
        metric: Metric | None,
        *,
        due_before: datetime,
        after: After | None,
        limit: int,
        olas: bool = False,
    ) -> list[Listed]:
        """Running clocks warned of or due before an instant, soonest first."""

    async def breaches(
        self,
        metric: Metric | None,
        *,
        after: After | None,
        limit: int,
        ongoing: bool = False,
        olas: bool = False,
    ) -> list[Listed]:
        """Breached clocks, latest first; with *ongoing* those that are not closed."""

    async def escalations(self, *, after: After | None, limit: int) -> list[Effect]:
        """Effects, latest first."""

    async def agreements(self, hashes: Collection[str]) -> list[Agreement]:
        """Those that are known among *hashes*."""

    async def kpis(self, wanted: Wanted) -> list[Kpi]:
        """Of all versions of agreements, oldest first."""

    async def kpi_scores(self, wanted: Wanted, span: Span, period: Period, by: By) -> Counted:
        """Scores of the KPIs of one span, over a period."""

    async def kpi_cycles(
        self, share: Share, period: Period, *, after: AfterDay | None, limit: int
    ) -> list[Judged]:
        """The cycles behind a KPI's figure, latest due first."""

    async def disagreements(self, *, most: int) -> list[Disagreement]:
        """Where the rollups and a recount differ; must be empty."""


class OpensView(Protocol):
    """Begins a reading transaction."""

    def __call__(self, tenant: str) -> AbstractAsyncContextManager[View]:
        """A view of *tenant* only."""


class Freshness(Protocol):
    """Knows how far the projections are behind the bus."""

    def lag(self) -> float | None:
        """Seconds since the consumers had taken everything; None while that was never seen."""
