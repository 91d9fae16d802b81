"""Messages to domain values. What raises here is parked with its reason."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from dashboard_service.domain import risk
from dashboard_service.domain.agreement import Agreement, read_agreement
from dashboard_service.domain.clock import (
    NOBODY,
    Clock,
    ClockKey,
    Edition,
    Held,
    Metric,
    Outcome,
    Promise,
    State,
)
from dashboard_service.domain.escalation import Effect, EffectKey, shown_recipient
from dashboard_service.domain.kpi import read_kpis
from dashboard_service.usecases.projecting import Heard, Kpis
from slaclock.business_time import BusinessCalendar
from slaclock.contracts import Event, decode, message_id
from slaclock.contracts.agreements import AgreementPublished
from slaclock.contracts.clocks import AttributedTo, ClockChanged
from slaclock.contracts.escalations import EscalationChanged
from slaclock.errors import Fault, Refusal
from slaclock.messaging.received import Received

T = TypeVar("T")


class SnapshotUnreadable(Refusal):
    """An agreement whose snapshot does not say which calendars count."""

    code = "agreement.snapshot-unreadable"


def decode_clock(message: Received) -> Heard[Clock]:
    """A CLOCK event. Raises EventRefused where it is malformed."""
    event: Event[ClockChanged] = decode(message.data, message.subject)
    return _heard(message, event, clock_in(event))


def decode_effect(message: Received) -> Heard[Effect]:
    """An ESCALATION event. Raises EventRefused where it is malformed."""
    event: Event[EscalationChanged] = decode(message.data, message.subject)
    return _heard(message, event, effect_in(event))


def decode_agreement(message: Received) -> Heard[Agreement]:
    """A published SLA. Raises EventRefused, SnapshotUnreadable or InvalidCalendar."""
    event: Event[AgreementPublished] = decode(message.data, message.subject)
    data = event.data
    try:
        agreement = read_agreement(
            event.tenant, data.hash, data.sla_id, data.version, data.snapshot
        )
    except (KeyError, TypeError, AttributeError) as error:
        fault = Fault(
            "data.snapshot",
            type(error).__name__,
            f"targets and calendars do not fit together: {error}",
            "publish the SLA again; its snapshot must hold every calendar that a target names",
        )
        raise SnapshotUnreadable(faults=[fault]) from error
    for snapshot in agreement.calendars.values():
        BusinessCalendar.from_snapshot(dict(snapshot))
    return _heard(message, event, agreement)


def decode_kpis(message: Received) -> Heard[Kpis]:
    """The KPIs of a published SLA. Raises EventRefused or SnapshotUnreadable."""
    event: Event[AgreementPublished] = decode(message.data, message.subject)
    data = event.data
    try:
        kpis = read_kpis(event.tenant, data.hash, data.sla_id, data.version, data.snapshot)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        fault = Fault(
            "data.snapshot.kpi_templates",
            type(error).__name__,
            f"the KPIs of its roles cannot be read: {error}",
            "publish the SLA again with roles as the SLA file has them",
        )
        raise SnapshotUnreadable(faults=[fault]) from error
    return _heard(message, event, kpis)


def _heard(message: Received, event: Event[Any], said: T) -> Heard[T]:
    identity = message_id(event.tenant, event.source, event.id)
    return Heard(event.tenant, identity, message.stored_at, said)


def clock_in(event: Event[ClockChanged]) -> Clock:
    """The complete clock that a CLOCK event carries."""
    data = event.data
    standing = [announcement.threshold for announcement in data.announcements]
    outcome = Outcome(data.outcome)
    breached_at = data.breached_at
    if outcome is Outcome.BREACHED and breached_at is None:
        breached_at = data.due_at or data.change.crossed_at or event.time
    return Clock(
        key=ClockKey(event.tenant, data.ticket_id, Metric(data.metric), data.cycle),
        edition=Edition(data.revision, data.sequence),
        state=State(data.state),
        outcome=outcome,
        due_on=data.due_on or _day(event),
        changed_at=event.time,
        due_at=data.due_at,
        target_minutes=data.target_minutes,
        elapsed_us=data.elapsed_us,
        timezone=data.timezone or "UTC",
        snapshot=data.snapshot,
        warned=any(map(risk.is_warning, standing)),
        reached=risk.reached(standing),
        priority=data.priority or "",
        group=data.group or "",
        assignee=data.assignee or "",
        customer=data.customer_id or "",
        status=data.status or "",
        started_at=data.started_at,
        stopped_at=data.stopped_at,
        breached_at=breached_at,
        severity=data.severity or "",
        impact=data.customer_impact or "",
        held=_held(data.attributed_to),
        promise=Promise(data.agreement_type or Promise.CUSTOMER),
        owner=data.owner_group or "",
    )


def _held(to: AttributedTo | None) -> Held:
    return NOBODY if to is None else Held(to.assignee or "", to.group or "", to.at)


def _day(event: Event[ClockChanged]) -> date:
    """The period of a clock whose publisher did not name it: a date in UTC."""
    data = event.data
    return (data.due_at or data.breached_at or data.stopped_at or event.time).date()


def effect_in(event: Event[EscalationChanged]) -> Effect:
    """What one ESCALATION event adds to an effect's story."""
    data = event.data
    happened = {
        "sla.escalation.raised": "raised_at",
        "sla.escalation.failed": "failed_at",
        "sla.escalation.delivered": "delivered_at",
        "sla.escalation.acknowledged": "acknowledged_at",
        "sla.escalation.withdrawn": "withdrawn_at",
    }[event.type]
    failed = event.type == "sla.escalation.failed"
    withdrawn = event.type == "sla.escalation.withdrawn"
    return Effect(
        key=EffectKey(event.tenant, data.effect_id),
        ticket=data.ticket_id,
        metric=data.metric,
        cycle=data.cycle,
        threshold=data.threshold,
        announcement=data.announcement_id,
        rule=data.rule_id,
        channel=data.action.channel,
        recipient=shown_recipient(data.action.channel, data.action.to),
        repeat=data.repeat,
        level=data.level,
        due_at=data.due_at,
        attempts=data.attempt or 0,
        error=(data.error or "") if failed else "",
        reason=(data.reason or "") if withdrawn else "",
        **{happened: event.time},
    )
