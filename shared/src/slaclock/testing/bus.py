"""A NATS server for one test: every identity of the platform may connect, as may `admin`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client

from slaclock.embedded.nats import NatsServer
from slaclock.embedded.sockets import free_port
from slaclock.messaging.accounts import (
    BusUser,
    outside_identities,
    platform_identities,
    render_accounts,
    users,
)
from slaclock.messaging.connection import NatsAccess, connect

ADMIN = "admin"
TENANTS = ("demo", "acme", "globex")
"""Tenants whose outside systems (`acme.helpdesk` ...) are known to the test server."""


def password_of(identity: str) -> str:
    """Passwords of test servers follow from the identity: they protect nothing."""
    return f"test-{identity}"


def server_config(port: int, store: Path | str, *, host: str = "127.0.0.1") -> str:
    """A whole configuration file. Print it for a server of your own (`SLACLOCK_TEST_NATS_URL`)."""
    identities = [*platform_identities(), *(i for t in TENANTS for i in outside_identities(t))]
    members = [
        BusUser(ADMIN, password_of(ADMIN), None),
        *users({identity: password_of(identity) for identity in identities}),
    ]
    return (
        f'host: "{host}"\nport: {port}\nmax_payload: 1MB\n'
        f'jetstream {{ store_dir: "{store}", sync_interval: always }}\n{render_accounts(members)}'
    )


class BusControl(Protocol):
    """The server's process, whoever runs it."""

    def start(self) -> None:
        """Start again, after `stop` or `kill`, with what was stored."""

    def stop(self) -> None:
        """Shut down in order."""

    def kill(self) -> None:
        """Kill at once."""


class Bus:
    """A server and its addresses.

    Args:
        url: without a user.
        control: starts and stops it.
    """

    def __init__(self, url: str, control: BusControl) -> None:
        self.url, self._control = url, control

    def access(self, identity: str = ADMIN) -> NatsAccess:
        """How *identity* connects: `admin` (may do anything), a service, or `acme.helpdesk`."""
        return NatsAccess(self.url, identity, password_of(identity))

    async def connect(self, identity: str = ADMIN) -> Client:
        """A plain client of *identity*; the caller closes it."""
        async with asyncio.timeout(30):  # a refused user would otherwise try for ever
            return await connect(self.access(identity), f"test {identity}")

    def start(self) -> None:
        """Start again, after `stop` or `kill`, on the same port with what was stored."""
        self._control.start()

    def stop(self) -> None:
        """Shut down in order."""
        self._control.stop()

    def kill(self) -> None:
        """Kill at once."""
        self._control.kill()


class ForeignServer:
    """A server named by the environment: it is not ours to stop."""

    def start(self) -> None:
        """Nothing to do: it runs."""

    def stop(self) -> None:
        """Skip the test that wants this."""
        pytest.skip("the server of SLACLOCK_TEST_NATS_URL is not ours to stop")

    def kill(self) -> None:
        """Skip the test that wants this."""
        pytest.skip("the server of SLACLOCK_TEST_NATS_URL is not ours to kill")


def bus_from_wheel(directory: Path) -> Bus:
    """A fresh server with everything in *directory*."""
    port = free_port()
    config = directory / "nats.conf"
    config.write_text(server_config(port, directory / "jetstream"), encoding="utf-8")
    server = NatsServer(config, port=port, log=directory / "nats.log")
    server.start()
    return Bus(server.url, server)


def foreign_bus(url: str) -> Bus:
    """The server at *url*, which must run on the lines that `server_config` makes."""
    address = urlsplit(url)
    return Bus(f"nats://{address.hostname}:{address.port}", ForeignServer())


async def remove_streams(bus: Bus, names: Iterable[str] | None = None) -> None:
    """Make a server that is used again as good as new."""
    client = await bus.connect()
    try:
        jetstream = client.jetstream()
        for name in names or [info.config.name or "" for info in await jetstream.streams_info()]:
            await jetstream.delete_stream(name)
    finally:
        await client.close()
