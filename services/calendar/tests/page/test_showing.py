"""A calendar's head, week and year in a real browser on a real PostgreSQL."""

# ruff: noqa: RUF001 - the page writes dashes and signs as printers do

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import expect

from slaclock.business_time import BusinessCalendar

from .screen import Screen, Site

pytestmark = pytest.mark.browser


async def test_the_head_says_which_version_it_is_and_whether_it_is_open(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    always = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]
    await site.publish("uk", office, "as agreed in May")
    await site.publish("always", {"timezone": "UTC", "name": "Always", "windows": always})
    await screen.open("uk")
    snapshot = await site.snapshot("uk", 1)
    await screen.has("#facts", "v1 published")
    await screen.has("#facts", "Europe/London")
    await screen.has("#facts", snapshot["tzdata"])
    await screen.shows("#note", "as agreed in May")
    answer = await site.admin.get(site.path("uk", "versions/1"))
    name = answer.json()["hash"]
    code = screen.page.locator("#facts .hash code")
    await expect(code).to_have_text(name[:12])
    await expect(code).to_have_attribute("title", name)
    # it follows the clock in London, whatever the time of this test
    state = (await site.admin.get(site.path("uk", "versions/1/state"))).json()
    await screen.shows("#state-word", "Open now" if state["is_open"] else "Closed now")
    await screen.has("#state-until", "until" if state["is_open"] else "opens")

    await screen.open("always")
    await screen.shows("#state-word", "Open now")
    await screen.shows("#state-until", "never closes")


async def test_the_week_shows_every_window_and_what_the_clock_does_to_it(
    screen: Screen, site: Site, support: dict[str, Any]
) -> None:
    await site.publish("uk", support)
    await screen.open("uk", year=2026)
    rows = screen.page.locator("#strips tr")
    await expect(rows).to_have_count(7)
    await expect(rows.nth(0).locator(".hours")).to_have_text(["09:00–17:30", "22:00–06:00"])
    await expect(rows.nth(6).locator(".text")).to_have_text("Closed")
    # the night shift goes on in the row of the next day
    assert (
        await rows.nth(0).locator(".block.goes-on").get_attribute("title") == "Monday 22:00–06:00"
    )
    came = rows.nth(1).locator(".block.came-from")
    assert await came.get_attribute("title") == "until 06:00 from Monday 22:00"
    assert await came.evaluate("it => [it.style.insetInlineStart, it.style.inlineSize]") == [
        "0%",
        "25%",
    ]
    # overtime looks different and does not count
    await expect(rows.nth(5).locator(".block.overtime")).to_have_text("×1.5")
    await expect(rows.nth(5).locator(".hours.over")).to_have_text("09:00–13:00 ×1.5")
    await screen.has("#week-text", "82 h 30 m a week, by the clock in Europe/London")
    await expect(screen.page.locator("#week-notes li")).to_have_text(
        [
            "Sun, 29 Mar 2026: the clock goes from 01:00 to 02:00, outside open hours.",
            "Sun, 25 Oct 2026: the clock goes from 02:00 to 01:00, outside open hours.",
            re.compile("^A holiday closes its date from midnight to midnight"),
        ]
    )


async def test_the_year_names_holidays_on_hover_on_focus_and_in_a_list(
    screen: Screen, site: Site, support: dict[str, Any]
) -> None:
    await site.publish("uk", support)
    await screen.open("uk", year=2026)
    assert await screen.page.locator("#months td[data-date]").count() == 365
    day = screen.page.locator
    for on, kind in {
        "2026-12-25": "holiday",
        "2026-12-24": "partial",
        "2026-12-19": "override",
        "2026-12-20": "closed",
        "2026-12-21": "open",
    }.items():
        await expect(day(f"td[data-date='{on}']")).to_have_attribute("data-kind", kind)
    await expect(screen.page.locator("#special li")).to_have_text(
        [
            re.compile("Good Friday"),
            re.compile(r"19 Dec.*Other hours open 00:00–06:00, 10:00–12:00"),
            re.compile(r"Christmas Eve open 00:00–06:00, 09:00–12:00"),
            re.compile(r"Christmas Day closed, 16 h 30 m withheld"),
        ]
    )

    # with the pointer
    await day("td[data-date='2026-04-03']").hover()
    await screen.has("#tip", "3 April 2026")
    await screen.has("#tip", "Good Friday: closed")

    # with the keyboard: one stop for all dates, arrows between them
    await day("td[data-date='2026-12-25']").click()
    await screen.has("#tip", "Christmas Day")
    await screen.page.keyboard.press("ArrowLeft")
    await expect(day("td[data-date='2026-12-24']")).to_be_focused()
    await screen.has("#tip", "Christmas Eve: closed 12:00-24:00")
    await screen.page.keyboard.press("ArrowUp")
    await expect(day("td[data-date='2026-12-17']")).to_be_focused()
    await screen.page.keyboard.press("Home")
    await expect(day("td[data-date='2026-01-01']")).to_be_focused()
    await expect(day("td[data-date='2026-12-25']")).to_have_attribute(
        "aria-label", re.compile("25 December 2026, holiday, Christmas Day: closed")
    )
    await expect(screen.page.locator("#months td[tabindex='0']")).to_have_count(1)


async def test_the_year_adds_up_and_another_one_can_be_chosen(
    screen: Screen, site: Site, support: dict[str, Any]
) -> None:
    await site.publish("uk", support)
    calendar = BusinessCalendar.from_snapshot(await site.snapshot("uk", 1))
    await screen.open("uk", year=2026)
    for year in (2026, 2027):
        await expect(screen.page.locator("#year-number")).to_have_value(str(year))
        await expect(screen.page.locator(f"td[data-date='{year}-12-31']")).to_be_visible()
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        minutes = calendar.calculate_business_minutes(start, end)
        await screen.has("#totals", f"{minutes:,} minutes")
        await screen.page.click("#year-after")
    await expect(screen.page.locator("#year-number")).to_have_value("2028")
    await expect(screen.page.locator("td[data-date='2028-02-29']")).to_be_visible()
    assert screen.page.url.endswith("?id=uk&year=2028")

    # a year that no calendar knows is not taken
    await screen.page.fill("#year-number", "1969")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#year-number")).to_have_value("2028")
