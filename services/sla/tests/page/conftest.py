"""The service on a port, and the machine's Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from slaclock.testing.browser import Listening, chromium
from slaclock.testing.serving import Served


@pytest_asyncio.fixture
async def listening(served: Served) -> AsyncIterator[Listening]:
    found = Listening(served.app)
    await found.start()
    yield found
    await found.stop()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found
