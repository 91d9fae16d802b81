"""Promises in the outbox are kept once, in order, whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from nats.aio.client import Client

from slaclock.messaging import outbox, relay
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.provisioning import ensure_topology
from slaclock.messaging.publishing import (
    PublishRefused,
    publish_batch,
    publish_each,
    publish_one,
)
from slaclock.messaging.relay import Relay, StreamsAwayError, forget, relay_once
from slaclock.store import Pool, begin, open_pool
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from slaclock.testing.databases import Databases

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
        await asyncio.wait([task], timeout=60)
        assert task.done(), "it ends when it is told to"
        if not task.cancelled():
            task.result()


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


def advisory(number: int) -> Outgoing:
    return Outgoing(
        "acme", "ADVISORY", "sla.advisory.raised.v1.acme", f"a-{number}", b"%d" % number
    )


async def test_a_stream_that_is_away_holds_no_other(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    await nats_admin.jetstream().delete_stream("ADVISORY")
    await promise(pool, advisory(0), message(0), advisory(1), message(1))
    with pytest.raises(StreamsAwayError, match="ADVISORY"):
        await relay_once(pool, client, role="probe_relay")
    assert await stored(nats_admin) == [0, 1]
    with pytest.raises(StreamsAwayError, match="ADVISORY"):
        await relay_once(pool, client, role="probe_relay")
    assert await stored(nats_admin) == [0, 1], "marked although another stream failed"
    await ensure_topology(nats_admin)
    assert await relay_once(pool, client, role="probe_relay") == 2
    assert (await nats_admin.jetstream().stream_info("ADVISORY")).state.messages == 2


async def test_a_full_batch_for_a_stream_that_is_away_starves_no_other(
    pool: Pool, client: Client, nats_admin: Client
) -> None:
    await nats_admin.jetstream().delete_stream("ADVISORY")
    await promise(pool, *(advisory(number) for number in range(1100)), message(1))
    async with relaying(pool, client):
        await eventually(lambda: _count(nats_admin, 1))
        await ensure_topology(nats_admin)

        async def all_there() -> bool:
            return (await nats_admin.jetstream().stream_info("ADVISORY")).state.messages == 1100

        await eventually(all_there)


async def test_a_leader_that_loses_its_connection_makes_room_for_another(
    databases: Databases, probe_dsn: str, pool: Pool, client: Client, nats_admin: Client
) -> None:
    """Its pool is whole, its lock is gone: it must notice although there is always work."""
    other = await open_pool(probe_dsn, application="other", patience=30)
    admin = await asyncpg.connect(databases.admin(probe_dsn))
    first = asyncio.create_task(Relay(pool, client, role="probe_relay").run())
    try:
        await promise(pool, message(0))
        await eventually(lambda: _count(nats_admin, 1))
        async with relaying(other, client):
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            for start in range(1, 5001, 1000):
                await promise(pool, *(message(start + number) for number in range(1000)))
            await asyncio.wait([first], timeout=120)
            assert first.done(), "it leads on without its lock"
            lost = (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)
            assert isinstance(first.exception(), lost)
            await eventually(lambda: _count(nats_admin, 5001), timeout=120)
    finally:
        first.cancel()
        await admin.close()
        await other.close()


async def test_a_relay_that_is_cancelled_at_the_instant_of_an_answer_ends(
    pool: Pool, client: Client, nats_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before Python 3.12 `asyncio.wait_for`, by which the client waits, prefers the answer."""

    class Cancelling(dict[str, asyncio.Future[Any]]):
        """Of requests under way: each answer comes together with a cancellation."""

        def __setitem__(self, token: str, answer: asyncio.Future[Any]) -> None:
            answer.add_done_callback(lambda _: task.cancel())
            super().__setitem__(token, answer)

    await publish_one(client, message(0))  # the first request makes the map
    monkeypatch.setattr(client, "_resp_map", Cancelling())
    await promise(pool, message(1))
    task = asyncio.create_task(Relay(pool, client, role="probe_relay").run())
    await asyncio.wait([task], timeout=30)
    ended = task.cancelled()
    task.cancel()
    assert ended
    assert await stored(nats_admin) == [0, 1]


async def test_marking_reads_the_index_and_not_everything_that_was_ever_sent(
    databases: Databases, probe_dsn: str
) -> None:
    admin = await asyncpg.connect(databases.admin(probe_dsn))
    try:
        await admin.execute(
            "INSERT INTO outbox (tenant_id, stream, subject, msg_id, body, sent_at)"
            " SELECT 'acme', 'CLOCK', 's', n::text, '', CASE WHEN n < 20000 THEN now() END"
            "   FROM generate_series(1, 20010) n"
        )
        await admin.execute("ANALYZE outbox")
        for query in (relay.MARK_SENT, relay.NEXT_TO_SEND.replace("$2", "'{}'")):
            text = query.replace("$1::bigint[]", "'{20001,20002}'::bigint[]").replace("$1", "100")
            rows = await admin.fetch(f"EXPLAIN {text}")
            plan = "\n".join(row[0] for row in rows)
            assert "outbox_unsent" in plan, plan
    finally:
        await admin.close()


async def test_what_was_sent_long_ago_is_forgotten_unless_it_is_kept_for_ever(
    databases: Databases, probe_dsn: str, pool: Pool
) -> None:
    admin = await asyncpg.connect(databases.admin(probe_dsn))
    try:
        await admin.execute(
            "INSERT INTO outbox (tenant_id, stream, subject, msg_id, body, created_at, sent_at)"
            " SELECT 'acme', stream, 's', stream || days || coalesce(sent::text, ''), '',"
            "        now() - days * interval '1 day', sent"
            "   FROM unnest('{CLOCK,AGREEMENT,CALENDAR}'::text[]) stream,"
            "        unnest('{34,36}'::int[]) days, unnest(ARRAY[now(), NULL]) sent"
        )
        await forget(pool, role="probe_relay")
        left = await admin.fetch(
            "SELECT stream, (now()::date - created_at::date) AS days, sent_at IS NOT NULL AS sent"
            "  FROM outbox"
        )
    finally:
        await admin.close()
    found = {(row["stream"], row["days"], row["sent"]) for row in left}
    assert len(left) == 11
    assert ("CLOCK", 36, True) not in found
    assert ("CLOCK", 36, False) in found, "what was never sent is still promised"
    assert timedelta(days=30) < relay.KEPT, "longer than the streams"


async def test_two_events_that_are_named_alike_are_two_messages(
    topology: Bus, nats_admin: Client
) -> None:
    """Ids are unique per ticket and source; the broker knows nothing of tickets."""
    subject = "sla.ticket.opened.v1.acme"
    alike = [Outgoing("acme", "TICKETS", subject, "same", b"%d" % n) for n in range(3)]
    other = Outgoing("acme", "TICKETS", subject, "other", b"3")
    client = await topology.connect("ticket-clock")
    try:
        assert await publish_each(client, [*alike, other], copies=True) == {}
        assert await publish_each(client, [other], copies=True) == {}
    finally:
        await client.close()
    info = await nats_admin.jetstream().stream_info("TICKETS")
    assert info.state.messages == 5


async def test_the_broker_s_refusal_of_one_is_answered_and_the_others_are_stored(
    client: Client, nats_admin: Client
) -> None:
    refused = await publish_each(client, [message(0), message(1, size=70_000), message(2)])
    assert list(refused) == [1]
    assert await stored(nats_admin) == [0, 2]


async def test_a_message_beyond_the_server_s_limit_breaks_no_connection(
    client: Client, nats_admin: Client
) -> None:
    """The server closes the connection of whoever sends one, headers included."""
    size = client.max_payload - 100
    with pytest.raises(PublishRefused, match="bytes are more than"):
        await publish_one(client, message(0, size=size))
    with pytest.raises(PublishRefused, match="bytes are more than"):
        await publish_batch(client, [message(1), message(2, size=size)])
    assert client.is_connected
    await publish_one(client, message(3))
    assert await stored(nats_admin) == [3]


@pytest.mark.parametrize(
    ("subject", "stream", "size"),
    [
        pytest.param("sla.ticket.opened.v1.acme", "TICKETS", 64 * 1024, id="64 KiB"),
        pytest.param("sla.agreement.published.v1.acme", "AGREEMENT", 1016 * 1024, id="a snapshot"),
    ],
)
async def test_the_largest_body_fits_with_its_headers(
    topology: Bus, nats_admin: Client, subject: str, stream: str, size: int
) -> None:
    largest = Outgoing("acme", stream, subject, "x" * 64, b"x" * size)
    await publish_batch(nats_admin, [largest, Outgoing("acme", stream, subject, "y", b"y")])
    assert (await nats_admin.jetstream().stream_info(stream)).state.messages == 2
    dead = Outgoing("acme", "DEAD", "dead.ticket-clock--terms", "dead:1", largest.body)
    await publish_one(nats_admin, dead)


def test_an_outage_without_words_is_named_by_its_kind() -> None:
    error: Any = StreamsAwayError({"CLOCK": TimeoutError(), "DEAD": OSError("full")})
    assert str(error) == "CLOCK: TimeoutError; DEAD: full"
