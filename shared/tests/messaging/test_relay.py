"""Promises in the outbox are kept once, in order, whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from nats.aio.client import Client

from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.publishing import PublishRefused, publish_batch, publish_one
from slaclock.messaging.relay import Relay, relay_once
from slaclock.store import Pool, begin
from slaclock.testing import eventually
from slaclock.testing.bus import Bus

SUBJECT = "sla.clock.started.v1.acme"


def message(number: int, size: int = 20, subject: str = SUBJECT) -> Outgoing:
    return Outgoing("acme", "CLOCK", subject, f"id-{number}", b"%d " % number + b"x" * size)


async def promise(pool: Pool, *messages: Outgoing) -> None:
    async with begin(pool, {"acme"}) as connection:
        await outbox.add(connection, messages)


async def stored(client: Client) -> list[int]:
    jetstream = client.jetstream()
    state = (await jetstream.stream_info("CLOCK")).state
    numbers = []
    for sequence in range(1, state.messages + 1):
        found = await jetstream.get_msg("CLOCK", seq=sequence)
        numbers.append(int((found.data or b"").split()[0]))
    return numbers


@asynccontextmanager
async def relaying(pool: Pool, client: Client) -> AsyncIterator[None]:
    task = asyncio.create_task(Relay(pool, client, role="probe_relay").run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def client(topology: Bus) -> AsyncIterator[Client]:
    made = await topology.connect("ticket-clock")
    yield made
    await made.close()


async def test_rows_leave_in_order_and_are_marked(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    await promise(pool, *(message(number) for number in range(25)))
    assert await relay_once(pool, client, role="probe_relay") == 25
    assert await relay_once(pool, client, role="probe_relay") == 0
    assert await stored(nats_admin) == list(range(25))


async def test_a_crash_before_the_mark_leaves_no_copy(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    messages = [message(number) for number in range(10)]
    await promise(pool, *messages)
    await publish_batch(client, messages[:7])  # sent, and the relay died before it could mark
    assert await relay_once(pool, client, role="probe_relay") == 10
    assert await stored(nats_admin) == list(range(10))


async def test_a_row_that_the_broker_refuses_does_not_hold_the_others(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    await promise(pool, message(0), message(1, size=70_000), message(2))
    await relay_once(pool, client, role="probe_relay")
    assert await stored(nats_admin) == [0, 2]
    async with begin(pool, {"acme"}) as connection:
        refused = await connection.fetchval("SELECT refused FROM outbox WHERE refused IS NOT NULL")
    assert "message size exceeds maximum" in refused


async def test_nothing_is_relayed_of_a_transaction_that_fails(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    async def change_of_mind() -> None:
        async with begin(pool, {"acme"}) as connection:
            await outbox.add(connection, [message(1)])
            raise RuntimeError("after all, no")

    with pytest.raises(RuntimeError, match="after all"):
        await change_of_mind()
    assert await relay_once(pool, client, role="probe_relay") == 0


async def test_a_promise_wakes_the_leader_and_a_follower_takes_over(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    async with relaying(pool, client):
        await promise(pool, message(1))
        await eventually(lambda: _count(nats_admin, 1))
        async with relaying(pool, client):  # waits for the lock
            await promise(pool, message(2))
            await eventually(lambda: _count(nats_admin, 2))
    async with relaying(pool, client):
        await promise(pool, message(3))
        await eventually(lambda: _count(nats_admin, 3))
    assert await stored(nats_admin) == [1, 2, 3]


async def _count(client: Client, number: int) -> bool:
    return (await client.jetstream().stream_info("CLOCK")).state.messages == number


async def test_the_relay_waits_for_a_broker_that_is_away(
    topology: Bus, pool: Pool, client: Client
) -> None:
    async with relaying(pool, client):
        topology.kill()
        await promise(pool, *(message(number) for number in range(5)))
        await asyncio.to_thread(topology.start)
        admin = await topology.connect()
        try:
            await eventually(lambda: _count(admin, 5), timeout=60)
            assert await stored(admin) == list(range(5))
        finally:
            await admin.close()


async def test_a_batch_is_all_or_nothing(client: Client, nats_admin: Client) -> None:
    with pytest.raises(PublishRefused) as refusal:
        await publish_batch(client, [message(0), message(1, size=70_000), message(2)])
    assert not refusal.value.passing
    assert await stored(nats_admin) == []


async def test_an_identity_publishes_its_own_subjects_only(client: Client) -> None:
    with pytest.raises(TimeoutError):
        await publish_one(client, message(1, subject="sla.escalation.raised.v1.acme"), seconds=1)
