"""For which years rules became dates, and the keys that only drafts have."""

from __future__ import annotations

from typing import Any

import pytest

from slaclock.business_time import (
    BusinessCalendar,
    Horizon,
    InvalidCalendar,
    read_horizon,
    seal,
    unknown_keys,
    unknown_set_keys,
    validate,
)
from slaclock.testing.calendars import snapshot

OFFICE = snapshot("UTC", "Mon-Fri 09:00-17:00")
YEARS = {"first_year": 2021, "last_year": 2036}
XMAS = {"rule": "date", "month": 12, "day": 25, "name": "Christmas Day"}


def test_a_horizon() -> None:
    found = Horizon(2021, 2036)
    assert read_horizon(YEARS) == (found, [])
    assert found.written() == YEARS
    assert 2021 in found
    assert 2037 not in found
    assert read_horizon({"first_year": 2100, "last_year": 2199})[1] == []


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ([], ["horizon"]),
        ({}, ["horizon.first_year", "horizon.last_year"]),
        ({"first_year": 1969, "last_year": 2200}, ["horizon.first_year", "horizon.last_year"]),
        ({"first_year": True, "last_year": 2030}, ["horizon.first_year"]),
        ({"first_year": 2030, "last_year": 2029}, ["horizon"]),
        ({"first_year": 2000, "last_year": 2100}, ["horizon"]),
    ],
)
def test_what_is_no_horizon(written: Any, fields: list[str]) -> None:
    found, faults = read_horizon(written)
    assert found is None
    assert [fault.field for fault in faults] == fields
    with pytest.raises(InvalidCalendar):
        seal({**OFFICE, "horizon": written}, calendar_id="c", version=1)
    BusinessCalendar.from_snapshot({**OFFICE, "horizon": written})  # no answer depends on it


def test_a_snapshot_keeps_its_horizon_and_has_none_without() -> None:
    assert seal({**OFFICE, "horizon": YEARS}, calendar_id="c", version=1)["horizon"] == YEARS
    assert "horizon" not in seal({**OFFICE, "horizon": None}, calendar_id="c", version=1)
    assert "horizon" not in seal(OFFICE, calendar_id="c", version=1)


def test_rules_are_for_drafts_only() -> None:
    """A snapshot with rules is read, as one of a later version; none is sealed."""
    draft = {**OFFICE, "holiday_rules": [XMAS], "holiday_sets": [{"set_id": "uk"}]}
    assert validate(draft) == []
    assert unknown_keys(draft, rules=True) == []
    assert [fault.field for fault in unknown_keys(draft)] == ["holiday_rules", "holiday_sets"]
    with pytest.raises(InvalidCalendar):
        seal(draft, calendar_id="c", version=1)


@pytest.mark.parametrize(
    ("written", "field", "remedy"),
    [
        ({"holiday_rulez": []}, "holiday_rulez", "write holiday_rule"),
        ({"holiday_rules": [XMAS | {"observe": "x"}]}, "holiday_rules[0].observe", "write observed"),
        ({"holiday_rules": [XMAS | {"weekday": 1}]}, "holiday_rules[0].weekday", "write day"),
        ({"holiday_rules": [XMAS, {"rule": [], "moon": 1}]}, "holiday_rules[1].moon", "write mont"),
        ({"holiday_sets": [{"set": "uk"}]}, "holiday_sets[0].set", "write set_id"),
        ({"horizon": {"last": 2036}}, "horizon.last", "write last_year"),
    ],
)  # fmt: skip
def test_a_misspelt_key(written: dict[str, Any], field: str, remedy: str) -> None:
    [fault] = unknown_keys(OFFICE | written, rules=True)
    assert fault.field == field
    assert fault.remedy.startswith(remedy)


def test_keys_of_a_set() -> None:
    known = {"schema": "x", "set_id": "uk", "name": "UK", "holidays": [], "holiday_rules": [XMAS]}
    assert unknown_set_keys(known) == []
    strange = {"windows": [], "holidays": [{"day": 1}], "holiday_rules": [{"nht": 1}]}
    found = [fault.field for fault in unknown_set_keys(strange)]
    assert found == ["windows", "holiday_rules[0].nht", "holidays[0].day"]
    assert unknown_set_keys([]) == []
