"""Nobody takes more than can be worked on: consumers hold little, the intake lets no flood in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from nats.aio.client import Client

from slaclock.messaging.publishing import publish_batch
from slaclock.messaging.topology import CONSUMERS
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from ticket_clock_service.handlers import backlog
from ticket_clock_service.handlers.backlog import Backlog, Congested

from ..desk import Desk, sla
from .test_intake import event, send
from .test_outage import message

STREAM, DURABLE = "TICKETS", "ticket-clock--reconcile"


async def test_no_consumer_is_given_more_than_two_batches_at_once(
    topology: Bus, nats_admin: Client
) -> None:
    jetstream = nats_admin.jetstream()
    for durable, consumer in CONSUMERS.items():
        held = (await jetstream.consumer_info(consumer.stream, durable)).config.max_ack_pending
        assert held is not None, durable
        assert consumer.batch <= held <= max(1000, 2 * consumer.batch), durable


async def test_what_waits_is_counted_and_asked_for_once_a_second(
    topology: Bus, nats_admin: Client
) -> None:
    at, clock = datetime.now(UTC), [0.0]
    full = Backlog(lambda: nats_admin, 2, lambda: clock[0])
    await full.check()
    await publish_batch(nats_admin, [message("opened", n, at) for n in range(3)])
    await full.check()
    clock[0] = 1.0
    with pytest.raises(Congested) as refusal:
        await full.check()
    assert (refusal.value.status, refusal.value.headers) == (503, {"Retry-After": "5"})
    await Backlog(lambda: nats_admin, 3).check()


async def test_the_intake_says_to_come_again_and_takes_events_once_there_is_room(
    client: httpx.AsyncClient,
    desk: Desk,
    nats_admin: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await desk.publish(sla())
    jetstream = nats_admin.jetstream()
    await jetstream.pause_consumer(
        STREAM, DURABLE, (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    )
    assert (await send(client, event("INC-1"), event("INC-2"))).status_code == 202
    monkeypatch.setattr(backlog, "MOST_WAITING", 1)

    async def refused() -> bool:
        answer = await send(client, event("INC-3"))
        if answer.status_code != 503:
            return False
        assert answer.json()["code"] == "intake.congested"
        assert answer.headers["Retry-After"] == "5"
        return True

    await eventually(refused)
    await jetstream.resume_consumer(STREAM, DURABLE)

    async def taken() -> bool:
        return (await send(client, event("INC-4"))).status_code == 202

    await eventually(taken)
