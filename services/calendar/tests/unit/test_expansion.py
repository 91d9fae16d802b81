"""Drafts with rules and sets become plain ones, each date once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from calendar_service.domain.expansion import Expansion, Horizon, expanded, horizon_of
from calendar_service.domain.sets import SetVersion, set_faults_in
from calendar_service.domain.version import snapshot_of
from slaclock.business_time import PACKAGED, BusinessCalendar, InvalidCalendar, seal, validate
from slaclock.testing.calendars import snapshots

SETS = Path(__file__).parents[4] / "examples" / "holiday-sets"
AT = datetime(2026, 3, 2, tzinfo=UTC)
YEARS = Horizon(2026, 2028)
XMAS: dict[str, Any] = {"rule": "date", "month": 12, "day": 25, "name": "Christmas Day"}
GOOD_FRIDAY: dict[str, Any] = {"rule": "easter", "days": -2, "name": "Good Friday"}


def holiday_set(set_id: str, version: int = 1, **document: Any) -> SetVersion:
    return SetVersion(set_id, version, "0" * 64, document)


def draft(**keys: Any) -> dict[str, Any]:
    windows = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)]
    return {"timezone": "Europe/London", "windows": windows, **keys}


def made(*sets: SetVersion, **keys: Any) -> Expansion:
    if sets:
        keys["holiday_sets"] = [{"set_id": one.set_id} for one in sets]
    return expanded(draft(**keys), {one.set_id: one for one in sets}, YEARS)


def dates(expansion: Expansion) -> list[str]:
    return [day["date"] for day in expansion.document["holidays"]]


def test_rules_become_dates_and_the_horizon_is_told() -> None:
    found = made(holidays=[{"date": "2026-05-04", "name": "Party"}], holiday_rules=[GOOD_FRIDAY])
    assert found.document == draft(
        holidays=[
            {"date": "2026-05-04", "name": "Party"},
            {"date": "2026-04-03", "name": "Good Friday"},
            {"date": "2027-03-26", "name": "Good Friday"},
            {"date": "2028-04-14", "name": "Good Friday"},
        ],
        horizon={"first_year": 2026, "last_year": 2028},
    )
    assert found.merged == ()
    assert validate(found.document) == []


def test_parts_of_days() -> None:
    eve = {"rule": "date", "month": 12, "day": 24, "name": "Christmas Eve", "from": "12:00"}
    found = expanded(draft(holiday_rules=[eve]), {}, Horizon(2026, 2026))
    assert found.document["holidays"] == [
        {"date": "2026-12-24", "name": "Christmas Eve", "from": "12:00", "to": "24:00"}
    ]


@pytest.mark.parametrize(
    "keys", [{}, {"holiday_rules": [], "holiday_sets": None}, {"holidays": []}]
)
def test_without_rules_nothing_changes(keys: dict[str, Any]) -> None:
    found = expanded(draft(**keys, horizon={"first_year": 2026, "last_year": 2030}), {}, YEARS)
    rest = {key: value for key, value in keys.items() if key == "holidays"}
    assert found.document == draft(**rest)
    assert (found.merged, found.sets) == ((), ())


@pytest.mark.parametrize(
    ("keys", "sets", "expected", "merged"),
    [
        pytest.param(
            {"holidays": [{"date": "2026-12-25", "name": "Closed"}], "holiday_rules": [XMAS]}, [],
            ["2026-12-25 Closed", "2027-12-25 Christmas Day", "2028-12-25 Christmas Day"],
            [("holiday_rules[0]", "2026-12-25", "holidays[0] (Closed)")],
            id="an explicit date wins over a rule",
        ),
        pytest.param(
            {"holidays": [{"date": "2020-12-25", "name": "Closed", "recurrence": "yearly"}], "holiday_rules": [XMAS]}, [],
            ["2020-12-25 Closed"],
            [("holiday_rules[0]", ["2026-12-25", "2027-12-25", "2028-12-25"], "holidays[0] (Closed)")],
            id="a yearly one in all years, with one warning",
        ),
        pytest.param(
            {"holiday_rules": [XMAS]}, [holiday_set("uk", holiday_rules=[GOOD_FRIDAY, XMAS | {"name": "Xmas"}])],
            ["2026-12-25 Christmas Day", "2027-12-25 Christmas Day", "2028-12-25 Christmas Day", "2026-04-03 Good Friday", "2027-03-26 Good Friday", "2028-04-14 Good Friday"],
            [("holiday_sets[0]", ["2026-12-25", "2027-12-25", "2028-12-25"], "holiday_rules[0] (Christmas Day)")],
            id="a rule wins over a set",
        ),
        pytest.param(
            {}, [holiday_set("a", 2, holidays=[{"date": "2026-07-01", "name": "A"}]), holiday_set("b", 7, holidays=[{"date": "2026-07-01", "name": "B"}, {"date": "2026-07-02", "name": "B"}])],
            ["2026-07-01 A", "2026-07-02 B"],
            [("holiday_sets[1]", "2026-07-01", "set a 2: holidays[0] (A)")],
            id="the first set wins",
        ),
        pytest.param(
            {"holiday_rules": [GOOD_FRIDAY, {"rule": "date", "month": 4, "day": 3, "name": "Moving day", "last_year": 2026}]}, [],
            ["2026-04-03 Good Friday", "2027-03-26 Good Friday", "2028-04-14 Good Friday"],
            [("holiday_rules[1]", "2026-04-03", "holiday_rules[0] (Good Friday)")],
            id="two rules once on one date",
        ),
        pytest.param(
            {"holidays": [{"date": "2026-12-24", "name": "Early", "from": "12:00"}]}, [holiday_set("a", holidays=[{"date": "2026-12-24", "name": "Eve"}, {"date": "2026-12-31", "name": "Eve"}])],
            ["2026-12-24 Early", "2026-12-31 Eve"],
            [("holiday_sets[0]", "2026-12-24", "holidays[0] (Early)")],
            id="the author's half day wins over the set's whole one",
        ),
        pytest.param(
            {"holidays": [{"date": "2026-12-24", "name": "Early", "to": "10:00"}]}, [holiday_set("a", holidays=[{"date": "2026-12-24", "name": "Eve", "from": "12:00"}])],
            ["2026-12-24 Early", "2026-12-24 Eve"], [],
            id="hours that do not overlap are both kept",
        ),
        pytest.param(
            {"holidays": [{"date": "2026-12-25", "name": "This year"}]}, [holiday_set("a", holidays=[{"date": "2020-12-25", "name": "Always", "recurrence": "yearly"}])],
            ["2026-12-25 This year", "2020-12-25 Always"], [],
            id="a yearly one is needed for the other years",
        ),
    ],
)  # fmt: skip
def test_a_date_is_taken_once(
    keys: dict[str, Any], sets: list[SetVersion], expected: list[str], merged: list[Any]
) -> None:
    found = made(*sets, **keys)
    assert [f"{day['date']} {day['name']}" for day in found.document["holidays"]] == expected
    assert [(fault.field, fault.value) for fault in found.merged] == [
        (field, value) for field, value, _ in merged
    ]
    for fault, (_, _, other) in zip(found.merged, merged, strict=True):
        assert fault.code == "calendar.holiday-merged"
        assert other in fault.message
        assert fault.remedy
    assert validate(found.document) == []
    assert found.sets == tuple(sets)


def test_a_substitute_avoids_the_holidays_of_its_own_document_only() -> None:
    moved = XMAS | {"observed": "next_free_weekday"}
    own = expanded(
        draft(holidays=[{"date": "2027-12-27", "name": "Stocktaking"}], holiday_rules=[moved]),
        {},
        Horizon(2027, 2027),
    )
    assert dates(own) == ["2027-12-27", "2027-12-25", "2027-12-28"]
    every_year = [{"date": "2000-12-27", "name": "Stocktaking", "recurrence": "yearly"}]
    again = expanded(draft(holidays=every_year, holiday_rules=[moved]), {}, Horizon(2027, 2027))
    assert dates(again) == ["2000-12-27", "2027-12-25", "2027-12-28"]

    bank = holiday_set("bank", holiday_rules=[moved])
    shared = made(bank, holidays=[{"date": "2027-12-27", "name": "Stocktaking"}])
    assert dates(shared) == ["2027-12-27", "2026-12-25", "2027-12-25", "2028-12-25"]
    [warning] = shared.merged
    assert warning.value == "2027-12-27"


@pytest.mark.parametrize(
    ("keys", "year", "expected"),
    [
        ({}, 2026, Horizon(2021, 2036)),
        ({"horizon": None}, 2026, Horizon(2021, 2036)),
        ({"horizon": {"first_year": 2000, "last_year": 2050}}, 2026, Horizon(2000, 2050)),
        ({"horizon": {"first_year": 2050, "last_year": 2000}}, 2026, Horizon(2021, 2036)),
        ({}, 1971, Horizon(1970, 1981)),
        ({}, 2198, Horizon(2193, 2199)),
    ],
)
def test_the_horizon(keys: dict[str, Any], year: int, expected: Horizon) -> None:
    assert horizon_of(draft(**keys), AT.replace(year=year)) == expected


def test_published_with_rules() -> None:
    uk = json.loads((SETS / "england-and-wales.json").read_bytes())
    assert set_faults_in(uk, "england-and-wales") == []
    sets = {"england-and-wales": SetVersion("england-and-wales", 1, "0" * 64, uk)}
    document = draft(
        holiday_sets=[{"set_id": "england-and-wales"}], name="UK", calendar_id="uk", version=9
    )
    found = expanded(document, sets, horizon_of(document, AT))
    sealed = snapshot_of(found.document, "uk", 1, PACKAGED).document
    assert sealed["horizon"] == {"first_year": 2021, "last_year": 2036}
    assert not {"holiday_rules", "holiday_sets"} & sealed.keys()
    assert len(sealed["holidays"]) > 16 * 8
    calendar = BusinessCalendar.from_snapshot(dict(sealed))
    closed = datetime(2027, 12, 28, 12, tzinfo=UTC)  # for Boxing Day
    assert calendar.next_business_minute(closed) == datetime(2027, 12, 29, 9, tzinfo=UTC)


@pytest.mark.parametrize("name", ["england-and-wales", "us-federal"])
def test_the_examples_can_be_published(name: str) -> None:
    document = json.loads((SETS / f"{name}.json").read_bytes())
    assert set_faults_in(document, name) == []


def test_sealing_takes_no_rules() -> None:
    """What would be lost in silence otherwise."""
    with pytest.raises(InvalidCalendar) as refused:
        seal(draft(holiday_rules=[XMAS]), calendar_id="uk", version=1)
    [fault] = refused.value.faults
    assert (fault.field, fault.code) == ("holiday_rules", "calendar.unknown-key")
    with pytest.raises(InvalidCalendar):
        seal(draft(horizon={"first_year": 2030}), calendar_id="uk", version=1)


@dataclass(frozen=True, slots=True)
class OldZones:
    """UTC, as it always was."""

    version: str = "2026.6"

    def names(self) -> frozenset[str]:
        return frozenset({"UTC"})

    def read(self, name: str) -> bytes:
        return PACKAGED.read(name)


def test_the_hash_of_a_snapshot_without_rules_is_what_it_was() -> None:
    """Written down before there were rules: published bytes stay what they are."""
    windows = [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)]
    document = {
        "name": "UK support",
        "timezone": "UTC",
        "windows": windows,
        "holidays": [
            {"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"},
            {"date": "2026-12-24", "name": "Eve", "from": "12:00"},
        ],
        "overrides": [{"date": "2026-12-31", "windows": [{"start": "09:00", "end": "12:00"}]}],
        "overtime_windows": [
            {"weekday": 5, "start": "09:00", "end": "13:00", "multiplier": "1.50"}
        ],
    }
    snapshot = snapshot_of(expanded(document, {}, YEARS).document, "uk", 3, OldZones())
    assert snapshot.hash == "6870f34ea39839560fb00da1282fede0d1f31a7d3612c114ba3839306aba1eb6"


@given(snapshots())
def test_any_draft_without_rules_is_sealed_as_before(written: dict[str, Any]) -> None:
    before = snapshot_of(written, "c", 1, PACKAGED)
    assert snapshot_of(expanded(written, {}, YEARS).document, "c", 1, PACKAGED) == before
    copied = expanded(dict(before.document), {}, YEARS).document
    assert snapshot_of(copied, "c", 1, PACKAGED) == before
