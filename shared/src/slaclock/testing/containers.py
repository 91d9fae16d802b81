"""Test servers in containers, where an engine answers (testcontainers)."""

from __future__ import annotations

import importlib
import importlib.util
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from slaclock.embedded.nats import greets
from slaclock.testing.bus import Bus, server_config
from slaclock.testing.databases import run_aside

POSTGRES_IMAGE = "postgres:18-alpine"
NATS_IMAGE = "nats:2.15-alpine"


class NoContainer(Exception):  # noqa: N818 - a reason to take another provider
    """The engine answers, and yet the container cannot be started: no image and no network, say."""


def engine_answers() -> bool:
    """Whether there is a container engine, asked without waiting long."""
    if importlib.util.find_spec("testcontainers") is None:
        return False
    address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    try:
        if address.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(3)
                connection.connect(address.path)
                return _pings(connection)
        where = (address.hostname or "localhost", address.port or 2375)
        with socket.create_connection(where, timeout=3) as connection:
            return _pings(connection)
    except OSError:
        return False


def _pings(connection: socket.socket) -> bool:
    connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
    return b" 200 " in connection.recv(64)


class ContainerServer:
    """A server in a container that can be killed and started again with its data and its port.

    Args:
        container: a started testcontainers object.
        answers: whether the server inside serves.
    """

    def __init__(self, container: Any, answers: Callable[[], bool]) -> None:
        self._container, self._answers = container, answers

    def start(self) -> None:
        """Start again and wait until it serves."""
        self._container.get_wrapped_container().start()
        wait_for(self._answers)

    def stop(self) -> None:
        """Shut down in order."""
        self._container.get_wrapped_container().stop(timeout=20)

    def kill(self) -> None:
        """Kill the server and its children at once."""
        self._container.get_wrapped_container().kill()

    def remove(self) -> None:
        """Remove the container and its data."""
        self._container.stop(force=True, delete_volume=True)


class ContainerPostgres(ContainerServer):
    """PostgreSQL in a container."""

    def __init__(self, container: Any, answers: Callable[[], bool], admin_dsn: str) -> None:
        super().__init__(container, answers)
        self.admin_dsn = admin_dsn


def postgres_in_container(port: int) -> ContainerPostgres:
    """A fresh server that listens on *port* of this machine."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - an optional package

    image = os.environ.get("SLACLOCK_TEST_POSTGRES_IMAGE", POSTGRES_IMAGE)
    container = (
        DockerContainer(image)
        .with_env("POSTGRES_PASSWORD", "test-admin")
        .with_bind_ports(5432, port)
        .with_command("postgres -c fsync=off -c max_connections=120")
    )
    _start(container)
    dsn = f"postgresql://postgres:test-admin@127.0.0.1:{port}/postgres"
    server = ContainerPostgres(container, lambda: postgres_answers(dsn), dsn)
    wait_for(lambda: postgres_answers(dsn))
    return server


def nats_in_container(directory: Path, port: int) -> tuple[Bus, ContainerServer]:
    """A fresh server that listens on *port* of this machine, its configuration in *directory*."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - an optional package

    config = directory / "nats.conf"
    config.write_text(server_config(4222, "/data/jetstream", host="0.0.0.0"), encoding="utf-8")  # noqa: S104 - inside the container
    config.chmod(0o644)
    image = os.environ.get("SLACLOCK_TEST_NATS_IMAGE", NATS_IMAGE)
    container = (
        DockerContainer(image)
        .with_bind_ports(4222, port)
        .with_volume_mapping(str(config), "/etc/slaclock/nats.conf", "ro")
        .with_command("-c /etc/slaclock/nats.conf")
    )
    _start(container)
    server = ContainerServer(container, lambda: greets(port))
    wait_for(lambda: greets(port))
    return Bus(f"nats://127.0.0.1:{port}", server), server


def _start(container: Any) -> None:
    """Start it.

    Raises:
        NoContainer: the engine refuses.
    """
    refused: type[Exception] = importlib.import_module("docker.errors").DockerException
    try:
        container.start()
    except refused as error:
        raise NoContainer(f"{container.image}: {error}") from error


def wait_for(answers: Callable[[], bool], timeout: float = 60) -> None:
    """Poll until the server inside serves.

    Raises:
        TimeoutError: it did not within *timeout* seconds.
    """
    deadline = time.monotonic() + timeout
    while not answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the container did not serve within {timeout} s")
        time.sleep(0.1)


def postgres_answers(dsn: str) -> bool:
    """Whether a server accepts connections at *dsn*."""

    async def ask() -> None:
        connection = await asyncpg.connect(dsn, timeout=5)
        await connection.close()

    try:
        run_aside(ask())
    except (OSError, asyncpg.PostgresError):
        return False
    return True
