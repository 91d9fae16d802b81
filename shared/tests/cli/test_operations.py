"""`migrate` and `topology` on real servers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slaclock.cli.main import run
from slaclock.embedded.postgres import PostgresServer
from slaclock.messaging.topology import CONSUMERS, STREAMS
from slaclock.testing.bus import Bus
from slaclock.testing.databases import run_aside


def test_migrating_a_new_server_and_again(
    own_postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["migrate", "calendar", "--admin-url", own_postgres.admin_dsn, "--json"]

    assert run(command) == 0
    (first,) = json.loads(capsys.readouterr().out)
    assert first["service"] == "calendar"
    assert first["revision"]

    assert run(command) == 0
    assert json.loads(capsys.readouterr().out) == [first]


def test_migrating_an_address_of_the_environment(
    own_postgres: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given the roles and the database, made by an administrator
    assert run(["migrate", "calendar", "--admin-url", own_postgres.admin_dsn]) == 0
    capsys.readouterr()

    # when the address of the service is used, and names its database
    dsn = own_postgres.admin_dsn.replace("/postgres?", "/calendar?")
    monkeypatch.setenv("SLACLOCK_CALENDAR_DATABASE_URL", dsn)

    # then
    assert run(["migrate", "calendar"]) == 0
    assert "calendar" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("dsn", "code", "said"),
    [
        pytest.param(None, 2, "SLACLOCK_CALENDAR_DATABASE_URL: is not set", id="no address"),
        pytest.param("mysql://x/y", 2, "use postgresql://", id="another kind of database"),
        pytest.param(
            "postgresql://u@/calendar?host=/nowhere", 3, "does not answer", id="nobody there"
        ),
    ],
)
def test_migrating_nowhere(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    dsn: str | None,
    code: int,
    said: str,
) -> None:
    if dsn:
        monkeypatch.setenv("SLACLOCK_CALENDAR_DATABASE_URL", dsn)

    assert run(["migrate", "calendar"]) == code
    assert said in capsys.readouterr().err


def test_the_topology_is_made_and_made_again(
    nats_server: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    access = nats_server.access("provisioner")
    monkeypatch.setenv("SLACLOCK_NATS_URL", access.url)
    if access.user:
        text = json.dumps({"user": access.user, "password": access.password})
        monkeypatch.setenv("SLACLOCK_NATS_CREDENTIALS", text)

    for _ in range(2):
        assert run(["topology", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert {one["name"] for one in document["streams"]} == set(STREAMS)
        assert {one["durable"] for one in document["consumers"]} == set(CONSUMERS)

    async def found() -> list[Any]:
        client = await nats_server.connect()
        try:
            return await client.jetstream().streams_info()
        finally:
            await client.close()

    assert {info.config.name for info in run_aside(found())} == set(STREAMS)


def test_a_broker_that_is_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr("slaclock.cli.commands.topology._PATIENCE", 0.3)
    monkeypatch.setenv("SLACLOCK_NATS_URL", f"nats://127.0.0.1:{free_port}")

    assert run(["topology"]) == 3
    assert "no broker answers" in capsys.readouterr().err


@pytest.mark.parametrize("credentials", ["{", "[]", '{"user": "x"}', "/nowhere/file.json"])
def test_malformed_credentials(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    monkeypatch.setenv("SLACLOCK_NATS_CREDENTIALS", credentials)

    assert run(["topology"]) == 2
    assert "SLACLOCK_NATS_CREDENTIALS" in capsys.readouterr().err
