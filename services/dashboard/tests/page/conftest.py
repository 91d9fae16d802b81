"""The page in a real browser, served by the whole service on real parts."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, async_playwright

from dashboard_service.main import service
from slaclock.auth.roles import Role
from slaclock.service.serving import bind
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus
from slaclock.testing.serving import serving

from ..bus.builders import DASHBOARD
from .screen import Screen, Site

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See `uvicorn.Server`."""
        yield


@pytest_asyncio.fixture
async def site(
    topology: Bus, database: Callable[[Schema], str], tmp_path: Path
) -> AsyncIterator[Site]:
    """The dashboard on a port, and a bus to tell it something."""
    async with serving(service(), database(DASHBOARD), tmp_path, topology) as served:
        found = Site(key=lambda tenant, role=Role.VIEWER: served.key(tenant, role), bus=topology)

        async def listen(port: int = 0) -> None:
            sock = bind("127.0.0.1", port)
            config = uvicorn.Config(served.app, lifespan="off", log_config=None, ws="none")
            server = Server(config)
            task = asyncio.create_task(server.serve(sockets=[sock]))
            found.listens(sock.getsockname()[1], lambda: stop(server, task))

        found.listen = listen
        await listen()
        yield found
        await found.stop()
        await found.close()


async def stop(server: Server, task: asyncio.Task[Any]) -> None:
    server.should_exit = server.force_exit = True
    with suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)))
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield found
        await found.close()


@pytest_asyncio.fixture
async def screen(browser: Browser, site: Site) -> AsyncIterator[Screen]:
    """A tab that nothing may go wrong in."""
    context = await browser.new_context(locale="en-GB", timezone_id="Asia/Kolkata")
    found = Screen(await context.new_page(), site)
    yield found
    await context.close()
    assert found.complaints == []
    assert found.strangers == []
