"""Versions and drafts of a calendar in a real browser on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from .screen import Screen, Site

pytestmark = pytest.mark.browser


async def test_versions_and_what_changes_between_any_two(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office, "the first")
    more = [*office["holidays"], {"date": "2027-05-03", "name": "May Day"}]
    await site.publish("uk", {**office, "holidays": more}, "one day more")
    await site.publish("uk", {**office, "holidays": more, "name": "UK desk"}, "a better name")
    await screen.open("uk")
    notes = screen.page.locator("#version-list .note")
    await expect(notes).to_have_text(["a better name", "one day more", "the first"])
    await screen.has("#version-list li >> nth=0", "Version 3, shown here")
    await screen.has("#difference-list", "UK desk")
    await expect(screen.page.locator("#difference-list li")).to_have_count(1)

    await screen.page.select_option("#before", "1")
    await screen.page.select_option("#after", "2")
    await screen.has("#difference-list", "May Day")
    await screen.has("#differences-text", "business time in the year ahead")
    await screen.page.select_option("#before", "2")
    await screen.shows("#differences-empty", "A version is like itself.")

    # an older one has a page of its own
    await screen.page.get_by_role("link", name="Version 1").click()
    await screen.has("#facts", "v1 published")
    await screen.shows("#note", "the first")
    assert screen.page.url.endswith("?id=uk&version=1")
    await screen.page.get_by_role("link", name="to v3, in force").click()
    await screen.has("#facts", "v3 published")


async def test_a_retired_version_gives_way_to_the_one_before_it(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await site.publish("uk", {**office, "name": "UK desk"})
    assert (await site.admin.post(site.path("uk", "versions/2/retire"))).status_code == 200
    await screen.open("uk")
    await screen.has("#facts", "v1 published")
    await expect(screen.page.locator("#state")).to_be_visible()
    await screen.page.get_by_role("link", name="Version 2").click()
    await screen.has("#facts", "v2 retired")
    await expect(screen.page.locator("#year")).to_be_visible()
    await expect(screen.page.locator("#state")).to_be_hidden()


async def test_the_whole_hash_can_be_copied(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.open("uk")
    name = (await site.admin.get(site.path("uk", "versions/1"))).json()["hash"]
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.page.get_by_role("button", name="Copy the whole hash").click()
    await screen.has("#facts", "Copied")
    assert await screen.page.evaluate("navigator.clipboard.readText()") == name


async def test_a_draft_has_a_banner_with_everything_that_is_wrong(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    overlap = [*office["windows"], {"weekday": 0, "start": "17:00", "end": "19:00"}]
    await site.draft("uk", {**office, "windows": overlap})
    await screen.open("uk")
    await screen.has("#draft-title", "1 fault to mend")
    await screen.has("#draft-findings [data-kind=fault]", "overlaps")

    # nothing of it can be shown as a calendar yet
    await screen.page.click("#draft-link")
    await screen.has("#facts", "Draft")
    await screen.shows(
        "#differences-empty", "A draft with faults cannot be compared. Mend them first."
    )
    await expect(screen.page.locator("#week")).to_be_hidden()
    await expect(screen.page.locator("#compute")).to_be_hidden()


async def test_a_good_draft_is_a_calendar_to_try(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    rule = {"rule": "easter", "days": 1, "name": "Easter Monday"}
    await site.publish("uk", office)
    await site.draft("uk", {**office, "holiday_rules": [rule]})
    await screen.open("uk", version="draft", year=2026)
    await screen.has("#draft-title", "Ready to be published")
    await expect(screen.page.locator("td[data-date='2026-04-06']")).to_have_attribute(
        "data-kind", "holiday"
    )
    await screen.has("#horizon", "Holidays by rule are known for")
    await screen.has("#difference-list", "Easter Monday")
    await screen.page.fill("#start", "2026-04-02T16:30")
    await screen.page.fill("#amount", "120")
    await screen.has("#trace", "Easter Monday closed")
    await screen.sums_to(120 * 60_000_000)
    await screen.open("uk", version="draft", year=2150)
    await screen.has("#horizon", "2150 shows none of them")
