"""Promises kept with the state: rows written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from msgspec import Struct

from slaclock.contracts.envelope import Event, message_id, nats_subject
from slaclock.contracts.registry import REGISTRY
from slaclock.store.pool import Connection

CHANNEL = "outbox"
"""PostgreSQL notification that wakes the relay."""

INSERT = """
INSERT INTO outbox (tenant_id, stream, subject, msg_id, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
"""


class Outgoing(Struct, frozen=True, gc=False):
    """A message to publish.

    Attributes:
        tenant: whose row it is.
        stream: where it belongs; rows of one stream leave in one atomic batch.
        subject: `<type>.v<N>.<tenant>`.
        msg_id: derived from what happened, so that a repetition is the same message.
        body: the CloudEvent.
    """

    tenant: str
    stream: str
    subject: str
    msg_id: str
    body: bytes

    @classmethod
    def of(cls, event: Event[Any]) -> Self:
        """The message that carries *event*, where its contract says."""
        contract = REGISTRY[event.type]
        return cls(
            tenant=event.tenant,
            stream=contract.stream,
            subject=nats_subject(event.type, event.tenant, contract.version),
            msg_id=message_id(event.tenant, event.source, event.id),
            body=event.encode(),
        )


async def add(connection: Connection, messages: Sequence[Outgoing]) -> None:
    """Promise *messages*, in their order, if the transaction of *connection* commits."""
    if not messages:
        return
    await connection.execute(
        INSERT,
        [m.tenant for m in messages],
        [m.stream for m in messages],
        [m.subject for m in messages],
        [m.msg_id for m in messages],
        [m.body for m in messages],
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
