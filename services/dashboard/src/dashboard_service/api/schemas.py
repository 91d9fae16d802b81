"""What the HTTP interface shows. Every answer says how new its figures are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from dashboard_service.domain.clock import Metric, Outcome, Promise, State
from dashboard_service.domain.escalation import Delivery, Effect
from dashboard_service.domain.risk import Pace
from dashboard_service.domain.rollup import Dimension, Tally
from dashboard_service.ports import Counters, Disagreement
from dashboard_service.usecases.showing import Stamp, Timed
from slaclock.contracts.instants import Instant


class Stamped(BaseModel):
    """Figures, and how new they are."""

    as_of: Instant | None = Field(
        description="everything until then is in; null while nobody knows, because nothing has "
        "come and the broker has not answered yet"
    )
    now: Instant = Field(description="the server's clock; remaining times hold at this instant")
    lag_seconds: float | None
    change_count: int = Field(description="equal numbers: nothing was told in between")


def stamped(stamp: Stamp) -> dict[str, Any]:
    """The fields of `Stamped`."""
    lag = stamp.lag
    return {
        "as_of": stamp.as_of,
        "now": stamp.now,
        "lag_seconds": None if lag is None else round(max(lag.total_seconds(), 0.0), 3),
        "change_count": stamp.change_count,
    }


class TallyOut(BaseModel):
    """Cycles by outcome."""

    met: int
    breached: int
    pending: int
    cancelled: int
    compliance: float | None = Field(
        description="met / (met + breached); null while nothing is judged"
    )


def tallied(tally: Tally) -> dict[str, Any]:
    """The fields of `TallyOut`."""
    return {
        "met": tally.met,
        "breached": tally.breached,
        "pending": tally.pending,
        "cancelled": tally.cancelled,
        "compliance": tally.compliance,
    }


class GroupOut(TallyOut):
    """Cycles of one priority, group, assignee or customer; `key` is null where none is known."""

    key: str | None


class ComplianceOut(Stamped):
    """Cycles by outcome, grouped."""

    groups: list[GroupOut]

    @classmethod
    def of(cls, stamp: Stamp, tallies: Sequence[tuple[str, Tally]]) -> Self:
        """An empty key is an unknown one."""
        groups = [GroupOut(key=key or None, **tallied(tally)) for key, tally in tallies]
        return cls(groups=groups, **stamped(stamp))


class DayOut(TallyOut):
    """Cycles due on one day."""

    day: date


class TrendOut(Stamped):
    """Cycles by outcome, day by day."""

    days: list[DayOut]

    @classmethod
    def of(cls, stamp: Stamp, days: Sequence[tuple[date, Tally]]) -> Self:
        """In the order given."""
        return cls(
            days=[DayOut(day=day, **tallied(tally)) for day, tally in days], **stamped(stamp)
        )


class BreachedSinceOut(BaseModel):
    """Clocks that breached since an instant."""

    since: Instant
    clocks: int


class OverviewOut(Stamped):
    """Open clocks, now."""

    tenant: str
    running: int
    paused: int
    at_risk: int = Field(description="of those running; see at-risk")
    overdue: int = Field(description="breached and still open, running or paused")
    breached_since: BreachedSinceOut
    next_due_at: Instant | None

    @classmethod
    def of(cls, tenant: str, stamp: Stamp, counters: Counters, since: datetime) -> Self:
        """For one tenant."""
        return cls(
            tenant=tenant,
            running=counters.running,
            paused=counters.paused,
            at_risk=counters.at_risk,
            overdue=counters.overdue,
            breached_since=BreachedSinceOut(since=since, clocks=counters.breached_since),
            next_due_at=counters.next_due_at,
            **stamped(stamp),
        )


class PaceOut(BaseModel):
    """Lets a screen count without knowing the calendar."""

    running: bool = Field(description="whether business time passes now")
    turns_at: Instant | None = Field(description="when that changes; null if it does not soon")

    @classmethod
    def of(cls, pace: Pace) -> Self:
        """The same."""
        return cls(running=pace.running, turns_at=pace.turns_at)


class TimedOut(BaseModel):
    """A clock in a list, with the time that it has left."""

    ticket_id: str
    metric: Metric
    cycle: str
    state: State
    outcome: Outcome
    priority: str | None
    group: str | None
    assignee: str | None
    customer_id: str | None
    status: str | None
    due_at: Instant | None
    breached_at: Instant | None
    stopped_at: Instant | None
    target_minutes: int | None
    reached_percent: int = Field(description="highest percentage announced that stands")
    remaining_seconds: int = Field(description="business time until due; negative once overdue")
    pace: PaceOut
    timezone: str
    sla: str | None = Field(description="the agreement's name")
    sla_id: str | None
    sla_version: int | None
    snapshot: str | None = Field(description="hash of the agreement's version")
    severity: str | None = Field(
        description="how bad it is to miss the target, by its rank among those of the agreement"
    )
    customer_impact: str | None = Field(description="as the help desk says")
    agreement_type: Promise
    owner_group: str | None = Field(description="of an OLA's clock, whose time it measures")

    @classmethod
    def of(cls, timed: Timed) -> Self:
        """From what the desk read."""
        clock = timed.listed.clock
        return cls(
            ticket_id=clock.key.ticket,
            metric=clock.key.metric,
            cycle=clock.key.cycle,
            state=clock.state,
            outcome=clock.outcome,
            priority=clock.priority or None,
            group=clock.group or None,
            assignee=clock.assignee or None,
            customer_id=clock.customer or None,
            status=clock.status or None,
            due_at=clock.due_at,
            breached_at=clock.breached_at,
            stopped_at=clock.stopped_at,
            target_minutes=clock.target_minutes,
            reached_percent=clock.reached,
            remaining_seconds=int(timed.left.total_seconds()),
            pace=PaceOut.of(timed.pace),
            timezone=clock.timezone,
            sla=timed.listed.agreement_name or timed.listed.sla_id,
            sla_id=timed.listed.sla_id,
            sla_version=timed.listed.sla_version,
            snapshot=clock.snapshot,
            severity=clock.severity or None,
            customer_impact=clock.impact or None,
            agreement_type=clock.promise,
            owner_group=clock.owner or None,
        )


class ClocksOut(Stamped):
    """A page of clocks; `next` is null on the last one."""

    items: list[TimedOut]
    next: str | None


class EffectOut(BaseModel):
    """An escalation's effect and what became of it."""

    effect_id: str
    ticket_id: str
    announcement_id: str
    metric: str
    cycle: str
    threshold: str
    rule_id: str
    channel: str
    to: str = Field(description="of a webhook its host only")
    state: Delivery
    at: Instant = Field(description="when it was first heard of")
    due_at: Instant | None
    raised_at: Instant | None
    delivered_at: Instant | None
    failed_at: Instant | None
    acknowledged_at: Instant | None
    withdrawn_at: Instant | None
    attempts: int
    error: str | None = Field(description="of the latest failure")
    reason: str | None = Field(
        description="why it was withdrawn: corrected (nothing had been crossed), or what happened "
        "to the ticket before anybody was told: deleted, merged, cancelled"
    )

    @classmethod
    def of(cls, effect: Effect) -> Self:
        """From what the desk read."""
        return cls(
            effect_id=effect.key.effect,
            ticket_id=effect.ticket,
            announcement_id=effect.announcement,
            metric=effect.metric,
            cycle=effect.cycle,
            threshold=effect.threshold,
            rule_id=effect.rule,
            channel=effect.channel,
            to=effect.recipient,
            state=effect.state,
            at=effect.first_at,
            due_at=effect.due_at,
            raised_at=effect.raised_at,
            delivered_at=effect.delivered_at,
            failed_at=effect.failed_at,
            acknowledged_at=effect.acknowledged_at,
            withdrawn_at=effect.withdrawn_at,
            attempts=effect.attempts,
            error=effect.error or None,
            reason=effect.reason or None,
        )


class EffectsOut(Stamped):
    """A page of effects; `next` is null on the last one."""

    items: list[EffectOut]
    next: str | None


class DisagreementOut(BaseModel):
    """Kept counts that a recount does not confirm."""

    by: Dimension
    key: str | None
    metric: Metric
    day: date
    kept: TallyOut
    counted: TallyOut

    @classmethod
    def of(cls, found: Disagreement) -> Self:
        """From what the desk read."""
        return cls(
            by=found.dimension,
            key=found.key or None,
            metric=found.metric,
            day=found.due_on,
            kept=TallyOut(**tallied(found.kept)),
            counted=TallyOut(**tallied(found.counted)),
        )


class RecountOut(BaseModel):
    """What a recount found; an empty list is as it must be."""

    disagreements: list[DisagreementOut]
