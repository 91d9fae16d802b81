"""What becomes of messages: acknowledged, asked for again, or parked with the reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from faststream.nats import NatsBroker
from faststream.nats.message import NatsBatchMessage
from nats.aio.client import Client

from slaclock.errors import Fault, Refusal
from slaclock.messaging import feeding as feeding_module
from slaclock.messaging import inlet as inlet_module
from slaclock.messaging.feeding import HEARTBEAT, feeding
from slaclock.messaging.inlet import Inlet, growing
from slaclock.messaging.parking import Parking
from slaclock.messaging.provisioning import ACK_WAIT
from slaclock.messaging.received import Received
from slaclock.store import Pool, begin
from slaclock.testing import eventually
from slaclock.testing.bus import Bus

DURABLE = "ticket-clock--reconcile"
SUBJECT = "sla.ticket.opened.v1.acme"
Apply = Callable[[Sequence[str]], Awaitable[Collection[str] | None]]


def decode(message: Received) -> str:
    body = message.data.decode(errors="replace")
    if body.startswith("bad"):
        raise Refusal(
            faults=[Fault("body", body, "is bad", "send a good one", "body.bad")],
            code="body.bad",
        )
    return body


def running(bus: Bus, inlet: Inlet[Any]) -> AbstractAsyncContextManager[NatsBroker]:
    return feeding(bus.access("ticket-clock"), "test", [inlet])


def at_once(_tries: int, *, most: float = 0.01) -> float:
    return min(most, 0.01)


async def publish(client: Client, *bodies: str, subject: str = SUBJECT) -> None:
    jetstream = client.jetstream()
    for body in bodies:
        await jetstream.publish(subject, body.encode())


async def settled(client: Client) -> bool:
    info = await client.jetstream().consumer_info("TICKETS", DURABLE)
    return not info.num_pending and not info.num_ack_pending


async def parked(pool: Pool, tenant: str = "acme") -> list[tuple[str, str]]:
    async with begin(pool, {tenant}) as connection:
        rows = await connection.fetch("SELECT code, convert_from(body, 'UTF8') AS body FROM parked")
    return sorted((row["code"], row["body"]) for row in rows)


async def test_a_batch_that_never_reaches_the_inlet_does_not_stop_the_others(
    topology: Bus, nats_admin: Client, parking: Parking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop would ask again at once and for ever, and nothing else in the process would run."""
    seen: list[str] = []
    failed = asyncio.Event()
    untouched = feeding_module._untouched

    async def failing(message: NatsBatchMessage) -> list[bytes]:
        if not failed.is_set():
            failed.set()
            raise RuntimeError
        return await untouched(message)

    async def apply(batch: Sequence[str]) -> None:
        seen.extend(batch)

    async def came() -> bool:
        return seen == ["two"]

    monkeypatch.setattr(feeding_module, "_untouched", failing)
    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        await publish(nats_admin, "one")
        await failed.wait()
        await publish(nats_admin, "two")
        await eventually(came)


async def test_a_bad_message_is_parked_and_the_others_go_on(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    seen: list[str] = []

    async def apply(batch: Sequence[str]) -> None:
        seen.extend(batch)

    await publish(nats_admin, "one", "bad two", "three")
    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        await eventually(lambda: settled(nats_admin))
    assert sorted(seen) == ["one", "three"]
    assert await parked(pool) == [("body.bad", "bad two")]
    async with begin(pool, {"acme"}) as connection:
        promised = await connection.fetch("SELECT stream, subject FROM outbox ORDER BY stream")
    assert [(row["stream"], row["subject"]) for row in promised] == [
        ("ADVISORY", "sla.advisory.raised.v1.acme"),
        ("DEAD", f"dead.{DURABLE}"),
    ]


async def test_a_poison_message_is_found_by_bisection(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    seen: set[str] = set()

    async def apply(batch: Sequence[str]) -> None:
        if "poison" in batch:
            raise Refusal("never", code="item.poison")
        seen.update(batch)

    bodies = [f"m{number}" for number in range(40)]
    await publish(nats_admin, *bodies[:20], "poison", *bodies[20:])
    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        await eventually(lambda: settled(nats_admin))
    assert seen == set(bodies)
    assert await parked(pool) == [("item.poison", "poison")]


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(ConnectionResetError("database gone"), id="connection lost"),
        pytest.param(TimeoutError("slow"), id="timeout"),
    ],
)
async def test_an_outage_is_waited_for_and_parks_nothing(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking, outage: Exception
) -> None:
    calls = 0
    seen: list[str] = []

    async def apply(batch: Sequence[str]) -> None:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise outage
        seen.extend(batch)

    await publish(nats_admin, "one", "two")
    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        await eventually(lambda: settled(nats_admin))
    assert sorted(seen) == ["one", "two"]
    assert await parked(pool) == []


async def test_what_its_time_has_not_come_for_is_asked_for_again(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    seen: list[str] = []
    arrived = asyncio.Event()

    async def apply(batch: Sequence[str]) -> list[str]:
        early = [body for body in batch if body == "early" and not arrived.is_set()]
        seen.extend(body for body in batch if body not in early)
        if early:
            arrived.set()
        return early

    await publish(nats_admin, "early", "normal")
    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        await eventually(lambda: settled(nats_admin))
    assert sorted(seen) == ["early", "normal"]


async def test_a_message_is_acknowledged_only_after_the_commit(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    """A crash between commit and acknowledgement repeats the message; the key absorbs it."""
    crash = True

    async def apply(batch: Sequence[str]) -> None:
        nonlocal crash
        async with begin(pool, {"acme"}) as connection:
            await connection.executemany(
                "INSERT INTO seen VALUES ('acme', $1) ON CONFLICT DO NOTHING",
                [(body,) for body in batch],
            )
        if crash:
            crash = False
            raise ConnectionResetError("killed after the commit")

    await publish(nats_admin, "one")
    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        await eventually(lambda: settled(nats_admin))
    async with begin(pool, {"acme"}) as connection:
        assert await connection.fetchval("SELECT count(*) FROM seen") == 1


async def test_a_parked_message_is_replayed_when_its_reason_is_gone(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    seen: list[str] = []
    broken = True

    async def apply(batch: Sequence[str]) -> None:
        if broken:
            raise Refusal("not now", code="item.broken")
        seen.extend(batch)

    inlet = Inlet(DURABLE, decode, apply, parking)
    await publish(nats_admin, "one")
    async with running(topology, inlet):
        await eventually(lambda: settled(nats_admin))
    (row,) = await parking.page("acme")
    found = await parking.find("acme", UUID(str(row["parked_id"])))
    assert found is not None
    assert await parking.find("globex", row["parked_id"]) is None, "another tenant sees nothing"
    broken = False
    await inlet.replay(found[1])
    await parking.settle("acme", row["parked_id"], None)
    assert seen == ["one"]
    assert await parking.page("acme") == []
    assert len(await parking.page("acme", replayed=True)) == 1


async def test_a_flow_of_single_messages_needs_no_redelivery(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    """Fails without the fix of the batch pull: FastStream's loop dies with messages in hand."""
    again = 0
    seen = 0

    def once(message: Received) -> Received:
        nonlocal again
        again += message.delivered > 1
        return message

    async def apply(batch: Sequence[Received]) -> None:
        nonlocal seen
        seen += len(batch)

    async with running(topology, Inlet(DURABLE, once, apply, parking)):
        jetstream = nats_admin.jetstream()
        for number in range(300):
            await jetstream.publish(SUBJECT, json.dumps(number).encode())
            await asyncio.sleep(0.004)
        await eventually(lambda: seen == 300, timeout=20)
    assert again == 0


async def test_a_restart_leaves_no_message_behind_for_ack_wait(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    """What was fetched and not handled when the service stopped comes again at once."""
    seen: set[bytes] = set()

    async def apply(batch: Sequence[Received]) -> None:
        seen.update(message.data for message in batch)

    inlet = Inlet(DURABLE, lambda message: message, apply, parking)
    jetstream = nats_admin.jetstream()
    for round_ in range(10):
        async with running(topology, inlet):
            for number in range(20):
                await jetstream.publish(SUBJECT, b"%d-%d" % (round_, number))
    async with running(topology, inlet):
        await eventually(lambda: settled(nats_admin), timeout=20)
    assert len(seen) == 200


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 0.6), (2, 1.2), (3, 2.4), (7, 38.4), (8, 60.0), (100_000, 60.0)],
)
def test_delays_grow_to_a_minute(tries: int, seconds: float) -> None:
    assert growing(tries) == pytest.approx(seconds)


async def test_what_fails_while_it_is_read_stands_alone(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in the decoder, for one message: the others are applied at once."""
    monkeypatch.setattr(inlet_module, "growing", at_once)
    seen: list[str] = []

    def stumbles(message: Received) -> str:
        if message.data == b"odd":
            raise KeyError("a field that nobody thought of")
        return message.data.decode()

    async def apply(batch: Sequence[str]) -> None:
        seen.extend(batch)

    await publish(nats_admin, "one", "odd", "two")
    async with running(topology, Inlet(DURABLE, stumbles, apply, parking)):
        await eventually(lambda: settled(nats_admin))
    assert seen == ["one", "two"]
    assert await parked(pool) == [("event.failed", "odd")]


async def test_what_cannot_be_parked_holds_no_other(
    topology: Bus, nats_admin: Client, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet_module, "growing", at_once)
    seen: list[str] = []
    refusals = 0

    class Stubborn(Parking):
        async def park(self, durable: str, found: Sequence[tuple[Received, BaseException]]) -> None:
            nonlocal refusals
            if any(message.data == b"bad worse" for message, _ in found) and refusals < 5:
                refusals += 1
                raise KeyError("a fault of ours")
            await super().park(durable, found)

    async def apply(batch: Sequence[str]) -> None:
        seen.extend(batch)

    await publish(nats_admin, "one", "bad", "bad worse", "two")
    async with running(topology, Inlet(DURABLE, decode, apply, Stubborn(pool, "ticket-clock"))):
        await eventually(lambda: settled(nats_admin))
    assert seen == ["one", "two"]
    assert await parked(pool) == [("body.bad", "bad"), ("body.bad", "bad worse")]


ODD_HEADERS = {
    "an id with NUL": b"NATS/1.0\r\nNats-Msg-Id: a\x00b\r\n\r\n",
    "an id that is no UTF-8": b"NATS/1.0\r\nNats-Msg-Id: \xff\xfe\r\n\r\n",
    "the server's word for nobody there": b"NATS/1.0\r\nStatus: 503\r\n\r\n",
    "the server's word for a conflict": b"NATS/1.0\r\nStatus: 409\r\n\r\n",
    "the server's heartbeat": b"NATS/1.0\r\nStatus: 100\r\n\r\n",
    "a status line": b"NATS/1.0 503\r\n\r\n",
    "a status line that is no UTF-8": b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    "a header without a name": b"NATS/1.0\r\n: \r\n\r\n",
    "no line at all": b"NATS/1.0",
    "hundreds of headers": b"NATS/1.0\r\n" + b"x: y\r\n" * 400 + b"\r\n",
}


async def test_headers_of_other_systems_stop_nobody(
    topology: Bus, nats_admin: Client, pool: Pool, parking: Parking
) -> None:
    """Whoever may publish may write any header: the consumer reads on, every message counts."""
    seen: list[str] = []

    async def apply(batch: Sequence[str]) -> None:
        seen.extend(batch)

    async with running(topology, Inlet(DURABLE, decode, apply, parking)):
        for kind in ("bad", "good"):
            for name, header in ODD_HEADERS.items():
                body = f"{kind}: {name}".encode()
                sizes = b"%d %d" % (len(header), len(header) + len(body))
                command = b"HPUB %s %s\r\n" % (SUBJECT.encode(), sizes)
                await nats_admin._send_command(command + header + body + b"\r\n")
                await nats_admin.flush()
            await asyncio.sleep(0.3)  # beyond the duplicate window
        await eventually(lambda: settled(nats_admin), timeout=20)
        await publish(nats_admin, "after")
        await eventually(lambda: "after" in seen, timeout=20)
    assert seen == [*(f"good: {name}" for name in ODD_HEADERS), "after"]
    assert sorted(body for _, body in await parked(pool)) == sorted(
        f"bad: {name}" for name in ODD_HEADERS
    )


async def test_what_parks_by_itself_is_replayed_by_itself(pool: Pool, parking: Parking) -> None:
    """Else a replay that is refused inside of the batch's transaction would look done."""

    async def parks(_: Sequence[str]) -> None:
        return

    async def refuses(body: str) -> None:
        raise Refusal(f"{body} again", code="item.refused")

    now = datetime.now(UTC)
    inlet = Inlet(DURABLE, decode, parks, parking, again=refuses)
    with pytest.raises(Refusal, match="one again"):
        await inlet.replay(Received("TICKETS", SUBJECT, 1, 1, now, None, b"one"))


async def test_a_batch_that_takes_longer_than_ack_wait_is_not_delivered_again(
    nats_admin: Client,
    topology: Bus,
    parking: Parking,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given messages that come again after a second
    monkeypatch.setattr(feeding_module, "HEARTBEAT", 0.2)
    consumer = (await nats_admin.jetstream().consumer_info("TICKETS", DURABLE)).config
    consumer.ack_wait = 1.0
    await nats_admin.jetstream().add_consumer("TICKETS", consumer)
    calls: list[list[str]] = []

    async def slowly(batch: Sequence[str]) -> None:
        calls.append(list(batch))
        await asyncio.sleep(3)

    # when a batch takes three, and another replica is idle
    inlet = Inlet(DURABLE, decode, slowly, parking)
    await publish(nats_admin, "one", "two")
    async with running(topology, inlet), running(topology, inlet):
        await eventually(lambda: settled(nats_admin))

    # then each message was taken once
    assert sorted(body for batch in calls for body in batch) == ["one", "two"]


def test_what_a_dead_replica_had_in_hand_comes_again_within_ten_seconds() -> None:
    assert ACK_WAIT < 10
    assert HEARTBEAT < ACK_WAIT / 3
