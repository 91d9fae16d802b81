"""What an import came to."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from slaclock.cli.importing.facts import Rejected, Tally
from slaclock.cli.importing.summary import compare, count, page, summarise


def status(ticket: str, priority: str | None = "P1", **outcomes: str) -> dict[str, Any]:
    clocks = [{"metric": metric, "outcome": outcome} for metric, outcome in outcomes.items()]
    return {"ticket_id": ticket, "priority": priority, "clocks": clocks}


def test_clocks_are_counted_by_outcome_and_priority() -> None:
    statuses = [
        status("1", "P2", first_response="met", resolution="breached"),
        status("2", "P1", resolution="pending"),
        status("3", "P1", first_response="cancelled", resolution="met"),
        status("4", None, resolution="met"),
        status("5", "P3"),
    ]
    assert count(statuses) == {
        "clocks": 6,
        "met": 3,
        "breached": 1,
        "pending": 1,
        "cancelled": 1,
        "by_priority": {
            "P1": {"met": 1, "breached": 0},
            "P2": {"met": 1, "breached": 1},
            "P3": {"met": 0, "breached": 0},
            "none": {"met": 1, "breached": 0},
        },
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "counted"),
    [
        pytest.param("met", True, "agree", id="both met"),
        pytest.param("breached", False, "agree", id="both breached"),
        pytest.param("breached", True, "we_breached_only", id="only ours is breached"),
        pytest.param("met", False, "they_breached_only", id="only theirs is breached"),
        pytest.param("pending", True, "undecided", id="ours still runs"),
        pytest.param("met", None, "undecided", id="they did not say"),
        pytest.param(None, True, "undecided", id="no resolution clock"),
    ],
)
def test_verdicts_are_compared(ours: str | None, theirs: bool | None, counted: str) -> None:
    found = status("1", first_response="breached", **({"resolution": ours} if ours else {}))
    verdicts = {} if theirs is None else {"1": theirs}
    expected = {"agree": 0, "we_breached_only": 0, "they_breached_only": 0, "undecided": 0}
    assert compare([found], verdicts) == expected | {counted: 1}


def test_the_summary_has_the_agreed_shape() -> None:
    tally = Tally(rows=5, tickets={"1": None}, verdicts={"1": True}, repeated_hour=1)
    tally.rejected.append(Rejected(4, "priority", "x", "is no priority"))
    statuses = [status("1", resolution="met", first_response="pending")]
    found = summarise(tally, published=7, recorded=4, parked=1, statuses=statuses)
    assert found == {
        "rows": 5,
        "incidents": 1,
        "facts": 7,
        "duplicates": 2,
        "rejected": [{"line": 4, "field": "priority", "value": "x", "reason": "is no priority"}],
        "parked": 1,
        "clocks": 2,
        "met": 1,
        "breached": 0,
        "pending": 1,
        "cancelled": 0,
        "by_priority": {"P1": {"met": 1, "breached": 0}},
        "made_sla": {"agree": 1, "we_breached_only": 0, "they_breached_only": 0},
        "made_sla_undecided": 0,
        "repeated_hour": 1,
        "skipped_hour": 0,
    }
    console = Console(width=100, record=True)
    console.print(page(found))
    shown = console.export_text()
    assert "1 of 1 (100.0%)" in shown
    assert "is no priority" in shown


def test_the_page_shows_markup_of_others_as_it_is() -> None:
    tally = Tally(rows=1, rejected=[Rejected(n, "[b]", "[/red]", "[x]") for n in range(30)])
    console = Console(width=100, record=True)
    console.print(page(summarise(tally, published=0, recorded=0, parked=0, statuses=[])))
    shown = console.export_text()
    assert "[/red]" in shown
    assert "and 10 more" in shown
