"""The page in a real browser, served by the whole service on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from slaclock.testing.browser import Listening, chromium
from slaclock.testing.serving import Served

from .screen import Screen, Site

NIGHTS: list[dict[str, Any]] = [
    {"weekday": day, "start": "22:00", "end": "06:00"} for day in range(5)
]


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


@pytest.fixture
def support(office: dict[str, Any]) -> dict[str, Any]:
    """Office hours and night shifts, overtime, holidays of all kinds, an opening on a Saturday."""
    return office | {
        "windows": [*office["windows"], *NIGHTS],
        "overtime_windows": [
            {"weekday": 5, "start": "09:00", "end": "13:00", "multiplier": "1.50"}
        ],
        "holidays": [
            *office["holidays"],
            {"date": "2026-12-24", "name": "Christmas Eve", "from": "12:00", "to": "24:00"},
        ],
        "overrides": [{"date": "2026-12-19", "windows": [{"start": "10:00", "end": "12:00"}]}],
    }
