"""The page in a real browser, served by the whole service on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from slaclock.testing.browser import Listening, chromium
from slaclock.testing.serving import Served

from .screen import Screen, Site


@pytest_asyncio.fixture
async def site(served: Served) -> AsyncIterator[Site]:
    """The service on a port, and an admin who publishes."""
    listening = Listening(served.app)
    await listening.start()
    yield Site(served, await served.client(), listening)
    await listening.stop()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture
async def screen(browser: Browser, site: Site) -> AsyncIterator[Screen]:
    """A tab far from the calendars' zones, in which nothing may go wrong."""
    context = await browser.new_context(locale="en-GB", timezone_id="Asia/Kolkata")
    found = Screen(await context.new_page(), site)
    yield found
    await context.close()
    assert found.complaints == []
    assert found.strangers == []
