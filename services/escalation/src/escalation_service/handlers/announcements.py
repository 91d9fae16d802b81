"""Announcements and retractions: the events of CLOCK that call for effects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

from escalation_service.domain.announcement import (
    BREACH,
    Crossing,
    Key,
    Message,
    Retraction,
    Silence,
    Told,
)
from escalation_service.ports import Acting
from escalation_service.usecases.act import act
from slaclock.contracts.clocks import ChangeFlags, ClockChange, ClockChanged
from slaclock.contracts.envelope import Event
from slaclock.contracts.registry import decode
from slaclock.errors import Fault, Refusal
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received

DURABLE = "escalation--announcements"
RETRACTED = "sla.clock.retracted"
BREACHED = "sla.clock.breached"

Begin = Callable[[Collection[str]], AbstractAsyncContextManager[Acting]]
"""Opens a transaction that sees the tenants named; commits when the block ends."""


class UnusableAnnouncement(Refusal):
    """A CLOCK event that announces or retracts without saying what."""

    code = "announcement.unusable"


def read_announcement(message: Received) -> Message:
    """The announcement or retraction in a message.

    Raises:
        Refusal: malformed, or without what escalation needs.
    """
    event: Event[ClockChanged] = decode(message.data, message.subject)
    change = event.data.change
    key = Key(event.tenant, _announcement_id(change))
    if event.type == RETRACTED:
        return Retraction(key, at=event.time, event_id=event.id, reason=change.reason)
    return Told(
        key=key,
        crossing=_crossing(event),
        event_id=event.id,
        silence=_silence(change.flags),
        provisional=change.flags.provisional,
    )


def announcements_inlet(begin: Begin, parking: Parking, *, settle: timedelta) -> Inlet[Message]:
    """Acts upon what arrives, one transaction a batch; defers what waits for its agreement."""

    async def apply(messages: Sequence[Message]) -> list[Message]:
        async with begin({message.key.tenant for message in messages}) as work:
            return await act(work, messages, settle=settle)

    return Inlet(DURABLE, read_announcement, apply, parking)


def _announcement_id(change: ClockChange) -> UUID:
    try:
        return UUID(change.announcement_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise _unusable("announcement_id", change.announcement_id, "is not a UUID") from error


def _crossing(event: Event[ClockChanged]) -> Crossing:
    data, change = event.data, event.data.change
    threshold = BREACH if event.type == BREACHED else change.threshold
    if threshold is None:
        raise _unusable("threshold", None, "is missing")
    if data.snapshot is None:
        raise UnusableAnnouncement(
            faults=[Fault("data.snapshot", None, "is missing", "name the agreement")]
        )
    return Crossing(
        ticket_id=data.ticket_id,
        metric=data.metric,
        cycle=data.cycle,
        threshold=threshold,
        n=change.n or 1,
        snapshot=data.snapshot,
        crossed_at=change.crossed_at,
        due_at=data.due_at,
        timezone=data.timezone or "UTC",
        priority=data.priority,
        target_minutes=data.target_minutes,
        sla_id=data.sla_id,
        sla_version=data.sla_version,
        correlation=event.correlationid,
    )


def _silence(flags: ChangeFlags) -> Silence | None:
    if flags.historical:
        return Silence.HISTORICAL
    if flags.superseded:
        return Silence.SUPERSEDED
    return Silence.PASSED_OVER if flags.passed_over else None


def _unusable(field: str, value: object, message: str) -> UnusableAnnouncement:
    return UnusableAnnouncement(
        faults=[Fault(f"data.change.{field}", value, message, "replay the clock's outbox")]
    )
