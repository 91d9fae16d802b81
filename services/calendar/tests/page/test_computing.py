"""Business time that a viewer asks for, in a real browser on a real PostgreSQL."""

# ruff: noqa: RUF001 - the page writes dashes and signs as printers do

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from slaclock.business_time import BusinessCalendar

from .screen import Screen, Site

pytestmark = pytest.mark.browser


async def test_an_answer_comes_with_a_trace_that_sums(
    screen: Screen, site: Site, support: dict[str, Any]
) -> None:
    await site.publish("uk", support)
    calendar = BusinessCalendar.from_snapshot(await site.snapshot("uk", 1))
    await screen.open("uk", year=2026)

    # business minutes from an instant, over Christmas
    await screen.page.fill("#start", "2026-12-24T10:00")
    await screen.page.fill("#amount", "600")
    start = datetime(2026, 12, 24, 10, tzinfo=UTC)
    due = calendar.add_business_minutes(start, 600)
    await screen.has("#answer-aside", due.strftime("%Y-%m-%d %H:%M:%S UTC"))
    await screen.shows("#answer-figure", due.strftime("%a, %-d %b %Y, %H:%M"))
    await screen.has("#trace [data-kind=holiday] >> nth=0", "Christmas Eve")
    await screen.has("#trace", "Christmas Day closed, 16 h 30 m withheld")
    await screen.shows("#trace-sum", "10 h")
    await screen.sums_to(600 * 60_000_000)

    # and back
    await screen.page.fill("#amount", "-600")
    due = calendar.add_business_minutes(start, -600)
    await screen.has("#answer-aside", due.strftime("%Y-%m-%d %H:%M:%S UTC"))
    await screen.sums_to(-600 * 60_000_000)

    # between two instants, over a change of the clock
    await screen.page.check("input[name=mode][value=between]", force=True)
    await screen.page.fill("#start", "2026-03-27T12:00")
    await screen.page.fill("#end", "2026-03-30T12:00")
    await screen.has("#trace [data-kind=change]", "01:00 to 02:00, UTC+00:00 to UTC+01:00")
    end = datetime(2026, 3, 30, 11, tzinfo=UTC)
    elapsed = calendar.elapsed(end - timedelta(days=2, hours=23), end)
    await screen.sums_to(elapsed // timedelta(microseconds=1))

    # more than anybody reads is one line
    await screen.page.fill("#end", "2046-03-30T12:00")
    await screen.has("#trace-more", "Show all")
    await screen.page.click("#trace-more")
    await expect(screen.page.locator("#trace [data-kind=rest]")).to_be_visible()
    end = datetime(2046, 3, 30, 11, tzinfo=UTC)
    elapsed = calendar.elapsed(datetime(2026, 3, 27, 12, tzinfo=UTC), end)
    await screen.sums_to(elapsed // timedelta(microseconds=1))


async def test_years_that_nobody_asked_for_are_told_in_utc(screen: Screen, site: Site) -> None:
    hours = [{"start": "09:00", "end": "10:00"}]
    opened = [{"date": f"{year}-07-01", "windows": hours} for year in range(2026, 2060)]
    await site.publish("rare", {"timezone": "Europe/London", "windows": [], "overrides": opened})
    await screen.open("rare", year=2026)
    await screen.page.fill("#start", "2026-01-01T00:00")
    await screen.has("#state-until", "opens")
    await screen.has("#state-until", "09:00")
    await screen.page.fill("#amount", "1500")
    await screen.has("#trace [data-kind=window] >> nth=0", "1 Jul 2026")
    await screen.has(
        "#trace [data-kind=window] >> nth=20", "08:00 UTC–09:00 UTC other hours 09:00–10:00"
    )
    # each of the 25 years is told by its own clock or, marked, in UTC: never one for the other
    windows = screen.page.locator("#trace [data-kind=window]")
    said = [text.replace("\n", " ") for text in await windows.all_inner_texts()]
    assert len(said) == 25
    by_the_clock = ["09:00–10:00 other" in text and "UTC" not in text for text in said]
    in_utc = ["08:00 UTC–09:00 UTC other" in text for text in said]
    assert [not one for one in in_utc] == by_the_clock, said
    assert by_the_clock[0], "the year that is shown"
    assert sum(by_the_clock) < 20, "few years are asked for"
    await screen.sums_to(1500 * 60_000_000)


SKIPPED = {
    ("Europe/London", "2026-03-29T01:30"): (
        r"01:30 is skipped on Sun,? 29 Mar 2026: the clock goes from 01:00 to 02:00\."
    ),
    ("Pacific/Apia", "2011-12-30T10:00"): (
        r"10:00 is skipped on Fri,? 30 Dec 2011: the clock goes from 00:00 to 00:00 on Sat,? 31 Dec\."
    ),
    ("Australia/Lord_Howe", "2026-10-04T02:15"): (
        r"02:15 is skipped on Sun,? 4 Oct 2026: the clock goes from 02:00 to 02:30\."
    ),
}


async def test_a_skipped_time_is_said_and_not_guessed(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    for (timezone, reading), said in SKIPPED.items():
        name = timezone.rpartition("/")[2]
        await site.publish(name, {**office, "timezone": timezone})
        await screen.open(name)
        await screen.page.fill("#start", reading)
        await expect(screen.page.locator("#start-note")).to_have_text(re.compile(said))
        await expect(screen.page.locator("#start")).to_have_attribute("aria-invalid", "true")
        await expect(screen.page.locator("#answer-good")).to_be_hidden()


async def test_a_repeated_time_is_asked_about_and_not_guessed(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.open("uk", year=2026)
    await screen.page.fill("#start", "2026-10-25T01:30")
    which = screen.page.locator("#start-field .which")
    await expect(which.locator("legend")).to_have_text(
        "01:30 comes twice on Sun, 25 Oct 2026. Which one?"
    )
    await expect(screen.page.locator("#answer-good")).to_be_hidden()
    await expect(which.locator(":checked")).to_have_count(0)

    for order, utc in (("the first", "00:30"), ("the second", "01:30")):
        await which.get_by_label(order).check()
        await screen.has("#start-note", f"2026-10-25 {utc} UTC")
        await expect(screen.page.locator("#answer-good")).to_be_visible()


async def test_what_cannot_be_computed_says_why(
    screen: Screen, site: Site, office: dict[str, Any]
) -> None:
    await site.publish("uk", office)
    await screen.open("uk")
    await screen.page.fill("#amount", "1.5")
    await screen.shows("#amount-note", "Say a whole number of minutes.")
    await expect(screen.page.locator("#answer-good")).to_be_hidden()
    await screen.page.fill("#amount", "199999999")
    await expect(screen.page.locator("#answer-fault")).not_to_be_empty()
    await expect(screen.page.locator("#answer-good")).to_be_hidden()
    await screen.page.fill("#amount", "60")
    await expect(screen.page.locator("#answer-good")).to_be_visible()
