"""The conformance table in the documentation is what the suite shows."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from . import test_conformance, test_fallback, test_temporal
from .agreements import cases
from .behaviours import REPOSITORY, Shown, shown_by, shown_elsewhere, table
from .conftest import BACKENDS

PAGE = REPOSITORY / "docs" / "how-to" / "wake-ups.md"
BEGINS, ENDS = "<!-- the suite's table -->\n", "\n<!-- end of the suite's table -->"
INSTANTS = {
    "weekdays": "office days: woken on the instant",
    "weekend": "over a weekend",
    "holiday": "over a holiday",
    "yearly-holiday": "over a yearly holiday",
    "pause": "after a pause",
    "24x7": "around the clock",
    "America/New_York": "on a calendar of New York",
    "Europe/London": "on a calendar of London",
    "dst-0": "across the latest change of the clocks",
    "dst-1": "across the change before, the other way",
}
"""The tickets of `cases`, in the words of the table."""


def everything() -> list[Shown]:
    instants = [
        Shown(
            INSTANTS[name],
            BACKENDS,
            test_conformance.test_tickets_are_woken_on_their_instant.__name__,
        )
        for name in cases(datetime.now(UTC))
    ]
    platform = shown_elsewhere(
        "tests/journeys/test_wake_ups.py",
        "test_every_threshold_is_escalated_once_whatever_wakes_the_ticket",
        ["each of the four thresholds reaches its webhook, once, on the whole platform"],
    )
    return [
        *instants,
        *shown_by(test_conformance, BACKENDS),
        *platform,
        *shown_by(test_fallback, BACKENDS),
        *shown_by(test_temporal, BACKENDS),
    ]


def test_the_page_has_the_table() -> None:
    """Remedy: `SLACLOCK_WRITE_TABLE=1 pytest` this file."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGINS)
    found, after = rest.split(ENDS)
    expected = table(everything(), BACKENDS)
    if os.environ.get("SLACLOCK_WRITE_TABLE"):
        PAGE.write_text(f"{before}{BEGINS}{expected}{ENDS}{after}", encoding="utf-8")
        return
    assert found == expected


@pytest.mark.parametrize("module", [test_conformance, test_fallback, test_temporal])
def test_every_test_says_what_it_shows(module: object) -> None:
    tests = {name for name in vars(module) if name.startswith("test_")} - {"test_conformance"}
    shown = {one.test for one in everything()}
    assert tests <= shown


def test_whatever_is_shown_of_polling_is_shown_of_every_backend() -> None:
    """The others show beside what they do when they are down, and workings of their own."""
    for one in everything():
        assert "polling" not in one.backends or set(one.backends) == set(BACKENDS), one
