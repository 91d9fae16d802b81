"""What became of an escalation's effect, as far as events have told.

Events may come in any order and more than once. Every field is merged by a rule that does not
care: the earliest or the latest instant, the highest attempt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit


class Delivery(StrEnum):
    """Where an effect stands."""

    RAISED = "raised"
    FAILED = "failed"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, order=True)
class EffectKey:
    """One effect. Sorts the way rows are locked."""

    tenant: str
    effect: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One delivery that an SLA ordered, with the instants (UTC) of what happened to it.

    Attributes:
        recipient: as shown to viewers, see `shown_recipient`.
        attempts: highest attempt told of.
        error: of the latest failure.
        reason: why it was withdrawn; empty where nobody said.
    """

    key: EffectKey
    ticket: str
    metric: str
    cycle: str
    threshold: str
    announcement: str
    rule: str
    channel: str
    recipient: str
    repeat: int = 0
    level: int | None = None
    due_at: datetime | None = None
    raised_at: datetime | None = None
    failed_at: datetime | None = None
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    withdrawn_at: datetime | None = None
    attempts: int = 0
    error: str = ""
    reason: str = ""

    @property
    def state(self) -> Delivery:
        """The furthest that is known to have happened."""
        if self.withdrawn_at is not None:
            return Delivery.WITHDRAWN
        if self.acknowledged_at is not None:
            return Delivery.ACKNOWLEDGED
        if self.delivered_at is not None:
            return Delivery.DELIVERED
        return Delivery.FAILED if self.failed_at is not None else Delivery.RAISED

    @property
    def first_at(self) -> datetime:
        """When it was first heard of."""
        return min(at for at in self._instants() if at is not None)

    def _instants(self) -> tuple[datetime | None, ...]:
        return (
            self.raised_at,
            self.failed_at,
            self.delivered_at,
            self.acknowledged_at,
            self.withdrawn_at,
        )

    def merged(self, other: Effect) -> Effect:
        """Both accounts of one effect in one. Commutative, associative, idempotent."""
        return replace(
            self,
            raised_at=_earliest(self.raised_at, other.raised_at),
            failed_at=_latest(self.failed_at, other.failed_at),
            delivered_at=_earliest(self.delivered_at, other.delivered_at),
            acknowledged_at=_earliest(self.acknowledged_at, other.acknowledged_at),
            withdrawn_at=_earliest(self.withdrawn_at, other.withdrawn_at),
            attempts=max(self.attempts, other.attempts),
            error=max((self, other), key=_failure).error,
            reason=min((self, other), key=_withdrawal).reason,
        )


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _latest(*instants: datetime | None) -> datetime | None:
    return max((at for at in instants if at is not None), default=None)


def _failure(effect: Effect) -> tuple[float, str]:
    """Orders accounts by their failure alone: anything merged by itself would spoil the order."""
    at = effect.failed_at
    return (at.timestamp() if at else float("-inf"), effect.error)


def _withdrawal(effect: Effect) -> tuple[float, bool, str]:
    """Orders accounts by their withdrawal alone: the earliest first, and one that says why."""
    at = effect.withdrawn_at
    return (at.timestamp() if at else float("inf"), not effect.reason, effect.reason)


def together(effects: Iterable[Effect]) -> dict[EffectKey, Effect]:
    """All accounts of each effect merged, sorted by key."""
    found: dict[EffectKey, Effect] = {}
    for effect in effects:
        known = found.get(effect.key)
        found[effect.key] = known.merged(effect) if known else effect
    return dict(sorted(found.items()))


def shown_recipient(channel: str, to: str) -> str:
    """*to* without what a viewer must not see: of a webhook only its host."""
    if channel != "webhook":
        return to
    return urlsplit(to).hostname or channel
