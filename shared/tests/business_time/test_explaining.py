"""A trace says which windows were consumed, what was closed, and when the clocks changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from slaclock.testing.calendars import calendar


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


UK: dict[str, Any] = {
    "calendar_id": "uk-support",
    "version": 3,
    "holidays": [
        {"date": "2026-04-03", "name": "Good Friday"},
        {"date": "2026-04-04", "name": "a Saturday"},
    ],
    "overrides": [{"date": "2026-04-02", "windows": [{"start": "09:00", "end": "13:00"}]}],
}

ONCE = {"date": "2026-06-01", "windows": [{"start": "09:00", "end": "10:00"}]}


def test_as_data() -> None:
    found = calendar("Europe/London", "Mon-Fri 09:00-17:00", **UK)
    trace = found.explain(at("2026-03-27T16:00"), at("2026-04-06T09:00"))
    answer = json.loads(json.dumps(trace.as_json()))
    assert answer["calendar_id"] == "uk-support"
    assert answer["version"] == 3
    assert [(part["date"], part["source"], part["microseconds"]) for part in answer["parts"]] == [
        ("2026-03-27", "window", 3_600_000_000),
        ("2026-03-30", "window", 28_800_000_000),
        ("2026-03-31", "window", 28_800_000_000),
        ("2026-04-01", "window", 28_800_000_000),
        ("2026-04-02", "override", 14_400_000_000),
        ("2026-04-06", "window", 3_600_000_000),
    ]
    assert answer["parts"][1] | {"microseconds": 0} == {
        "date": "2026-03-30",
        "window": "09:00-17:00",
        "source": "window",
        "start": "2026-03-30T08:00:00Z",
        "end": "2026-03-30T16:00:00Z",
        "microseconds": 0,
    }
    assert [(day["name"], day["microseconds"]) for day in answer["holidays"]] == [
        ("Good Friday", 28_800_000_000),
        ("a Saturday", 0),
    ]
    assert answer["changes"] == [
        {
            "at": "2026-03-29T01:00:00Z",
            "offset_before_seconds": 0,
            "offset_after_seconds": 3600,
        }
    ]
    assert answer["microseconds"] == sum(part["microseconds"] for part in answer["parts"])


def test_as_text() -> None:
    found = calendar("Europe/London", "Mon-Fri 09:00-17:00", **UK)
    lines = str(found.explain(at("2026-03-27T16:00"), at("2026-04-06T09:00:30.5"))).splitlines()
    assert lines == [
        "2026-03-27T16:00:00Z to 2026-04-06T09:00:30.500000Z (uk-support version 3, Europe/London)",
        "         1:00:00  Fri 2026-03-27 09:00-17:00: 2026-03-27T16:00:00Z to 2026-03-27T17:00:00Z",
        "    clock change  2026-03-29T01:00:00Z UTC+00:00 to UTC+01:00",
        "         8:00:00  Mon 2026-03-30 09:00-17:00: 2026-03-30T08:00:00Z to 2026-03-30T16:00:00Z",
        "         8:00:00  Tue 2026-03-31 09:00-17:00: 2026-03-31T08:00:00Z to 2026-03-31T16:00:00Z",
        "         8:00:00  Wed 2026-04-01 09:00-17:00: 2026-04-01T08:00:00Z to 2026-04-01T16:00:00Z",
        (
            "         4:00:00  Thu 2026-04-02 09:00-13:00 (override): "
            "2026-04-02T08:00:00Z to 2026-04-02T12:00:00Z"
        ),
        "          closed  Fri 2026-04-03 Good Friday 00:00-24:00, withheld 8:00:00",
        "          closed  Sat 2026-04-04 a Saturday 00:00-24:00, withheld 0:00:00",
        (
            "  1:00:30.500000  Mon 2026-04-06 09:00-17:00: "
            "2026-04-06T08:00:00Z to 2026-04-06T09:00:30.500000Z"
        ),
        " 30:00:30.500000  in all",
    ]


def test_backwards_everything_is_negative() -> None:
    found = calendar("Europe/London", "Mon-Fri 09:00-17:00", **UK)
    trace = found.explain(at("2026-04-06T09:00"), at("2026-04-02T12:00"))
    assert [part.microseconds for part in trace.parts] == [-3_600_000_000]
    assert trace.holidays[0].microseconds == -28_800_000_000
    assert "-1:00:00  in all" in str(trace)


def test_a_window_that_goes_on_across_a_change_is_one_part() -> None:
    found = calendar("Europe/London", "Sat 22:00-06:00")
    trace = found.explain(at("2026-10-24T12:00"), at("2026-10-25T12:00"))
    [part] = trace.parts
    assert part.microseconds == 9 * 3_600_000_000
    assert str(part.window) == "22:00-06:00"


def test_the_repeated_half_hour_is_two_parts() -> None:
    found = calendar("Europe/London", "Sun 01:00-01:30")
    trace = found.explain(at("2026-10-25T00:00"), at("2026-10-26T00:00"))
    assert [part.microseconds for part in trace.parts] == [1_800_000_000, 1_800_000_000]


def test_a_holiday_that_withholds_the_small_hours_is_named() -> None:
    found = calendar(
        "UTC",
        "Mon-Sun 22:00-06:00",
        holiday_rule="shift",
        holidays=[{"date": "2026-03-01", "name": "Sunday off"}],
    )
    trace = found.explain(at("2026-03-02T01:00"), at("2026-03-02T05:00"))
    assert not trace.parts
    assert [(day.name, day.microseconds) for day in trace.holidays] == [
        ("Sunday off", 4 * 3_600_000_000)
    ]


def test_nothing_between_an_instant_and_itself() -> None:
    trace = calendar("UTC", "Mon-Fri 09:00-17:00").explain(
        at("2026-03-02T10:00"), at("2026-03-02T10:00")
    )
    assert (trace.microseconds, trace.parts, trace.changes) == (0, (), ())


def test_a_holiday_withholds_nothing_that_an_override_opens() -> None:
    found = calendar(
        "UTC",
        "Mon-Sun 22:00-06:00",
        holidays=[{"date": "2026-03-03", "name": "off"}],
        overrides=[{"date": "2026-03-03", "windows": [{"start": "02:00", "end": "04:00"}]}],
    )
    trace = found.explain(at("2026-03-02T12:00"), at("2026-03-03T12:00"))
    assert [(part.source, part.microseconds) for part in trace.parts] == [
        ("window", 2 * 3_600_000_000),
        ("override", 2 * 3_600_000_000),
    ]
    assert [day.microseconds for day in trace.holidays] == [4 * 3_600_000_000]


def test_a_limit_lists_the_first_parts_and_sums_the_rest() -> None:
    found = calendar("Europe/London", "Mon-Fri 09:00-17:00", **UK)
    trace = found.explain(at("2026-03-27T16:00"), at("2026-04-06T09:00"), limit=2)
    assert [part.on.isoformat() for part in trace.parts] == ["2026-03-27", "2026-03-30"]
    assert (trace.holidays, len(trace.changes)) == ((), 1)
    assert trace.as_json()["rest"] == {
        "start": "2026-03-31T08:00:00Z",
        "end": "2026-04-06T09:00:00Z",
        "microseconds": 21 * 3_600_000_000,
    }
    assert trace.microseconds == 30 * 3_600_000_000
    assert str(trace).splitlines()[-2:] == [
        "        21:00:00  not listed: 2026-03-31T08:00:00Z to 2026-04-06T09:00:00Z",
        "        30:00:00  in all",
    ]


def test_a_limit_that_is_not_reached_leaves_nothing_out() -> None:
    found = calendar("Europe/London", "Mon-Fri 09:00-17:00", **UK)
    span = at("2026-03-27T16:00"), at("2026-04-06T09:00")
    assert found.explain(*span, limit=6) == found.explain(*span)
    assert found.explain(*span).as_json()["rest"] is None


def test_back_a_limit_lists_the_earliest_parts_too() -> None:
    found = calendar("UTC", "Mon-Fri 09:00-17:00")
    trace = found.explain(at("2026-03-06T17:00"), at("2026-03-02T09:00"), limit=1)
    assert [(part.on.isoformat(), part.microseconds) for part in trace.parts] == [
        ("2026-03-02", -8 * 3_600_000_000)
    ]
    assert trace.rest is not None
    assert trace.rest.microseconds == -32 * 3_600_000_000
    assert trace.microseconds == -40 * 3_600_000_000


def test_holidays_and_changes_keep_the_limit() -> None:
    daily = [{"date": f"2026-03-{day:02}", "name": str(day)} for day in range(2, 30)]
    closed = calendar("Europe/London", "Sun 09:00-17:00", holidays=daily)
    trace = closed.explain(at("2026-03-01T18:00"), at("2026-06-01T00:00"), limit=3)
    assert [day.name for day in trace.holidays] == ["2", "3", "4"]
    assert trace.rest is not None
    assert trace.rest.start == at("2026-03-05T00:00")
    assert trace.microseconds == 9 * 8 * 3_600_000_000  # nine Sundays from 5 April

    rare = calendar("Europe/London", overrides=[ONCE])
    trace = rare.explain(at("2026-01-01T00:00"), at("2199-01-01T00:00"), limit=3)
    assert [change.at.isoformat()[:10] for change in trace.changes] == [
        "2026-03-29",
        "2026-10-25",
        "2027-03-28",
    ]
    assert trace.microseconds == 3_600_000_000


def test_two_hundred_years_cost_what_is_listed() -> None:
    """Windows laid out for the list, not for the span: only the sum covers all of it."""
    a_minute_of_every_hour = [f"Mon-Sun {hour:02}:00-{hour:02}:01" for hour in range(24)]
    found = calendar("UTC", *a_minute_of_every_hour)
    trace = found.explain(at("2000-01-01T00:00"), at("2004-01-01T00:00"), limit=100)
    assert len(trace.parts) == 100
    assert trace.microseconds == 1461 * 24 * 60_000_000


def test_more_holidays_on_one_date_than_the_limit() -> None:
    slices = [{"date": "2026-03-02", "from": f"{h:02}:00", "to": f"{h:02}:30"} for h in range(24)]
    found = calendar("UTC", "Mon 00:00-24:00", holidays=slices)
    for span in ((at("2026-03-02T10:00"), at("2026-03-02T12:00")), (at("2026-03-02T10:00"),) * 2):
        trace = found.explain(*span, limit=3)
        assert len(trace.holidays) == 3
        assert trace.rest is not None
        assert trace.microseconds == found.explain(*span).microseconds


@pytest.mark.parametrize("limit", [0, -100])
def test_a_limit_is_one_or_more(limit: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        calendar("UTC", "Mon 09:00-17:00").explain(
            at("2026-03-02T10:00"), at("2026-03-02T10:00"), limit=limit
        )
