"""What a viewer sees, in a real browser on real PostgreSQL and NATS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from slaclock.contracts.canonical import content_hash
from slaclock.contracts.instants import rfc3339
from slaclock.testing.waiting import eventually

from ..bus.builders import GOLD, breached, clock, effect, met, published
from .screen import Screen, Site

pytestmark = pytest.mark.browser

VIEWER = timedelta(hours=5, minutes=30)
"""How far the viewer's clock is ahead of UTC: Asia/Kolkata."""

NOTHING = "\N{EN DASH}"
LONG = "🔥" + "x" * 198
HOSTILE = [
    "<script>window.broken = true</script>",
    '<img src=x onerror="window.broken = true">',
    "' onmouseover='window.broken = true",
    "</li></ol><h1>INC",
    "🔥💥日本語",
    LONG,
]

OLA: dict[str, Any] = {"agreement_type": "ola", "owner_group": "network"}


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def today(now: datetime) -> str:
    """In the viewer's zone, where the page's days end."""
    return (now + VIEWER).date().isoformat()


def seconds(shown: str) -> int:
    """Of `4:09` or `1:02:11`."""
    total = 0
    for part in shown.lstrip("+").split(":"):
        total = total * 60 + int(part)
    return total


async def test_a_key_is_asked_for_and_checked(screen: Screen, site: Site) -> None:
    # without a key
    await screen.page.goto(site.address)
    assert await screen.page.locator("#key").evaluate("it => it === document.activeElement")
    assert not await screen.page.is_visible("#board")

    # a key that nobody knows
    await screen.page.fill("#key", "slak_acme_nobody_knows_this")
    await screen.page.keyboard.press("Enter")
    await screen.page.wait_for_selector("#sign-in-fault:not(:empty)")
    assert "not known" in await screen.text("#sign-in-fault")
    assert not await screen.page.is_visible("#board")

    # something that cannot be one
    await screen.page.fill("#key", "ключ 🔑")
    await screen.page.keyboard.press("Enter")
    assert "not a key" in await screen.text("#sign-in-fault")

    # the right one; it is kept for the tab, and nowhere in the page
    key = site.key("acme")
    await screen.page.fill("#key", key)
    await screen.page.keyboard.press("Enter")
    await screen.ready()
    assert await screen.text("#tenant") == "acme"
    assert key not in await screen.page.content()
    assert await screen.page.input_value("#key") == ""
    await screen.page.reload()
    await screen.ready()

    # and signing out forgets it
    await screen.page.click("#sign-out")
    await screen.page.reload()
    await screen.page.wait_for_selector("#key")
    assert await screen.page.evaluate("sessionStorage.length") == 0


async def test_a_key_in_the_address_is_taken_out_of_it(screen: Screen, site: Site) -> None:
    await screen.open()
    assert screen.page.url == site.address
    assert await screen.page.evaluate("history.length") <= 2
    assert await screen.page.evaluate("localStorage.length") == 0


async def test_an_empty_tenant_is_told_how_to_begin(screen: Screen) -> None:
    await screen.open("globex")
    assert "No clock is running" in await screen.text("#welcome")
    assert await screen.page.is_visible("#welcome")
    assert await screen.figure("compliance") == NOTHING
    assert await screen.text("#risk-empty") == "Nothing is close to its deadline."


async def test_news_appears_without_a_reload_and_counts_down(
    screen: Screen, site: Site, now: datetime, today: str
) -> None:
    await screen.open()

    # when
    await site.tell(
        published(now),
        clock("threshold_crossed", "INC-1", now, reached=(75,), assignee="mia"),
        breached("INC-2", now - timedelta(minutes=10), due_on=today),
        *(met(f"INC-{number}", now, due_on=today, priority="P2") for number in (3, 4, 5)),
        clock("paused", "INC-6", now, state="paused", due_at=None, due_on=today),
        effect("raised", 2, now),
        effect("delivered", 2, now, attempt=1),
        breached("INC-9", now - timedelta(minutes=9), due_on=today, cycle="ola", **OLA),
        effect("withdrawn", 7, now, reason="corrected"),
        effect("withdrawn", 8, now, reason="merged"),
    )

    # then
    await screen.page.wait_for_selector("#risk .row:has-text('INC-1')")
    await screen.page.wait_for_selector("#feed .state:has-text('Delivered')")
    assert not await screen.page.is_visible("#welcome")
    assert await screen.page.title() == "(1) acme · slaclock"
    assert await screen.figure("running") == "2"
    assert await screen.figure("paused") == "1"
    assert await screen.figure("risk") == "1"
    assert await screen.figure("overdue") == "1"
    assert await screen.figure("compliance") == "75.0%"
    assert "INC-2" in await screen.text("#breaches")
    assert "sink.example" in await screen.text("#feed")
    assert sorted(await screen.texts("#feed .why:not([hidden])")) == [
        "nothing had been crossed, as was learnt later",
        "the ticket was merged",
    ]
    assert await screen.texts("#shares .name") == ["P1", "P2"]
    assert await screen.texts("#shares .share") == ["0.0%", "100%"]
    assert await screen.page.locator("#trend rect.bar-met").count() == 7

    # and OLAs are shown by themselves, while the tile tells of what customers were promised
    await screen.page.click("#by label:has-text('OLA')")
    await screen.page.wait_for_selector("#shares .name:has-text('network')")
    assert await screen.texts("#shares .counts") == ["0 met · 1 breached"]
    assert await screen.figure("compliance") == "75.0%"
    await screen.page.click("#by label:has-text('Priority')")

    # and the countdown loses a second a second; the breach gains it
    left = [seconds(await screen.text("#risk .left"))]
    over = seconds(await screen.text("#breaches .left"))

    async def goes_on() -> bool:
        left.append(seconds(await screen.text("#risk .left")))
        return left[-1] <= left[0] - 3

    await eventually(goes_on)
    assert 0 < left[-1] <= 40 * 60
    assert all(0 <= before - after <= 2 for before, after in pairwise(left))
    assert seconds(await screen.text("#breaches .left")) >= over + 2

    # and what is retracted goes away
    await site.tell(
        met("INC-1", now, revision=2, due_on=today), met("INC-2", now, revision=2, due_on=today)
    )
    await screen.page.wait_for_selector("#risk-empty:visible")
    await screen.page.wait_for_selector("#breaches-empty:visible")
    assert await screen.figure("compliance") == "100%"


async def test_time_stands_still_outside_office_hours(
    screen: Screen, site: Site, now: datetime
) -> None:
    # given a calendar that opens tomorrow for the first time in a week
    day = now + timedelta(days=1)
    calendar = {
        "timezone": "UTC",
        "windows": [{"weekday": day.weekday(), "start": "00:00", "end": "24:00"}],
    }
    name = content_hash(calendar)
    snapshot: dict[str, Any] = {
        "calendars": {"office": {"hash": name, "calendar_id": "tomorrow", "version": 1}},
        "calendar_snapshots": {name: calendar},
    }
    later: dict[str, Any] = {
        "due_at": rfc3339(day.replace(hour=1, minute=0, second=0)),
        "snapshot": content_hash(GOLD | snapshot),
    }
    await site.tell(
        published(now, **snapshot),
        clock("threshold_crossed", "INC-1", now, reached=(75,), **later),
    )
    await screen.open()
    await screen.page.wait_for_selector("#risk .row[data-still]")
    assert await screen.text("#risk .left") == "1:00:00"
    await screen.page.wait_for_timeout(2500)  # nothing must happen
    assert await screen.text("#risk .left") == "1:00:00"
    assert "closed" in await screen.text("#risk .when")
    assert "goes on at" in (await screen.page.get_attribute("#risk .when", "title") or "")


async def test_hostile_words_are_shown_as_text(
    screen: Screen, site: Site, now: datetime, today: str
) -> None:
    words: dict[str, Any] = {
        "priority": HOSTILE[0],
        "group": HOSTILE[1],
        "assignee": LONG,
        "customer_id": HOSTILE[2],
    }
    for number, ticket in enumerate(HOSTILE):
        whom: dict[str, Any] = {"ticket_id": ticket, "action": {"channel": ticket, "to": ticket}}
        await site.tell(
            clock("threshold_crossed", ticket, now, reached=(75,), **words),
            breached(ticket, now, due_on=today, metric="first_response", revision=2, **words),
            effect("failed", number, now, error=HOSTILE[0], attempt=2, **whom),
        )
    await screen.open()
    for by in ("group", "assignee", "customer"):
        await screen.page.check(f"input[name=by][value={by}]", force=True)
        await screen.ready()
    for rows in ("#risk", "#breaches", "#feed"):
        await screen.page.wait_for_selector(f"{rows} .row:nth-child({len(HOSTILE)})")
        assert sorted(await screen.texts(f"{rows} .ticket")) == sorted(HOSTILE)
    assert await screen.page.evaluate("window.broken === undefined")
    assert await screen.page.locator("main img, main script, main h1").count() == 0

    # the long one is cut, with the whole of it in its title, and breaks no layout
    cut = screen.page.locator("#risk .ticket", has_text=LONG)
    assert await cut.get_attribute("title") == LONG
    assert await cut.evaluate("it => it.scrollWidth > it.clientWidth")
    for width in (1440, 768, 390, 320):
        await screen.page.set_viewport_size({"width": width, "height": 800})
        assert await screen.page.evaluate("document.documentElement.scrollWidth") <= width


async def test_choices_change_the_figures_and_stay_in_the_address(
    screen: Screen, site: Site, now: datetime, today: str
) -> None:
    past = (now - timedelta(days=20)).date().isoformat()
    await site.tell(
        met("INC-1", now, due_on=today, metric="first_response", group="l1"),
        met("INC-2", now, due_on=past, group="l2"),
        clock("threshold_crossed", "INC-3", now, reached=(75,), group="l3"),
    )
    await screen.open()
    await eventually(lambda: shows(screen, "risk", "1"))

    # with the keyboard
    await screen.page.focus("input[name=metric]:checked")
    await screen.page.keyboard.press("ArrowRight")
    await eventually(lambda: shows(screen, "risk", "0"))
    await screen.page.focus("input[name=by]:checked")
    await screen.page.keyboard.press("ArrowRight")
    await screen.page.wait_for_selector("#shares .name:text-is('l1')")
    assert await screen.texts("#shares .name") == ["l1"]

    # and again after a reload
    assert screen.page.url.endswith("?metric=first_response&by=group")
    await screen.page.reload()
    await screen.ready()
    assert await screen.page.is_checked("input[value=first_response]")
    assert await screen.texts("#shares .name") == ["l1"]

    # another period
    await screen.page.check("input[name=metric][value='']", force=True)
    await screen.page.wait_for_selector("#shares .name:text-is('l2')")
    await screen.page.check("input[name=days][value='7']", force=True)
    await screen.page.wait_for_selector("#shares .name:text-is('l2')", state="detached")


async def shows(screen: Screen, kind: str, number: str) -> bool:
    return await screen.figure(kind) == number


async def test_the_page_says_when_it_lost_the_server_and_comes_back(
    screen: Screen, site: Site, now: datetime
) -> None:
    await site.tell(clock("threshold_crossed", "INC-1", now, reached=(75,)))
    await screen.open()
    await screen.page.wait_for_selector("#risk .row")

    # when the server goes
    await site.listening.stop()

    # then what is known stays, with a note
    await screen.page.wait_for_selector("#notice:visible")
    assert await screen.text("#phase") == "Reconnecting"
    assert "Connection lost" in await screen.text("#notice")
    assert await screen.text("#risk .ticket") == "INC-1"

    # and when it is back, so is the page
    await site.listening.start()
    await site.tell(clock("threshold_crossed", "INC-2", now, reached=(75,)))
    await screen.page.wait_for_selector("#notice", state="hidden")
    await screen.page.wait_for_selector("#risk .row:has-text('INC-2')")
    assert await screen.text("#phase") == "Live"


async def test_instants_are_in_the_viewers_zone_with_utc_in_the_title(
    screen: Screen, site: Site, now: datetime
) -> None:
    due = now + timedelta(minutes=20)
    await site.tell(clock("threshold_crossed", "INC-1", now, reached=(75,), due_at=rfc3339(due)))
    await screen.open()
    await screen.page.wait_for_selector("#risk .row")
    local = due + VIEWER
    assert local.strftime("%H:%M") in await screen.text("#risk .when")
    title = await screen.page.get_attribute("#risk .when", "title") or ""
    assert due.strftime("%Y-%m-%d %H:%M:%S UTC") in title
    assert "Asia/" in await screen.text("#zone")


async def test_every_figure_of_the_trend_is_in_reach_of_the_keyboard(
    screen: Screen, site: Site, now: datetime, today: str
) -> None:
    await site.tell(met("INC-1", now, due_on=today), breached("INC-2", now, due_on=today))
    await screen.open()
    await screen.page.wait_for_selector("#trend td:text-is('50.0%')", state="attached")
    await screen.page.focus("#trend")
    await screen.page.keyboard.press("ArrowLeft")
    assert "50.0%" in await screen.text("#trend [role=status]")
    assert await screen.page.locator("#trend table tbody tr").count() == 7
    await screen.page.keyboard.press("Escape")
    assert not await screen.page.is_visible("#trend [role=status]")


@pytest.mark.parametrize("name", ["", "static/app.js", "static/app.css", "static/mark.svg"])
async def test_files_come_under_a_strict_policy(site: Site, name: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(site.address + name)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = await client.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
