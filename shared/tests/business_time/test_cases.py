"""The worked cases of the documentation hold: in the kernel, in the trace, and in the oracle."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from slaclock.business_time import BusinessCalendar
from slaclock.testing.minute_walk import MinuteWalk
from slaclock.testing.worked_cases import CHAPTERS, Case, amount_us, at_us, instant, worked_cases

PAGE = Path(__file__).parents[3] / "docs" / "business-time-cases.md"
WALKABLE_US = 8 * 86_400_000_000


def cases(chapter: str) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in worked_cases(PAGE, chapter)]


def walk(case: Case) -> MinuteWalk:
    return MinuteWalk(case.written, step_s=30 if "Monrovia" in case.written["timezone"] else 60)


@pytest.mark.parametrize("case", cases("Elapsed"))
def test_elapsed(case: Case) -> None:
    start, end, expected = case.cells
    found = BusinessCalendar.from_snapshot(case.written)
    assert found.elapsed_us(at_us(start), at_us(end)) == amount_us(expected)
    assert found.elapsed(instant(end), instant(start)) == -timedelta(
        microseconds=amount_us(expected)
    )
    assert found.elapsed_many([at_us(start)], [at_us(end)]).tolist() == [amount_us(expected)]
    assert found.explain(instant(start), instant(end)).microseconds == amount_us(expected)
    if at_us(end) - at_us(start) < WALKABLE_US:
        assert walk(case).elapsed_us(at_us(start), at_us(end)) == amount_us(expected)


@pytest.mark.parametrize("case", cases("Add"))
def test_add(case: Case) -> None:
    start, added, expected = case.cells
    found = BusinessCalendar.from_snapshot(case.written)
    assert found.add(instant(start), timedelta(microseconds=amount_us(added))) == instant(expected)
    assert found.elapsed_us(at_us(start), at_us(expected)) == amount_us(added)
    if amount_us(added) % 60_000_000 == 0:
        minutes = amount_us(added) // 60_000_000
        assert found.add_business_minutes(instant(start), minutes) == instant(expected)
        assert found.add_many([at_us(start)], [minutes]).tolist() == [at_us(expected)]
    if abs(at_us(expected) - at_us(start)) < WALKABLE_US:
        until = at_us(start) + (WALKABLE_US if amount_us(added) >= 0 else -WALKABLE_US)
        assert walk(case).add_us(at_us(start), amount_us(added), until_us=until) == at_us(expected)


@pytest.mark.parametrize("case", cases("Next and previous"))
def test_next_and_previous(case: Case) -> None:
    asked, is_open, following, preceding = case.cells
    found = BusinessCalendar.from_snapshot(case.written)
    assert found.is_business_time(instant(asked)) is (is_open == "yes")
    assert found.next_business_minute(instant(asked)) == instant(following)
    assert found.previous_business_minute(instant(asked)) == instant(preceding)
    assert walk(case).is_open(at_us(asked) // 1_000_000) is (is_open == "yes")


def test_there_are_enough_cases() -> None:
    named = [case.name for chapter in CHAPTERS for case in worked_cases(PAGE, chapter)]
    assert len(named) >= 240


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_cases_have_names_of_their_own(chapter: str) -> None:
    named = [case.name for case in worked_cases(PAGE, chapter)]
    assert sorted(set(named)) == sorted(named)
