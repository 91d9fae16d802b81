"""What must exist before services do their work: streams and consumers, roles, tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from slaclock.messaging.connection import NatsAccess, connect
from slaclock.messaging.provisioning import ensure_topology
from slaclock.service import ServiceSpec
from slaclock.store.migrate import Schema, provision, upgrade

__all__ = ["migrations", "topology"]

PATIENCE = 120.0
"""Seconds that one job may take."""


def topology(access: NatsAccess) -> Callable[[], int]:
    """A job that brings the broker to the topology, to be run in a child."""

    async def work() -> None:
        async with asyncio.timeout(PATIENCE):
            client = await connect(access, "slaclock topology")
            try:
                await ensure_topology(client)
            finally:
                await client.close()

    return lambda: _run(work)


def migrations(admin_dsn: str, spec: ServiceSpec) -> Callable[[], int]:
    """A job that makes a service's roles, database and tables, to be run in a child."""
    schema = Schema(spec.database, spec.migrations_package)

    async def work() -> None:
        async with asyncio.timeout(PATIENCE):
            await provision(admin_dsn, schema)
            await upgrade(admin_dsn, schema)

    return lambda: _run(work)


def _run(work: Callable[[], asyncio.Future[None] | object]) -> int:
    asyncio.run(work())  # type: ignore[arg-type]  # every job above is a coroutine function
    return 0
