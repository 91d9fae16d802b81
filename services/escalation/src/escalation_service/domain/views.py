"""What is read of escalations: the record of each, its deliveries, every attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from escalation_service.domain.announcement import Retraction
from escalation_service.domain.escalation import Escalation


@dataclass(frozen=True, slots=True)
class Entry:
    """An escalation as a list shows it. All instants are UTC."""

    escalation: Escalation
    raised_at: datetime
    changed_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    retraction: Retraction | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `outcome` is `open`, `sent` or `missed`."""

    ordinal: int
    at: datetime
    outcome: str
    error_code: str | None
    error: str | None
    duration_us: int | None


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """One delivery with its attempts; `next_at` is set while it is not settled."""

    delivery_id: UUID
    kind: str
    state: str
    tries: int
    planned_at: datetime
    next_at: datetime | None
    settled_at: datetime | None
    attempts: tuple[Attempt, ...]
