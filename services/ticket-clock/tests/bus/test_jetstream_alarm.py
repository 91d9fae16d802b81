"""Schedules on a real broker, with the rights that ticket-clock has there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from slaclock.messaging.provisioning import ensure_topology
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from ticket_clock_service.handlers.jetstream import DURABLE, LEAD, STREAM, JetStreamAlarm
from ticket_clock_service.timer_ports import Arming, BackendDown


@pytest.fixture
async def client(topology: Bus) -> AsyncIterator[Client]:
    made = await topology.connect("ticket-clock")
    yield made
    await made.close()


def arming(ticket: str, due: datetime | None, *, closed: bool = False) -> Arming:
    return Arming("acme", ticket, 3, due, closed)


async def stored(admin: Client, what: str) -> int:
    """Messages of TIMERS on subjects of one kind."""
    info = await admin.jetstream().stream_info(STREAM, subjects_filter=f"sla.timer.{what}.>")
    return sum((info.state.subjects or {}).values())


async def wake_ups(admin: Client, count: int) -> list[Msg]:
    consumer = await admin.jetstream().pull_subscribe_bind(DURABLE, STREAM)
    found: list[Msg] = []

    async def all_came() -> bool:
        with suppress(TimeoutError):
            found.extend(await consumer.fetch(count - len(found), timeout=1))
        return len(found) >= count

    await eventually(all_came)
    for message in found:
        await message.ack()
    return found


async def test_a_ticket_has_one_schedule_which_the_latest_arming_replaces(
    client: Client, nats_admin: Client
) -> None:
    alarm = JetStreamAlarm(client)
    later, soon = (datetime.now(UTC) + timedelta(seconds=n) for n in (600, 1))
    ids = ["a", "b*.>", "é / c"]
    await alarm.arm([arming(one, later) for one in ids])
    await alarm.arm([arming(one, later) for one in ids])
    assert await stored(nats_admin, "armed") == 3, "arming again changes nothing"
    await alarm.arm([arming("b*.>", soon)])
    (message,) = await wake_ups(nats_admin, 1)
    event = orjson.loads(message.data)
    assert (event["tenant"], event["data"]) == ("acme", {"ticket_id": "b*.>", "revision": 3})
    assert datetime.fromisoformat(event["time"]) == soon, "the instant, not when it was sent"
    assert message.subject == "sla.timer.due.v1.acme"
    assert datetime.now(UTC) >= soon - LEAD
    assert await stored(nats_admin, "armed") == 2, "a schedule that went off is gone"


async def test_what_has_no_instant_any_more_is_taken_back(
    client: Client, nats_admin: Client
) -> None:
    alarm = JetStreamAlarm(client)
    later = datetime.now(UTC) + timedelta(seconds=600)
    await alarm.arm([arming("a", later), arming("b", later), arming("c", later)])
    await alarm.arm([arming("a", None), arming("b", None, closed=True), arming("never", None)])
    assert await stored(nats_admin, "armed") == 1
    await alarm.arm([arming("a", None)])
    assert len(await wake_ups(nats_admin, 4)) == 4, "each wakes for nothing, once"

    async def gone() -> bool:
        return await stored(nats_admin, "due") == 0

    await eventually(gone)


async def test_an_instant_that_has_passed_wakes_at_once(client: Client, nats_admin: Client) -> None:
    past = datetime.now(UTC) - timedelta(days=400)
    await JetStreamAlarm(client).arm([arming(f"T{number}", past) for number in range(200)])
    assert len(await wake_ups(nats_admin, 200)) == 200


async def test_a_stream_that_was_made_anew_is_another_place(
    client: Client, nats_admin: Client
) -> None:
    alarm = JetStreamAlarm(client)
    before = await alarm.place()
    await alarm.healthy()
    assert await alarm.place() == before
    await nats_admin.jetstream().delete_stream(STREAM)
    for call in (alarm.place(), alarm.healthy(), alarm.arm([arming("a", datetime.now(UTC))])):
        with pytest.raises(BackendDown):
            await call
    await ensure_topology(nats_admin)
    await alarm.healthy()
    assert await alarm.place() != before


async def test_a_broker_that_was_killed_is_another_place(topology: Bus, client: Client) -> None:
    """It had not written everything: whatever was armed there is armed again."""
    alarm = JetStreamAlarm(client)
    before = await alarm.place()
    topology.kill()
    await eventually(lambda: not client.is_connected)
    topology.start()
    await eventually(lambda: client.is_connected)
    await alarm.healthy()
    assert await alarm.place() != before


async def test_a_broker_that_is_away_is_told_as_such(topology: Bus, client: Client) -> None:
    alarm = JetStreamAlarm(client)
    topology.kill()
    await eventually(lambda: not client.is_connected)
    for call in (alarm.healthy(), alarm.arm([arming("a", datetime.now(UTC))])):
        with pytest.raises(BackendDown):
            await call
    topology.start()
    await eventually(lambda: client.is_connected)
    await alarm.healthy()
