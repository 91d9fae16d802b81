"""What an author should look at, and may mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from calendar_service.domain.draft import faults_in
from calendar_service.domain.sets import SetVersion
from calendar_service.domain.warnings import warnings_in
from calendar_service.usecases.examine import Surroundings, examined
from slaclock.business_time import PACKAGED
from slaclock.errors import Fault
from slaclock.testing.calendars import hours, snapshots

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
OFFICE = hours("Mon-Fri 09:00-17:00")
XMAS: dict[str, Any] = {"rule": "date", "month": 12, "day": 25, "name": "Christmas Day"}
SHORT = [{"start": "09:00", "end": "12:00"}]
UK = SetVersion("uk", 1, "0" * 64, {"holiday_rules": [XMAS]})


def warnings(at: datetime = AT, **keys: Any) -> list[Fault]:
    draft = {"timezone": "Europe/London", "windows": OFFICE, **keys}
    assert faults_in(draft, "c", PACKAGED, {"uk": UK}, at) == []
    return warnings_in(draft, PACKAGED, {"uk": UK}, at)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"windows": hours("Mon-Sun 00:00-24:00")}, [], id="around the clock"),
        pytest.param({"holiday_rules": [XMAS], "holidays": [{"date": "2026-12-28"}]}, [], id="rules and a date"),
        pytest.param({"holidays": [{"date": "2026-12-25"}], "overrides": [{"date": "2026-12-25", "windows": SHORT}]}, [("overrides[0]", "2026-12-25", "override-on-holiday")], id="override on a holiday"),
        pytest.param({"holidays": [{"date": "2020-12-25", "recurrence": "yearly"}], "overrides": [{"date": "2026-12-25", "windows": []}]}, [("overrides[0]", "2026-12-25", "override-on-holiday")], id="override on a yearly holiday"),
        pytest.param({"holiday_rules": [XMAS], "overrides": [{"date": "2026-12-24", "windows": SHORT}, {"date": "2027-12-25", "windows": SHORT}]}, [("overrides[1]", "2027-12-25", "override-on-holiday")], id="override on what a rule gives"),
        pytest.param({"holiday_sets": [{"set_id": "uk"}], "overrides": [{"date": "2026-12-25", "windows": SHORT}]}, [("overrides[0]", "2026-12-25", "override-on-holiday")], id="override on what a set gives"),
        pytest.param({"holidays": [{"date": "2026-03-07"}, {"date": "2026-12-25"}]}, [("holidays[0]", "2026-03-07", "holiday-on-closed-day")], id="holiday on a Saturday"),
        pytest.param({"holidays": [{"date": "2026-02-28"}, {"date": "2026-12-25"}]}, [], id="holiday on a Saturday that is over"),
        pytest.param({"holidays": [{"date": "2026-03-07", "recurrence": "yearly"}]}, [], id="yearly holiday on a Saturday of this year"),
        pytest.param({"holidays": [{"date": "2026-03-06", "from": "17:00"}]}, [("holidays[0]", "2026-03-06", "holiday-on-closed-day")], id="part of a day after hours"),
        pytest.param({"windows": hours("Fri 22:00-06:00"), "holidays": [{"date": "2026-03-07"}]}, [], id="holiday on the end of a night shift"),
        pytest.param({"windows": hours("Fri 22:00-06:00"), "holidays": [{"date": "2026-03-07"}], "holiday_rule": "shift"}, [("holidays[0]", "2026-03-07", "holiday-on-closed-day")], id="holiday on the end of a night shift, by shift"),
        pytest.param({"holidays": [{"date": "2024-02-29", "recurrence": "yearly"}]}, [("holidays[0]", "02-29", "leap-day")], id="yearly 29 February"),
        pytest.param({"holiday_rules": [XMAS, XMAS | {"month": 2, "day": 29}]}, [("holiday_rules[1]", "02-29", "leap-day")], id="29 February by a rule"),
        pytest.param({"holiday_rules": [XMAS], "horizon": {"first_year": 2020, "last_year": 2027}}, [("horizon.last_year", 2027, "horizon-ends")], id="horizon ends soon"),
        pytest.param({"holiday_rules": [XMAS], "horizon": {"first_year": 2020, "last_year": 2028}}, [], id="horizon ends in two years"),
        pytest.param({"holiday_rules": [XMAS], "horizon": {"first_year": 2027, "last_year": 2040}}, [("horizon.first_year", 2027, "horizon-begins")], id="horizon begins later"),
        pytest.param({"horizon": {"first_year": 2020, "last_year": 2020}}, [], id="a horizon without rules says nothing"),
        pytest.param({"holiday_rules": [XMAS, XMAS | {"last_year": 2019, "day": 26}]}, [("holiday_rules[1]", "Christmas Day", "rule-without-dates")], id="a rule that is over"),
        pytest.param({"holidays": [{"date": "2024-12-25"}, {"date": "2025-12-25"}]}, [("holidays", "2025-12-25", "holidays-past")], id="holidays of the past"),
        pytest.param({"holidays": [{"date": "2026-03-02"}]}, [], id="a holiday today"),
        pytest.param({"holidays": [{"date": "2026-12-25", "name": "x"}], "holiday_rules": [XMAS]}, [("holiday_rules[0]", "2026-12-25", "merged")], id="a date from two sources"),
        pytest.param({"windows": hours("Sun 01:00-02:00", "Mon 09:00-17:00")}, [("windows[0]", "01:00-02:00", "skipped-hour")], id="the skipped hour itself"),
        pytest.param({"windows": hours("Sun 01:15-01:45", "Mon 09:00-17:00")}, [("windows[0]", "01:15-01:45", "skipped-hour")], id="inside the skipped hour"),
        pytest.param({"windows": hours("Mon 09:00-17:00", "Sun 01:30-05:00")}, [("windows[1]", "01:30-05:00", "skipped-hour")], id="begins in the skipped hour"),
        pytest.param({"windows": hours("Sat 22:00-01:30")}, [("windows[0]", "22:00-01:30", "skipped-hour")], id="ends in the skipped hour"),
        pytest.param({"windows": hours("Sat 22:00-06:00", "Sun 06:00-07:00")}, [], id="around the skipped hour"),
        pytest.param({"windows": hours("Sat 22:00-01:00", "Sun 02:00-07:00")}, [], id="on both sides of the skipped hour"),
        pytest.param({"overrides": [{"date": "2026-03-28", "windows": []}, {"date": "2026-03-29", "windows": [{"start": "08:00", "end": "09:00"}, {"start": "01:00", "end": "01:30"}]}]}, [("overrides[1].windows[1]", "01:00-01:30", "skipped-hour")], id="an override inside the skipped hour"),
        pytest.param({"overrides": [{"date": "2026-03-28", "windows": [{"start": "20:00", "end": "01:30"}]}]}, [("overrides[0].windows[0]", "20:00-01:30", "skipped-hour")], id="an override that ends there on the next date"),
        pytest.param({"overtime_windows": [{"weekday": 6, "start": "01:00", "end": "02:00", "multiplier": "2"}]}, [("overtime_windows[0]", "01:00-02:00", "skipped-hour")], id="overtime in the skipped hour"),
        pytest.param({"timezone": "America/Sao_Paulo", "windows": hours("Sun 00:00-01:00")}, [], id="a zone that does not skip any more"),
        pytest.param({"timezone": "Australia/Lord_Howe", "windows": hours("Sun 02:00-02:30")}, [("windows[0]", "02:00-02:30", "skipped-hour")], id="a skipped half hour"),
        pytest.param({"timezone": "Asia/Almaty"}, [("timezone", "Asia/Almaty", "zone-changed")], id="a zone that changed in 2024"),
        pytest.param({"timezone": "Asia/Gaza"}, [("timezone", "Asia/Gaza", "zone-foretold")], id="a zone that is foretold"),
        pytest.param({"timezone": "America/New_York"}, [], id="a zone that changed in 2007"),
        pytest.param({"timezone": "UTC"}, [], id="a zone that never changed"),
    ],
)  # fmt: skip
def test_warnings(keys: dict[str, Any], expected: list[tuple[str, object, str]]) -> None:
    found = warnings(**keys)
    codes = [(one.field, one.value, one.code.removeprefix("calendar.")) for one in found]
    assert codes == [
        (field, value, "holiday-merged" if code == "merged" else f"warning-{code}")
        for field, value, code in expected
    ]
    assert all(one.message and one.remedy for one in found)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"windows": hours("Sun 01:00-02:00")}, "on 2026-03-29 the clock leaps from 01:00 to 02:00, so it does not open, and so on 9 more dates within ten years"),
        ({"windows": hours("Sun 01:00-02:00"), "holidays": [{"date": "2026-03-29"}]}, "on 2027-03-28 the clock leaps from 01:00 to 02:00, so it does not open, and so on 8 more dates within ten years"),
        ({"windows": hours("Sun 01:00-02:00"), "overrides": [{"date": "2026-03-29", "windows": []}]}, "on 2027-03-28 the clock leaps from 01:00 to 02:00, so it does not open, and so on 8 more dates within ten years"),
        ({"windows": hours("Sat 22:00-01:30")}, "on 2026-03-29 the clock leaps from 01:00 to 02:00, so a part of it is missing, and so on 9 more dates within ten years"),
        ({"timezone": "America/New_York", "windows": hours("Sun 02:00-02:30")}, "on 2026-03-08 the clock leaps from 02:00 to 03:00, so it does not open, and so on 9 more dates within ten years"),
        ({"timezone": "Africa/Cairo", "windows": hours("Fri 00:00-01:00")}, "on 2026-04-24 the clock leaps from 00:00 to 01:00, so it does not open, and so on 9 more dates within ten years"),
        ({"overrides": [{"date": "2026-03-29", "windows": [{"start": "01:00", "end": "01:30"}]}]}, "on 2026-03-29 the clock leaps from 01:00 to 02:00, so it does not open"),
    ],
)  # fmt: skip
def test_the_first_skipped_hour_is_named(keys: dict[str, Any], words: str) -> None:
    [told] = {one.message for one in warnings(**keys) if one.code.endswith("skipped-hour")}
    assert told == words


def test_what_wins_is_told() -> None:
    named: dict[str, Any] = {"holidays": [{"date": "2026-12-25", "name": "Christmas Day"}]}
    open_ = warnings(**named, overrides=[{"date": "2026-12-25", "windows": SHORT}])
    assert open_[0].message == "lies on Christmas Day and wins: open 09:00-12:00"
    closed = warnings(**named, overrides=[{"date": "2026-12-25", "windows": []}])
    assert closed[0].message == "lies on Christmas Day and wins: closed"


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2024, 1, 1, tzinfo=UTC), "is to keep another rule from 2024-02-29 on"),
        (datetime(2024, 6, 1, tzinfo=UTC), "has kept its present rule since 2024-02-29 only"),
        (datetime(2029, 1, 1, tzinfo=UTC), "has kept its present rule since 2024-02-29 only"),
        (datetime(2029, 6, 1, tzinfo=UTC), None),
    ],
)
def test_a_zone_is_young_for_five_years(at: datetime, told: str | None) -> None:
    found = warnings(at, timezone="Asia/Almaty")
    assert [one.message for one in found] == ([told] if told else [])


def test_several_at_once() -> None:
    found = warnings(
        timezone="Asia/Gaza",
        holidays=[{"date": "2024-02-29", "recurrence": "yearly"}, {"date": "2026-03-07"}],
        holiday_rules=[XMAS],
        holiday_sets=[{"set_id": "uk"}],
        horizon={"first_year": 2026, "last_year": 2027},
        overrides=[{"date": "2026-12-25", "windows": SHORT}],
    )
    assert [one.code.removeprefix("calendar.") for one in found] == [
        "warning-override-on-holiday",
        "warning-holiday-on-closed-day",
        "warning-leap-day",
        "warning-zone-foretold",
        "warning-horizon-ends",
        "holiday-merged",
    ]


def test_faults_come_first() -> None:
    draft = {"timezone": "Asia/Gaza", "windows": []}
    found = examined(draft, "c", PACKAGED, Surroundings(AT, {}))
    assert found.faults
    assert found.warnings == ()


@given(snapshots())
def test_whatever_can_be_published_can_be_looked_at(written: dict[str, Any]) -> None:
    if not faults_in(written, "c", PACKAGED, {}, AT):
        for one in warnings_in(written, PACKAGED, {}, AT):
            assert one.field
            assert one.message
            assert one.remedy
            assert one.code.startswith("calendar.")
