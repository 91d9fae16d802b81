"""What changes between two snapshots: complete, in order, and in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaclock.business_time import PACKAGED, BusinessCalendar, seal
from slaclock.business_time.differences import applied, differences
from slaclock.testing.calendars import hours, snapshots

UNTOLD = {"version", "tzdata"}
XMAS = {"date": "2026-12-25", "name": "Christmas Day"}
PARTY = {"start": "09:00", "end": "13:00"}


def sealed(**keys: Any) -> dict[str, Any]:
    draft = {"timezone": "Europe/London", "windows": hours("Mon-Fri 09:00-17:00"), "name": "UK"}
    return seal(draft | keys, calendar_id="uk", version=keys.get("version", 1))


def meaning(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in snapshot.items() if key not in UNTOLD}


def london(**keys: Any) -> dict[str, Any]:
    """A snapshot whose zone is changed."""
    found = sealed()
    return {**found, "zone": {**found["zone"], **keys}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(sealed(), sealed(), [], id="nothing"),
        pytest.param(sealed(), sealed(version=7) | {"tzdata": "2030.1"}, [], id="number and tzdata do not count"),
        pytest.param(
            sealed(), sealed(windows=hours("Mon 08:00-18:00", "Tue-Fri 09:00-17:00")),
            [("windows.monday", "changed", "Monday: 09:00-17:00 becomes 08:00-18:00")], id="other hours",
        ),
        pytest.param(
            sealed(), sealed(windows=hours("Mon-Fri 09:00-12:00", "Tue-Fri 13:00-17:00")),
            [("windows.monday", "changed", "Monday: 09:00-17:00 becomes 09:00-12:00")] + [
                (f"windows.{day.lower()}", "changed", f"{day}: 09:00-17:00 becomes 09:00-12:00 and 13:00-17:00")
                for day in ("Tuesday", "Wednesday", "Thursday", "Friday")
            ], id="a lunch break",
        ),
        pytest.param(
            sealed(windows=hours("Mon-Sat 09:00-17:00")), sealed(windows=hours("Mon-Fri 09:00-17:00", "Sun 10:00-12:00")),
            [
                ("windows.saturday", "removed", "Saturday is closed from now on; it was 09:00-17:00"),
                ("windows.sunday", "added", "Sunday is open from now on: 10:00-12:00"),
            ], id="Saturday for Sunday",
        ),
        pytest.param(
            sealed(holidays=[XMAS]), sealed(holidays=[XMAS, {"date": "2027-01-01", "name": "New Year's Day"}]),
            [("holidays.2027-01-01", "added", "adds holiday 2027-01-01 New Year's Day")], id="a new holiday",
        ),
        pytest.param(
            sealed(holidays=[XMAS]), sealed(),
            [("holidays.2026-12-25", "removed", "removes holiday 2026-12-25 Christmas Day")], id="a holiday less",
        ),
        pytest.param(
            sealed(), sealed(holidays=[{"date": "2026-06-01"}]),
            [("holidays.2026-06-01", "added", "adds holiday 2026-06-01")], id="a holiday without a name",
        ),
        pytest.param(
            sealed(holidays=[XMAS]), sealed(holidays=[XMAS | {"name": "Xmas"}]),
            [("holidays.2026-12-25", "changed", "holiday 2026-12-25: Christmas Day becomes Xmas")], id="another name",
        ),
        pytest.param(
            sealed(holidays=[XMAS]), sealed(holidays=[XMAS | {"from": "12:00"}]),
            [("holidays.2026-12-25", "changed", "holiday 2026-12-25: Christmas Day becomes Christmas Day from 12:00 to 24:00")], id="half a day now",
        ),
        pytest.param(
            sealed(holidays=[XMAS]), sealed(holidays=[XMAS | {"recurrence": "yearly"}]),
            [
                ("holidays.2026-12-25", "removed", "removes holiday 2026-12-25 Christmas Day"),
                ("holidays.yearly-12-25", "added", "adds holiday every 25 December Christmas Day"),
            ], id="every year now",
        ),
        pytest.param(
            sealed(holidays=[XMAS | {"recurrence": "yearly"}]), sealed(holidays=[XMAS | {"recurrence": "yearly", "date": "2020-12-25"}]),
            [("holidays.yearly-12-25", "changed", "holiday every 25 December Christmas Day is written with another year, which changes nothing")], id="the same every year",
        ),
        pytest.param(
            sealed(), sealed(holidays=[{"date": "2024-02-29", "name": "Leap", "recurrence": "yearly", "to": "12:00"}, {"date": "2024-02-29", "name": "Day", "recurrence": "yearly", "from": "13:00"}]),
            [("holidays.yearly-02-29", "added", "adds holiday every 29 February Leap from 00:00 to 12:00 and Day from 13:00 to 24:00")], id="two parts of a leap day",
        ),
        pytest.param(
            sealed(overrides=[{"date": "2026-12-31", "windows": []}]), sealed(overrides=[{"date": "2026-12-24", "windows": [PARTY]}]),
            [
                ("overrides.2026-12-24", "added", "2026-12-24 is open 09:00-13:00 instead of its usual hours"),
                ("overrides.2026-12-31", "removed", "2026-12-31 has its usual hours again; it was closed"),
            ], id="overrides",
        ),
        pytest.param(
            sealed(overrides=[{"date": "2026-12-31", "windows": []}]), sealed(overrides=[{"date": "2026-12-31", "windows": [PARTY]}]),
            [("overrides.2026-12-31", "changed", "2026-12-31: closed becomes open 09:00-13:00")], id="an override changes",
        ),
        pytest.param(
            sealed(type="capacity", overtime_windows=[PARTY | {"weekday": 5, "multiplier": "1.50"}]), sealed(overtime_windows=[PARTY | {"weekday": 5, "multiplier": "2"}, PARTY | {"weekday": 6, "multiplier": "3"}]),
            [
                ("type", "changed", "type capacity becomes business"),
                ("overtime_windows.saturday", "changed", "overtime on Saturday: 09:00-13:00 at 1.50 times becomes 09:00-13:00 at 2 times"),
                ("overtime_windows.sunday", "added", "overtime on Sunday: none becomes 09:00-13:00 at 3 times"),
            ], id="overtime and type",
        ),
        pytest.param(
            sealed(), sealed(name="UK desk", holiday_rule="shift"),
            [
                ("name", "changed", 'name "UK" becomes "UK desk"'),
                ("holiday_rule", "changed", "holidays close the whole windows that begin on them; before, holidays close their local date"),
            ], id="name and holiday rule",
        ),
        pytest.param(
            sealed(), sealed(timezone="Europe/Lisbon"),
            [
                ("timezone", "changed", "time zone Europe/London becomes Europe/Lisbon"),
                ("zone", "changed", "the clock is that of Europe/Lisbon, the same as Europe/London until 1971-10-31T02:00:00Z"),
            ], id="a zone that was once the same",
        ),
        pytest.param(
            sealed(), sealed(timezone="Asia/Tokyo"),
            [
                ("timezone", "changed", "time zone Europe/London becomes Asia/Tokyo"),
                ("zone", "changed", "the clock is that of Asia/Tokyo, with other offsets than Europe/London"),
            ], id="another zone",
        ),
        pytest.param(
            sealed(), sealed(timezone="Europe/Jersey"),
            [
                ("timezone", "changed", "time zone Europe/London becomes Europe/Jersey"),
                ("zone", "changed", "the clock is that of Europe/Jersey, the same as Europe/London from 1970 to 2200"),
            ], id="another name of a zone",
        ),
        pytest.param(
            london(), london(tail="GMT0BST,M3.4.0/1,M10.5.0"),
            [("zone", "changed", "rules of Europe/London change: from 1996-03-24T01:00:00Z other offsets")], id="another rule",
        ),
        pytest.param(
            london(), london(transitions=[*sealed()["zone"]["transitions"], [1806195600, 3600]]),
            [("zone", "changed", "rules of Europe/London change: from 1996-03-31T01:00:00Z other offsets")], id="another list",
        ),
        pytest.param(
            london(), london(tail="<GMT>0<BST>,M3.5.0/1,M10.5.0"),
            [("zone", "changed", "rules of Europe/London are written otherwise and compute the same")], id="another spelling",
        ),
        pytest.param(
            sealed(), sealed(horizon={"first_year": 2021, "last_year": 2036}),
            [("horizon", "added", "holidays of rules and sets are known from 2021 to 2036")], id="a horizon",
        ),
        pytest.param(
            sealed(horizon={"first_year": 2020, "last_year": 2035}), sealed(horizon={"first_year": 2021, "last_year": 2036}),
            [("horizon", "changed", "holidays of rules and sets are known from 2021 to 2036; before, from 2020 to 2035")], id="a later horizon",
        ),
        pytest.param(
            sealed(horizon={"first_year": 2020, "last_year": 2035}), sealed(),
            [("horizon", "removed", "no holiday comes from a rule any more")], id="no horizon",
        ),
        pytest.param(
            sealed(), sealed() | {"colour": "blue"},
            [("colour", "added", "colour none becomes blue")], id="a key of a later version",
        ),
        pytest.param(
            {key: value for key, value in sealed().items() if key != "zone"}, sealed(),
            [("zone", "added", "the calendar carries its zone")], id="a draft and its snapshot",
        ),
    ],
)  # fmt: skip
def test_differences(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    found = differences(before, after)
    assert [(one.path, one.kind, one.words) for one in found] == expected
    assert meaning(applied(before, found)) == meaning(after)
    assert meaning(applied(after, differences(after, before))) == meaning(before)


def test_values_are_what_the_snapshots_say() -> None:
    [monday, tuesday] = differences(
        sealed(windows=hours("Mon-Tue 09:00-17:00")), sealed(windows=hours("Mon 10:00-17:00"))
    )
    assert monday.before == [{"start": "09:00", "end": "17:00"}]
    assert monday.after == [{"start": "10:00", "end": "17:00"}]
    assert (tuesday.kind, tuesday.after) == ("removed", None)
    [holiday] = differences(sealed(), sealed(holidays=[XMAS]))
    assert (holiday.before, holiday.after) == (None, [XMAS])


def test_drafts_can_be_compared_as_well() -> None:
    written = {"timezone": "UTC", "windows": hours("Mon 09:00-17:00"), "holidays": None}
    assert [one.path for one in differences(written, written | {"holidays": [XMAS]})] == [
        "holidays.2026-12-25"
    ]


@st.composite
def sealed_ones(draw: st.DrawFn) -> dict[str, Any]:
    written = draw(snapshots(zones=("UTC", "Europe/London", "Asia/Gaza")))
    written["name"] = draw(st.sampled_from(["a", "b"]))
    if draw(st.booleans()):
        written["horizon"] = {"first_year": 2020, "last_year": draw(st.integers(2020, 2022))}
    return seal(written, calendar_id="c", version=draw(st.integers(1, 9)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two snapshots, of which the second has some keys of the first."""
    one, other = draw(sealed_ones()), draw(sealed_ones())
    kept = draw(st.sets(st.sampled_from(sorted({*one, *other} - UNTOLD - {"zone", "timezone"}))))
    if draw(st.booleans()):
        kept |= {"zone", "timezone"}
    rest = {key: value for key, value in other.items() if key not in kept}
    return one, rest | {key: one[key] for key in kept if key in one}


@given(pairs())
def test_differences_are_complete(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = pair
    found = differences(before, after)
    assert bool(found) == (meaning(before) != meaning(after))
    assert meaning(applied(before, found)) == meaning(after)
    assert all(one.words and one.before != one.after for one in found)
    assert len({one.path for one in found}) == len(found)
    assert json.loads(json.dumps([[one.before, one.after] for one in found])) == [
        [one.before, one.after] for one in found
    ]


@given(pairs(), st.integers(0, 2_000_000_000_000_000))
def test_without_difference_both_compute_the_same(
    pair: tuple[dict[str, Any], dict[str, Any]], at: int
) -> None:
    before, after = pair
    copied = applied(before, differences(before, after))
    one, other = (BusinessCalendar.from_snapshot(found) for found in (copied, after))
    assert one.elapsed_us(0, at) == other.elapsed_us(0, at)


def test_order_is_fixed() -> None:
    before = sealed()
    after = sealed(
        name="x",
        timezone="UTC",
        windows=hours("Sun-Mon 01:00-02:00"),
        holidays=[
            XMAS,
            XMAS | {"date": "2026-01-01", "recurrence": "yearly"},
            {"date": "2027-01-01"},
        ],
        overrides=[{"date": "2026-01-02", "windows": []}],
        horizon={"first_year": 2026, "last_year": 2027},
    )
    paths = [one.path for one in differences(before, after)]
    assert paths == [
        "name", "timezone", "zone", "windows.monday", "windows.tuesday", "windows.wednesday",
        "windows.thursday", "windows.friday", "windows.sunday", "holidays.2026-12-25",
        "holidays.2027-01-01", "holidays.yearly-01-01", "overrides.2026-01-02", "horizon",
    ]  # fmt: skip
    assert PACKAGED.version == before["tzdata"]
