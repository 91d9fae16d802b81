from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving
from ticket_clock_service.main import service


@pytest.fixture
def start(
    dsn: str, topology: Bus, tmp_path: Path
) -> Callable[[], AbstractAsyncContextManager[Served]]:
    """Starts the service; several times in one test, on the same database and bus."""
    return lambda: serving(service(), dsn, tmp_path, topology)


@pytest.fixture
async def served(start: Callable[[], AbstractAsyncContextManager[Served]]) -> AsyncIterator[Served]:
    async with start() as found:
        yield found


@pytest.fixture
async def client(served: Served) -> httpx.AsyncClient:
    return await served.client()
