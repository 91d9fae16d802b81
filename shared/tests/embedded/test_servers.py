from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from slaclock.embedded.postgres import PostgresServer
from slaclock.embedded.process import (
    ProcessMark,
    ServerError,
    kill_all,
    processes_with,
    tail,
    wait_until,
)
from slaclock.embedded.sockets import free_port, is_free, socket_directory
from slaclock.embedded.temporal import TemporalServer
from slaclock.testing.ordinary import as_ordinary_user

pytestmark = pytest.mark.faults


async def run(dsn: str, *statements: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        answer: object = None
        for statement in statements:
            answer = await connection.fetchval(statement)
        return answer
    finally:
        await connection.close()


async def test_commits_survive_the_death_of_postgres_and_its_children(
    own_postgres: PostgresServer,
) -> None:
    await run(own_postgres.admin_dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")

    own_postgres.kill()
    assert own_postgres.leftovers() == []
    own_postgres.start()

    assert await run(own_postgres.admin_dsn, "SELECT n FROM kept") == 1


async def test_orphans_of_a_killed_postmaster_do_not_stop_the_next_start(
    own_postgres: PostgresServer,
) -> None:
    await run(own_postgres.admin_dsn, "CREATE TABLE kept AS SELECT 1 AS n")
    marks = own_postgres.leftovers()
    assert own_postgres.process is not None
    for mark in marks:  # stopped children cannot notice that their parent is gone
        if mark.pid != own_postgres.process.pid:
            mark.signal(signal.SIGSTOP)
    own_postgres.process.kill()
    own_postgres.process.wait()
    assert own_postgres.leftovers()

    own_postgres.start()

    assert await run(own_postgres.admin_dsn, "SELECT n FROM kept") == 1


def test_a_half_made_data_directory_is_made_again(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, durable=False)
    (tmp_path / "data.new" / "base").mkdir(parents=True)

    server.start()
    server.stop()

    assert (tmp_path / "data" / "PG_VERSION").exists()
    assert not (tmp_path / "data.new").exists()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("plain", id="a plain path"),
        pytest.param("with blank, comma and ü", id="a path that a DSN would misread"),
        pytest.param("x" * 120, id="a path longer than a socket's"),
    ],
)
async def test_any_home_will_do(tmp_path: Path, name: str) -> None:
    server = PostgresServer(tmp_path / name, durable=False)
    server.start()
    try:
        assert await run(server.admin_dsn, "SELECT 1") == 1
        sockets = server.sockets
        assert sockets.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
    assert sockets.is_relative_to(tmp_path) or not sockets.exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, settings={"shared_buffers": "1kB"}, durable=False)

    with pytest.raises(ServerError, match="shared_buffers"):
        server.start()


def test_a_socket_directory_that_somebody_else_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)

    with pytest.raises(PermissionError):
        socket_directory(tmp_path)


def test_a_port_is_free_until_somebody_listens() -> None:
    port = free_port()
    assert is_free(port)

    async def listen() -> bool:
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", port):
            return is_free(port)

    assert asyncio.run(listen()) is False


def test_a_free_port_is_none_that_systems_give_away_as_they_come() -> None:
    assert all(10_000 <= free_port() < 32_000 for _ in range(200))


def test_temporal_says_why_it_does_not_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = TemporalServer(tmp_path / "temporal.db", port=port, log=tmp_path / "log")
        with pytest.raises(ServerError, match=rf"{port}.*address already in use"):
            server.start()
    assert server.process is None


def test_temporal_is_ready_when_all_of_its_parts_are(temporal_server: TemporalServer) -> None:
    assert temporal_server.is_ready()
    temporal_server.kill()
    assert not temporal_server.is_ready()


def test_a_mark_is_not_fooled_by_a_reused_number() -> None:
    mark = ProcessMark.of(os.getpid())

    assert mark.is_alive()
    assert not ProcessMark(mark.pid, "another boot/1").is_alive()
    assert not ProcessMark(mark.pid, "another boot/1").signal(signal.SIGKILL)


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = ProcessMark.of(child.pid)
    assert kill_all(lambda: [mark] if mark.is_alive() else []) == 1
    assert not mark.is_alive()
    child.communicate()


def test_a_server_is_known_by_its_name_and_its_file(tmp_path: Path) -> None:
    file, other = tmp_path / "nats.conf", tmp_path / "nats.conf.old"
    with subprocess.Popen([sys.executable, "-c", "input()", file], stdin=subprocess.PIPE) as server:
        named = psutil.Process(server.pid).name()

        assert processes_with(file, named=named) == [ProcessMark.of(server.pid)]
        assert processes_with(other, named=named) == []
        assert processes_with(file, named="nats-server") == []

        server.kill()
        server.wait()
        assert processes_with(file, named=named) == []


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == ""
    log.write_text("one\ntwo\nthree\nfour\n")
    assert tail(log, 2) == "three\nfour"


SERVE = """
import sys
from pathlib import Path
from slaclock.embedded.postgres import PostgresServer
server = PostgresServer(Path(sys.argv[1]), durable=False)
server.start()
print(server.process.pid, flush=True)
input()
"""


def test_servers_die_with_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    mark = ProcessMark.of(int(parent.stdout.readline()))

    parent.kill()
    parent.communicate()

    assert wait_until(lambda: not mark.is_alive(), timeout=30)


def test_an_ordinary_user_can_start_postgres() -> None:
    with as_ordinary_user() as user:
        done = user.run([sys.executable, "-c", SERVE, str(user.home / "pg")], stdin="\n")

    assert done.returncode == 0, done.stderr
    assert int(done.stdout)
