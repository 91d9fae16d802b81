"""Announcements and retractions: the events of CLOCK that call for effects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from escalation_service.domain.announcement import (
    BREACH,
    CallOff,
    Crossing,
    Key,
    Message,
    Retraction,
    Silence,
    Told,
)
from escalation_service.ports import Acting
from escalation_service.usecases.act import act
from slaclock.contracts.clocks import ChangeFlags, ClockChanged
from slaclock.contracts.envelope import Event
from slaclock.contracts.registry import decode
from slaclock.errors import Fault, Refusal
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received

DURABLE = "escalation--announcements"
RETRACTED = "sla.clock.retracted"
BREACHED = "sla.clock.breached"
CANCELLED = "sla.clock.cancelled"
GONE = frozenset({"cancelled", "deleted", "merged"})
"""Why a clock is called off for good."""

Begin = Callable[[Collection[str]], AbstractAsyncContextManager[Acting]]
"""Opens a transaction that sees the tenants named; commits when the block ends."""


class UnusableAnnouncement(Refusal):
    """A CLOCK event that announces or retracts without saying what."""

    code = "announcement.unusable"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A clock was called off, with what had been announced of it and stands."""

    tenant: str
    call_offs: tuple[CallOff, ...]


Heard = Told | Retraction | Cancelled


def read_announcement(message: Received) -> Heard:
    """The announcement, retraction or call-off in a message.

    Raises:
        Refusal: malformed, or without what escalation needs.
    """
    event: Event[ClockChanged] = decode(message.data, message.subject)
    change = event.data.change
    if event.type == CANCELLED:
        return Cancelled(event.tenant, tuple(_call_offs(event)))
    key = Key(event.tenant, _announcement_id(change.announcement_id))
    if event.type == RETRACTED:
        return Retraction(key, at=event.time, event_id=event.id, reason=change.reason)
    return Told(
        key=key,
        crossing=_crossing(event),
        event_id=event.id,
        silence=_silence(change.flags),
        provisional=change.flags.provisional,
    )


def announcements_inlet(begin: Begin, parking: Parking, *, settle: timedelta) -> Inlet[Heard]:
    """Acts upon what arrives, one transaction a batch; defers what waits for its agreement."""

    async def apply(heard: Sequence[Heard]) -> list[Heard]:
        messages: list[Message] = []
        for one in heard:
            messages += one.call_offs if isinstance(one, Cancelled) else (one,)
        if not messages:
            return []
        async with begin({message.key.tenant for message in messages}) as work:
            waiting = await act(work, messages, settle=settle)
        return [one for one in waiting if isinstance(one, Told)]

    return Inlet(DURABLE, read_announcement, apply, parking)


def _call_offs(event: Event[ClockChanged]) -> Iterator[CallOff]:
    """What stands of a clock whose ticket is gone; nothing of one that ends for another reason."""
    reason = event.data.change.reason
    if reason in GONE:
        for one in event.data.announcements:
            key = Key(event.tenant, _announcement_id(one.id))
            yield CallOff(key, at=event.time, event_id=event.id, reason=reason)


def _announcement_id(name: str | None) -> UUID:
    try:
        return UUID(name)
    except (ValueError, TypeError, AttributeError) as error:
        raise _unusable("announcement_id", name, "is not a UUID") from error


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
