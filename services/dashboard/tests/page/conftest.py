"""The page in a real browser, served by the whole service on real parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from dashboard_service.main import service
from slaclock.auth.roles import Role
from slaclock.store.migrate import Schema
from slaclock.testing.browser import Listening, chromium
from slaclock.testing.bus import Bus
from slaclock.testing.serving import serving

from ..bus.builders import DASHBOARD
from .screen import Screen, Site


@pytest_asyncio.fixture
async def site(
    topology: Bus, database: Callable[[Schema], str], tmp_path: Path
) -> AsyncIterator[Site]:
    """The dashboard on a port, and a bus to tell it something."""
    async with serving(service(), database(DASHBOARD), tmp_path, topology) as served:
        listening = Listening(served.app)
        await listening.start()
        found = Site(lambda tenant, role=Role.VIEWER: served.key(tenant, role), topology, listening)
        yield found
        await listening.stop()
        await found.close()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture
async def screen(browser: Browser, site: Site) -> AsyncIterator[Screen]:
    """A tab that nothing may go wrong in."""
    context = await browser.new_context(locale="en-GB", timezone_id="Asia/Kolkata")
    found = Screen(await context.new_page(), site)
    yield found
    await context.close()
    assert found.complaints == []
    assert found.strangers == []
