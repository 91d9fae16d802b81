"""What is read of a message's reply subject: as nats-py reads it, in a quarter of the time."""

from __future__ import annotations

from typing import Any, cast

import pytest
from nats.aio.msg import Msg

from slaclock.messaging.received import Received


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            "$JS.ACK.TICKETS.ticket-clock--reconcile.3.41.57.1763740801123456789.12",
            id="without a domain",
        ),
        pytest.param(
            "$JS.ACK.hub.Ab3.TICKETS.ticket-clock--reconcile.3.41.57.1763740801123456789.12.x7",
            id="with a domain",
        ),
    ],
)
@pytest.mark.parametrize("headers", [None, {}, {"Nats-Msg-Id": "one"}], ids=["none", "empty", "id"])
def test_received(reply: str, headers: dict[str, str] | None) -> None:
    message = Msg(cast("Any", None), "sla.ticket.opened.v1.acme", reply, b"{}", headers)
    meta = message.metadata
    assert Received.of(message) == Received(
        meta.stream,
        message.subject,
        meta.sequence.stream,
        meta.num_delivered or 0,
        meta.timestamp,
        (headers or {}).get("Nats-Msg-Id"),
        b"{}",
    )
    assert Received.of(message).stored_at.tzinfo is not None
