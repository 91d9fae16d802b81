"""A tab of a browser that looks at the dashboard, and what it may be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nats.aio.client import Client
from playwright.async_api import Page

from slaclock.testing.browser import Listening, Tab
from slaclock.testing.bus import Bus

from ..bus.builders import Message

PUBLISHERS = {"agreement": "sla", "clock": "ticket-clock", "escalation": "escalation"}


@dataclass
class Site:
    """The dashboard's address, keys and bus."""

    key: Callable[..., str]
    bus: Bus
    listening: Listening
    _clients: dict[str, Client] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listening.port}/dashboard/"

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


class Screen(Tab):
    """A tab with the dashboard."""

    def __init__(self, page: Page, site: Site) -> None:
        super().__init__(page, site.address)
        self.site = site

    async def open(self, tenant: str = "acme", query: str = "") -> None:
        """With a key in the address, until the first figures are there."""
        await self.page.goto(f"{self.site.address}{query}#key={self.site.key(tenant)}")
        await self.ready()

    async def ready(self) -> None:
        await self.page.wait_for_selector("main[aria-busy=false]")

    async def figure(self, kind: str) -> str:
        """The number in the tile *kind*."""
        return await self.text(f".tile[data-kind={kind}] .figure")
