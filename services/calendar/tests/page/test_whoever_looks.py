"""Whatever a calendar says, and whoever looks at it with whatever screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from .access import FAULTS_OF_ACCESS
from .screen import Screen, Site

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>window.broken = true<script>",
    '<img src=x onerror="window.broken = true">',
    "a b.c&id=other#key=slak?x=1%2F",
    "..id",
    "' onmouseover='window.broken = true",
    "🗓️ calendrier d'été 日本",
    "x" * 200,
]


async def test_hostile_words_are_shown_as_text(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    for name in HOSTILE:
        holiday = {"date": "2026-05-04", "name": name}
        document = {**office, "name": name, "holidays": [holiday]}
        await site.publish(name, document, HOSTILE[0])
        await site.publish(name, {**document, "holidays": []}, HOSTILE[1])
        await site.draft(name, {**document, "timezone": HOSTILE[0]})
    await screen.open()
    links = screen.page.locator("#calendars a")
    await expect(links).to_have_count(len(HOSTILE))
    assert sorted(await screen.texts("#calendars a")) == sorted(HOSTILE)
    for number in range(len(HOSTILE)):
        name = await links.nth(number).text_content() or ""
        await links.nth(number).click()
        await screen.shows("#id", name)
        await screen.shows("#name", name)
        await screen.has("#difference-list", name)
        await screen.has("#draft-findings", HOSTILE[0][:10])
        await screen.page.get_by_role("link", name="Version 1").click()
        await screen.has("#facts", "v1 published")
        await screen.shows("#id", name)
        await screen.page.fill("#year-number", "2026")
        await screen.page.keyboard.press("Enter")
        await screen.has("#special", name)
        await screen.page.fill("#start", "2026-05-01T17:00")
        await screen.has("#trace", name)
        assert await screen.page.evaluate("window.broken === undefined")
        assert await screen.page.locator("main img, main script").count() == 0
        for width in (320, 360, 768, 1440):
            await screen.page.set_viewport_size({"width": width, "height": 800})
            assert await screen.page.evaluate("document.documentElement.scrollWidth") <= width
        await screen.page.goto(site.address)


async def test_a_phone_needs_no_scrolling_sideways(
    screen: Screen, site: Site, support: dict[str, Any]
) -> None:
    await site.publish("uk", support)
    await screen.page.set_viewport_size({"width": 360, "height": 780})
    for where in ("uk", None):
        await screen.open(where)
        await screen.ready()
        assert await screen.page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_everything_has_a_name_and_nothing_is_too_faint(
    screen: Screen, site: Site, support: dict[str, Any]
) -> None:
    await site.publish("uk", support)
    await site.draft("uk", {**support, "name": "Next"})
    for scheme in ("light", "dark"):
        await screen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for where in ("uk", None):
            await screen.open(where)
            if where:
                await expect(screen.page.locator("#answer-good")).to_be_visible()
            assert await screen.page.evaluate(FAULTS_OF_ACCESS) == []

    # and the check itself sees faults
    await screen.page.evaluate(
        """() => {
          const faint = document.createElement("p");
          faint.textContent = "faint";
          faint.style.color = "color-mix(in srgb, var(--ink) 30%, var(--surface))";
          const nameless = document.createElement("button");
          document.querySelector("main").append(faint, nameless);
        }"""
    )
    found = await screen.page.evaluate(FAULTS_OF_ACCESS)
    assert [fault.split()[0] for fault in found] == ["contrast", "no"]
