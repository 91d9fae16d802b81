"""What escalation did in, for the feeds of tickets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from slaclock.contracts.envelope import Event
from slaclock.contracts.escalations import EscalationChanged
from slaclock.contracts.instants import to_us
from slaclock.contracts.registry import decode
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from ticket_clock_service.feed_ports import Escalated, Feed

__all__ = ["DURABLE", "escalated", "escalations_inlet"]

DURABLE = "ticket-clock--escalations"
BeginFeed: TypeAlias = Callable[[Collection[str]], AbstractAsyncContextManager[Feed]]


def escalated(message: Received) -> Escalated:
    """What a message of ESCALATION says of an effect.

    Raises:
        EventRefused: it is malformed.
    """
    event: Event[EscalationChanged] = decode(message.data, message.subject)
    data = event.data
    return Escalated(
        tenant=event.tenant,
        ticket_id=data.ticket_id,
        event_id=event.id,
        kind=event.type.rpartition(".")[2],
        at_us=to_us(event.time),
        metric=data.metric,
        cycle=data.cycle,
        threshold=data.threshold,
        announcement_id=data.announcement_id,
        effect_id=data.effect_id,
        rule_id=data.rule_id,
        channel=data.action.channel,
        level=data.level,
        repeat=data.repeat,
        attempt=data.attempt,
        reason=data.reason,
    )


def escalations_inlet(begin: BeginFeed, parking: Parking) -> Inlet[Escalated]:
    """The durable consumer of what escalation did."""

    async def apply(batch: Sequence[Escalated]) -> None:
        async with begin({one.tenant for one in batch}) as feed:
            await feed.keep(batch)

    return Inlet(DURABLE, escalated, apply, parking)
