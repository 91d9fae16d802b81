"""From a key to a calendar that is there, in a real browser on a real PostgreSQL."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from .screen import Screen, Site

pytestmark = pytest.mark.browser


async def test_a_key_is_asked_for_and_the_calendar_follows(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.page.goto(f"{site.address}?id=uk")
    await expect(screen.page.locator("#key")).to_be_focused()
    await expect(screen.page.locator("#board")).to_be_hidden()

    # a key that nobody knows
    await screen.page.fill("#key", "slak_acme_nobody_knows_this")
    await screen.page.keyboard.press("Enter")
    await screen.has("#sign-in-fault", "not known")

    # the right one
    await screen.page.fill("#key", site.served.key())
    await screen.page.keyboard.press("Enter")
    await screen.shows("#name", "UK support")

    # and signing out forgets it
    await screen.page.click("#sign-out")
    await screen.page.reload()
    await expect(screen.page.locator("#key")).to_be_visible()
    assert await screen.page.evaluate("sessionStorage.length") == 0


async def test_a_key_in_the_address_is_taken_out_and_the_rest_stays(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.open("uk", year=2027)
    await screen.shows("#name", "UK support")
    assert screen.page.url == f"{site.address}?id=uk&year=2027"


async def test_the_list_leads_to_each_calendar(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await screen.open()
    await screen.has("#list-empty", "There is no calendar yet")

    await site.publish("uk", office)
    await site.publish("de", {**office, "name": "Berlin", "timezone": "Europe/Berlin"})
    await site.draft("pt", {**office, "name": "Lisbon"})
    await screen.page.reload()
    await expect(screen.page.locator("#calendars tr")).to_have_count(3)
    berlin = screen.page.locator("#calendars tr", has_text="Berlin")
    await expect(berlin).to_contain_text("Europe/Berlin")
    await expect(berlin.locator(".list-state")).to_have_text(re.compile("Open|Closed"))
    await expect(screen.page.locator("#calendars tr", has_text="pt")).to_contain_text("Draft")

    await berlin.get_by_role("link").click()
    await screen.shows("#name", "Berlin")
    await screen.shows("#id", "de")
    await screen.page.get_by_role("navigation").get_by_role("link", name="Calendars").click()
    await expect(screen.page.locator("#calendars tr")).to_have_count(3)


async def test_what_is_not_there_is_said(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    version: list[dict[str, object]] = [{"version": 9}, {"version": "draft"}, {"version": "<b>"}]
    for more in version:
        await screen.open("uk", **more)
        await screen.shows("#missing-title", "There is no such version")
        await expect(screen.page.locator("#calendar")).to_be_hidden()
    await screen.open("nothing")
    await screen.shows("#missing-title", "There is no such calendar")
    await screen.page.get_by_role("link", name="All calendars").click()
    await expect(screen.page.locator("#calendars tr")).to_have_count(1)


async def test_other_tenants_calendars_are_not_there(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.page.goto(f"{site.address}?id=uk#key={site.served.key('globex')}")
    await screen.shows("#missing-title", "There is no such calendar")


async def test_a_lost_server_is_said_and_asked_again(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.open("uk", year=2026)
    await screen.shows("#name", "UK support")
    await site.listening.stop()
    await screen.page.click("#year-after")
    await screen.has("#notice", "Connection lost.")
    await expect(screen.page.locator("#year-number")).to_have_value("2026")
    await site.listening.start()
    await screen.page.click("#try-now")
    await expect(screen.page.locator("#notice")).to_be_hidden()
    await screen.ready()
    await screen.shows("#name", "UK support")
