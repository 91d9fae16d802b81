"""A tab that looks at calendars, and somebody who publishes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from playwright.async_api import Page, expect

from slaclock.auth.roles import Role
from slaclock.testing.browser import Listening, Tab
from slaclock.testing.serving import Served

EXPECTED = ("404 (Not Found)", "422 (Unprocessable Entity)", "422 (Unprocessable Content)")
"""What the browser writes about answers that a test wants."""


@dataclass
class Site:
    """The service's address, and an admin's client."""

    served: Served
    admin: httpx.AsyncClient
    listening: Listening

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listening.port}/calendar/"

    def path(self, calendar_id: str, more: str) -> str:
        return f"/calendar/v1/calendars/{quote(calendar_id, safe='')}/{more}"

    async def publish(self, calendar_id: str, document: dict[str, Any], note: str = "") -> None:
        body = {"calendar": document, "note": note}
        answer = await self.admin.post(self.path(calendar_id, "publish"), json=body)
        assert answer.status_code == 201, answer.text

    async def draft(self, calendar_id: str, document: dict[str, Any]) -> None:
        answer = await self.admin.put(self.path(calendar_id, "draft"), json=document)
        assert answer.status_code == 201, answer.text

    async def snapshot(self, calendar_id: str, version: int) -> dict[str, Any]:
        path = self.path(calendar_id, f"versions/{version}/snapshot")
        answer: dict[str, Any] = (await self.admin.get(path)).json()
        return answer


class Screen(Tab):
    """A tab with the page of calendars."""

    def __init__(self, page: Page, site: Site) -> None:
        super().__init__(page, site.address, expected=EXPECTED)
        self.site = site

    async def open(self, calendar_id: str | None = None, **more: object) -> None:
        """With a viewer's key in the address, until everything is there."""
        wanted = {"id": calendar_id, **more} if calendar_id is not None else more
        query = f"?{urlencode(wanted)}" if wanted else ""
        key = self.site.served.key(role=Role.VIEWER)
        await self.page.goto(f"{self.site.address}{query}#key={key}")
        await self.ready()

    async def ready(self) -> None:
        """Until what was asked for is shown, computed and compared."""
        await expect(self.page.locator("main")).to_have_attribute("aria-busy", "false")

    async def shows(self, selector: str, text: str) -> None:
        """Wait until the element says exactly *text*."""
        await expect(self.page.locator(selector)).to_have_text(text)

    async def has(self, selector: str, text: str) -> None:
        """Wait until the element says *text* somewhere."""
        await expect(self.page.locator(selector)).to_contain_text(text)

    async def sums_to(self, microseconds: int) -> None:
        """Wait for the sum of a trace; the rows above it must come to it."""
        total = self.page.locator("#trace-sum")
        await expect(total).to_have_attribute("data-us", str(microseconds))
        rows = self.page.locator("#trace li[data-us]")
        listed = await rows.evaluate_all("rows => rows.map(row => Number(row.dataset.us))")
        assert sum(listed) == microseconds
