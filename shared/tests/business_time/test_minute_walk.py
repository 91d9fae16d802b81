"""The kernel and the oracle agree: around changes of the clock, next to holidays and overrides.

`make differential` compares them around every change of every zone; this is a sample.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaclock.business_time import PACKAGED, BusinessCalendar, InstantOutOfRange, NoBusinessTime
from slaclock.testing.calendars import AWKWARD_ZONES, instants_us, snapshots
from slaclock.testing.differential import Change, ZoneTrial, changes_of, seen_changes
from slaclock.testing.minute_walk import MinuteWalk, canonical_zones

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000


def sampled() -> list[Any]:
    """A change of each awkward zone, and some of all zones; the same ones every time."""
    draw = random.Random(20260329)
    names = [name for name in AWKWARD_ZONES if changes_of(name)]
    names += draw.choices(canonical_zones(), k=150)
    found = [(name, draw.choice(changes)) for name in names if (changes := changes_of(name))]
    return [pytest.param(name, change, id=f"{name}-{change.second}") for name, change in found]


@pytest.mark.parametrize(("name", "change"), sampled())
def test_around_a_change_of_the_clock(name: str, change: Change) -> None:
    tally = ZoneTrial(name, seed=1).compare(change)
    assert tally.differences == []
    assert tally.instants >= 5 * 36 * 60


@pytest.mark.parametrize("name", AWKWARD_ZONES)
def test_both_see_the_same_changes(name: str) -> None:
    until_s = 2_209_032_000  # 2040; `make differential` looks on
    read = [
        (change.second, change.before_s, change.after_s)
        for change in changes_of(name)
        if change.second < until_s
    ]
    assert read == seen_changes(name, until_s)


def test_canonical_zones_are_no_links() -> None:
    names = canonical_zones()
    assert len(names) > 300
    assert set(names) < PACKAGED.names()
    assert {"Europe/London", "Pacific/Apia"} <= set(names)
    assert not {"UTC", "US/Eastern", "Asia/Calcutta"} & set(names)


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself notices when one of the two is wrong."""
    change = next(change for change in changes_of("Europe/London") if change.second > 1_700_000_000)
    monkeypatch.setattr(MinuteWalk, "_is_holiday", lambda *_: False)
    tally = ZoneTrial("Europe/London", seed=1).compare(change, ["office"])
    assert {difference.question for difference in tally.differences} >= {"is_open", "elapsed"}


@settings(max_examples=40)
@given(snapshots(), instants_us(), st.integers(-3 * DAY_US, 3 * DAY_US))
def test_holidays_and_overrides(written: dict[str, Any], start: int, length: int) -> None:
    kernel, oracle = BusinessCalendar.from_snapshot(written), MinuteWalk(written)
    assert kernel.elapsed_us(start, start + length) == oracle.elapsed_us(start, start + length)


@settings(max_examples=40)
@given(snapshots(), st.data())
def test_days_next_to_holidays_and_overrides(written: dict[str, Any], data: st.DataObject) -> None:
    dated = [item["date"] for key in ("holidays", "overrides") for item in written[key]]
    day = data.draw(st.sampled_from([*dated, "2024-02-29", "2023-12-31"]))
    shift = data.draw(st.integers(-DAY_US, DAY_US // 2))
    start = (date.fromisoformat(day) - date(1970, 1, 1)) // timedelta(microseconds=1) + shift
    kernel, oracle = BusinessCalendar.from_snapshot(written), MinuteWalk(written)
    assert kernel.elapsed_us(start, start + 2 * DAY_US) == oracle.elapsed_us(
        start, start + 2 * DAY_US
    )


@settings(max_examples=25)
@given(snapshots(), instants_us(), st.integers(-600, 600).filter(bool))
def test_where_an_amount_leads(written: dict[str, Any], start: int, minutes: int) -> None:
    kernel, oracle = BusinessCalendar.from_snapshot(written), MinuteWalk(written)
    until = start + (2 * DAY_US if minutes > 0 else -2 * DAY_US)
    expected = oracle.add_us(start, minutes * MINUTE_US, until_us=until)
    if expected is not None:
        assert kernel.add_us(start, minutes * MINUTE_US) == expected
        return
    try:
        reached = kernel.add_us(start, minutes * MINUTE_US)
    except (NoBusinessTime, InstantOutOfRange):
        return
    assert reached > until if minutes > 0 else reached < until
