"""What escalation publishes of its effects. Stream ESCALATION."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from slaclock.contracts.fields import Amount, Count, Data, Hash, Id, Metric, Part, Text, Threshold
from slaclock.contracts.instants import Instant

__all__ = ["EscalationAction", "EscalationChanged"]


class EscalationAction(Part):
    """How and whom: the channel and a literal address."""

    channel: Id
    to: Text


class EscalationChanged(Data):
    """One effect of an announcement: raised, delivered, failed, acknowledged or withdrawn."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    metric: Metric
    cycle: Id
    threshold: Threshold
    announcement_id: Id
    effect_id: Id
    rule_id: Id
    action: EscalationAction
    repeat: Amount = Field(description="0 for the first time")
    at: Instant
    due_at: Instant | None = None
    snapshot: Hash | None = None
    attempt: Count | None = None
    error: Text | None = None
    level: Count | None = None
    reason: Text | None = Field(default=None, description="why it was withdrawn")
