"""Deliveries: one message to one recipient, its attempts, and what follows from each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from escalation_service.domain.escalation import State as EscalationState
from slaclock.contracts.canonical import uuid_of


class Kind(StrEnum):
    """What a delivery says."""

    NOTICE = "notice"
    CORRECTION = "correction"
    """The notice no longer holds; goes to whoever got it, or may have."""


class State(StrEnum):
    """`planned -> sending -> delivered | failed`; `withdrawn` ends what was not sent."""

    PLANNED = "planned"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took it."""


@dataclass(frozen=True, slots=True)
class Missed:
    """It was not taken, as far as we know.

    Attributes:
        code: stable class of the error, such as `webhook.status-5xx`.
        detail: one sentence; never what the other side answered in its body.
        hopeless: another attempt would end in the same way.
        doubtful: the other side may have got it all the same.
    """

    code: str
    detail: str
    hopeless: bool = False
    doubtful: bool = False


Outcome = Sent | Missed


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after a missed attempt, and how often to try.

    Attributes:
        first: after the first attempt; doubles with each one.
        most: never longer than this.
        tries: attempts in all; the last one missed means failed.
    """

    first: timedelta = timedelta(seconds=2)
    most: timedelta = timedelta(hours=1)
    tries: int = 14

    def __post_init__(self) -> None:
        if self.first <= timedelta(0) or self.most < self.first or self.tries < 1:
            raise ValueError(f"not a way to back off: {self}")

    def delay(self, tries: int, jitter: float) -> timedelta:
        """Time until the next attempt.

        Args:
            tries: attempts made, at least 1.
            jitter: in [0, 1]; spreads recipients that failed together over half to all of it.
        """
        if tries < 1 or not 0 <= jitter <= 1:
            raise ValueError(f"no delay after {tries} attempts with jitter {jitter}")
        grown = min(self.first * 2 ** min(tries - 1, 20), self.most)
        spread: timedelta = grown * (0.5 + jitter / 2)
        return spread


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt's outcome means.

    Attributes:
        state: of the delivery from now on.
        retry_in: set exactly when it is planned again.
        doubtful: the recipient may have got it.
        correct: a correction is owed to the recipient.
        escalation: the state that the escalation moves to, None when it stays.
    """

    state: State
    doubtful: bool = False
    retry_in: timedelta | None = None
    correct: bool = False
    escalation: EscalationState | None = None


def delivery_id(escalation: UUID, kind: Kind) -> UUID:
    """The name of a delivery, the same at every attempt; receivers drop copies by it."""
    return uuid_of(str(escalation), kind.value, "delivery")


def notice_state(escalation: EscalationState) -> State:
    """How the notice of a new escalation begins: taken back already, or planned."""
    return State.WITHDRAWN if escalation is EscalationState.WITHDRAWN else State.PLANNED
