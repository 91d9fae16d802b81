"""Messages are pulled in batches, and nobody takes what nobody has asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerInfo

from slaclock.messaging import pulling
from slaclock.messaging.provisioning import consumer_config
from slaclock.messaging.pulling import Pull
from slaclock.messaging.topology import CONSUMERS
from slaclock.testing import eventually
from slaclock.testing.bus import Bus

DURABLE = "ticket-clock--reconcile"
SUBJECT = "sla.ticket.opened.v1.acme"


@pytest.fixture
async def client(topology: Bus) -> AsyncIterator[Client]:
    """Of the service that owns the consumer, with the rights that it has."""
    made = await topology.connect("ticket-clock")
    yield made
    await made.close()


@pytest.fixture
async def opened(client: Client) -> AsyncIterator[Callable[..., asyncio.Future[Pull]]]:
    """Opens a pull that ends with the test."""
    async with AsyncExitStack() as stack:

        async def opened(arrived: Callable[[Msg], None] = lambda _: None) -> Pull:
            pull = Pull("TICKETS", DURABLE, arrived)
            await pull.open(client)
            stack.push_async_callback(pull.stop)
            return pull

        yield lambda *arrived: asyncio.ensure_future(opened(*arrived))


async def publish(client: Client, *bodies: str, headers: dict[str, str] | None = None) -> None:
    for body in bodies:
        await client.jetstream().publish(SUBJECT, body.encode(), headers=headers)


def bodies(batch: list[Msg]) -> list[str]:
    return [message.data.decode() for message in batch]


async def state(client: Client) -> ConsumerInfo:
    found: ConsumerInfo = await client.jetstream().consumer_info("TICKETS", DURABLE)
    return found


Opened = Callable[..., asyncio.Future[Pull]]


@pytest.mark.parametrize(
    ("there", "most", "batches"),
    [
        (5, 5, [5]),
        (5, 9, [5]),
        (5, 2, [2, 2, 1]),
        (300, 200, [200, 100]),
        (1, 1, [1]),
    ],
)
async def test_what_is_there_comes_in_order_in_batches(
    nats_admin: Client, opened: Opened, there: int, most: int, batches: list[int]
) -> None:
    wanted = [f"m{number}" for number in range(there)]
    await publish(nats_admin, *wanted)
    pull = await opened()
    found = [await pull.fetch(most) for _ in batches]
    assert [len(batch) for batch in found] == batches
    assert [body for batch in found for body in bodies(batch)] == wanted


async def test_who_asks_early_gets_the_first_that_come(
    nats_admin: Client, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "IDLE", 30.0)
    pull = await opened()
    fetching = asyncio.create_task(pull.fetch(10))

    async def waited_for() -> bool:
        return bool((await state(nats_admin)).num_waiting)

    await eventually(waited_for)
    await publish(nats_admin, "one")
    assert bodies(await fetching)[0] == "one"


async def test_where_nothing_comes_the_answer_is_empty(
    nats_admin: Client, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "IDLE", 0.1)
    pull = await opened()
    assert await pull.fetch(10) == []
    await publish(nats_admin, "later")
    assert bodies(await pull.fetch(10)) == ["later"]


async def test_what_is_not_asked_for_stays_for_others(nats_admin: Client, opened: Opened) -> None:
    """A reader that works on its batch takes nothing meanwhile: no request outlives a fetch."""
    await publish(nats_admin, "one", "two")
    busy, idle = await opened(), await opened()
    assert bodies(await busy.fetch(500)) == ["one", "two"]
    assert (await state(nats_admin)).num_waiting == 0
    await publish(nats_admin, "three")
    assert (await state(nats_admin)).num_ack_pending == 2
    assert bodies(await idle.fetch(500)) == ["three"]


async def test_no_request_outlives_a_fetch_where_no_more_may_be_in_hand(
    nats_admin: Client, opened: Opened
) -> None:
    """Else what others acknowledge would be followed by a hoard of messages for a busy reader."""
    few = replace(consumer_config(CONSUMERS[DURABLE]), max_ack_pending=3)
    await nats_admin.jetstream().add_consumer("TICKETS", few)
    await publish(nats_admin, *(f"m{number}" for number in range(9)))
    busy, idle = await opened(), await opened()
    in_hand = await busy.fetch(3)
    fetching = asyncio.create_task(idle.fetch(5))

    async def waited_for() -> bool:
        return bool((await state(nats_admin)).num_waiting)

    await eventually(waited_for)
    await in_hand[0].ack()
    assert bodies(await fetching) == ["m3"]
    assert (await state(nats_admin)).num_waiting == 0


async def test_headers_that_look_like_the_servers_are_a_message(
    nats_admin: Client, opened: Opened
) -> None:
    await publish(nats_admin, "told", headers={"Status": "404", "Description": "No Messages"})
    pull = await opened()
    assert bodies(await pull.fetch(10)) == ["told"]


async def test_who_stops_is_told_of_all_that_was_sent(
    nats_admin: Client, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is on its way any more, so that all of it can be handed back."""
    monkeypatch.setattr(pulling, "GATHER", 30.0)
    arrived: list[Msg] = []
    pull = await opened(arrived.append)
    fetching = asyncio.create_task(pull.fetch(10))

    async def waited_for() -> bool:
        return bool((await state(nats_admin)).num_waiting)

    async def sent() -> bool:  # whether it has arrived is not known
        return bool((await state(nats_admin)).num_ack_pending)

    await eventually(waited_for)
    await publish(nats_admin, "last")
    await eventually(sent)
    await pull.stop()
    assert await fetching == []
    assert bodies(arrived) == ["last"]
    assert await pull.fetch(10) == []


async def test_a_request_without_an_answer_is_given_up_and_nothing_is_lost(
    nats_admin: Client, client: Client, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "ANSWER", 0.2)
    pull = await opened()
    kept: list[tuple[str, bytes, str]] = []
    original = client.publish

    async def into_the_void(subject: str, body: bytes = b"", reply: str = "") -> None:
        kept.append((subject, body, reply))

    monkeypatch.setattr(client, "publish", into_the_void)
    monkeypatch.setattr(pulling, "IDLE", 0.1)
    assert await pull.fetch(10) == []
    monkeypatch.setattr(client, "publish", original)
    await publish(nats_admin, "one", "two")
    subject, body, reply = kept[0]
    await client.publish(subject, body, reply)  # the lost request arrives after all

    async def taken() -> bool:
        return (await state(nats_admin)).num_ack_pending == 2

    await eventually(taken)
    assert bodies(await pull.fetch(10)) == ["one", "two"]


async def test_a_broker_that_was_away_is_asked_again(
    topology: Bus, nats_admin: Client, opened: Opened
) -> None:
    await publish(nats_admin, "before")
    pull = await opened()
    assert bodies(await pull.fetch(1)) == ["before"]
    topology.kill()
    assert await pull.fetch(10) == []
    topology.start()
    await eventually(lambda: _published(nats_admin, "after"))
    found: list[str] = []

    async def fetched() -> bool:
        found.extend(bodies(await pull.fetch(10)))
        return "after" in found

    await eventually(fetched)


async def _published(client: Client, body: str) -> bool:
    if not client.is_connected:
        return False
    await publish(client, body)
    return True


async def test_a_consumer_that_is_made_anew_is_read_again(
    nats_admin: Client, opened: Opened
) -> None:
    jetstream = nats_admin.jetstream()
    pull = await opened()
    await jetstream.delete_consumer("TICKETS", DURABLE)
    assert await pull.fetch(10) == []
    await jetstream.add_consumer("TICKETS", consumer_config(CONSUMERS[DURABLE]))
    await publish(nats_admin, "one")
    assert bodies(await pull.fetch(10)) == ["one"]
