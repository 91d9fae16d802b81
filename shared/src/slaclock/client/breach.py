"""Promises that were missed, and those that soon may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from slaclock.client.answers import ListedClock
from slaclock.client.levels import BreachType, RiskLevel, Severity, breach_type, risk_of
from slaclock.client.policy import SLAPolicy, VersionPolicies
from slaclock.contracts.canonical import uuid_of

__all__ = ["PotentialBreach", "SLABreach", "breach_of", "potential_breach_of"]


@dataclass(frozen=True, slots=True)
class SLABreach:
    """A clock that missed its target.

    Attributes:
        id: the same for this breach whenever it is asked for; unique within the tenant.
        breach_time: UTC instant at which the target was used up.
        sla_policy: None where it is not known (yet).
        technician_id: who the ticket is assigned to; the publisher's id.
        severity: as the platform says; else by `VersionPolicies.severity`; None without a policy.
        customer_impact: as the platform says; None where nothing is known of it.
        escalation_required: whether the SLA orders an escalation for it; None without a policy.
        metric, cycle: which clock of the ticket.
        ongoing: whether the clock still runs or is paused.
    """

    id: str
    ticket_id: str
    breach_type: BreachType
    breach_time: datetime
    sla_policy: SLAPolicy | None
    technician_id: str | None
    severity: Severity | None
    customer_impact: str | None
    escalation_required: bool | None
    customer_id: str | None
    priority: str | None
    metric: str
    cycle: str
    ongoing: bool


@dataclass(frozen=True, slots=True)
class PotentialBreach:
    """A running clock whose end is near.

    Attributes:
        id: that of the breach that it would become.
        due_at: UTC instant of that breach, if nothing happens.
        time_remaining: business time until then.
        breach_risk_level: by the share of the target that is used.
    """

    id: str
    ticket_id: str
    breach_type: BreachType
    due_at: datetime
    time_remaining: timedelta
    breach_risk_level: RiskLevel
    sla_policy: SLAPolicy | None
    technician_id: str | None
    customer_id: str | None
    priority: str | None
    metric: str
    cycle: str


def breach_of(clock: ListedClock, policies: VersionPolicies | None) -> SLABreach:
    """What a listed clock that missed its target is; *policies* are those of its SLA."""
    if clock.breached_at is None:
        raise ValueError(f"{clock.ticket_id} did not miss its {clock.metric}")
    policy = None if policies is None else policies.of(clock.priority)
    severity = Severity(clock.severity) if clock.severity in set(Severity) else None
    if severity is None and policies is not None:
        severity = policies.severity(clock.metric, clock.priority)
    return SLABreach(
        id=_identity(clock),
        ticket_id=clock.ticket_id,
        breach_type=breach_type(clock.metric),
        breach_time=clock.breached_at,
        sla_policy=policy,
        technician_id=clock.assignee,
        severity=severity,
        customer_impact=clock.customer_impact,
        escalation_required=None if policy is None else policy.escalates(clock.metric),
        customer_id=clock.customer_id,
        priority=clock.priority,
        metric=clock.metric,
        cycle=clock.cycle,
        ongoing=clock.state != "closed",
    )


def potential_breach_of(clock: ListedClock, policies: VersionPolicies | None) -> PotentialBreach:
    """What a listed clock at risk is; *policies* are those of its SLA."""
    if clock.due_at is None or clock.remaining_seconds is None:
        raise ValueError(f"the {clock.metric} of {clock.ticket_id} does not run")
    target = (clock.target_minutes or 0) * 60
    return PotentialBreach(
        id=_identity(clock),
        ticket_id=clock.ticket_id,
        breach_type=breach_type(clock.metric),
        due_at=clock.due_at,
        time_remaining=timedelta(seconds=clock.remaining_seconds),
        breach_risk_level=risk_of(1 - clock.remaining_seconds / target if target else 1),
        sla_policy=None if policies is None else policies.of(clock.priority),
        technician_id=clock.assignee,
        customer_id=clock.customer_id,
        priority=clock.priority,
        metric=clock.metric,
        cycle=clock.cycle,
    )


def _identity(clock: ListedClock) -> str:
    return str(uuid_of("breach", clock.ticket_id, clock.metric, clock.cycle))
