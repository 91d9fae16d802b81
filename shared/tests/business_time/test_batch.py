"""Arrays of instants: shapes, refusals, and the same answers as one by one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime
from slaclock.business_time.instants import LAST_US
from slaclock.testing.calendars import calendar, snapshot

MONDAY = 1_772_442_000_000_000  # 2026-03-02T09:00Z
HOUR = 3_600_000_000
OFFICE = ("Mon-Fri 09:00-17:00",)


def test_shapes_are_kept_and_single_numbers_stand_for_all() -> None:
    found = calendar("UTC", *OFFICE)
    starts = np.array([[MONDAY, MONDAY + HOUR], [MONDAY + 2 * HOUR, MONDAY]])
    assert found.elapsed_many(starts, MONDAY + 3 * HOUR).tolist() == [
        [3 * HOUR, 2 * HOUR],
        [HOUR, 3 * HOUR],
    ]
    assert found.add_many(MONDAY, [60, 480, 0]).tolist() == [
        MONDAY + HOUR,
        MONDAY + 8 * HOUR,
        MONDAY,
    ]
    assert found.elapsed_many(MONDAY, MONDAY + HOUR).shape == ()
    assert found.elapsed_many([], []).dtype == np.int64
    assert found.add_many([], []).shape == (0,)


@pytest.mark.parametrize("numbers", [[1.5], np.array([MONDAY], "M8[us]"), ["1"], [True], [None]])
def test_numbers_are_whole(numbers: Any) -> None:
    found = calendar("UTC", *OFFICE)
    with pytest.raises(TypeError, match="whole numbers"):
        found.elapsed_many(numbers, [MONDAY])
    with pytest.raises(TypeError, match="whole numbers"):
        found.add_many([MONDAY], numbers)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int32, np.uint8])
def test_any_whole_numbers(dtype: Any) -> None:
    found = calendar("UTC", *OFFICE)
    assert found.add_many([MONDAY], np.array([60], dtype)).tolist() == [MONDAY + HOUR]


def test_numbers_beyond_64_bits() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        calendar("UTC", *OFFICE).elapsed_many(np.array([2**63], np.uint64), 0)


@pytest.mark.parametrize("outside", [-1, LAST_US + 1, np.iinfo(np.int64).max])
def test_one_instant_out_of_range(outside: int) -> None:
    found = calendar("UTC", *OFFICE)
    with pytest.raises(InstantOutOfRange):
        found.elapsed_many([MONDAY, outside], MONDAY)
    with pytest.raises(InstantOutOfRange):
        found.add_many([MONDAY, outside], 1)


@pytest.mark.parametrize("minutes", [10**15, -(10**15), 10**8, -(10**8), 40_000_000, -20_000_000])
def test_one_result_out_of_range(minutes: int) -> None:
    with pytest.raises(InstantOutOfRange):
        calendar("UTC", *OFFICE).add_many([MONDAY, MONDAY], [1, minutes])


def test_no_business_time() -> None:
    once = snapshot(
        "UTC", overrides=[{"date": "2026-03-02", "windows": [{"start": "09:00", "end": "10:00"}]}]
    )
    found = BusinessCalendar.from_snapshot(once)
    assert found.add_many([MONDAY, MONDAY + HOUR], [60, -60]).tolist() == [MONDAY + HOUR, MONDAY]
    with pytest.raises(NoBusinessTime):
        found.add_many([MONDAY, MONDAY], [60, 61])
    with pytest.raises(NoBusinessTime):
        found.add_many([MONDAY + HOUR], [-61])


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(OFFICE, id="office"),
        pytest.param(("Mon-Sun 00:00-24:00",), id="one interval for ever"),
        pytest.param(tuple(f"Mon-Sun {h:02}:15-{h:02}:17" for h in range(24)), id="24 windows a day"),
        pytest.param(tuple(f"Mon 09:{m:02}-09:{m + 1:02}" for m in range(0, 58, 2)), id="29 windows in one hour of the week"),
    ],
)  # fmt: skip
def test_many_are_one_by_one(texts: tuple[str, ...]) -> None:
    found = calendar("Europe/London", *texts)
    draw = random.Random(7)
    year = 365 * 24 * HOUR
    edges = found.next_us(MONDAY), found.previous_us(MONDAY), MONDAY, MONDAY + year
    starts = [draw.randrange(MONDAY - year, MONDAY + year) for _ in range(2000)] + [*edges]
    ends = [draw.randrange(MONDAY - year, MONDAY + year) for _ in range(2000)] + [*edges[::-1]]
    minutes = [draw.randrange(-500, 500) for _ in range(2000)] + [0, 480, -480, 1]
    elapsed = [found.elapsed_us(start, end) for start, end in zip(starts, ends, strict=True)]
    assert found.elapsed_many(starts, ends).tolist() == elapsed
    added = [
        found.add_us(start, count * 60_000_000)
        for start, count in zip(starts, minutes, strict=True)
    ]
    assert found.add_many(starts, minutes).tolist() == added
    fresh = calendar("Europe/London", *texts)
    assert fresh.add_many(starts, minutes).tolist() == added
