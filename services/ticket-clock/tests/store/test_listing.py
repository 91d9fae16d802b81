"""Lists of tickets: what each filter takes, and pages that stay whole while tickets change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ticket_clock_service.usecases import listing
from ticket_clock_service.usecases.answers import Answers
from ticket_clock_service.usecases.listing import Wanted, listed

from ..desk import Desk, ago, opened, replied, sla, status


async def page(
    desk: Desk, wanted: Wanted, after: str = "", limit: int = 50
) -> tuple[list[str], str | None]:
    async with desk._begin({"acme"}) as work:
        answers = Answers(work, desk.rulebooks, "acme")
        items, following = await listed(answers, wanted, after, limit, terms_ready=True)
    return [item["ticket_id"] for item in items], following


async def everything(desk: Desk, wanted: Wanted, limit: int) -> list[str]:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        items, after = await page(desk, wanted, after, limit)
        found += items
    return found


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    """Targets of 60 minutes for a response and 240 for a solution, around the clock."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(
        opened("A", ago(now, minutes=10), assignee="u1", customer_id="c1"),
        opened("B", ago(now, minutes=130), assignee="u1", group="l1", priority="P1"),
        opened("C", ago(now, minutes=300), assignee="u2", customer_id='quo"te ü'),
        opened("D", ago(now, minutes=200), customer_id="c1"),
        opened("E", ago(now, minutes=30), assignee="u12", group="u1"),
        replied("B", ago(now, minutes=129)),
        replied("D", ago(now, minutes=199)),
        status("D", ago(now, minutes=190), "waiting_on_customer"),
        status("E", ago(now, minutes=20), "resolved"),
        status("C", ago(now, minutes=290), "open", assignee="u1"),
        status("C", ago(now, minutes=280), "open", assignee="u2"),
    )
    await desk.judge()
    return desk


FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "all": ({}, "ABCDE"),
    "state": ({"state": "paused"}, "D"),
    "risk": ({"risk": "CRITICAL"}, "C"),
    "another risk": ({"risk": "MEDIUM"}, "B"),
    "priority": ({"priority": "P1"}, "B"),
    "assignee now, not earlier, nor a longer name": ({"assignee": "u1"}, "AB"),
    "a group, not an assignee of that name": ({"group": "u1"}, "E"),
    "any text": ({"customer_id": 'quo"te ü'}, "C"),
    "combined": ({"customer_id": "c1", "state": "active"}, "A"),
    "nothing": ({"assignee": "nobody"}, ""),
}
DUE: dict[str, tuple[int, str]] = {
    "overdue": (0, "C"),
    "a response in 50 minutes": (60, "AC"),
    "a solution in 110": (120, "ABC"),
    "nothing is due so early": (-300, ""),
}


async def test_filters(filled: Desk) -> None:
    """Of `due_before`: neither what is paused nor what is over is due."""
    now = await filled.now()
    asked = {name: (Wanted(**fields), found) for name, (fields, found) in FILTERS.items()}
    for name, (minutes, found) in DUE.items():
        asked[name] = Wanted(due_before=now + timedelta(minutes=minutes)), found
    answered = {}
    for name, (wanted, _) in asked.items():
        items, following = await page(filled, wanted)
        assert following is None, name
        answered[name] = "".join(items)
    assert answered == {name: found for name, (_, found) in asked.items()}


async def test_pages_stay_whole_while_tickets_change(desk: Desk) -> None:
    """Who matches all the time is listed once, whoever comes, goes or changes between pages."""
    await desk.publish(sla(minutes=240))
    start = ago(await desk.now(), minutes=20)
    names = [f"T-{number:02}" for number in range(0, 40, 2)]
    await desk.take(*(opened(name, start, assignee="u1") for name in names))
    wanted = Wanted(state="active", assignee="u1")
    first, after = await page(desk, wanted, limit=7)
    assert (first, after) == (names[:7], names[6])
    late = start + timedelta(minutes=1)
    await desk.take(
        status(names[2], late, "waiting_on_customer"),  # listed already
        status(names[9], late, "resolved"),  # goes before its page comes
        opened("T-01", start, assignee="u1"),  # comes behind the cursor
        opened("T-39", start, assignee="u1"),  # comes before it
    )
    assert after is not None
    second, after = await page(desk, wanted, after, limit=100)
    assert after is None
    assert second == [*names[7:9], *names[10:], "T-39"]


async def test_pages_of_any_size_make_the_same_list(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WINDOW", 2)
    for limit in (1, 2, 3, 200):
        assert "".join(await everything(filled, Wanted(), limit)) == "ABCDE"
        assert "".join(await everything(filled, Wanted(assignee="u2"), limit)) == "C"
        assert "".join(await everything(filled, Wanted(risk="CRITICAL"), limit)) == "C"


async def test_a_search_for_nothing_ends_page_by_page(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WINDOW", 2)
    monkeypatch.setattr(listing, "LOOKS", 1)
    assert await page(filled, Wanted(assignee="nobody")) == ([], "B")
    assert await page(filled, Wanted(assignee="nobody"), "B") == ([], "D")
    assert await page(filled, Wanted(assignee="nobody"), "D") == ([], None)
