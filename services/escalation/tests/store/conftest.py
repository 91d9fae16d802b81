from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from slaclock.store import Pool, open_pool
from slaclock.store.migrate import Schema


@pytest.fixture
def dsn(database: Callable[[Schema], str]) -> str:
    """A fresh database, as the service itself is connected to it."""
    return database(Schema("escalation", "escalation_service.store.migrations"))


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """The same, open."""
    opened = await open_pool(dsn, application="test", patience=30)
    yield opened
    await opened.close()
