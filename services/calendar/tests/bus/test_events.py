from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from nats.aio.client import Client

from slaclock.contracts import decode
from slaclock.contracts.canonical import content_hash
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

Eventually = Callable[..., Awaitable[Any]]


async def test_a_publication_is_announced_once_with_its_snapshot(
    on_the_bus: Served,
    topology: Bus,
    nats_admin: Client,
    office: dict[str, Any],
    eventually: Eventually,
) -> None:
    admin = await on_the_bus.client()
    done = await asyncio.gather(
        *(
            admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
            for _ in range(5)
        )
    )
    other = await on_the_bus.client("globex")
    await other.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    jetstream = nats_admin.jetstream()

    async def both() -> bool:
        return (await jetstream.stream_info("CALENDAR")).state.messages >= 2

    await eventually(both)
    subscription = await jetstream.pull_subscribe("sla.calendar.published.>", stream="CALENDAR")
    messages = await subscription.fetch(10, timeout=5)
    events = {event.tenant: event for event in (decode(m.data, m.subject) for m in messages)}
    assert len(messages) == 2
    assert events.keys() == {"acme", "globex"}
    told = events["acme"]
    assert told.subject == told.data.calendar_id == "uk"
    assert told.data.hash == done[0].json()["hash"] == content_hash(told.data.snapshot)
    assert orjson.loads(messages[0].data)["data"]["snapshot"]["zone"]["name"] == "Europe/London"


async def test_what_was_published_while_the_bus_was_away_is_told_later(
    on_the_bus: Served,
    topology: Bus,
    office: dict[str, Any],
    eventually: Eventually,
) -> None:
    admin = await on_the_bus.client()
    topology.kill()
    done = await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    assert done.status_code == 201
    topology.start()
    client = await topology.connect()

    async def told() -> bool:
        return (await client.jetstream().stream_info("CALENDAR")).state.messages == 1

    await eventually(told)
    await client.close()


async def test_a_retirement_is_told_after_its_publication(
    on_the_bus: Served,
    nats_admin: Client,
    office: dict[str, Any],
    eventually: Eventually,
) -> None:
    """The sla service learns both: no new SLA names what was retired."""
    admin = await on_the_bus.client()
    done = await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    await admin.post("/calendar/v1/calendars/uk/versions/1/retire")
    jetstream = nats_admin.jetstream()

    async def both() -> bool:
        return (await jetstream.stream_info("CALENDAR")).state.messages == 2

    await eventually(both)
    subscription = await jetstream.pull_subscribe("sla.calendar.*.>", stream="CALENDAR")
    published, retired = await subscription.fetch(2, timeout=5)
    assert decode(published.data, published.subject).type == "sla.calendar.published"
    told = decode(retired.data, retired.subject)
    assert (told.type, told.subject) == ("sla.calendar.retired", "uk")
    assert (told.data.version, told.data.hash) == (1, done.json()["hash"])
    assert (await jetstream.consumer_info("CALENDAR", "sla--calendars")).num_pending == 2
