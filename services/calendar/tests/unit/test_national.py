"""Holidays of countries and regions, as calendars carry them."""

from __future__ import annotations

import pytest

from calendar_service.domain.sets import set_faults_in
from calendar_service.national import Country, UnknownHolidays, countries, national


def dates(country: str, subdivision: str | None = None, *years: int, **keys: object) -> list[str]:
    return [day["date"] for day in national(country, subdivision, years or [2026], **keys)]  # type: ignore[arg-type]  # a shorthand


def test_countries_are_listed() -> None:
    found = {country.code: country for country in countries()}
    assert list(found) == sorted(found)
    assert len(found) >= 240
    assert found["GB"] == Country(
        "GB",
        "United Kingdom",
        ("ENG", "NIR", "SCT", "WLS"),
        ("public",),
        ("en_GB", "en_US", "th", "ur_PK"),
        1970,
        2100,
    )
    assert found["DE"].languages[0] == "de"
    assert found["US"].categories[0] == "public"
    assert found["BA"].name == "Bosnia and Herzegovina"
    assert all(country.categories[0] == "public" for country in found.values())


@pytest.mark.parametrize("country", [country.code for country in countries()])
def test_every_country_gives_what_a_set_can_carry(country: str) -> None:
    found = national(country, None, range(2020, 2030))
    assert set_faults_in({"holidays": found}, country) == []
    assert found == sorted(found, key=lambda day: str(day["date"]))
    assert {day["date"][:4] for day in found} <= {str(year) for year in range(2020, 2030)}


def test_regions_differ() -> None:
    assert {*dates("GB", "ENG")} - {*dates("GB", "SCT")} == {"2026-04-06", "2026-08-31"}
    assert {*dates("DE", "BY")} - {*dates("DE")} >= {"2026-01-06", "2026-06-04"}
    assert dates("GB", "England") == dates("GB", "ENG")


def test_languages_and_categories() -> None:
    german = national("DE", None, [2026])
    assert german[0] == {"date": "2026-01-01", "name": "Neujahr"}
    assert national("DE", None, [2026], language="en_US")[0]["name"] == "New Year's Day"
    public = set(dates("BR"))
    both = set(dates("BR", categories=["public", "optional"]))
    assert public < both
    assert set(dates("BR", categories=["optional"])) == both - public


def test_a_half_day_is_named_so() -> None:
    halves = national("GR", None, [2026], categories=["half_day"])
    assert halves
    assert all(day["name"].endswith(" (half day)") for day in halves)
    whole = national("GR", None, [2026])
    assert len(national("GR", None, [2026], categories=["half_day", "public"])) == len(
        {day["date"] for day in (*whole, *halves)}
    )


def test_years_that_nobody_knows_yet_are_empty() -> None:
    assert dates("GB", None, 2100, 2101) == dates("GB", None, 2100)
    known = {country.code: country for country in countries()}["LK"]
    assert dates("LK", None, known.last_year)
    assert dates("LK", None, known.last_year, known.last_year + 1) == dates(
        "LK", None, known.last_year
    )


def test_observed_days_lie_in_the_years_that_were_asked() -> None:
    assert "2021-12-31" in dates("US", None, 2021)  # for 2022
    assert "2021-12-31" not in dates("US", None, 2022)
    assert dates("GB", "ENG", 2022)[-3:] == ["2022-12-25", "2022-12-26", "2022-12-27"]


@pytest.mark.parametrize(
    ("country", "subdivision", "years", "keys", "field", "remedy"),
    [
        ("XX", None, [2026], {}, "country", "write "),
        ("UK", None, [2026], {}, "country", "write "),
        ("germany", None, [2026], {}, "country", "write DE"),
        ("United Kingdom", None, [2026], {}, "country", "write GB"),
        ("", None, [2026], {}, "country", "write an ISO 3166 code such as GB"),
        ("__doc__", None, [2026], {}, "country", "write an ISO 3166 code such as GB"),
        ("HolidayBase", None, [2026], {}, "country", "write an ISO 3166 code such as GB"),
        ("GB", "Englnd", [2026], {}, "subdivision", "write England"),
        ("GB", "eng", [2026], {}, "subdivision", "write ENG"),
        ("GB", "", [2026], {}, "subdivision", "write ENG or NIR or SCT or WLS"),
        ("JP", "Tokyo", [2026], {}, "subdivision", "leave it out: there is none"),
        ("BR", None, [2026], {"categories": ["public", "optonal"]}, "category", "write optional"),
        ("GB", None, [2026], {"categories": ["bank"]}, "category", "write public"),
        ("DE", None, [2026], {"language": "DE"}, "language", "write de"),
        ("DE", None, [2026], {"language": "tlh"}, "language", "write "),
        ("GB", None, [], {}, "years", "ask for 1 to 60 years"),
        ("GB", None, range(2000, 2061), {}, "years", "ask for 1 to 60 years"),
        ("GB", None, [1969], {}, "years", "ask for years from 1970 to 2100"),
        ("GB", None, [2101, 2102], {}, "years", "ask for years from 1970 to 2100"),
        ("GB", None, [2026, 2200], {}, "years", "ask for years from 1970 to 2100"),
    ],
)  # fmt: skip
def test_what_is_not_known(
    country: str,
    subdivision: str | None,
    years: list[int],
    keys: dict[str, object],
    field: str,
    remedy: str,
) -> None:
    with pytest.raises(UnknownHolidays) as refused:
        national(country, subdivision, years, **keys)  # type: ignore[arg-type]  # of the table
    [fault] = refused.value.faults
    assert fault.field == field
    assert fault.remedy.startswith(remedy)
    assert fault.code == refused.value.code == "calendar.holidays-unknown"


def test_all_that_is_wrong_at_once() -> None:
    with pytest.raises(UnknownHolidays) as refused:
        national("DE", "Bayren", [1066], categories=["bank"], language="xx")
    fields = [fault.field for fault in refused.value.faults]
    assert fields == ["subdivision", "category", "language", "years"]
    assert refused.value.faults[0].remedy == "write Bayern or Bremen"
