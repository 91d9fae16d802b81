from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from slaclock.store import Pool, open_pool
from slaclock.store.migrate import Schema


@pytest_asyncio.fixture
async def pool(database: Callable[[Schema], str]) -> AsyncIterator[Pool]:
    """A fresh database, as the service itself is connected to it."""
    dsn = database(Schema("dashboard", "dashboard_service.store.migrations"))
    opened = await open_pool(dsn, application="test", patience=30)
    yield opened
    await opened.close()
