"""National and regional holidays, as the ``holidays`` library knows them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import holidays
from holidays.registry import COUNTRIES

from slaclock.errors import Fault, Refusal

__all__ = ["Country", "UnknownHolidays", "countries", "national"]

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2199
_MOST_YEARS: Final = 60
_MOST_NAMED: Final = 30
_HALF_DAY: Final = "half_day"
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SMALL: Final = frozenset({"And", "Of", "The"})


class UnknownHolidays(Refusal):
    """Nobody knows the holidays that were asked for."""

    code = "calendar.holidays-unknown"
    default_message = "these holidays are not known"


@dataclass(frozen=True, slots=True)
class Country:
    """A country whose holidays are known.

    Attributes:
        code: ISO 3166-1 alpha-2.
        name: in English.
        subdivisions: codes of its regions.
        categories: kinds of holidays that may be asked for; ``public`` comes first.
        languages: in which holidays can be named; the first is the country's own.
        first_year: of which holidays are known.
        last_year: of which holidays are known; there are countries that decide late.
    """

    code: str
    name: str
    subdivisions: tuple[str, ...]
    categories: tuple[str, ...]
    languages: tuple[str, ...]
    first_year: int
    last_year: int


def countries() -> list[Country]:
    """All countries, by code. The first call loads them, which takes about a second."""
    return [_country(code) for code in sorted(_names())]


def national(
    country: str,
    subdivision: str | None,
    years: Iterable[int],
    *,
    categories: Sequence[str] = (),
    language: str | None = None,
) -> list[dict[str, Any]]:
    """Holidays as a calendar or a set carries them, by date.

    Days on which weekend holidays are observed are among them. A half day has only a date and a
    name, which says so: nobody knows from when on it is closed.

    Args:
        country: ISO 3166-1 alpha-2, as `countries` lists it.
        subdivision: code or name of a region; None is the country as a whole.
        years: up to 60 years from 1970 to 2199; those that the library does not know give nothing,
            as long as it knows one of them.
        categories: kinds of holidays; none is public holidays.
        language: of the names; None is the country's own.

    Raises:
        UnknownHolidays: country, subdivision, category, language or a year is not known; names
            all that is wrong, and what is near.
    """
    names = _names()
    if country not in names:
        near = get_close_matches(country.upper(), sorted(names))
        called = [code for code, name in sorted(names.items()) if name.lower() == country.lower()]
        remedy = _remedy([*called, *near] or ["an ISO 3166 code such as GB"])
        raise UnknownHolidays(faults=[_fault("country", country, remedy)])
    entity = getattr(holidays, country)
    asked = sorted(set(years))
    faults = [
        *_unknown("subdivision", subdivision, [*entity.subdivisions, *_aliases(entity)]),
        *(
            fault
            for category in categories
            for fault in _unknown("category", category, entity.supported_categories)
        ),
        *_unknown("language", language, _languages(entity)),
        *_out_of_reach(asked, entity),
    ]
    if faults:
        raise UnknownHolidays(faults=faults)
    spoken = language or entity.default_language  # else it would be the machine's
    wanted = [kind for kind in dict.fromkeys(categories) if kind != _HALF_DAY]
    found: dict[Any, str] = {}
    if wanted or not categories:
        found = dict(_kept(country, subdivision, asked, wanted, spoken))
    if _HALF_DAY in categories:
        for day, name in _kept(country, subdivision, asked, [_HALF_DAY], spoken):
            found.setdefault(day, f"{name} (half day)")
    return [{"date": day.isoformat(), "name": name} for day, name in sorted(found.items())]


def _kept(
    country: str,
    subdivision: str | None,
    years: Sequence[int],
    categories: Sequence[str],
    language: str | None,
) -> Iterator[tuple[Any, str]]:
    known = holidays.country_holidays(
        country, subdivision, years, categories=tuple(categories) or None, language=language
    )
    return ((day, name) for day, name in known.items() if day.year in set(years))


def _country(code: str) -> Country:
    entity = getattr(holidays, code)
    categories = sorted(entity.supported_categories, key=lambda kind: (kind != "public", kind))
    return Country(
        code,
        _names()[code],
        tuple(sorted(entity.subdivisions)),
        tuple(categories),
        tuple(_languages(entity)),
        _years_of(entity)[0],
        _years_of(entity)[-1],
    )


def _names() -> dict[str, str]:
    """Countries' names by code, from the names of the library's classes."""
    found = {}
    for spelled, code, *_ in COUNTRIES.values():
        words = _WORD.split(spelled)
        found[code] = " ".join(word.lower() if word in _SMALL else word for word in words)
    return found


def _aliases(entity: Any) -> list[str]:
    return sorted(entity.subdivisions_aliases)


def _languages(entity: Any) -> list[str]:
    own = entity.default_language
    return ([own] if own else []) + sorted(set(entity.supported_languages) - {own})


def _years_of(entity: Any) -> range:
    """The years that the library knows, as far as a calendar can hold them."""
    return range(max(_FIRST_YEAR, entity.start_year), min(_LAST_YEAR, entity.end_year) + 1)


def _out_of_reach(years: Sequence[int], entity: Any) -> Iterator[Fault]:
    known = _years_of(entity)
    if not years or len(years) > _MOST_YEARS:
        remedy = f"ask for 1 to {_MOST_YEARS} years"
        yield Fault("years", len(years), "are not as many as fit", remedy, UnknownHolidays.code)
    elif (
        years[0] < _FIRST_YEAR or years[-1] > _LAST_YEAR or not any(map(known.__contains__, years))
    ):
        remedy = f"ask for years from {known[0]} to {known[-1]}"
        yield _fault("years", next(year for year in years if year not in known), remedy)


def _unknown(field: str, value: str | None, known: Collection[str]) -> Iterator[Fault]:
    if value is None or value in known:
        return
    lowered = {name.lower(): name for name in known}
    near = [lowered[name] for name in get_close_matches(value.lower(), sorted(lowered))]
    listed = near or list(known)[:_MOST_NAMED]
    yield _fault(field, value, _remedy(listed) if listed else "leave it out: there is none")


def _remedy(names: Sequence[str]) -> str:
    return f"write {' or '.join(dict.fromkeys(names))}"


def _fault(field: str, value: object, remedy: str) -> Fault:
    return Fault(field, value, "is not known", remedy, UnknownHolidays.code)
