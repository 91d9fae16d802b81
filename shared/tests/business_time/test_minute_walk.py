"""The kernel and the oracle agree, around the transitions of all sorts of zones.

`SLACLOCK_DIFFERENTIAL` says how many transitions are tried (``all`` for each of each zone).
"""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime, zone_of
from slaclock.testing.calendars import AWKWARD_ZONES, instants_us, snapshot, snapshots
from slaclock.testing.minute_walk import MinuteWalk

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
SAMPLED = os.environ.get("SLACLOCK_DIFFERENTIAL", "150")

OFFICE = ("Mon-Fri 09:00-12:30", "Mon-Fri 13:00-17:00", "Sun 08:00-24:00")
NIGHTS = ("Mon-Sun 22:00-02:30", "Mon-Sun 02:45-03:15")
SHORT = ("Sat-Mon 00:00-00:30", "Sat-Mon 01:15-01:45", "Sat-Mon 02:00-03:00", "Sat-Mon 23:30-24:00")


def transitions() -> list[tuple[str, int]]:
    """Zones with an instant each: all listed transitions, and some that the tail makes."""
    names = sorted(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
    found: list[tuple[str, int]] = []
    told: set[str] = set()
    for name in names:
        zone = zone_of(name)
        content = f"{zone['transitions']} {zone['tail']}"
        if content in told:  # a link, or a zone that differs before 1970 only
            continue
        told.add(content)
        found += [(name, second) for second, _ in zone["transitions"][1:]]
        if "," in zone["tail"]:
            year = random.Random(name).randrange(2038, 2190)
            month = (year - 1970) * 31_556_952 + random.Random(name).randrange(12) * 2_629_746
            found += [(name, month)]
    if SAMPLED == "all":
        return found
    chosen = random.Random(20260329).sample(found, int(SAMPLED))
    return chosen + [(name, zone_of(name)["transitions"][-1][0]) for name in AWKWARD_ZONES]


@pytest.mark.parametrize(("name", "second"), transitions())
def test_around_a_transition(name: str, second: int) -> None:
    around = second * 1_000_000
    draw = random.Random(f"{name} {second}")
    texts = draw.choice([OFFICE, NIGHTS, SHORT])
    step_s = 30 if second < 90_000_000 else 60
    written = snapshot(name, *texts, holiday_rule=draw.choice(["date", "shift"]))
    kernel, oracle = BusinessCalendar.from_snapshot(written), MinuteWalk(written, step_s=step_s)
    start = max(around - draw.randrange(DAY_US), 0)
    end = around + draw.randrange(DAY_US)
    amount = draw.randrange(1, DAY_US // 3)

    assert kernel.elapsed_us(start, end) == oracle.elapsed_us(start, end)
    forward = oracle.add_us(start, amount, until_us=start + 3 * DAY_US)
    backward = oracle.add_us(end, -amount, until_us=max(end - 3 * DAY_US, 0))
    assert forward in {None, kernel.add_us(start, amount)}
    assert backward is None or backward == kernel.add_us(end, -amount)
    for at in (start, around - 1, around, end):
        if at >= 0:
            assert kernel.is_open_us(at) == oracle.is_open(at // 1_000_000)


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
