"""What a viewer sees, in a real browser on a real PostgreSQL."""

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

HOSTILE = [
    "<script>window.broken = true<script>",
    '<img src=x onerror="window.broken = true">',
    "a b.c&id=other#key=slak?x=1%2F",
    "..id",
    "' onmouseover='window.broken = true",
    "🗓️ calendrier d'été 日本",
    "x" * 200,
]
NIGHTS: list[dict[str, Any]] = [
    {"weekday": day, "start": "22:00", "end": "06:00"} for day in range(5)
]


@pytest.fixture
def support(office: dict[str, Any]) -> dict[str, Any]:
    """Office hours and night shifts, overtime, holidays of all kinds, an opening on a Saturday."""
    return office | {
        "windows": [*office["windows"], *NIGHTS],
        "overtime_windows": [
            {"weekday": 5, "start": "09:00", "end": "13:00", "multiplier": "1.50"}
        ],
        "holidays": [
            *office["holidays"],
            {"date": "2026-12-24", "name": "Christmas Eve", "from": "12:00", "to": "24:00"},
        ],
        "overrides": [{"date": "2026-12-19", "windows": [{"start": "10:00", "end": "12:00"}]}],
    }


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
    await sums_to(screen, 600 * 60_000_000)

    # and back
    await screen.page.fill("#amount", "-600")
    due = calendar.add_business_minutes(start, -600)
    await screen.has("#answer-aside", due.strftime("%Y-%m-%d %H:%M:%S UTC"))
    await sums_to(screen, -600 * 60_000_000)

    # between two instants, over a change of the clock
    await screen.page.check("input[name=mode][value=between]", force=True)
    await screen.page.fill("#start", "2026-03-27T12:00")
    await screen.page.fill("#end", "2026-03-30T12:00")
    await screen.has("#trace [data-kind=change]", "01:00 to 02:00, UTC+00:00 to UTC+01:00")
    end = datetime(2026, 3, 30, 11, tzinfo=UTC)
    elapsed = calendar.elapsed(end - timedelta(days=2, hours=23), end)
    await sums_to(screen, elapsed // timedelta(microseconds=1))

    # more than anybody reads is one line
    await screen.page.fill("#end", "2046-03-30T12:00")
    await screen.has("#trace-more", "Show all")
    await screen.page.click("#trace-more")
    await expect(screen.page.locator("#trace [data-kind=rest]")).to_be_visible()
    end = datetime(2046, 3, 30, 11, tzinfo=UTC)
    elapsed = calendar.elapsed(datetime(2026, 3, 27, 12, tzinfo=UTC), end)
    await sums_to(screen, elapsed // timedelta(microseconds=1))


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
    await sums_to(screen, 1500 * 60_000_000)


async def sums_to(screen: Screen, microseconds: int) -> None:
    """Wait for the sum; the rows above it must come to it."""
    await expect(screen.page.locator("#trace-sum")).to_have_attribute("data-us", str(microseconds))
    rows = screen.page.locator("#trace li[data-us]")
    listed = await rows.evaluate_all("rows => rows.map(row => Number(row.dataset.us))")
    assert sum(listed) == microseconds


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
    await sums_to(screen, 120 * 60_000_000)
    await screen.open("uk", version="draft", year=2150)
    await screen.has("#horizon", "2150 shows none of them")


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


FAULTS_OF_ACCESS = """() => {
  // Text against what lies behind it by WCAG 2 (4.5, large text 3); names of controls; headings; ids.
  const faults = [];
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (color) => color.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const shown = (element) => element.checkVisibility() && !element.closest(".unseen, [aria-hidden=true], :disabled");
  for (const element of document.querySelectorAll("body *")) {
    const said = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    if (!said || !shown(element)) continue;
    const style = getComputedStyle(element);
    if (style.clipPath !== "none") continue;
    const below = behind(element);
    const [one, other] = [light(over(rgba(style.color), below)), light(below)].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${element.className || element.id || element.tagName} "${said.slice(0, 30)}"`);
  }
  for (const control of document.querySelectorAll("button, a, select, input, [role=gridcell]")) {
    if (!shown(control)) continue;
    const label = control.labels?.[0]?.textContent || control.getAttribute("aria-label") || control.textContent;
    if (!label.trim()) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`twice: ${id}`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(" ")) if (!ids.includes(id)) faults.push(`${name}: no ${id}`);
    }
  }
  const headings = [...document.querySelectorAll("h1, h2, h3")].filter(shown).map((heading) => Number(heading.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1) faults.push(`headings of level 1: ${headings}`);
  headings.forEach((level, index) => { if (index && level > headings[index - 1] + 1) faults.push(`a level is left out: ${headings}`); });
  for (const table of document.querySelectorAll("table")) if (!table.querySelector("th[scope]")) faults.push("a table without heads");
  return faults;
}"""
