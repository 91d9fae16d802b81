"""The broker is brought to the topology, also one that an earlier release has left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client
from nats.js.api import PersistMode

from slaclock.messaging.provisioning import ensure_topology, stream_config
from slaclock.messaging.topology import CONSUMERS, STREAMS
from slaclock.testing.bus import Bus

TIMERS = STREAMS["TIMERS"]
AT = "%Y-%m-%dT%H:%M:%S.%fZ"


async def schedule(client: Client) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    headers = {
        "Nats-Schedule": f"@at {later.strftime(AT)}",
        "Nats-Schedule-Target": "sla.timer.due.v1.acme",
    }
    await client.jetstream().publish("sla.timer.armed.v1.acme.x", b"{}", headers=headers)


async def messages(client: Client, stream: str) -> int:
    return (await client.jetstream().stream_info(stream)).state.messages


async def test_repeating_it_changes_nothing(topology: Bus, nats_admin: Client) -> None:
    jetstream = nats_admin.jetstream()
    await jetstream.publish("sla.ticket.opened.v1.acme", b"{}")
    await schedule(nats_admin)
    before = {name: await jetstream.stream_info(name) for name in STREAMS}
    await ensure_topology(nats_admin)
    after = {name: await jetstream.stream_info(name) for name in STREAMS}
    assert {name: info.created for name, info in after.items()} == {
        name: info.created for name, info in before.items()
    }
    assert (await messages(nats_admin, "TICKETS"), await messages(nats_admin, "TIMERS")) == (1, 1)


@pytest.mark.parametrize(("replicas", "waits"), [(1, False), (3, True)])
def test_schedules_wait_for_the_disk_only_where_there_are_copies(
    replicas: int, *, waits: bool
) -> None:
    """One copy is not waited for (many at one instant would be late): all of it can be remade."""
    config = stream_config(TIMERS, replicas)
    assert (config.persist_mode != PersistMode.ASYNC) == waits
    assert not config.allow_atomic, "the server takes none there"


@pytest.mark.parametrize("name", sorted(STREAMS.keys() - {"TIMERS"}))
def test_what_cannot_be_made_again_is_on_disk_before_it_is_acknowledged(name: str) -> None:
    assert stream_config(STREAMS[name]).persist_mode == PersistMode.DEFAULT


async def test_schedules_of_an_earlier_release_give_way_and_nothing_else_does(
    topology: Bus, nats_admin: Client
) -> None:
    jetstream = nats_admin.jetstream()
    await jetstream.publish("sla.ticket.opened.v1.acme", b"{}")
    await jetstream.delete_stream("TIMERS")
    before = stream_config(TIMERS)
    before.persist_mode, before.allow_atomic = PersistMode.DEFAULT, True
    await jetstream.add_stream(before)
    await schedule(nats_admin)
    await ensure_topology(nats_admin)
    found = (await jetstream.stream_info("TIMERS")).config
    assert (found.persist_mode, bool(found.allow_atomic)) == (PersistMode.ASYNC, False)
    assert await messages(nats_admin, "TIMERS") == 0, "made anew: whoever armed it arms again"
    assert await messages(nats_admin, "TICKETS") == 1
    consumers = {one.name for one in await jetstream.consumers_info("TIMERS")}
    assert consumers == {name for name, one in CONSUMERS.items() if one.stream == "TIMERS"}
