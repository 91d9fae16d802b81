"""A whole service in the test's own process: its application, with real database and bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from slaclock.auth.keys import mint, write_keys
from slaclock.auth.roles import Role
from slaclock.service.spec import ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.testing.bus import Bus, password_of
from slaclock.testing.waiting import eventually

__all__ = ["Served", "serving"]


class Served:
    """A service that runs, and clients for whoever may ask it.

    Args:
        spec: which service.
        app: its application, started.
        keys: file of API keys that it accepts.
        stack: closes the clients.
    """

    def __init__(self, spec: ServiceSpec, app: FastAPI, keys: Path, stack: AsyncExitStack) -> None:
        self.spec, self.app = spec, app
        self._keys, self._stack = keys, stack

    def key(self, tenant: str = "acme", role: Role = Role.ADMIN) -> str:
        """A new API key."""
        key, record = mint(tenant, role)
        write_keys(self._keys, [record])
        return key

    async def client(self, tenant: str = "acme", role: Role = Role.ADMIN) -> httpx.AsyncClient:
        """Asks as *role* of *tenant*; paths begin with the service's name."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://service.test",
            headers={"Authorization": f"Bearer {self.key(tenant, role)}"},
        )
        return await self._stack.enter_async_context(client)

    async def waiting_for(self) -> list[str]:
        """What it waits for, in its own words; nothing when it is ready."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
            found: list[str] = (await client.get("/health/ready")).json()["waiting_for"]
            return found


@asynccontextmanager
async def serving(
    spec: ServiceSpec, dsn: str, directory: Path, bus: Bus | None = None, **settings: Any
) -> AsyncIterator[Served]:
    """*spec*, started and ready; stopped at the end.

    Args:
        spec: which service.
        dsn: its database, migrated.
        directory: for the file of API keys.
        bus: with the topology; without one the service has its database only.
        settings: more of `PlatformSettings`.
    """
    keys = directory / "api-keys.json"
    credentials = orjson.dumps({"user": spec.name, "password": password_of(spec.name)}).decode()
    found = PlatformSettings.load(
        **{
            f"{spec.database}_database_url": dsn,
            "api_keys_file": keys,
            "nats_url": bus.url if bus else "nats://127.0.0.1:1",
            "nats_credentials": credentials if bus else None,
            **settings,
        }
    )
    app = spec.build(found)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        served = Served(spec, app, keys, stack)

        async def is_up() -> bool:
            waiting = await served.waiting_for()
            return not waiting if bus is not None else "database" not in waiting

        await eventually(is_up)
        yield served
