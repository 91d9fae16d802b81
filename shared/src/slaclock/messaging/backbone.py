"""What every service runs on: its database, its connection to the bus, its relay, its inlets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, TypeAlias

from faststream.nats import NatsBroker
from nats.aio.client import Client

from slaclock.messaging.connection import NatsAccess, connect
from slaclock.messaging.feeding import feeding
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.relay import Relay
from slaclock.service import Late, Loops
from slaclock.settings import PlatformSettings
from slaclock.store.pool import Pool, open_pool

Inlets: TypeAlias = Callable[[Pool, Parking], Sequence[Inlet[Any]]]
"""Makes a service's inlets once its database is there."""


class Backbone:
    """The parts of one service, opened by *loops* as soon as they answer, and kept up.

    Args:
        loops: of the service's lifespan.
        settings: where things are.
        service: its name, such as `ticket-clock`.

    Attributes:
        pool: the service's database.
        client: its own connection to NATS.
        inlets: by durable, once they consume; also used to replay what was parked.
    """

    def __init__(self, loops: Loops, settings: PlatformSettings, service: str) -> None:
        self._loops, self._settings, self._service = loops, settings, service
        dsn = settings.database_url(service)
        access = NatsAccess.read(settings.nats_url, settings.nats_identity())
        self._access = access
        self.pool: Late[Pool] = loops.obtain("database", lambda: pooled(dsn, service))
        self.client: Late[Client] = loops.obtain("nats", lambda: connected(access, service))
        self.inlets: Mapping[str, Inlet[Any]] = MappingProxyType({})

    def parking(self) -> Parking:
        """The service's parked messages.

        Raises:
            Unavailable: the database is not there.
        """
        return Parking(self.pool.now(), self._service)

    def relay(self) -> None:
        """Keep the outbox's promises, whenever this replica leads."""

        async def run() -> None:
            pool, client = await self.pool.wait(), await self.client.wait()
            role = f"{self._service.replace('-', '_')}_relay"
            await Relay(pool, client, role=role).run()

        self._loops.forever("relay", run)

    def consume(self, inlets: Inlets) -> None:
        """Feed the inlets that *inlets* makes, from now on."""

        @asynccontextmanager
        async def consuming() -> AsyncIterator[NatsBroker]:
            pool = await self.pool.wait()
            made = inlets(pool, Parking(pool, self._service))
            self.inlets = MappingProxyType({inlet.durable: inlet for inlet in made})
            async with feeding(self._access, f"{self._service} consumers", made) as broker:
                yield broker

        self._loops.obtain("consumers", consuming)


@asynccontextmanager
async def pooled(
    dsn: str, service: str, *, size: int = 10, spotless: bool = False
) -> AsyncIterator[Pool]:
    """A pool to *dsn*, closed at the end; waits until the database answers.

    Args:
        dsn: of the service's database.
        service: its name.
        size: connections at most.
        spotless: see `open_pool`.
    """
    pool = await open_pool(dsn, application=service, max_size=size, spotless=spotless)
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), 5)
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def connected(access: NatsAccess, name: str) -> AsyncIterator[Client]:
    """A plain client, closed at the end."""
    client = await connect(access, name)
    try:
        yield client
    finally:
        await client.close()
