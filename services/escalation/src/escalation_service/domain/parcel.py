"""A delivery that a sender has claimed, with all that it needs to go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from escalation_service.domain.announcement import Retraction
from escalation_service.domain.delivery import Backoff, Kind, Missed, Outcome, Sent, Verdict
from escalation_service.domain.delivery import State as DeliveryState
from escalation_service.domain.escalation import Escalation, State


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt at a delivery.

    Attributes:
        tries: this attempt's number, from 1; it fences the lease.
        doubtful: an earlier attempt may have arrived.
        lease_ends: UTC instant after which another sender may take it.
        retraction: set once the announcement was taken back.
        called_off: its clock was called off before this attempt.
    """

    delivery_id: UUID
    kind: Kind
    tries: int
    doubtful: bool
    lease_ends: datetime
    escalation: Escalation
    retraction: Retraction | None = None
    called_off: bool = False

    @property
    def tenant(self) -> str:
        """Whose it is."""
        return self.escalation.key.tenant

    def hindrance(self, backoff: Backoff) -> Missed | None:
        """Why it must not be sent any more, None when it may.

        Only what an earlier sender left behind meets one: retractions withdraw what is planned.
        """
        gone = self.called_off or self.escalation.state is State.WITHDRAWN
        if self.kind is Kind.NOTICE and gone:
            return Missed(
                "delivery.withdrawn", "taken back after an attempt of unknown end", hopeless=True
            )
        if self.tries > backoff.tries:
            return Missed(
                "delivery.abandoned", "every attempt ended with its process", hopeless=True
            )
        return None

    def judge(
        self,
        outcome: Outcome,
        *,
        withdrawn: bool,
        backoff: Backoff,
        jitter: float,
        called_off: bool = False,
    ) -> Verdict:
        """What follows from *outcome*, the end of this attempt.

        Args:
            outcome: what the channel answered.
            withdrawn: the announcement has been taken back, perhaps while this was under way.
                That ends a notice, never a correction.
            called_off: its clock has been called off: no further attempt, and no correction.
            backoff: when to try again, and how often.
            jitter: see `Backoff.delay`.
        """
        is_notice = self.kind is Kind.NOTICE
        taken_back = withdrawn and is_notice
        if isinstance(outcome, Sent):
            return Verdict(
                DeliveryState.DELIVERED,
                doubtful=self.doubtful,
                correct=taken_back,
                escalation=State.DELIVERED if is_notice and not withdrawn else None,
            )
        doubtful = self.doubtful or outcome.doubtful
        if taken_back:
            return Verdict(DeliveryState.WITHDRAWN, doubtful=doubtful, correct=doubtful)
        if called_off and is_notice:
            return Verdict(DeliveryState.WITHDRAWN, doubtful=doubtful, escalation=State.WITHDRAWN)
        if outcome.hopeless or self.tries >= backoff.tries:
            escalation = State.FAILED if is_notice else None
            return Verdict(DeliveryState.FAILED, doubtful=doubtful, escalation=escalation)
        retry_in = backoff.delay(self.tries, jitter)
        return Verdict(DeliveryState.PLANNED, doubtful=doubtful, retry_in=retry_in)
