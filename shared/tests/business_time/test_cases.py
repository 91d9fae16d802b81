"""The worked cases of the documentation hold: in the kernel, in the trace, and in the oracle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slaclock.business_time import BusinessCalendar
from slaclock.testing.calendars import snapshot
from slaclock.testing.minute_walk import MinuteWalk

PAGE = Path(__file__).parents[3] / "docs" / "business-time-cases.md"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WALKABLE_US = 8 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table: a snapshot, and the cells behind it."""

    name: str
    written: dict[str, Any]
    cells: tuple[str, ...]


def cases(chapter: str) -> list[Any]:
    """The lines of all tables of a chapter of the page."""
    found = []
    text = PAGE.read_text("utf-8").split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    for line in text.splitlines():
        if not line.startswith("| ") or line.startswith("| Case"):
            continue
        name, zone, windows, also, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        texts = [text for text in windows.split("; ") if text]
        written = snapshot(zone, *texts, **json.loads(also.strip("`") or "{}"))
        found.append(pytest.param(Case(name, written, tuple(cells)), id=name))
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def us(text: str) -> int:
    return (at(text) - EPOCH) // timedelta(microseconds=1)


def amount(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours, minutes, *rest = text.lstrip("-").split(":")
    seconds, _, fraction = (rest or ["0"])[0].partition(".")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return sign * (whole * 1_000_000 + int(fraction.ljust(6, "0") if fraction else 0))


def walk(case: Case) -> MinuteWalk:
    return MinuteWalk(case.written, step_s=30 if "Monrovia" in case.written["timezone"] else 60)


@pytest.mark.parametrize("case", cases("Elapsed"))
def test_elapsed(case: Case) -> None:
    start, end, expected = case.cells
    found = BusinessCalendar.from_snapshot(case.written)
    assert found.elapsed_us(us(start), us(end)) == amount(expected)
    assert found.elapsed(at(end), at(start)) == -timedelta(microseconds=amount(expected))
    assert found.elapsed_many([us(start)], [us(end)]).tolist() == [amount(expected)]
    assert found.explain(at(start), at(end)).microseconds == amount(expected)
    if us(end) - us(start) < WALKABLE_US:
        assert walk(case).elapsed_us(us(start), us(end)) == amount(expected)


@pytest.mark.parametrize("case", cases("Add"))
def test_add(case: Case) -> None:
    start, added, expected = case.cells
    found = BusinessCalendar.from_snapshot(case.written)
    assert found.add(at(start), timedelta(microseconds=amount(added))) == at(expected)
    assert found.elapsed_us(us(start), us(expected)) == amount(added)
    if amount(added) % 60_000_000 == 0:
        minutes = amount(added) // 60_000_000
        assert found.add_business_minutes(at(start), minutes) == at(expected)
        assert found.add_many([us(start)], [minutes]).tolist() == [us(expected)]
    if abs(us(expected) - us(start)) < WALKABLE_US:
        until = us(start) + (WALKABLE_US if amount(added) >= 0 else -WALKABLE_US)
        assert walk(case).add_us(us(start), amount(added), until_us=until) == us(expected)


@pytest.mark.parametrize("case", cases("Next and previous"))
def test_next_and_previous(case: Case) -> None:
    asked, is_open, following, preceding = case.cells
    found = BusinessCalendar.from_snapshot(case.written)
    assert found.is_business_time(at(asked)) is (is_open == "yes")
    assert found.next_business_minute(at(asked)) == at(following)
    assert found.previous_business_minute(at(asked)) == at(preceding)
    assert walk(case).is_open(us(asked) // 1_000_000) is (is_open == "yes")


def test_there_are_enough_cases() -> None:
    count = sum(len(cases(chapter)) for chapter in ("Elapsed", "Add", "Next and previous"))
    assert count >= 240
