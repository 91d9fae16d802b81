"""Alga PSA's tables become calendars, a holiday set, and findings for the rest."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_service.domain.sets import set_faults_in
from slaclock.business_time import validate
from slaclock.errors import Refusal
from slaclock.foreign.alga import TABLES, read_alga
from slaclock.foreign.findings import UnusableFile

FOLDER = Path(__file__).parent / "files" / "alga"
SCHEDULE = {"schedule_id": "s1", "schedule_name": "Standard", "timezone": "Europe/Berlin"}
ENTRY = {"entry_id": "e1", "schedule_id": "s1", "day_of_week": 1, "start_time": "08:00:00"} | {
    "end_time": "17:00:00",
    "is_enabled": True,
}
HOLIDAY = {"holiday_id": "h1", "schedule_id": None, "holiday_name": "New Year"} | {
    "holiday_date": "2026-01-01",
    "is_recurring": True,
}


def export(**changed: Any) -> dict[str, Any]:
    tables = {
        "business_hours_schedules": [SCHEDULE],
        "business_hours_entries": [ENTRY],
        "holidays": [HOLIDAY],
    }
    return {**tables, **changed}


def test_a_folder_of_csv_files() -> None:
    tables = {
        name: list(csv.DictReader((FOLDER / f"{name}.csv").read_text().splitlines()))
        for name in TABLES
    }
    preview = read_alga(tables)
    assert {one.calendar_id: dict(one.document) for one in preview.calendars} == {
        "standard-hours": {
            "schema": "slaclock.calendar/1",
            "name": "Standard Hours",
            "timezone": "America/New_York",
            "windows": [
                {"weekday": 0, "start": "08:00", "end": "18:00"},
                {"weekday": 1, "start": "08:00", "end": "18:00"},
                {"weekday": 3, "start": "08:00", "end": "24:00"},
            ],
            "holidays": [{"date": "2026-09-01", "name": "Founders Day"}],
            "holiday_sets": [{"set_id": "alga-holidays"}],
        },
        "round-the-clock": {
            "schema": "slaclock.calendar/1",
            "name": "Round the Clock",
            "timezone": "UTC",
            "windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)],
        },
    }
    (shared,) = preview.sets
    assert shared.document["holidays"] == [
        {"date": "2026-05-25", "name": "Memorial Day"},
        {"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"},
    ]
    assert [
        (one.place.table, (one.place.row or "")[-2:], one.fault.field, one.fault.value, one.taken)
        for one in preview.findings
    ] == [
        ("business_hours_schedules", "03", "timezone", "Mars/Olympus", False),
        ("business_hours_entries", "e3", "end_time", "06:00:00", False),
        ("business_hours_entries", "e4", "end_time", "23:59:59", True),
        ("business_hours_entries", "e5", "day_of_week", 7, False),
        ("business_hours_entries", "e6", "schedule_id", "5f1c0a52-0000-4000-8000-000000000003", False),
        ("business_hours_entries", "e7", "start_time", "08:00:30", False),
        ("holidays", "h3", "holiday_date", "2026-09-01T00:00:00.000Z", True),
        ("holidays", "h4", "holiday_date", "2026-12-23T23:00:00.000Z", False),
        ("holidays", "h5", "holiday_date", "2026-02-30", False),
        ("holidays", "h6", "holiday_date", "2027-12-25", False),
    ]  # fmt: skip
    assert preview.counts == {
        "rows": 17, "calendars": 2, "windows": 3, "holidays": 3, "left_out": 8, "findings": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "weekday"),
    [
        pytest.param(0, 6, id="Sunday"),
        pytest.param(1, 0, id="Monday"),
        pytest.param("6", 5, id="Saturday, in CSV"),
    ],
)
def test_alga_counts_days_from_sunday(day: Any, weekday: int) -> None:
    preview = read_alga(export(business_hours_entries=[{**ENTRY, "day_of_week": day}]))
    assert preview.calendars[0].document["windows"][0]["weekday"] == weekday


@pytest.mark.parametrize(
    ("tables", "field", "code"),
    [
        pytest.param(
            {"business_hours_entries": [ENTRY, {**ENTRY, "entry_id": "e2"}]}, "day_of_week",
            "import.entry-twice", id="a day twice",
        ),
        pytest.param(
            {"business_hours_entries": [{**ENTRY, "end_time": "08:00:00"}]}, "end_time",
            "import.entry-order", id="ends as it begins",
        ),
        pytest.param(
            {"business_hours_entries": [{**ENTRY, "start_time": None}]}, "start_time",
            "import.time", id="no start",
        ),
        pytest.param(
            {"business_hours_entries": [{**ENTRY, "is_enabled": "maybe"}]}, "is_enabled",
            "import.type", id="neither true nor false",
        ),
        pytest.param(
            {"business_hours_entries": [{**ENTRY, "schedule_id": "s9"}]}, "schedule_id",
            "import.row-id", id="hours of an unknown schedule",
        ),
        pytest.param({"business_hours_entries": [7]}, "", "import.type", id="no row"),
        pytest.param(
            {"business_hours_schedules": [SCHEDULE, SCHEDULE]}, "schedule_id", "import.row-id",
            id="a schedule twice",
        ),
        pytest.param(
            {"holidays": [{key: value for key, value in HOLIDAY.items() if key != "schedule_id"}]},
            "schedule_id", "import.row-id", id="whose holiday is not exported",
        ),
        pytest.param(
            {"holidays": [{**HOLIDAY, "holiday_date": "01/02/2026"}]}, "holiday_date",
            "import.date", id="a date as people write it",
        ),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_says_why(tables: Any, field: str, code: str) -> None:
    preview = read_alga(export(**tables))
    findings = [one for one in preview.findings if not one.taken]
    assert [(one.fault.field, one.fault.code) for one in findings] == [(field, code)]
    assert findings[0].fault.remedy
    assert findings[0].place.row
    assert len(preview.calendars) == 1, "the rest goes on"


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        pytest.param({}, "import.empty", id="nothing"),
        pytest.param(
            {"business_hours_schedules": [SCHEDULE] * 201}, "import.too-many",
            id="hundreds of schedules",
        ),
        pytest.param({"business_hours_schedules": {}}, "import.type", id="no rows"),
        pytest.param(
            {"business_hours_schedules": [{**SCHEDULE, "tenant": n} for n in "ab"]},
            "import.several-tenants", id="several tenants",
        ),
        pytest.param(
            {"business_hours_schedules": [SCHEDULE], "holidays": [{}] * 10_001},
            "import.too-many", id="too many rows",
        ),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused(tables: Any, code: str) -> None:
    with pytest.raises(UnusableFile) as caught:
        read_alga(tables)
    assert caught.value.code == code


def test_around_the_clock_no_holiday_closes() -> None:
    always = {**SCHEDULE, "is_24x7": True}
    own = {**HOLIDAY, "schedule_id": "s1"}
    preview = read_alga(export(business_hours_schedules=[always], holidays=[own]))
    assert "holidays" not in preview.calendars[0].document
    assert [one.fault.code for one in preview.findings] == [
        "import.entry-of-24x7",
        "import.holidays-of-24x7",
    ]


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.text(max_size=12), st.lists(st.none()),
    st.sampled_from(["s1", "08:00:00", "24:00:00", "2026-01-01", "2026-02-30", "UTC", "t", "f"]),
)  # fmt: skip


def rows(columns: dict[str, Any]) -> st.SearchStrategy[Any]:
    changed = st.dictionaries(st.sampled_from(sorted(columns)), VALUES, max_size=3)
    return st.one_of(
        st.none(), VALUES, st.lists(changed.map(lambda some: {**columns, **some}), max_size=4)
    )


@given(
    st.fixed_dictionaries(
        {TABLES[0]: rows(SCHEDULE), TABLES[1]: rows(ENTRY), TABLES[2]: rows(HOLIDAY)}
    )
)
def test_whatever_comes_makes_calendars_or_is_refused(tables: dict[str, Any]) -> None:
    try:
        preview = read_alga(tables)
    except Refusal as refusal:
        assert refusal.faults  # noqa: PT017 - being refused is one of two right answers
        return
    for found in preview.calendars:
        plain = {key: value for key, value in found.document.items() if key != "holiday_sets"}
        if plain["windows"]:
            assert validate(plain) == []
    for found_set in preview.sets:
        assert set_faults_in(found_set.document, found_set.set_id) == []
