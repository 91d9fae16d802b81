"""The annex in a real browser: from the service, and from a file that somebody was sent."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from slaclock.testing.browser import Listening, Tab
from slaclock.testing.serving import Served

pytestmark = pytest.mark.browser
PATH = "/sla/v1/slas/platinum/versions/1/annex"
HOSTILE = "</style><script>document.title='taken'</script><img src=//elsewhere.example/x>"
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_a_browser_shows_it_and_runs_nothing(
    served: Served,
    listening: Listening,
    browser: Browser,
    platinum: dict[str, Any],
    tmp_path: Path,
) -> None:
    admin = await served.client()
    platinum["name"] = platinum["group"] = platinum["escalations"][0]["rule_id"] = HOSTILE
    platinum["targets"][0]["priority"] = "W" * 200
    done = await admin.post("/sla/v1/slas/platinum/publish", json={"sla": platinum})
    assert done.status_code == 201, done.text
    site = f"http://127.0.0.1:{listening.port}"
    context = await browser.new_context(extra_http_headers=dict(admin.headers))
    tab = Tab(await context.new_page(), site)
    await tab.page.goto(site + PATH, wait_until="networkidle")
    await shows(tab)
    saved = tmp_path / "annex.html"
    saved.write_bytes((await admin.get(PATH)).content)
    await context.close()

    context = await browser.new_context(viewport={"width": 360, "height": 800})
    tab = Tab(await context.new_page(), saved.as_uri())
    await tab.page.goto(saved.as_uri(), wait_until="networkidle")
    await shows(tab)
    assert await tab.page.evaluate(WIDE) == 0, "it fits a telephone"
    async with tab.page.expect_download() as coming:
        await tab.page.click("a.original")
    body = Path(await (await coming.value).path()).read_bytes()
    assert hashlib.sha256(body).hexdigest() == done.json()["hash"]
    await context.close()


async def shows(tab: Tab) -> None:
    assert (await tab.page.title()).startswith("Operational level agreement")
    assert HOSTILE in await tab.text("h1")
    style = "getComputedStyle(document.querySelector('h1')).color"
    assert await tab.page.evaluate(style) == "rgb(31, 58, 95)", "its own style is allowed"
    for unnamed in ("table:not(.facts):not(:has(caption))", "thead th:not([scope])"):
        assert await tab.page.locator(unnamed).count() == 0
    assert tab.complaints == []
    assert tab.strangers == []
