"""Published agreements: `sla.agreement.published`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from escalation_service.domain.publication import Publication, publication
from slaclock.contracts.registry import decode
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received

DURABLE = "escalation--agreements"

Keep = Callable[[Sequence[Publication]], Awaitable[None]]
"""Stores publications in one transaction of its own."""


def read_agreement(message: Received) -> Publication:
    """The agreement in a message.

    Raises:
        Refusal: malformed, or not what its hash names.
    """
    event = decode(message.data, message.subject)
    data = event.data
    return publication(
        tenant=event.tenant,
        name=data.hash,
        sla_id=data.sla_id,
        version=data.version,
        effective_from=data.effective_from,
        snapshot=data.snapshot,
    )


def agreements_inlet(keep: Keep, parking: Parking) -> Inlet[Publication]:
    """Keeps what arrives, one transaction a batch."""
    return Inlet(DURABLE, read_agreement, keep, parking)
