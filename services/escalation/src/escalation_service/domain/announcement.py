"""Announcements: what the clocks told, and what they took back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import assert_never
from uuid import UUID

BREACH = "percent:100"
"""The threshold whose crossing is the breach."""


class Silence(StrEnum):
    """Why an announcement is kept on record and nobody is told of it."""

    HISTORICAL = "historical"
    """It was due before the ticket came to us: imported."""

    PASSED_OVER = "passed_over"
    """A higher threshold was crossed at the same moment and speaks for it."""

    SUPERSEDED = "superseded"
    """It belongs to a target that no longer holds."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One announcement; its order is the order in which rows are locked."""

    tenant: str
    announcement: UUID


@dataclass(frozen=True, slots=True)
class Crossing:
    """A clock at the moment when it went beyond a threshold. All instants are UTC.

    Attributes:
        ticket_id: the publisher's opaque id.
        metric: such as `resolution`.
        cycle: identity of the run of the clock.
        threshold: such as `percent:90`, `before_due:60`; `percent:100` is the breach.
        n: 1, or higher when the same crossing was told before and taken back.
        snapshot: SHA-256 of the SLA snapshot that the clock runs by.
        crossed_at: the instant that lies at the threshold.
        due_at: when the target ends, as known then.
        timezone: IANA name of the calendar's zone; `UTC` for round-the-clock targets.
        due_local: `due_at` in that zone, with offset; None where it is not known.
        target_minutes: business minutes promised.
        correlation: the story that this belongs to, None where nobody named one.
    """

    ticket_id: str
    metric: str
    cycle: str
    threshold: str
    n: int
    snapshot: str
    crossed_at: datetime | None = None
    due_at: datetime | None = None
    timezone: str = "UTC"
    due_local: datetime | None = None
    priority: str | None = None
    target_minutes: int | None = None
    sla_id: str | None = None
    sla_version: int | None = None
    correlation: str | None = None

    @property
    def is_breach(self) -> bool:
        """Whether the target itself was missed."""
        return self.threshold == BREACH


@dataclass(frozen=True, slots=True)
class Told:
    """The clocks announced a crossing.

    Attributes:
        silence: set when nobody is to be told.
        provisional: judged while ticket facts were still on their way.
        event_id: the message that said so.
    """

    key: Key
    crossing: Crossing
    event_id: str
    silence: Silence | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Retraction:
    """The clocks took an announcement back: late facts show that nothing was crossed.

    Attributes:
        at: UTC instant of the message.
        reason: the publisher's word for it, None where there is none.
        event_id: the message that said so.
    """

    key: Key
    at: datetime
    event_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CallOff:
    """The clock of an announcement was called off: its ticket is gone, or needs nothing any more.

    What was told was right, so nobody is corrected.

    Attributes:
        at: UTC instant of the message.
        reason: `cancelled`, `deleted` or `merged`.
        event_id: the message that said so.
    """

    key: Key
    at: datetime
    event_id: str
    reason: str | None = None


Message = Told | Retraction | CallOff


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one announcement. Messages may arrive in any order and any number.

    A retraction or call-off without an announcement is a tombstone: what comes later finds it.
    """

    key: Key
    told: Told | None = None
    retraction: Retraction | None = None
    call_off: CallOff | None = None

    def learning(self, message: Message) -> Record:
        """The record after *message*. What was known first stays; `retracted` is never undone."""
        if message.key != self.key:
            raise ValueError(f"{message.key} is not {self.key}")
        match message:
            case Told():
                return self if self.told else replace(self, told=message)
            case Retraction():
                return self if self.retraction else replace(self, retraction=message)
            case CallOff():
                return self if self.call_off else replace(self, call_off=message)
            case _:
                assert_never(message)

    def learning_all(self, messages: Iterable[Message]) -> Record:
        """The record after *messages*, in any order."""
        return reduce(Record.learning, messages, self)
