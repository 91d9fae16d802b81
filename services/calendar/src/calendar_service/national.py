"""National and regional holidays, as the ``holidays`` library knows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import holidays

from slaclock.errors import Fault, Refusal

__all__ = ["Country", "UnknownHolidays", "countries", "national"]

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2199
_MOST_YEARS: Final = 60


class UnknownHolidays(Refusal):
    """Nobody knows the holidays that were asked for."""

    code = "calendar.holidays-unknown"


@dataclass(frozen=True, slots=True)
class Country:
    """A country whose holidays are known.

    Attributes:
        code: ISO 3166-1 alpha-2.
        name: in English.
        subdivisions: codes of its regions.
        categories: what may be asked for; ``public`` is first where there is it.
        languages: that names can be given in; empty where there is only one.
    """

    code: str
    name: str
    subdivisions: tuple[str, ...]
    categories: tuple[str, ...]
    languages: tuple[str, ...]


def countries() -> list[Country]:
    """All countries, by code."""
    found = []
    for code in sorted(holidays.list_supported_countries(include_aliases=False)):
        entity = getattr(holidays, code)
        found.append(
            Country(
                code,
                entity.__name__,
                tuple(entity.subdivisions),
                tuple(entity.supported_categories),
                tuple(entity.supported_languages),
            )
        )
    return found


def national(
    country: str,
    subdivision: str | None,
    years: Iterable[int],
    *,
    categories: Sequence[str] = (),
    language: str | None = None,
) -> list[dict[str, Any]]:
    """Holidays as a calendar or a set carries them, by date.

    Raises:
        UnknownHolidays: country, subdivision, category or language is not known, or the years
            are too many.
    """
    known = {found.code: found for found in countries()}
    if country not in known:
        near = get_close_matches(country, known)
        remedy = f"write {' or '.join(near)}" if near else "write an ISO 3166 code such as GB"
        raise UnknownHolidays(
            faults=[Fault("country", country, "is not known", remedy, UnknownHolidays.code)]
        )
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=sorted(set(years)),
        categories=tuple(categories) or None,
        language=language,
    )
    return [{"date": day.isoformat(), "name": name} for day, name in sorted(found.items())]
