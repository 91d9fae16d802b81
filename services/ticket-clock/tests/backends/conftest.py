"""The whole service under each backend, on real parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from slaclock.embedded.temporal import TemporalServer
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving
from ticket_clock_service import wakeups
from ticket_clock_service.handlers.timers import Seconds
from ticket_clock_service.main import service

from ..desk import Desk
from .site import Site

BACKENDS = ("polling", "jetstream", "temporal")

ALONE = Seconds(slow=3600.0, check=0.2, recovery=0.2, walk=1.0)
"""The due loop sleeps once the backend is relied on: what happens, the backend has caused."""


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def settings(backend: str, request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """What the environment says of the backend."""
    if backend != "temporal":
        return {"timer_backend": backend}
    server: TemporalServer = request.getfixturevalue("temporal_server")
    return {"timer_backend": backend, "temporal_address": server.address}


@pytest.fixture
def start(
    dsn: str, topology: Bus, tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[Served]]:
    """Starts the service with settings; several times in one test, on the same parts."""
    return lambda **settings: serving(service(), dsn, tmp_path, topology, **settings)


@pytest.fixture
async def site(
    start: Callable[..., AbstractAsyncContextManager[Served]],
    settings: Mapping[str, Any],
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Site]:
    """The service, woken by the backend alone."""
    monkeypatch.setattr(wakeups, "PACES", ALONE)
    async with start(**settings) as served:
        found = Site(desk, await served.client(), str(settings["timer_backend"]))
        await found.is_woken_by_its_backend()
        yield found
