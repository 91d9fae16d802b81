"""A service's page in a real Chromium: the application on a port, and a tab that listens."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from slaclock.service.serving import bind
from slaclock.testing.selection import BROWSERS

__all__ = ["Listening", "Tab", "chromium"]

_SWITCHES: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_EXPECTED: Final = ("401 (Unauthorized)", "net::ERR_CONNECTION_REFUSED", "net::ERR_EMPTY_RESPONSE")
"""What a browser itself writes about answers that a test wants."""


class _Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See `uvicorn.Server`."""
        yield


class Listening:
    """An application that was started elsewhere, on a port of this machine.

    Attributes:
        port: stays the same when it listens again; 0 until it does for the first time.
    """

    def __init__(self, app: FastAPI) -> None:
        self.port = 0
        self._app = app
        self._server: _Server | None = None
        self._task: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Listen."""
        sock = bind("127.0.0.1", self.port)
        self.port = sock.getsockname()[1]
        config = uvicorn.Config(self._app, lifespan="off", log_config=None, ws="none")
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[sock]))

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with suppress(asyncio.CancelledError):
            await self._task


class Tab:
    """A tab of a browser.

    Attributes:
        address: where its site begins, such as `http://127.0.0.1:1234/dashboard/`.
        complaints: what the browser wrote to its console, and errors of the page.
        strangers: every address outside the site that it asked for.
    """

    def __init__(self, page: Page, address: str, *, expected: tuple[str, ...] = ()) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self._expected = (*_EXPECTED, *expected)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if not any(known in message.text for known in self._expected):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.strangers.append(request.url)

    async def text(self, selector: str) -> str:
        """What the first element that fits says."""
        return (await self.page.text_content(selector) or "").strip()

    async def texts(self, selector: str) -> list[str]:
        """What each element that fits says."""
        return await self.page.locator(selector).all_text_contents()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium; tests that want it have the marker `browser`."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=path, args=_SWITCHES)
        yield found
        await found.close()
