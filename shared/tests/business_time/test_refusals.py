"""What a calendar refuses: every fault at once, each with its place and what to write instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slaclock.business_time import (
    BusinessCalendar,
    InstantOutOfRange,
    InvalidCalendar,
    NoBusinessTime,
    seal,
    validate,
)
from slaclock.errors import Refusal
from slaclock.testing.calendars import calendar, hours, snapshot

MONDAY = {"weekday": 0, "start": "09:00", "end": "17:00"}
ZONE = {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"}
OFFICE = calendar("UTC", "Mon-Fri 09:00-17:00")
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def draft(**keys: Any) -> dict[str, Any]:
    return {"timezone": "UTC", "windows": [MONDAY]} | keys


def zone(**keys: Any) -> dict[str, Any]:
    return draft(zone=ZONE | keys)


def minutes(count: int) -> list[dict[str, Any]]:
    """Windows of a minute each, with a minute between them."""
    starts = (divmod(2 * number, 24 * 60) for number in range(count))
    return [
        {
            "weekday": weekday,
            "start": f"{minute // 60:02}:{minute % 60:02}",
            "end": f"{minute // 60:02}:{minute % 60 + 1:02}",
        }
        for weekday, minute in starts
    ]


def parts(count: int, **keys: Any) -> list[dict[str, Any]]:
    """Holidays of a minute each, up to 30 on a date."""
    return [
        {
            "date": f"2028-{1 + number // 30 % 12:02}-{1 + number // 360:02}",
            "from": f"12:{number % 30 * 2:02}",
            "to": f"12:{number % 30 * 2 + 1:02}",
        }
        | keys
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("written", "field", "value", "code"),
    [
        pytest.param([], "", [], "type", id="not an object"),
        pytest.param({"windows": [MONDAY]}, "timezone", None, "timezone", id="no zone"),
        pytest.param(draft(timezone="Mars/Base"), "timezone", "Mars/Base", "timezone", id="unknown zone"),
        pytest.param(draft(timezone=3), "timezone", 3, "timezone", id="zone not a text"),
        pytest.param({"timezone": "UTC"}, "windows", None, "windows", id="no windows"),
        pytest.param(draft(windows={}), "windows", {}, "type", id="windows not a list"),
        pytest.param(draft(windows=["09:00"]), "windows[0]", "09:00", "type", id="window not an object"),
        pytest.param(draft(windows=[MONDAY | {"weekday": 7}]), "windows[0].weekday", 7, "weekday", id="weekday 7"),
        pytest.param(draft(windows=[MONDAY | {"weekday": True}]), "windows[0].weekday", True, "weekday", id="weekday true"),
        pytest.param(draft(windows=[MONDAY | {"weekday": "Mon"}]), "windows[0].weekday", "Mon", "weekday", id="weekday name"),
        pytest.param(draft(windows=[MONDAY | {"start": "9:00"}]), "windows[0].start", "9:00", "time", id="one digit"),
        pytest.param(draft(windows=[MONDAY | {"start": "24:00"}]), "windows[0].start", "24:00", "time", id="begins at 24:00"),
        pytest.param(draft(windows=[MONDAY | {"end": "24:01"}]), "windows[0].end", "24:01", "time", id="after 24:00"),
        pytest.param(draft(windows=[MONDAY | {"end": "17:60"}]), "windows[0].end", "17:60", "time", id="minute 60"),
        pytest.param(draft(windows=[MONDAY | {"end": "17:00:00"}]), "windows[0].end", "17:00:00", "time", id="seconds"),
        pytest.param(draft(windows=[MONDAY | {"end": "\u0661\u0667:00"}]), "windows[0].end", "\u0661\u0667:00", "time", id="other digits"),
        pytest.param(draft(windows=[MONDAY | {"end": None}]), "windows[0].end", None, "time", id="no end"),
        pytest.param(draft(windows=[MONDAY | {"end": "09:00"}]), "windows[0]", "09:00-09:00", "window-empty", id="start is end"),
        pytest.param(draft(windows=[MONDAY | {"start": "00:00", "end": "00:00"}]), "windows[0]", "00:00-00:00", "window-empty", id="midnight to midnight"),
        pytest.param(draft(windows=[MONDAY, MONDAY | {"start": "16:59", "end": "18:00"}]), "windows[1]", "Monday 16:59-18:00", "window-overlap", id="overlap"),
        pytest.param(draft(windows=[MONDAY, MONDAY]), "windows[1]", "Monday 09:00-17:00", "window-overlap", id="twice"),
        pytest.param(draft(windows=hours("Mon 22:00-06:00", "Tue 05:00-09:00")), "windows[1]", "Tuesday 05:00-09:00", "window-overlap", id="overlap across midnight"),
        pytest.param(draft(windows=hours("Mon 05:00-09:00", "Sun 22:00-06:00")), "windows[0]", "Monday 05:00-09:00", "window-overlap", id="overlap across the week's end"),
        pytest.param(draft(overtime_windows=[MONDAY | {"multiplier": "1.5"}]), "overtime_windows[0]", "Monday 09:00-17:00", "window-overlap", id="overtime in regular hours"),
        pytest.param(draft(overtime_windows=[{"weekday": 6, "start": "22:00", "end": "09:01", "multiplier": "2"}]), "windows[0]", "Monday 09:00-17:00", "window-overlap", id="overtime over the week's end in regular hours"),
        pytest.param(draft(overtime_windows=[MONDAY | {"weekday": 6, "start": "22:00", "end": "09:01", "multiplier": "2"}, {"weekday": 0, "start": "17:00", "end": "18:00", "multiplier": "2"}]), "windows[0]", "Monday 09:00-17:00", "window-overlap", id="one fault, although more overtime is fine"),
        pytest.param(draft(windows=hours("Fri 22:00-06:00"), overtime_windows=[{"weekday": 5, "start": "05:59", "end": "13:00", "multiplier": "1.5"}]), "overtime_windows[0]", "Saturday 05:59-13:00", "window-overlap", id="overtime in a night shift, after midnight"),
        pytest.param(draft(windows=hours("Mon 05:00-09:00"), overtime_windows=[{"weekday": 6, "start": "20:00", "end": "05:01", "multiplier": "1.5"}]), "windows[0]", "Monday 05:00-09:00", "window-overlap", id="overtime across the week's end"),
        pytest.param(draft(windows=hours("Wed 09:00-17:00"), overtime_windows=[{"weekday": 5, "start": "20:00", "end": "02:00", "multiplier": "1.5"}, {"weekday": 6, "start": "01:00", "end": "03:00", "multiplier": "2"}]), "overtime_windows[1]", "Sunday 01:00-03:00", "window-overlap", id="overtime in overtime, across midnight"),
        pytest.param(draft(windows=hours("Wed 09:00-17:00"), overtime_windows=[{"weekday": 0, "start": "01:00", "end": "03:00", "multiplier": "2"}, {"weekday": 6, "start": "20:00", "end": "02:00", "multiplier": "1.5"}]), "overtime_windows[0]", "Monday 01:00-03:00", "window-overlap", id="overtime in overtime, across the week's end"),
        pytest.param(draft(windows=minutes(673)), "windows", 673, "windows", id="windows beyond one for each quarter of an hour"),
        pytest.param(draft(windows=minutes(672), overtime_windows=[MONDAY | {"weekday": 6, "multiplier": "2"}]), "windows", 673, "windows", id="overtime counts, too"),
        pytest.param(draft(holidays=parts(25)), "holidays[0]", 25, "holidays", id="a date in more than 24 parts"),
        pytest.param(draft(holidays=[one for one in parts(660, recurrence="yearly") if one["from"] < "12:48"][:501]), "holidays", 501, "holidays", id="too many yearly holidays"),
        pytest.param(zone(transitions=[[number, 0] for number in range(2001)]), "zone.transitions", 2001, "zone", id="too many transitions"),
        pytest.param(draft(overtime_windows=[MONDAY | {"weekday": 5, "multiplier": 1.5}]), "overtime_windows[0].multiplier", 1.5, "multiplier", id="a float"),
        pytest.param(draft(overtime_windows=[MONDAY | {"weekday": 5, "multiplier": "0.00"}]), "overtime_windows[0].multiplier", "0.00", "multiplier", id="factor 0"),
        pytest.param(draft(overtime_windows=[MONDAY | {"weekday": 5}]), "overtime_windows[0].multiplier", None, "multiplier", id="no factor"),
        pytest.param(draft(holidays=[{"date": "2026-02-30"}]), "holidays[0].date", "2026-02-30", "date", id="30 February"),
        pytest.param(draft(holidays=[{"date": "2026-02-29", "recurrence": "yearly"}]), "holidays[0].date", "2026-02-29", "date", id="29 February of a common year"),
        pytest.param(draft(holidays=[{"date": "20261225"}]), "holidays[0].date", "20261225", "date", id="no hyphens"),
        pytest.param(draft(holidays=[{}]), "holidays[0].date", None, "date", id="no date"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "recurrence": "monthly"}]), "holidays[0].recurrence", "monthly", "recurrence", id="monthly"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "recurrence": []}]), "holidays[0].recurrence", [], "recurrence", id="recurrence not a text"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "name": 1}]), "holidays[0].name", 1, "type", id="name not a text"),
        pytest.param(draft(holidays=[{"date": "2026-12-25"}, {"date": "2026-12-25"}]), "holidays[1]", "2026-12-25", "holiday-duplicate", id="holiday twice"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "recurrence": "yearly"}, {"date": "2025-12-25", "recurrence": "yearly"}]), "holidays[1]", "2025-12-25", "holiday-duplicate", id="yearly holiday twice"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "from": "12:00", "to": "12:00"}]), "holidays[0]", "12:00-12:00", "holiday-part", id="empty part"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "from": "18:00", "to": "06:00"}]), "holidays[0]", "18:00-06:00", "holiday-part", id="part across midnight"),
        pytest.param(draft(holidays=[{"date": "2026-12-25", "from": "noon"}]), "holidays[0].from", "noon", "time", id="part not a time"),
        pytest.param(draft(overrides=[{"date": "2026-12-24"}]), "overrides[0].windows", None, "windows", id="override without windows"),
        pytest.param(draft(overrides=[{"date": "2026-12-24", "windows": []}] * 2), "overrides[1].date", "2026-12-24", "override", id="override twice"),
        pytest.param(draft(overrides=[{"date": "2026-12-24", "windows": [{"start": "09:00", "end": "13:00"}, {"start": "12:00", "end": "14:00"}]}]), "overrides[0].windows[1]", "12:00-14:00", "window-overlap", id="overlap in an override"),
        pytest.param(draft(holiday_rule="anchor"), "holiday_rule", "anchor", "choice", id="holiday rule"),
        pytest.param(draft(type="personal"), "type", "personal", "choice", id="type"),
        pytest.param(draft(schema="slaclock.calendar/2"), "schema", "slaclock.calendar/2", "choice", id="schema"),
        pytest.param(draft(version=0), "version", 0, "type", id="version 0"),
        pytest.param(draft(calendar_id=7), "calendar_id", 7, "type", id="id not a text"),
        pytest.param(draft(zone=[]), "zone", [], "zone", id="zone not an object"),
        pytest.param(zone(name="Europe/London"), "zone.name", "Europe/London", "zone", id="another zone"),
        pytest.param(zone(name=None), "zone.name", None, "zone", id="zone without name"),
        pytest.param(zone(transitions=[]), "zone.transitions", [], "zone", id="no transitions"),
        pytest.param(zone(transitions=[[1, 0]]), "zone.transitions[0]", [1, 0], "zone", id="not from second 0"),
        pytest.param(zone(transitions=[[0, 0], [9, 0], [9, 0]]), "zone.transitions[2]", [9, 0], "zone", id="transitions out of order"),
        pytest.param(zone(transitions=[[0, 0.5]]), "zone.transitions[0]", [0, 0.5], "zone", id="half a second"),
        pytest.param(zone(transitions=[[0, 100_000]]), "zone.transitions[0]", [0, 100_000], "zone", id="offset beyond a day"),
        pytest.param(zone(transitions=["ab"]), "zone.transitions[0]", "ab", "zone", id="transition not a pair"),
        pytest.param(zone(tail="nonsense"), "zone.tail", "nonsense", "zone", id="tail"),
        pytest.param(zone(tail=None), "zone.tail", None, "zone", id="no tail"),
        pytest.param(zone(tail="XST-3"), "zone.tail", "XST-3", "zone", id="tail of another offset"),
    ],
)  # fmt: skip
def test_one_fault(written: Any, field: str, value: object, code: str) -> None:
    with pytest.raises(InvalidCalendar) as refused:
        BusinessCalendar.from_snapshot(written)
    [fault] = refused.value.faults
    assert (fault.field, fault.value, fault.code) == (field, value, f"calendar.{code}")
    assert fault.message
    assert fault.remedy
    assert validate(written) == [fault]


def test_a_calendar_within_the_bounds_is_laid_out_for_all_years() -> None:
    """One of 5,000 windows once took 12 GB and two minutes."""
    many = draft(windows=minutes(168), holidays=parts(24, recurrence="yearly"))
    found = BusinessCalendar.from_snapshot(many)
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    mondays = (last - first).days // 7 + 1
    assert timedelta(minutes=168 * (mondays - 2)) <= found.elapsed(first, last)


def test_all_faults_at_once() -> None:
    written = {
        "timezone": "Nowhere",
        "windows": [MONDAY | {"end": "25:00"}, MONDAY | {"weekday": -1}, MONDAY, MONDAY],
        "holidays": [{"date": "2026-13-01"}, {"date": "2026-12-25", "from": "x", "to": "y"}],
        "overrides": [{"date": "today", "windows": [{"start": "01:00", "end": "01:00"}]}],
        "holiday_rule": "both",
    }
    assert {fault.field for fault in validate(written)} == {
        "timezone",
        "windows[0].end",
        "windows[1].weekday",
        "windows[3]",
        "holidays[0].date",
        "holidays[1].from",
        "holidays[1].to",
        "overrides[0].date",
        "overrides[0].windows[0]",
        "holiday_rule",
    }


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(draft(), id="least"),
        pytest.param(draft(holidays=None, overrides=None, zone=None, name=None), id="nulls"),
        pytest.param(draft(windows=hours("Mon 09:00-12:00", "Mon 12:00-17:00")), id="touching"),
        pytest.param(draft(windows=hours("Sun 22:00-06:00", "Mon 06:00-08:00")), id="touching over the week's end"),
        pytest.param(draft(windows=hours("Mon-Sun 00:00-24:00")), id="all week"),
        pytest.param(draft(windows=hours("Mon-Sun 09:00-08:59")), id="nearly all week, across midnight"),
        pytest.param(draft(holidays=[{"date": "2024-02-29", "recurrence": "yearly"}]), id="29 February"),
        pytest.param(draft(holidays=[{"date": "2026-12-25"}, {"date": "2020-12-25", "recurrence": "yearly"}]), id="single and yearly"),
        pytest.param(draft(holidays=[{"date": "2026-12-24", "to": "09:30"}, {"date": "2026-12-24", "from": "12:00"}]), id="two parts of a day"),
        pytest.param(draft(windows=[], overrides=[{"date": "2026-12-24", "windows": [{"start": "09:00", "end": "10:00"}]}]), id="an override only"),
        pytest.param(draft(surprise=1), id="a key of a later version"),
        pytest.param(draft(overtime_windows=[MONDAY | {"weekday": 5, "multiplier": "1.50"}], type="capacity"), id="capacity"),
    ],
)  # fmt: skip
def test_no_fault(written: dict[str, Any]) -> None:
    assert validate(written) == []


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(draft(windows=[]), id="no windows"),
        pytest.param(draft(windows=[], overrides=[{"date": "2026-12-24", "windows": []}]), id="closing overrides"),
        pytest.param(draft(windows=[], overrides=[{"date": "2300-12-24", "windows": [{"start": "09:00", "end": "10:00"}]}]), id="beyond the range"),
        pytest.param(snapshot("Europe/London", overrides=[{"date": "2026-03-29", "windows": [{"start": "01:00", "end": "02:00"}]}]), id="in the skipped hour"),
        pytest.param(snapshot("Pacific/Apia", overrides=[{"date": "2011-12-30", "windows": [{"start": "01:00", "end": "02:00"}]}]), id="on the skipped date"),
        pytest.param(draft(holidays=[{"date": str(datetime(2024, 1, 1, tzinfo=UTC).date() + timedelta(days=day)), "recurrence": "yearly"} for day in range(366)]), id="always a holiday"),
    ],
)  # fmt: skip
def test_never_open(written: dict[str, Any]) -> None:
    with pytest.raises(NoBusinessTime) as refused:
        BusinessCalendar.from_snapshot(written)
    assert refused.value.code == "calendar.no-business-time"
    assert [fault.field for fault in refused.value.faults] == ["windows"]
    with pytest.raises(NoBusinessTime):
        seal(written, calendar_id="x", version=1)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda found, at: found.elapsed(at, AT), id="elapsed from"),
        pytest.param(lambda found, at: found.elapsed(AT, at), id="elapsed to"),
        pytest.param(lambda found, at: found.calculate_business_minutes(at, AT), id="minutes"),
        pytest.param(lambda found, at: found.add(at, timedelta(hours=1)), id="add"),
        pytest.param(lambda found, at: found.add(at, timedelta()), id="add nothing"),
        pytest.param(lambda found, at: found.add_business_minutes(at, -1), id="add minutes"),
        pytest.param(lambda found, at: found.next_business_minute(at), id="next"),
        pytest.param(lambda found, at: found.previous_business_minute(at), id="previous"),
        pytest.param(lambda found, at: found.is_business_time(at), id="is open"),
        pytest.param(lambda found, at: found.explain(at, AT), id="explain"),
    ],
)
def test_instants_that_no_method_takes(ask: Any) -> None:
    with pytest.raises(ValueError, match="naive"):
        ask(OFFICE, AT.replace(tzinfo=None))
    for outside in (
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2200, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ):
        with pytest.raises(InstantOutOfRange) as refused:
            ask(OFFICE, outside)
        assert isinstance(refused.value, Refusal)
        assert refused.value.code == "instant.out-of-range"


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda found: found.add(AT, timedelta(days=80_000)), id="at once"),
        pytest.param(lambda found: found.add(AT, timedelta.max), id="more than there is"),
        pytest.param(lambda found: found.add(AT, timedelta.min), id="less than there is"),
        pytest.param(lambda found: found.add(AT, timedelta(days=20_000)), id="after a search"),
        pytest.param(lambda found: found.add(AT, timedelta(days=-10_000)), id="back"),
        pytest.param(lambda found: found.add_business_minutes(AT, 10**30), id="any number"),
        pytest.param(
            lambda found: found.next_business_minute(datetime(2199, 12, 31, 18, tzinfo=UTC)),
            id="the last evening",
        ),
        pytest.param(
            lambda found: found.previous_business_minute(datetime(1970, 1, 1, 1, tzinfo=UTC)),
            id="the first morning",
        ),
    ],
)
def test_results_out_of_range(ask: Any) -> None:
    with pytest.raises(InstantOutOfRange):
        ask(OFFICE)


@pytest.mark.parametrize(
    ("ask", "seen"),
    [
        pytest.param(lambda found: found.next_business_minute(AT), "after", id="next"),
        pytest.param(lambda found: found.add_business_minutes(AT, 1), "after", id="add"),
        pytest.param(
            lambda found: found.add_business_minutes(AT, -181), "before", id="add too much back"
        ),
        pytest.param(
            lambda found: found.previous_business_minute(datetime(2019, 1, 1, tzinfo=UTC)),
            "before",
            id="previous",
        ),
    ],
)
def test_searches_that_find_nothing_end(ask: Any, seen: str) -> None:
    once = snapshot(
        "UTC",
        overrides=[{"date": "2020-03-07", "windows": [{"start": "10:00", "end": "13:00"}]}],
    )
    found = BusinessCalendar.from_snapshot(once)
    with pytest.raises(NoBusinessTime, match=f"not enough open hours {seen} 20"):
        ask(found)
    with pytest.raises(NoBusinessTime):  # the same from what was laid out in vain
        ask(found)


@pytest.mark.parametrize("minutes", [1.0, "1", None, 1.5])
def test_minutes_are_whole(minutes: Any) -> None:
    with pytest.raises(TypeError):
        OFFICE.add_business_minutes(AT, minutes)


@pytest.mark.parametrize("at", ["2026-03-02", None, 5])
def test_what_is_no_datetime(at: Any) -> None:
    with pytest.raises(TypeError):
        OFFICE.elapsed(AT, at)


def test_the_ends_of_the_range_are_in_it() -> None:
    always = BusinessCalendar.always()
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    assert always.elapsed(first, last) == last - first
    assert always.is_business_time(last)
    assert always.previous_business_minute(first) == first
    assert OFFICE.is_business_time(last) is False
    assert OFFICE.previous_business_minute(last) == datetime(2199, 12, 31, 17, tzinfo=UTC)


def test_what_is_laid_out_beyond_the_range_gives_no_answer() -> None:
    found = calendar("UTC", "Mon-Fri 09:00-17:00")
    last = datetime(2200, 1, 1, tzinfo=UTC)
    evening = datetime(2199, 12, 31, 16, tzinfo=UTC)
    assert found.is_business_time(last) is False  # lays out 2200
    assert found.elapsed(evening, last) == timedelta(hours=1)  # and gives it to datetimes
    assert found.add(evening, timedelta(hours=1)) == datetime(2199, 12, 31, 17, tzinfo=UTC)
    with pytest.raises(InstantOutOfRange):
        found.elapsed(evening, last + timedelta(days=2))
    with pytest.raises(InstantOutOfRange):
        found.add(evening, timedelta(hours=2))
    with pytest.raises(InstantOutOfRange):
        found.add(last + timedelta(days=2), timedelta(hours=-1))
    with pytest.raises(InstantOutOfRange):
        found.add_many(
            [(evening - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)], 120
        )
