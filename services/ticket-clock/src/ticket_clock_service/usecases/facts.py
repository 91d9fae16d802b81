"""A ticket event as a fact: its identity, its instant, what must not differ under one identity."""

from __future__ import annotations

import hashlib

from slaclock.contracts.canonical import canonical, canonical_plain
from slaclock.contracts.envelope import Event
from slaclock.contracts.instants import to_us
from slaclock.messaging.received import Received
from ticket_clock_service.ports import Reported


def fact_in(event: Event, message: Received | None = None) -> Reported:  # type: ignore[type-arg]
    """The fact that *event* tells. Its content is what must not differ under one identity."""
    data = event.data.model_dump(mode="json")
    at_us = to_us(event.time)
    kind = event.type.rpartition(".")[2]
    content = canonical([kind, at_us, str(event.order), data])  # 18 digits: more than JSON carries
    return Reported(
        tenant=event.tenant,
        ticket_id=event.data.ticket_id,
        fact_key=hashlib.sha256(canonical_plain((event.source, event.id))).digest(),
        source=event.source,
        event_id=event.id,
        kind=kind,
        at_us=at_us,
        sequence=event.order,
        data=data,
        content_hash=hashlib.sha256(content).digest(),
        origin=event.origin,
        correlation_id=event.correlationid,
        message=message,
    )
