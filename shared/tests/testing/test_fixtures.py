from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.errors import NoStreamResponseError

from slaclock.messaging.topology import CONSUMERS, STREAMS
from slaclock.store.migrate import Schema
from slaclock.testing import eventually
from slaclock.testing.bus import Bus

MIGRATION = """
from slaclock.store.migrate import run_sql
revision = "0001_make_thing"
down_revision = None
def upgrade() -> None:
    run_sql("0001_make_thing.sql")
"""


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schema:
    """A made-up service with one migration."""
    versions = tmp_path / "made_up_migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "__init__.py").touch()
    (versions / "0001_make_thing.py").write_text(MIGRATION)
    (versions / "0001_make_thing.sql").write_text(
        "CREATE TABLE thing (n int); GRANT ALL ON thing TO {service}_app;"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return Schema("made_up", "made_up_migrations")


async def count(dsn: str, statement: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


async def test_each_database_is_migrated_and_empty(
    database: Callable[[Schema], str], schema: Schema
) -> None:
    first, second = database(schema), database(schema)

    await count(first, "INSERT INTO thing VALUES (1) RETURNING n")

    assert await count(first, "SELECT count(*) FROM thing") == 1
    assert await count(second, "SELECT count(*) FROM thing") == 0


async def test_a_database_is_entered_as_the_application(
    database: Callable[[Schema], str], schema: Schema
) -> None:
    connection = await asyncpg.connect(database(schema))
    try:
        assert await connection.fetchval("SELECT current_user") == "made_up_app"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DROP TABLE thing")
    finally:
        await connection.close()


async def test_the_topology_is_there(topology: Bus, nats_admin: Client) -> None:
    jetstream = nats_admin.jetstream()

    streams = {info.config.name for info in await jetstream.streams_info()}
    durables = {info.name for name in STREAMS for info in await jetstream.consumers_info(name)}

    assert streams == set(STREAMS)
    assert durables == set(CONSUMERS)


async def test_every_test_has_a_fresh_server(nats_admin: Client) -> None:
    with pytest.raises(NoStreamResponseError):
        await nats_admin.jetstream().publish("sla.ticket.opened.v1.acme", b"{}")


@pytest.mark.parametrize(
    ("identity", "subject", "allowed"),
    [
        pytest.param("acme.helpdesk", "sla.ticket.opened.v1.acme", True, id="its own tenant"),
        pytest.param("acme.helpdesk", "sla.ticket.opened.v1.globex", False, id="a foreign tenant"),
        pytest.param("acme.helpdesk", "sla.quote.accepted.v1.acme", False, id="a foreign kind"),
        pytest.param("acme.commerce", "sla.quote.accepted.v1.acme", True, id="quotes"),
        pytest.param("ticket-clock", "sla.clock.started.v1.acme", True, id="a service's own"),
        pytest.param("escalation", "sla.clock.started.v1.acme", False, id="another service's"),
        pytest.param("dashboard", "sla.ticket.opened.v1.acme", False, id="a reader"),
    ],
)
async def test_an_identity_publishes_only_what_is_its_own(
    topology: Bus, identity: str, subject: str, allowed: bool
) -> None:
    client = await topology.connect(identity)
    refused: list[Exception] = []

    async def note(error: Exception) -> None:
        refused.append(error)

    client._error_cb = note
    try:
        if allowed:
            assert (await client.jetstream().publish(subject, b"{}")).seq == 1
        else:
            with pytest.raises((nats.errors.TimeoutError, NoStreamResponseError)):
                await client.jetstream().publish(subject, b"{}", timeout=1)
            assert "permissions violation" in str(refused[0]).lower()
    finally:
        await client.close()


async def test_what_was_acknowledged_survives_a_kill(topology: Bus, nats_admin: Client) -> None:
    await nats_admin.jetstream().publish("sla.ticket.opened.v1.acme", b"{}")

    topology.kill()
    topology.start()

    async def stored() -> int:
        try:
            return (await nats_admin.jetstream().stream_info("TICKETS")).state.messages
        except (nats.errors.Error, OSError):
            return 0

    assert await eventually(stored) == 1


async def test_eventually_waits_and_says_why_it_gave_up() -> None:
    answers = iter([0, 0, 7])

    assert await eventually(lambda: next(answers)) == 7

    def never() -> None:
        raise AssertionError("one is not two")

    with pytest.raises(AssertionError, match="one is not two"):
        await eventually(never, timeout=0.1)


async def test_eventually_takes_async_conditions(
    eventually: Callable[..., Awaitable[str]],
) -> None:
    async def ready() -> str:
        return "yes"

    assert await eventually(ready) == "yes"
