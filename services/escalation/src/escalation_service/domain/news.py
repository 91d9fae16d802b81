"""What escalation tells the others: each change of an escalation, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from escalation_service.domain.escalation import Escalation


class Kind(StrEnum):
    """The last part of the event's type, `sla.escalation.<kind>`."""

    RAISED = "raised"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class News:
    """Something happened to an escalation. Each kind happens at most once to each.

    Attributes:
        at: UTC instant, by the database's clock.
        cause: id of the message that led to it, None where a loop or a person did.
        attempt: number of the attempt that decided it.
        error: why it failed.
        by: who acknowledged.
        reason: why it was withdrawn.
    """

    kind: Kind
    escalation: Escalation
    at: datetime
    cause: str | None = None
    attempt: int | None = None
    error: str | None = None
    by: str | None = None
    reason: str | None = None
