"""What keeps a draft from being published: each fault alone, and many at once."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from calendar_service.domain.draft import faults_in
from slaclock.business_time import PACKAGED
from slaclock.errors import Fault
from slaclock.testing.calendars import hours

AT = datetime(2026, 3, 2, tzinfo=UTC)
SPAN = {"start": "09:00", "end": "17:00"}
MONDAY = {"weekday": 0, **SPAN}


def faults(**keys: Any) -> list[Fault]:
    draft = {"timezone": "Europe/London", "windows": hours("Mon-Fri 09:00-17:00"), **keys}
    return faults_in(draft, "uk", PACKAGED, {}, AT)


def overtime(*texts: str) -> list[dict[str, Any]]:
    return [{**window, "multiplier": "1.5"} for window in hours(*texts)]


CASES: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("unknown zone", {"timezone": "Mars/Olympus"}, ("timezone", "timezone")),
    ("a zone's abbreviation", {"timezone": "BST"}, ("timezone", "timezone")),
    ("a zone in capitals", {"timezone": "EUROPE/LONDON"}, ("timezone", "timezone")),
    ("empty", {"windows": []}, ("windows", "no-business-time")),
    ("only closing overrides", {"windows": [], "overrides": [{"date": "2026-12-24", "windows": []}]}, ("windows", "no-business-time")),
    ("always a holiday", {"windows": hours("Mon 09:00-17:00"), "overrides": [], "holidays": [{"date": f"2024-{month:02}-{day:02}", "recurrence": "yearly"} for month, last in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1) for day in range(1, last + 1)]}, ("windows", "no-business-time")),
    ("overlap", {"windows": hours("Mon 09:00-17:00", "Mon 16:00-18:00")}, ("windows[1]", "window-overlap")),
    ("overlap inside", {"windows": hours("Mon 09:00-17:00", "Mon 10:00-11:00")}, ("windows[1]", "window-overlap")),
    ("overlap across midnight", {"windows": hours("Mon 22:00-06:00", "Tue 05:00-09:00")}, ("windows[1]", "window-overlap")),
    ("overlap across the week's end", {"windows": hours("Mon 00:00-01:00", "Sun 22:00-00:30")}, ("windows[0]", "window-overlap")),
    ("start is end", {"windows": [MONDAY | {"end": "09:00"}]}, ("windows[0]", "window-empty")),
    ("midnight to midnight", {"windows": [MONDAY | {"start": "00:00", "end": "00:00"}]}, ("windows[0]", "window-empty")),
    ("start is end in an override", {"overrides": [{"date": "2026-12-24", "windows": [SPAN | {"end": "09:00"}]}]}, ("overrides[0].windows[0]", "window-empty")),
    ("overlap in an override", {"overrides": [{"date": "2026-12-24", "windows": [SPAN, SPAN]}]}, ("overrides[0].windows[1]", "window-overlap")),
    ("two overrides of a date", {"overrides": [{"date": "2026-12-24", "windows": []}] * 2}, ("overrides[1].date", "override")),
    ("a holiday twice", {"holidays": [{"date": "2026-12-25"}, {"date": "2026-12-25", "name": "x"}]}, ("holidays[1]", "holiday-duplicate")),
    ("a yearly holiday twice", {"holidays": [{"date": "2026-12-25", "recurrence": "yearly"}, {"date": "2020-12-25", "recurrence": "yearly"}]}, ("holidays[1]", "holiday-duplicate")),
    ("30 February", {"holidays": [{"date": "2026-02-30"}]}, ("holidays[0].date", "date")),
    ("29 February of a common year", {"holidays": [{"date": "2026-02-29"}]}, ("holidays[0].date", "date")),
    ("yearly 29 February of a common year", {"holidays": [{"date": "2026-02-29", "recurrence": "yearly"}]}, ("holidays[0].date", "date")),
    ("31 April of an override", {"overrides": [{"date": "2026-04-31", "windows": []}]}, ("overrides[0].date", "date")),
    ("month 13", {"holidays": [{"date": "2026-13-01"}]}, ("holidays[0].date", "date")),
    ("year 0", {"holidays": [{"date": "0000-01-01"}]}, ("holidays[0].date", "date")),
    ("overtime in regular hours", {"overtime_windows": overtime("Mon 16:00-18:00")}, ("overtime_windows[0]", "window-overlap")),
    ("overtime that ends in regular hours of the next date", {"overtime_windows": overtime("Mon 22:00-09:30")}, ("windows[1]", "window-overlap")),
    ("overtime in a night shift", {"windows": hours("Mon 22:00-06:00"), "overtime_windows": overtime("Tue 05:00-07:00")}, ("overtime_windows[0]", "window-overlap")),
    ("overtime in a night shift across the week's end", {"windows": hours("Sun 22:00-06:00"), "overtime_windows": overtime("Mon 05:00-07:00")}, ("overtime_windows[0]", "window-overlap")),
    ("overtime twice", {"overtime_windows": overtime("Sat 09:00-12:00", "Sat 11:00-13:00")}, ("overtime_windows[1]", "window-overlap")),
    ("overtime twice across midnight", {"overtime_windows": overtime("Sat 22:00-03:00", "Sun 02:00-04:00")}, ("overtime_windows[1]", "window-overlap")),
    ("no factor", {"overtime_windows": [MONDAY | {"weekday": 5}]}, ("overtime_windows[0].multiplier", "multiplier")),
    ("in the skipped hour only", {"windows": [], "overrides": [{"date": "2026-03-29", "windows": [{"start": "01:00", "end": "02:00"}]}]}, ("windows", "no-business-time")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_each(keys: dict[str, Any], expected: tuple[str, str]) -> None:
    [fault] = faults(**keys)
    assert (fault.field, fault.code) == (expected[0], f"calendar.{expected[1]}")
    assert fault.message
    assert fault.remedy


HIDDEN = {"always a holiday", "in the skipped hour only"}
"""Whether these never open is known once the rest can be read."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(one, other, id=f"{one[0]} and {other[0]}")
        for one, other in combinations(CASES, 2)
        if not one[1].keys() & other[1].keys()
        and not {one[0], other[0]} & HIDDEN
        and not {"windows", "overtime_windows"} <= {*one[1], *other[1]}  # overtime is beside hours
    ],
)
def test_any_two_at_once(one: Any, other: Any) -> None:
    found = {(fault.field, fault.code) for fault in faults(**one[1], **other[1])}
    expected = {(field, f"calendar.{code}") for field, code in (one[2], other[2])}
    if ("windows", "calendar.no-business-time") in expected and "overrides" in {*one[1], *other[1]}:
        found.add(("windows", "calendar.no-business-time"))  # an override with windows opens
    assert expected <= found


def test_all_at_once() -> None:
    found = faults(
        timezone="Mars/Olympus",
        windows=[
            *hours("Sun 22:00-09:30"),
            MONDAY,
            MONDAY | {"end": "09:00"},
            MONDAY | {"weekday": 9},
        ],
        holidays=[{"date": "2026-02-30"}, {"date": "2026-12-25"}, {"date": "2026-12-25"}],
        overrides=[{"date": "2026-12-24", "windows": [SPAN, SPAN]}],
        overtime_windows=overtime("Mon 16:00-18:00"),
        holiday_rule="never",
        surprise=1,
    )
    assert sorted((fault.field, fault.code.removeprefix("calendar.")) for fault in found) == [
        ("holiday_rule", "choice"),
        ("holidays[0].date", "date"),
        ("holidays[2]", "holiday-duplicate"),
        ("overrides[0].windows[1]", "window-overlap"),
        ("overtime_windows[0]", "window-overlap"),
        ("surprise", "unknown-key"),
        ("timezone", "timezone"),
        ("windows[1]", "window-overlap"),
        ("windows[2]", "window-empty"),
        ("windows[3].weekday", "weekday"),
    ]


def test_an_empty_calendar_says_so_beside_its_other_faults() -> None:
    codes = [fault.code for fault in faults(windows=[], timezone="Mars/Olympus")]
    assert codes == ["calendar.timezone", "calendar.no-business-time"]
