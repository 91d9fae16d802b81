"""A tab of a browser that looks at the dashboard, and what it may be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from nats.aio.client import Client
from playwright.async_api import ConsoleMessage, Page, Request

from slaclock.testing.bus import Bus

from ..bus.builders import Message

PUBLISHERS = {"agreement": "sla", "clock": "ticket-clock", "escalation": "escalation"}
EXPECTED = ("401 (Unauthorized)", "net::ERR_CONNECTION_REFUSED", "net::ERR_EMPTY_RESPONSE")
"""What a browser itself writes about answers that a test wants."""


@dataclass
class Site:
    """The dashboard's address, keys and bus."""

    key: Callable[..., str]
    bus: Bus
    port: int = 0
    _clients: dict[str, Client] = field(default_factory=dict)

    def listens(self, port: int, stop: Callable[[], Awaitable[None]]) -> None:
        self.port, self.stop = port, stop

    listen: Callable[[int], Awaitable[None]] = field(init=False)
    stop: Callable[[], Awaitable[None]] = field(init=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/dashboard/"

    async def tell(self, *messages: Message) -> None:
        """Publish as the service that such messages come from."""
        for subject, name, body in messages:
            who = PUBLISHERS[subject.split(".")[1]]
            if who not in self._clients:
                self._clients[who] = await self.bus.connect(who)
            headers = {"Nats-Msg-Id": name}
            await self._clients[who].jetstream().publish(subject, body, headers=headers)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


class Screen:
    """A tab; keeps what the browser complains of and every address outside the site."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if not any(known in message.text for known in EXPECTED):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.address, "data:")):
            self.strangers.append(request.url)

    async def open(self, tenant: str = "acme", query: str = "") -> None:
        """With a key in the address, until the first figures are there."""
        await self.page.goto(f"{self.site.address}{query}#key={self.site.key(tenant)}")
        await self.ready()

    async def ready(self) -> None:
        await self.page.wait_for_selector("main[aria-busy=false]")

    async def text(self, selector: str) -> str:
        return (await self.page.text_content(selector) or "").strip()

    async def texts(self, selector: str) -> list[str]:
        return await self.page.locator(selector).all_text_contents()

    async def figure(self, kind: str) -> str:
        """The number in the tile *kind*."""
        return await self.text(f".tile[data-kind={kind}] .figure")
