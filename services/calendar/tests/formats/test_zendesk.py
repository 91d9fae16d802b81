"""Zendesk's schedules, in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_service.formats.zendesk_export import written_zendesk
from slaclock.business_time import PACKAGED, BusinessCalendar, Horizon, validate
from slaclock.business_time.tz_files import load_zone
from slaclock.errors import Refusal
from slaclock.foreign.findings import UnusableFile
from slaclock.foreign.rails_zones import FRIENDLY, friendly_name
from slaclock.foreign.zendesk import WEEK, read_zendesk

FILE = Path(__file__).parent / "files" / "zendesk-schedules.json"
YEARS = Horizon(2026, 2027)


def schedule(*intervals: tuple[Any, Any], **keys: Any) -> dict[str, Any]:
    written = [{"start_time": start, "end_time": end} for start, end in intervals]
    return {"id": 1, "name": "S", "time_zone": "London", "intervals": written, **keys}


def windows(*intervals: tuple[Any, Any]) -> list[str]:
    (found,) = read_zendesk({"schedule": schedule(*intervals)}).calendars
    return [f"{one['weekday']} {one['start']}-{one['end']}" for one in found.document["windows"]]


def test_a_file_of_the_api() -> None:
    preview = read_zendesk(json.loads(FILE.read_text()))
    first, second = preview.calendars
    assert (first.calendar_id, second.calendar_id) == ("us-canada", "nights")
    assert first.document == {
        "schema": "slaclock.calendar/1",
        "name": "US & Canada",
        "timezone": "America/Los_Angeles",
        "windows": [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)],
        "holidays": [{"date": f"2026-12-{day}", "name": "Winter break"} for day in (24, 25, 26)],
    }
    assert second.document["timezone"] == "Asia/Manila"
    assert second.document["windows"] == [
        {"weekday": 0, "start": "00:00", "end": "06:00"},
        {"weekday": 5, "start": "22:00", "end": "24:00"},
        {"weekday": 6, "start": "00:00", "end": "06:00"},
        {"weekday": 6, "start": "22:00", "end": "24:00"},
    ]
    (finding,) = preview.findings
    assert (finding.place.row, finding.fault.field, finding.taken) == ("2", "end_date", False)


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        pytest.param([(1980, 2460)], ["0 09:00-17:00"], id="Monday"),
        pytest.param([(0, 1440)], ["6 00:00-24:00"], id="a whole Sunday"),
        pytest.param([(2760, 3240)], ["0 22:00-24:00", "1 00:00-06:00"], id="across midnight"),
        pytest.param(
            [(10020, 10500)], ["5 23:00-24:00", "6 00:00-07:00"], id="across the week's end"
        ),
        pytest.param([(10020, 420)], ["5 23:00-24:00", "6 00:00-07:00"], id="the same, wrapped"),
        pytest.param(
            [(1980, 2100), (2100, 2460)], ["0 09:00-11:00", "0 11:00-17:00"], id="touching"
        ),
        pytest.param([(1980, 2200), (2100, 2460)], ["0 09:00-17:00"], id="over each other"),
        pytest.param(
            [(0, 10080)], [f"{day} 00:00-24:00" for day in range(7)], id="around the clock"
        ),
        pytest.param([("1980", "2460")], ["0 09:00-17:00"], id="numbers as texts"),
    ],
)
def test_intervals_become_windows(intervals: list[tuple[Any, Any]], expected: list[str]) -> None:
    assert windows(*intervals) == expected


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        pytest.param(schedule((60, 60)), "intervals[0]", "import.interval", id="empty"),
        pytest.param(schedule((-1, 60)), "intervals[0]", "import.interval", id="before the week"),
        pytest.param(schedule((60, 99999)), "intervals[0]", "import.interval", id="after it"),
        pytest.param(schedule((None, 60)), "intervals[0].start_time", "import.type", id="no start"),
        pytest.param(schedule(time_zone="Mars"), "time_zone", "import.timezone", id="no zone"),
        pytest.param(schedule(intervals=7), "intervals", "import.type", id="no list"),
        pytest.param(
            schedule(holidays=[{"id": 5, "name": "x", "start_date": "2026-01-01"}]), "end_date",
            "import.date", id="a holiday without end",
        ),
        pytest.param(
            schedule(holidays=[{"start_date": "2026-01-01", "end_date": "2029-01-01"}]), "end_date",
            "import.date", id="a holiday of years",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_says_why(document: dict[str, Any], field: str, code: str) -> None:
    preview = read_zendesk({"schedule": document})
    finding = next(one for one in preview.findings if not one.taken)
    assert (finding.fault.field, finding.fault.code) == (field, code)
    assert finding.fault.remedy


def test_holidays_beside_the_only_schedule_are_its_own() -> None:
    holidays = [{"id": 9, "name": "May Day", "start_date": "2026-05-01", "end_date": "2026-05-01"}]
    one = read_zendesk({"schedules": [schedule((60, 120))], "holidays": holidays})
    assert one.calendars[0].document["holidays"] == [{"date": "2026-05-01", "name": "May Day"}]
    two = read_zendesk(
        {"schedules": [schedule((60, 120)), schedule((60, 120), id=2)], "holidays": holidays}
    )
    assert [finding.fault.field for finding in two.findings] == ["schedule_id"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"schedules": [schedule((60, 120))] * 201}, id="hundreds of schedules"),
        pytest.param(
            {
                "schedule": schedule(
                    holidays=[
                        {"start_date": f"{2000 + n}-01-01", "end_date": f"{2000 + n}-12-31"}
                        for n in range(99)
                    ]
                )
            },
            id="a century of holidays",
        ),
    ],
)
def test_what_is_too_much_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(UnusableFile) as caught:
        read_zendesk(document)
    assert caught.value.code == "import.too-many"


@pytest.mark.parametrize("document", [{}, {"schedules": []}, {"schedule": 3}, {"schedules": "x"}])
def test_what_holds_no_schedule_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(UnusableFile) as caught:
        read_zendesk(document)
    assert caught.value.code == "import.empty"


def test_every_friendly_name_is_a_zone_and_back() -> None:
    names = PACKAGED.names()
    assert len(FRIENDLY) == 153
    for name, zone in FRIENDLY.items():
        assert zone in names, name
        again = friendly_name(zone)
        assert again is not None
        mine, theirs = (load_zone(one, PACKAGED) for one in (zone, FRIENDLY[again]))
        assert (mine.starts_s[-9:], mine.text) == (theirs.starts_s[-9:], theirs.text), name


def test_what_zendesk_has_no_words_for_is_told() -> None:
    document = {
        "timezone": "Europe/Oslo",
        "windows": [
            {"weekday": 0, "start": "09:00", "end": "17:05"},
            {"weekday": 6, "start": "22:00", "end": "06:00"},
        ],
        "holidays": [
            {"date": "2026-12-25", "name": "Christmas", "recurrence": "yearly"},
            {"date": "2026-12-26", "name": "Christmas"},
            {"date": "2026-12-31", "name": "", "from": "12:00"},
        ],
        "overrides": [{"date": "2026-12-24", "windows": []}],
        "overtime_windows": [{"weekday": 5, "start": "09:00", "end": "10:00", "multiplier": "2"}],
        "holiday_rule": "shift",
    }
    found = written_zendesk(document, "oslo", YEARS)
    assert found.schedule == {
        "name": "oslo",
        "time_zone": "Europe/Oslo",
        "intervals": [
            {"start_time": 1320, "end_time": 1440},
            {"start_time": 1440, "end_time": 1800},
            {"start_time": 1980, "end_time": 2465},
        ],
    }
    assert found.holidays == (
        {"name": "Christmas", "start_date": "2026-12-25", "end_date": "2026-12-26"},
        {"name": "Christmas", "start_date": "2027-12-25", "end_date": "2027-12-25"},
    )
    assert [(one.fault.field, one.taken) for one in found.findings] == [
        ("timezone", True), ("windows[0]", True), ("overrides[0]", False),
        ("overtime_windows[0]", False), ("holiday_rule", False), ("holidays[0]", True),
        ("holidays[2]", False),
    ]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.integers(0, WEEK // 15 - 1), st.integers(1, WEEK // 15)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["London", "Pacific Time (US & Canada)", "Kathmandu", "Samoa"]),
)
def test_there_and_back_is_the_same_time(quarters: list[tuple[int, int]], zone: str) -> None:
    spans = [(start * 15, min(start + length, WEEK // 15 * 2) * 15) for start, length in quarters]
    spans = [(start, end) for start, end in spans if end - start <= WEEK]
    (first,) = read_zendesk({"schedule": schedule(*spans, time_zone=zone)}).calendars
    assert validate(dict(first.document)) == []
    out = written_zendesk(first.document, "s", YEARS)
    assert out.findings == ()
    (second,) = read_zendesk({"schedule": {"id": 1, **out.schedule}}).calendars
    assert second.document["windows"] == first.document["windows"]
    here = BusinessCalendar.from_snapshot(dict(first.document))
    there = BusinessCalendar.from_snapshot(dict(second.document))
    week = 1_767_225_600_000_000
    assert here.elapsed_us(week, week * 11 // 10) == there.elapsed_us(week, week * 11 // 10)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["id", "name", "time_zone", "intervals", "holidays"]), JSON))
def test_whatever_comes_makes_a_calendar_or_is_refused(changed: dict[str, Any]) -> None:
    try:
        preview = read_zendesk({"schedule": {**schedule((60, 120)), **changed}})
    except Refusal as refusal:
        assert refusal.faults  # noqa: PT017 - being refused is one of two right answers
        return
    for found in preview.calendars:
        if found.document["windows"]:
            assert validate(dict(found.document)) == []
