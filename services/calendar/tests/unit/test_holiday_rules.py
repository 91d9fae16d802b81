"""Rules against the dates that governments published, and against another library."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_service.domain.holiday_rules import (
    DateRule,
    HolidayRule,
    Observed,
    WeekdayRule,
    dates_of,
)
from calendar_service.domain.rule_reading import read_holiday_rules

SETS = Path(__file__).parents[4] / "examples" / "holiday-sets"
SATURDAY = 5


def set_document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SETS / f"{name}.json").read_bytes())
    return found


def made_by(rules: Iterable[dict[str, Any]], first: int, last: int | None = None) -> dict[str, str]:
    """Dates and names, where a date is given by the first rule that does."""
    read, faults = read_holiday_rules(list(rules), "holiday_rules")
    assert faults == []
    found: dict[str, str] = {}
    for day in dates_of(read, first, last or first):
        found.setdefault(day.on.isoformat(), day.name)
    return found


def weekdays(dates: Iterable[str]) -> list[str]:
    return sorted(day for day in dates if date.fromisoformat(day).weekday() < SATURDAY)


def dated(year: int, days: str) -> list[str]:
    return [f"{year}-{day}" for day in days.split()]


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
        (2029, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26"),
        (2030, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
    ],
)
def test_bank_holidays_in_england_and_wales(year: int, days: str) -> None:
    """As gov.uk lists them: only days on which banks would open."""
    document = set_document("england-and-wales")
    explicit = {day["date"] for day in document["holidays"] if day["date"].startswith(str(year))}
    assert weekdays({*explicit, *made_by(document["holiday_rules"], year)}) == dated(year, days)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2020, "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25"),
        (2021, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
        (2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
        (2023, "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
        (2024, "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"),
        (2025, "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25"),
        (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        (2027, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
        (2028, "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
        (2029, "01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25"),
        (2030, "01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"),
        (2031, "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25"),
    ],
)
def test_federal_holidays_of_the_united_states(year: int, days: str) -> None:
    """As opm.gov lists them; New Year of 2022 and 2028 lie in the year before."""
    rules = set_document("us-federal")["holiday_rules"]
    assert sorted(made_by(rules, year)) == dated(year, days)


def easter(days: int, calendar: str = "western") -> dict[str, Any]:
    return {"rule": "easter", "days": days, "calendar": calendar, "name": "x"}


def on(month: int, weekday: int, nth: int) -> dict[str, Any]:
    return {"rule": "weekday", "month": month, "weekday": weekday, "nth": nth, "name": "x"}


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        pytest.param(easter(0), "2000-04-23 2008-03-23 2011-04-24 2026-04-05 2038-04-25", id="Easter, the earliest and the latest"),
        pytest.param(easter(-2), "2024-03-29 2025-04-18 2026-04-03 2027-03-26", id="Karfreitag"),
        pytest.param(easter(1), "2024-04-01 2025-04-21 2026-04-06 2027-03-29", id="Ostermontag"),
        pytest.param(easter(39), "2024-05-09 2025-05-29 2026-05-14 2027-05-06", id="Himmelfahrt"),
        pytest.param(easter(50), "2024-05-20 2025-06-09 2026-05-25 2027-05-17", id="Pfingstmontag"),
        pytest.param(easter(60), "2024-05-30 2025-06-19 2026-06-04 2027-05-27", id="Fronleichnam"),
        pytest.param(easter(0, "orthodox"), "2021-05-02 2022-04-24 2023-04-16 2024-05-05 2025-04-20 2026-04-12 2027-05-02 2028-04-16", id="Orthodox Easter, once the same as western"),
        pytest.param(easter(-48, "orthodox"), "2024-03-18 2025-03-03 2026-02-23 2027-03-15", id="Clean Monday in Greece"),
        pytest.param(easter(50, "orthodox"), "2024-06-24 2025-06-09 2026-06-01 2027-06-21", id="Whit Monday in Greece"),
        pytest.param(on(5, 0, -1), "2024-05-27 2025-05-26 2026-05-25 2027-05-31", id="Memorial Day"),
        pytest.param(on(11, 3, 4), "2023-11-23 2024-11-28 2025-11-27 2026-11-26", id="Thanksgiving is the fourth Thursday, not the last"),
        pytest.param(on(1, 0, 2), "2024-01-08 2025-01-13 2026-01-12 2027-01-11", id="Seijin no Hi"),
        pytest.param(on(7, 0, 3), "2023-07-17 2024-07-15 2025-07-21 2026-07-20", id="Umi no Hi"),
        pytest.param(on(9, 0, 3), "2024-09-16 2025-09-15 2026-09-21 2027-09-20", id="Keiro no Hi"),
        pytest.param(on(10, 0, 2), "2024-10-14 2025-10-13 2026-10-12 2027-10-11", id="Sports Day"),
        pytest.param(on(2, 3, 5), "2024-02-29 2052-02-29", id="the fifth Thursday of February"),
        pytest.param(on(2, 3, -5), "2024-02-01 2052-02-01", id="the fifth Thursday of February from its end"),
        pytest.param(on(12, 6, -1), "2023-12-31 2024-12-29 2028-12-31", id="the last Sunday of December"),
        pytest.param({"rule": "date", "month": 2, "day": 29, "name": "x"}, "2024-02-29 2028-02-29 2032-02-29", id="29 February"),
    ],
)  # fmt: skip
def test_dates(rule: dict[str, Any], dates: str) -> None:
    expected = dates.split()
    years = {int(day[:4]) for day in expected}
    found = [day for year in sorted(years) for day in made_by([rule], year)]
    assert found == expected


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2100])
def test_there_is_no_29_february_in_other_years(year: int) -> None:
    assert made_by([{"rule": "date", "month": 2, "day": 29, "name": "x"}], year) == {}
    assert made_by([on(2, 3, 5)], 2026) == {}


@pytest.mark.parametrize(
    ("code", "name", "subdivision", "first", "last"),
    [
        ("US", "us-federal", None, 1995, 2025),
        ("US", "us-federal", None, 2025, 2055),
        ("GB", "england-and-wales", "ENG", 2000, 2001),
        ("GB", "england-and-wales", "ENG", 2013, 2055),
    ],
)
def test_rules_agree_with_another_library(
    code: str, name: str, subdivision: str | None, first: int, last: int
) -> None:
    """Jubilees of years before are in neither rule; days of mourning in one and not the other."""
    document = set_document(name)
    explicit = {day["date"] for day in document.get("holidays", ())}
    ours = {*made_by(document["holiday_rules"], first, last), *explicit}
    years = range(first, last + 2)  # New Year's Day may be kept in the year before
    theirs = holidays.country_holidays(code, subdiv=subdivision, years=years)
    dates = {day.isoformat() for day in theirs if first <= day.year <= last}
    within = {day for day in ours if first <= int(day[:4]) <= last}
    assert weekdays(within) == weekdays(dates)


@pytest.mark.parametrize(
    ("code", "days", "name"),
    [
        ("DE", -2, "Karfreitag"),
        ("DE", 1, "Ostermontag"),
        ("DE", 39, "Christi Himmelfahrt"),
        ("DE", 50, "Pfingstmontag"),
        ("GR", -2, "Μεγάλη Παρασκευή"),
        ("GR", 1, "Δευτέρα του Πάσχα"),
    ],
)
def test_easter_agrees_with_another_library(code: str, days: int, name: str) -> None:
    calendar = "orthodox" if code == "GR" else "western"
    ours = made_by([easter(days, calendar)], 2020, 2050)
    language = "el" if code == "GR" else "de"
    theirs = holidays.country_holidays(code, years=range(2020, 2051), language=language)
    assert sorted(ours) == sorted(day.isoformat() for day in theirs.get_named(name))


CHRISTMAS: dict[str, Any] = {"rule": "date", "month": 12, "day": 25, "name": "Christmas Day"}
BOXING: dict[str, Any] = {"rule": "date", "month": 12, "day": 26, "name": "Boxing Day"}


@pytest.mark.parametrize(
    ("observed", "keep", "on_saturday", "on_sunday"),
    [
        ("nearest_weekday", None, ["2021-12-24"], ["2022-12-26"]),
        ("nearest_weekday", True, ["2021-12-24", "2021-12-25"], ["2022-12-25", "2022-12-26"]),
        ("next_monday", None, ["2021-12-27"], ["2022-12-26"]),
        ("next_monday", True, ["2021-12-25", "2021-12-27"], ["2022-12-25", "2022-12-26"]),
        ("next_free_weekday", None, ["2021-12-25", "2021-12-27"], ["2022-12-25", "2022-12-26"]),
        ("next_free_weekday", False, ["2021-12-27"], ["2022-12-26"]),
        (None, None, ["2021-12-25"], ["2022-12-25"]),
    ],
)
def test_where_a_weekend_holiday_is_kept(
    observed: str | None, keep: bool | None, on_saturday: list[str], on_sunday: list[str]
) -> None:
    rule = CHRISTMAS | {"observed": observed} | ({} if keep is None else {"keep": keep})
    assert list(made_by([rule], 2021)) == on_saturday
    assert list(made_by([rule], 2022)) == on_sunday
    assert made_by([rule], 2023) == {"2023-12-25": "Christmas Day"}
    moved = {day for day in (*on_saturday, *on_sunday) if day[5:] != "12-25"}
    named = made_by([rule], 2021) | made_by([rule], 2022)
    assert {named[day] for day in moved} <= {"Christmas Day (observed)"}


@pytest.mark.parametrize(
    ("rules", "year", "expected"),
    [
        pytest.param(
            [BOXING | {"observed": "next_free_weekday"}, CHRISTMAS | {"observed": "next_free_weekday"}],
            2027, {"12-25": "Christmas Day", "12-26": "Boxing Day", "12-27": "Christmas Day (observed)", "12-28": "Boxing Day (observed)"},
            id="Saturday's substitute comes first, however the rules are ordered",
        ),
        pytest.param(
            [CHRISTMAS | {"observed": "next_free_weekday"}, BOXING | {"observed": "next_free_weekday"}],
            2022, {"12-25": "Christmas Day", "12-26": "Boxing Day", "12-27": "Christmas Day (observed)"},
            id="a substitute leaps over a holiday",
        ),
        pytest.param(
            [CHRISTMAS | {"observed": "next_free_weekday"}, BOXING | {"observed": "next_monday"}],
            2021, {"12-25": "Christmas Day", "12-27": "Boxing Day (observed)", "12-28": "Christmas Day (observed)"},
            id="and over a moved one",
        ),
        pytest.param(
            [CHRISTMAS | {"observed": "next_free_weekday"}, {"rule": "date", "month": 12, "day": 27, "from": "12:00", "name": "Tea"}][::-1],
            2021, {"12-25": "Christmas Day", "12-27": "Christmas Day (observed)"},
            id="an afternoon off is a free weekday",
        ),
        pytest.param(
            [CHRISTMAS | {"observed": "nearest_weekday", "first_year": 2022}], 2021, {},
            id="a rule that does not hold yet moves nothing",
        ),
    ],
)  # fmt: skip
def test_substitute_days(rules: list[dict[str, Any]], year: int, expected: dict[str, str]) -> None:
    found = made_by(rules, year)
    assert {day[5:]: name for day, name in found.items()} == expected


def test_new_year_is_kept_in_the_year_it_lands_in() -> None:
    new_year = {"rule": "date", "month": 1, "day": 1, "name": "NY", "observed": "nearest_weekday"}
    assert made_by([new_year], 2021) == {"2021-01-01": "NY", "2021-12-31": "NY (observed)"}
    assert made_by([new_year], 2022) == {}
    silvester = {"rule": "date", "month": 12, "day": 31, "name": "S", "observed": "next_monday"}
    assert made_by([silvester], 2023) == {"2023-01-02": "S (observed)"}  # of Saturday, 2022
    assert made_by([silvester], 2022) == {}
    only_2022 = [new_year | {"first_year": 2022, "last_year": 2022}]
    assert made_by(only_2022, 2021) == {"2021-12-31": "NY (observed)"}


@given(
    st.lists(
        st.builds(
            HolidayRule,
            st.one_of(
                st.builds(DateRule, st.integers(1, 12), st.integers(1, 28)),
                st.builds(
                    WeekdayRule,
                    st.integers(1, 12),
                    st.integers(0, 6),
                    st.sampled_from([1, 2, 3, 4, 5, -1, -2, -5]),
                ),
            ),
            st.just("x"),
            observed=st.sampled_from([None, "nearest_weekday", "next_monday", "next_free_weekday"]),
            keep=st.booleans(),
        ),
        max_size=12,
    ),
    st.integers(1971, 2190),
    st.integers(0, 8),
)
def test_years_can_be_joined(rules: list[HolidayRule], first: int, more: int) -> None:
    """What a year holds does not depend on the years that are asked with it."""
    together = dates_of(rules, first, first + more)
    apart = [day for year in range(first, first + more + 1) for day in dates_of(rules, year, year)]
    assert together == apart


@pytest.mark.parametrize("observed", ["nearest_weekday", "next_monday", "next_free_weekday"])
@given(st.integers(1, 12), st.integers(1, 28))
def test_a_moved_holiday_is_a_weekday_and_near(observed: Observed, month: int, day: int) -> None:
    rule = HolidayRule(DateRule(month, day), "x", observed=observed)
    for found in dates_of([rule], 2000, 2030):
        assert found.on.weekday() < SATURDAY
        nominal = min(
            (date(year, month, day) for year in range(1999, 2032)),
            key=lambda one: abs(one - found.on),
        )
        assert abs(found.on - nominal) <= timedelta(days=2)
