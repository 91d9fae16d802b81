"""What is wrong with rules, sets and horizons: all of it at once, each with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from calendar_service.domain.draft import faults_in, misspelt
from calendar_service.domain.sets import SetVersion, SetWish, set_faults_in, wanted_sets
from slaclock.business_time import PACKAGED
from slaclock.errors import Fault

AT = datetime(2026, 3, 2, tzinfo=UTC)
XMAS: dict[str, Any] = {"rule": "date", "month": 12, "day": 25, "name": "Christmas Day"}
LABOR: dict[str, Any] = {"rule": "weekday", "month": 9, "weekday": 0, "nth": 1, "name": "Labor Day"}
GOOD_FRIDAY: dict[str, Any] = {"rule": "easter", "days": -2, "name": "Good Friday"}
UK = SetVersion("uk-bank", 3, "0" * 64, {"holiday_rules": [XMAS]})


def draft(**keys: Any) -> dict[str, Any]:
    windows = [{"weekday": 0, "start": "09:00", "end": "17:00"}]
    return {"timezone": "Europe/London", "windows": windows, **keys}


def faults(**keys: Any) -> list[Fault]:
    return faults_in(draft(**keys), "uk", PACKAGED, {"uk-bank": UK}, AT)


def less(rule: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key not in keys}


@pytest.mark.parametrize(
    ("rule", "place", "value", "code"),
    [
        pytest.param("x", "", "x", "type", id="not an object"),
        pytest.param({"name": "x"}, ".rule", None, "choice", id="no kind"),
        pytest.param(XMAS | {"rule": "moon"}, ".rule", "moon", "choice", id="unknown kind"),
        pytest.param(XMAS | {"rule": []}, ".rule", [], "choice", id="kind not a text"),
        pytest.param(less(XMAS, "month"), ".month", None, "rule-number", id="no month"),
        pytest.param(XMAS | {"month": 13}, ".month", 13, "rule-number", id="month 13"),
        pytest.param(XMAS | {"month": True}, ".month", True, "rule-number", id="month true"),
        pytest.param(XMAS | {"day": 0}, ".day", 0, "rule-number", id="day 0"),
        pytest.param(XMAS | {"day": 25.0}, ".day", 25.0, "rule-number", id="day a float"),
        pytest.param(XMAS | {"month": 2, "day": 30}, ".day", 30, "rule-date", id="30 February"),
        pytest.param(XMAS | {"month": 4, "day": 31}, ".day", 31, "rule-date", id="31 April"),
        pytest.param(LABOR | {"nth": 0}, ".nth", 0, "rule-number", id="nth 0"),
        pytest.param(LABOR | {"nth": 6}, ".nth", 6, "rule-number", id="nth 6"),
        pytest.param(LABOR | {"nth": -6}, ".nth", -6, "rule-number", id="nth -6"),
        pytest.param(LABOR | {"nth": "last"}, ".nth", "last", "rule-number", id="nth a word"),
        pytest.param(LABOR | {"weekday": 7}, ".weekday", 7, "rule-number", id="weekday 7"),
        pytest.param(less(GOOD_FRIDAY, "days"), ".days", None, "rule-number", id="no days"),
        pytest.param(GOOD_FRIDAY | {"days": 367}, ".days", 367, "rule-number", id="too far from Easter"),
        pytest.param(GOOD_FRIDAY | {"calendar": "julian"}, ".calendar", "julian", "choice", id="another Easter"),
        pytest.param(less(XMAS, "name"), ".name", None, "rule-name", id="no name"),
        pytest.param(XMAS | {"name": " "}, ".name", " ", "rule-name", id="empty name"),
        pytest.param(XMAS | {"name": "a\nb"}, ".name", "a\nb", "name", id="a name of two lines"),
        pytest.param(XMAS | {"first_year": "2020"}, ".first_year", "2020", "rule-year", id="year a text"),
        pytest.param(XMAS | {"last_year": 0}, ".last_year", 0, "rule-year", id="year 0"),
        pytest.param(XMAS | {"first_year": 2027, "last_year": 2026}, ".last_year", 2026, "rule-year", id="ends before it begins"),
        pytest.param(XMAS | {"from": "noon"}, ".from", "noon", "time", id="from not a time"),
        pytest.param(XMAS | {"from": "24:00"}, ".from", "24:00", "time", id="from midnight to come"),
        pytest.param(XMAS | {"to": "25:00"}, ".to", "25:00", "time", id="to not a time"),
        pytest.param(XMAS | {"from": "18:00", "to": "06:00"}, "", "18:00-06:00", "holiday-part", id="part across midnight"),
        pytest.param(XMAS | {"to": "00:00"}, "", "00:00-00:00", "holiday-part", id="no part at all"),
        pytest.param(XMAS | {"observed": "friday"}, ".observed", "friday", "choice", id="observed never"),
        pytest.param(XMAS | {"observed": {}}, ".observed", {}, "choice", id="observed not a text"),
        pytest.param(XMAS | {"observed": "next_monday", "keep": 1}, ".keep", 1, "type", id="keep not a truth"),
        pytest.param(XMAS | {"keep": True}, ".keep", True, "rule-keep", id="keep without observed"),
        pytest.param(XMAS | {"nth": 1}, ".nth", 1, "unknown-key", id="a key of another kind"),
        pytest.param(XMAS | {"observd": "next_monday"}, ".observd", "next_monday", "unknown-key", id="a misspelt key"),
    ],
)  # fmt: skip
def test_one_fault_of_a_rule(rule: Any, place: str, value: object, code: str) -> None:
    [fault] = faults(holiday_rules=[XMAS, LABOR, rule])
    assert (fault.field, fault.value) == (f"holiday_rules[2]{place}", value)
    assert fault.code == f"calendar.{code}"
    assert fault.message
    assert fault.remedy
    [same] = set_faults_in({"holiday_rules": [XMAS, LABOR, rule]}, "x")
    assert same == fault


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        pytest.param({"holiday_rules": {}}, {"holiday_rules": "type"}, id="rules not a list"),
        pytest.param({"holiday_sets": {}}, {"holiday_sets": "type"}, id="sets not a list"),
        pytest.param({"holiday_sets": ["uk-bank"]}, {"holiday_sets[0]": "type"}, id="set not an object"),
        pytest.param({"holiday_sets": [{}]}, {"holiday_sets[0].set_id": "type"}, id="set without id"),
        pytest.param({"holiday_sets": [{"set_id": "uk"}]}, {"holiday_sets[0].set_id": "set-unknown"}, id="unknown set"),
        pytest.param({"holiday_sets": [{"set_id": "uk-bank", "version": 4}]}, {"holiday_sets[0].version": "set-version-unknown"}, id="unknown version"),
        pytest.param({"holiday_sets": [{"set_id": "uk-bank", "version": "3"}]}, {"holiday_sets[0].version": "type"}, id="version a text"),
        pytest.param({"holiday_sets": [{"set_id": "uk-bank"}, {"set_id": "uk-bank", "version": 3}]}, {"holiday_sets[1].set_id": "set-duplicate"}, id="a set twice"),
        pytest.param({"holiday_sets": [{"set_id": "uk-bank", "hash": "x"}]}, {"holiday_sets[0].hash": "unknown-key"}, id="unknown key of a set"),
        pytest.param({"horizon": 2030}, {"horizon": "horizon"}, id="horizon not an object"),
        pytest.param({"horizon": {}}, {"horizon.first_year": "horizon", "horizon.last_year": "horizon"}, id="horizon without years"),
        pytest.param({"horizon": {"first_year": 1969, "last_year": 2200}}, {"horizon.first_year": "horizon", "horizon.last_year": "horizon"}, id="horizon out of range"),
        pytest.param({"horizon": {"first_year": 2030, "last_year": 2029}}, {"horizon": "horizon"}, id="horizon ends early"),
        pytest.param({"horizon": {"first_year": 1990, "last_year": 2090}}, {"horizon": "horizon"}, id="101 years"),
        pytest.param({"horizon": {"first_year": 2020, "last_year": 2030, "years": 11}}, {"horizon.years": "unknown-key"}, id="unknown key of the horizon"),
        pytest.param(
            {
                "timezone": "Mars/Olympus",
                "windows": [{"weekday": 0, "start": "09:00", "end": "09:00"}],
                "holidays": [{"date": "2026-02-30"}],
                "holiday_rules": [XMAS | {"month": 0, "observed": "never"}, LABOR | {"nth": 9}],
                "holiday_sets": [{"set_id": "mars"}],
                "horizon": {"first_year": "now", "last_year": 2030},
            },
            {
                "timezone": "timezone",
                "windows[0]": "window-empty",
                "holidays[0].date": "date",
                "holiday_rules[0].month": "rule-number",
                "holiday_rules[0].observed": "choice",
                "holiday_rules[1].nth": "rule-number",
                "holiday_sets[0].set_id": "set-unknown",
                "horizon.first_year": "horizon",
            },
            id="everything at once",
        ),
    ],
)  # fmt: skip
def test_faults_of_a_draft(keys: dict[str, Any], places: dict[str, str]) -> None:
    found = faults(**keys)
    assert {fault.field: fault.code for fault in found} == {
        place: f"calendar.{code}" for place, code in places.items()
    }
    assert len(found) == len(places)
    assert all(fault.message and fault.remedy for fault in found)


def test_a_remedy_names_what_there_is() -> None:
    [fault] = faults(holiday_sets=[{"set_id": "uk-bank", "version": 9}])
    assert fault.remedy == "write 3, or leave it out for the newest"


def test_too_many_sets() -> None:
    found = faults(holiday_sets=[{"set_id": f"s{number}"} for number in range(51)])
    assert found[0].code == "calendar.sets-too-many"
    assert len(wanted_sets({"holiday_sets": [{"set_id": f"s{n}"} for n in range(99)]})) == 50


def test_too_many_rules() -> None:
    [fault] = faults(holiday_rules=[XMAS] * 301)
    assert (fault.field, fault.value, fault.code) == (
        "holiday_rules", 301, "calendar.rules-too-many",
    )  # fmt: skip
    assert set_faults_in({"holiday_rules": [XMAS] * 301}, "x") == [fault]
    century = {"first_year": 2000, "last_year": 2099}
    assert faults(holiday_rules=[XMAS] * 100, horizon=century) == []
    [fault] = faults(
        holiday_rules=[XMAS] * 100, horizon=century, holiday_sets=[{"set_id": "uk-bank"}]
    )
    assert (fault.field, fault.code) == ("horizon", "calendar.dates-too-many")
    assert "up to 99 years" in fault.remedy


def test_rules_may_close_every_open_day() -> None:
    mondays = [
        {"rule": "weekday", "month": month, "weekday": 0, "nth": nth, "name": "no"}
        for month in range(1, 13)
        for nth in range(1, 6)
    ]
    assert faults(holiday_rules=mondays) == []  # there are Mondays beyond the horizon
    once = [{"date": "2026-12-25", "windows": [{"start": "09:00", "end": "10:00"}]}]
    assert faults(windows=[], overrides=once, holiday_rules=[XMAS]) == []


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"holiday_rules": None, "holiday_sets": None, "horizon": None},
        {"holiday_rules": [], "holiday_sets": []},
        {"holiday_rules": [XMAS, LABOR, GOOD_FRIDAY]},
        {"holiday_rules": [XMAS | {"month": 2, "day": 29}]},
        {"holiday_rules": [XMAS | {"from": None, "to": "24:00", "observed": None, "keep": None}]},
        {"holiday_rules": [XMAS | {"observed": "next_free_weekday", "keep": False}]},
        {"holiday_rules": [GOOD_FRIDAY | {"calendar": "orthodox", "from": "12:00"}]},
        {"holiday_sets": [{"set_id": "uk-bank"}], "horizon": {"first_year": 2026, "last_year": 2026}},
        {"holiday_sets": [{"set_id": "uk-bank", "version": 3}]},
        {"holiday_sets": [{"set_id": "uk-bank", "version": None}]},
    ],
)  # fmt: skip
def test_no_fault(keys: dict[str, Any]) -> None:
    assert faults(**keys) == []
    assert misspelt(draft(**keys)) == []


@pytest.mark.parametrize(
    ("document", "places"),
    [
        pytest.param({"schema": "slaclock.calendar/1"}, {"schema": "choice"}, id="a calendar's schema"),
        pytest.param({"set_id": "other"}, {"set_id": "id-mismatch"}, id="another id"),
        pytest.param({"name": 3}, {"name": "type"}, id="name not a text"),
        pytest.param({"name": "x" * 201}, {"name": "name"}, id="a name too long"),
        pytest.param({"rules": []}, {"rules": "unknown-key"}, id="a misspelt key"),
        pytest.param({"timezone": "UTC"}, {"timezone": "unknown-key"}, id="a set has no zone"),
        pytest.param({"holidays": {}}, {"holidays": "type"}, id="holidays not a list"),
        pytest.param({"holidays": [{"date": "2026-02-29"}]}, {"holidays[0].date": "date"}, id="29 February"),
        pytest.param({"holidays": [{"date": "2026-12-25", "nam": "x"}]}, {"holidays[0].nam": "unknown-key"}, id="a misspelt key of a holiday"),
        pytest.param({"holidays": [{"date": "2026-12-25"}] * 2, "holiday_rules": [{}]}, {"holidays[1]": "holiday-duplicate", "holiday_rules[0].rule": "choice", "holiday_rules[0].name": "rule-name"}, id="several at once"),
    ],
)  # fmt: skip
def test_faults_of_a_set(document: dict[str, Any], places: dict[str, str]) -> None:
    found = set_faults_in(document, "uk-bank")
    assert {fault.field: fault.code for fault in found} == {
        place: f"calendar.{code}" for place, code in places.items()
    }
    assert all(fault.message and fault.remedy for fault in found)


@pytest.mark.parametrize("set_id", ["", "a/b", "..", " a"])
def test_an_id_of_a_set_must_fit_into_an_address(set_id: str) -> None:
    assert {fault.field for fault in set_faults_in({}, set_id)} == {"set_id"}


def test_a_set_may_close_every_day() -> None:
    days = [{"date": f"2024-01-{day:02}", "recurrence": "yearly"} for day in range(1, 32)]
    assert set_faults_in({"holidays": days}, "january") == []


def test_the_sets_that_a_draft_names() -> None:
    listed = [{"set_id": "a"}, {"set_id": "b", "version": 2}, {"set_id": "a", "version": 9}, 7, {}]
    assert wanted_sets({"holiday_sets": listed}) == [SetWish("a", None), SetWish("b", 2)]
    assert wanted_sets({"holiday_sets": "a"}) == wanted_sets({}) == []
