"""What the HTTP interface shows of escalations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel

from escalation_service.domain.escalation import State
from escalation_service.domain.views import Attempt, DeliveryEntry, Entry
from slaclock.contracts.instants import Instant


class ActionOut(BaseModel):
    """How and whom."""

    channel: str
    to: str


class EscalationOut(BaseModel):
    """One escalation: for this announcement, this action of this rule."""

    escalation_id: UUID
    state: State
    silence: str | None
    provisional: bool
    ticket_id: str
    metric: str
    cycle: str
    threshold: str
    n: int
    priority: str | None
    announcement_id: UUID
    rule_id: str
    action: ActionOut
    repeat: int
    snapshot: str
    sla_id: str | None
    sla_version: int | None
    crossed_at: Instant | None
    due_at: Instant | None
    timezone: str
    raised_at: Instant
    changed_at: Instant
    retracted_at: Instant | None
    retraction_reason: str | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None

    @classmethod
    def of(cls, entry: Entry) -> EscalationOut:
        """From what the store read."""
        return cls.model_validate(_fields(entry))


class AttemptOut(BaseModel):
    """One attempt; `open` ended with its process and may have arrived."""

    ordinal: int
    at: Instant
    outcome: str
    error_code: str | None
    error: str | None
    duration_us: int | None


class DeliveryOut(BaseModel):
    """One message to the recipient: the notice, or the correction after a retraction."""

    delivery_id: UUID
    kind: str
    state: str
    tries: int
    planned_at: Instant
    next_at: Instant | None
    settled_at: Instant | None
    attempts: list[AttemptOut]


class EscalationDetailOut(EscalationOut):
    """An escalation with its deliveries and every attempt."""

    deliveries: list[DeliveryOut]

    @classmethod
    def whole(cls, entry: Entry, deliveries: Sequence[DeliveryEntry]) -> EscalationDetailOut:
        """From what the store read."""
        return cls.model_validate(
            _fields(entry) | {"deliveries": [_delivery(one) for one in deliveries]}
        )


class SecretOut(BaseModel):
    """The secret that the tenant's webhooks are signed with."""

    secret: str
    created_at: Instant


def _fields(entry: Entry) -> dict[str, object]:
    escalation, crossing, retraction = (
        entry.escalation,
        entry.escalation.crossing,
        entry.retraction,
    )
    return {
        "escalation_id": escalation.id,
        "state": escalation.state,
        "silence": escalation.silence,
        "provisional": escalation.provisional,
        "ticket_id": crossing.ticket_id,
        "metric": crossing.metric,
        "cycle": crossing.cycle,
        "threshold": crossing.threshold,
        "n": crossing.n,
        "priority": crossing.priority,
        "announcement_id": escalation.key.announcement,
        "rule_id": escalation.rule_id,
        "action": {"channel": escalation.action.channel, "to": escalation.action.to},
        "repeat": escalation.repeat,
        "snapshot": crossing.snapshot,
        "sla_id": crossing.sla_id,
        "sla_version": crossing.sla_version,
        "crossed_at": crossing.crossed_at,
        "due_at": crossing.due_at,
        "timezone": crossing.timezone,
        "raised_at": entry.raised_at,
        "changed_at": entry.changed_at,
        "retracted_at": retraction.at if retraction else None,
        "retraction_reason": retraction.reason if retraction else None,
        "acknowledged_at": entry.acknowledged_at,
        "acknowledged_by": entry.acknowledged_by,
    }


def _delivery(entry: DeliveryEntry) -> dict[str, object]:
    return {
        "delivery_id": entry.delivery_id,
        "kind": entry.kind,
        "state": entry.state,
        "tries": entry.tries,
        "planned_at": entry.planned_at,
        "next_at": entry.next_at,
        "settled_at": entry.settled_at,
        "attempts": [_attempt(one) for one in entry.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "ordinal": attempt.ordinal,
        "at": attempt.at,
        "outcome": attempt.outcome,
        "error_code": attempt.error_code,
        "error": attempt.error,
        "duration_us": attempt.duration_us,
    }
