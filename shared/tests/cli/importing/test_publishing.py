"""Messages reach the real broker: all of them, and never far ahead of the consumer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from slaclock.cli.exits import NotReachable
from slaclock.cli.importing.facts import Message
from slaclock.cli.importing.publishing import Flow, MayNotPublish, open_publisher
from slaclock.testing.bus import Bus


def made(count: int, tenant: str = "acme", begin: int = 0) -> Iterator[Message]:
    for number in range(begin, begin + count):
        yield Message(f"sla.ticket.opened.v1.{tenant}", f"m-{number}", b"%d" % number)


class Consumer:
    """Stands for ticket-clock: has processed everything, or stands still, or walks."""

    def __init__(self, step: int) -> None:
        self.step, self.processed, self.asked = step, 0, 0

    async def position(self) -> int:
        self.asked += 1
        self.processed += self.step
        return self.processed


async def stored(bus: Bus) -> int:
    client = await bus.connect()
    info = await client.jetstream().stream_info("TICKETS")
    await client.close()
    return info.state.messages


async def test_everything_is_acknowledged(topology: Bus) -> None:
    told = []
    access = topology.access("acme.helpdesk")
    async with open_publisher(access, Consumer(10_000).position, Flow(window=100)) as publisher:
        await publisher.publish(made(950), lambda: told.append(publisher.sent))
    assert told[-1] == publisher.sent == publisher.last == await stored(topology) == 950
    assert publisher.sequences == set(range(1, 951))


async def test_the_publisher_never_runs_far_ahead(topology: Bus) -> None:
    consumer, leads = Consumer(7), []
    access = topology.access("acme.helpdesk")
    async with open_publisher(access, consumer.position, Flow(window=50, lead=120)) as publisher:
        await publisher.publish(
            made(600), lambda: leads.append(publisher.last - consumer.processed)
        )
    assert publisher.sent == 600
    assert max(leads) <= 120
    assert consumer.asked > 60


async def test_a_consumer_that_stands_still_ends_the_import(topology: Bus) -> None:
    flow = Flow(window=50, lead=100, patience=0.5)
    access = topology.access("acme.helpdesk")
    async with open_publisher(access, Consumer(0).position, flow) as publisher:
        with pytest.raises(NotReachable, match="has not moved beyond message 0 of 50"):
            await publisher.publish(made(600), lambda: None)
    assert publisher.sent == 100


async def test_an_outage_of_the_broker_loses_nothing(topology: Bus) -> None:
    def messages() -> Iterator[Message]:
        yield from made(300)
        topology.kill()
        loop.call_later(1.0, topology.start)
        yield from made(300, begin=300)

    loop = asyncio.get_running_loop()
    access = topology.access("acme.helpdesk")
    async with open_publisher(access, Consumer(10_000).position, Flow(window=100)) as publisher:
        await publisher.publish(messages(), lambda: None)
    assert publisher.sent == 600
    assert await stored(topology) >= 600


async def test_another_tenant_s_subject_is_refused_at_once(topology: Bus) -> None:
    access = topology.access("acme.helpdesk")
    async with open_publisher(access, Consumer(10_000).position, Flow()) as publisher:
        with pytest.raises(MayNotPublish, match="helpdesk identity"):
            await publisher.publish(made(3, tenant="globex"), lambda: None)


async def test_nobody_at_the_address(free_port: int, nats_server: Bus) -> None:
    access = nats_server.access("acme.helpdesk")
    gone = type(access)(f"nats://127.0.0.1:{free_port}", access.user, access.password)
    with pytest.raises(NotReachable, match="no broker takes us"):
        async with open_publisher(gone, Consumer(1).position, Flow()):
            pass


async def test_a_wrong_password(nats_server: Bus) -> None:
    access = nats_server.access("acme.helpdesk")
    wrong = type(access)(access.url, access.user, "guess")
    with pytest.raises(NotReachable, match="no broker takes us"):
        async with open_publisher(wrong, Consumer(1).position, Flow()):
            pass
