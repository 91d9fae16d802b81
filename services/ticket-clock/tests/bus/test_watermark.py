"""How far judgement goes: no further than facts have been processed, and never held for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from ticket_clock_service.handlers.loops import read_terms_to_their_end
from ticket_clock_service.handlers.watermark import PATIENCE, YOUNG, Horizon, Watermark

SUBJECT = "sla.ticket.opened.v1.acme"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Script:
    """A watermark whose broker says what the test wants, and whose seconds pass at its word."""

    def __init__(self, client: Client) -> None:
        self.seconds = 0.0
        self.oldest: datetime | Exception | None = None
        self.watermark = Watermark(client, lambda: self.seconds)
        self.watermark._oldest_unprocessed = self._answer  # type: ignore[method-assign]

    async def _answer(self) -> datetime | None:
        if isinstance(self.oldest, Exception):
            raise self.oldest
        return self.oldest

    async def read(self, now: datetime) -> Horizon:
        return await self.watermark.read(now)


@pytest.fixture
async def client(topology: Bus) -> AsyncIterator[Client]:
    made = await topology.connect("ticket-clock")
    yield made
    await made.close()


@pytest.fixture
def script() -> Script:
    return Script(Client())


@pytest.mark.parametrize(
    ("oldest", "expected"),
    [
        pytest.param(None, NOW, id="nothing waits"),
        pytest.param(NOW - YOUNG + timedelta(microseconds=1), NOW, id="younger than 2 s"),
        pytest.param(NOW - YOUNG, NOW - YOUNG, id="2 s old"),
        pytest.param(NOW - timedelta(hours=3), NOW - timedelta(hours=3), id="hours old"),
        pytest.param(NOW + timedelta(hours=1), NOW, id="the broker's clock goes ahead"),
    ],
)
async def test_judgement_goes_to_the_oldest_unprocessed_message(
    script: Script, oldest: datetime | None, expected: datetime
) -> None:
    script.oldest = oldest
    assert await script.read(NOW) == Horizon(expected)


async def test_it_is_held_for_so_long_and_then_provisional(script: Script) -> None:
    script.oldest = NOW - timedelta(minutes=10)
    assert await script.read(NOW) == Horizon(script.oldest)
    script.seconds = PATIENCE.total_seconds()
    assert not (await script.read(NOW)).provisional
    script.seconds += 0.1
    assert await script.read(NOW) == Horizon(NOW, provisional=True)
    script.oldest = None
    assert await script.read(NOW) == Horizon(NOW)
    script.oldest = NOW - timedelta(minutes=10)
    assert not (await script.read(NOW)).provisional, "what comes next has patience of its own"


async def test_what_is_due_after_a_while_does_not_inherit_an_old_wait(script: Script) -> None:
    """The held ticket was answered, so nothing was due and nobody asked; an hour later ..."""
    script.oldest = NOW - timedelta(seconds=5)
    await script.read(NOW)
    script.watermark.release()  # the loop: nothing is due
    script.seconds += 3600
    later = NOW + timedelta(hours=1)
    script.oldest = later - timedelta(seconds=3)
    assert await script.read(later) == Horizon(script.oldest)


async def test_a_clock_that_is_set_back_prolongs_no_wait(script: Script) -> None:
    script.oldest = NOW - timedelta(minutes=10)
    await script.read(NOW)
    script.seconds += PATIENCE.total_seconds() + 1
    assert (await script.read(NOW - timedelta(minutes=5))).provisional


async def test_a_broker_that_is_away_holds_judgement_at_its_last_answer(script: Script) -> None:
    await script.read(NOW)
    script.oldest = TimeoutError()
    later = NOW + timedelta(minutes=30)
    assert await script.read(later) == Horizon(NOW), "nobody asked in between, so nobody knows"
    script.watermark.release()
    script.seconds += PATIENCE.total_seconds() + 1
    assert await script.read(later) == Horizon(later, provisional=True), "one wait for all"
    script.oldest = None
    assert await script.read(later) == Horizon(later)


async def test_a_broker_that_never_answered_holds_judgement_at_once(script: Script) -> None:
    script.oldest = OSError("no route")
    assert await script.read(NOW) == Horizon(NOW - YOUNG)
    assert await script.read(NOW + timedelta(seconds=9)) == Horizon(NOW - YOUNG)


async def test_on_a_real_broker(client: Client, nats_admin: Client) -> None:
    """Waiting, in work, asked for again and settled: only the last lets judgement go on."""
    watermark = Watermark(client)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert await watermark.read(soon) == Horizon(soon)
    jetstream = nats_admin.jetstream()
    for number in range(3):
        await jetstream.publish(SUBJECT, orjson.dumps(number))
        await asyncio.sleep(0.01)
    times = [(await jetstream.get_msg("TICKETS", seq=n)).time for n in (1, 2, 3)]
    assert (await watermark.read(soon)).at == times[0]
    consumer = await jetstream.pull_subscribe_bind("ticket-clock--reconcile", "TICKETS")
    first, second, third = await consumer.fetch(3)
    assert (await watermark.read(soon)).at == times[0], "in work"
    await second.ack_sync()
    assert (await watermark.read(soon)).at == times[0]
    await first.nak(delay=30)
    await nats_admin.flush()
    assert (await watermark.read(soon)).at == times[0], "comes again"
    assert await watermark.processed() == 0
    await third.term()
    await _settle(jetstream, first.metadata.consumer)
    assert (await watermark.read(soon)).at == times[0], "set aside is settled, the first is not"


async def _settle(jetstream: JetStreamContext, durable: str) -> None:
    async def one_left() -> bool:
        info = await jetstream.consumer_info("TICKETS", durable)
        return bool(info.num_ack_pending == 1)

    await eventually(one_left)


@asynccontextmanager
async def reading(client: Client) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(read_terms_to_their_end(client))
    try:
        yield task
    finally:
        task.cancel()


async def test_terms_are_read_when_all_replicas_have_settled_what_was_there(
    client: Client, nats_admin: Client
) -> None:
    jetstream = nats_admin.jetstream()
    await asyncio.wait_for(read_terms_to_their_end(client), 10)
    await jetstream.publish("sla.assignment.changed.v1.acme", b"{}")
    other_replica = await jetstream.pull_subscribe_bind("ticket-clock--terms", "AGREEMENT")
    async with reading(client) as task:
        (message,) = await other_replica.fetch(1)
        done, _ = await asyncio.wait([task], timeout=1)
        assert not done, "another replica has it in its hands"
        await message.ack_sync()
        await asyncio.wait_for(task, 10)
