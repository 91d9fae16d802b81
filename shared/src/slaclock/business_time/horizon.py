"""For which years a calendar's holiday rules have become dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from slaclock.business_time.instants import FIRST_YEAR, LAST_YEAR
from slaclock.errors import Fault

__all__ = ["MOST_YEARS", "Horizon", "read_horizon"]

MOST_YEARS: Final = 100


@dataclass(frozen=True, slots=True)
class Horizon:
    """Years of local dates, both included."""

    first_year: int
    last_year: int

    def __contains__(self, year: int) -> bool:
        return self.first_year <= year <= self.last_year

    def written(self) -> dict[str, int]:
        """As documents carry it."""
        return {"first_year": self.first_year, "last_year": self.last_year}


def read_horizon(written: Any) -> tuple[Horizon | None, list[Fault]]:
    """The horizon that somebody wrote, or everything that is wrong with it."""
    if not isinstance(written, dict):
        return None, [
            _fault("horizon", written, "is not an object", "write first_year and last_year")
        ]
    faults = []
    for key in ("first_year", "last_year"):
        year = written.get(key)
        if type(year) is not int or not FIRST_YEAR <= year < LAST_YEAR:
            remedy = f"write a whole number from {FIRST_YEAR} to {LAST_YEAR - 1}"
            faults.append(_fault(f"horizon.{key}", year, "is not a year of a calendar", remedy))
    if faults:
        return None, faults
    horizon = Horizon(written["first_year"], written["last_year"])
    years = horizon.last_year - horizon.first_year + 1
    if years < 1:
        remedy = "let last_year be first_year or later"
        return None, [_fault("horizon", horizon.written(), "ends before it begins", remedy)]
    if years > MOST_YEARS:
        remedy = f"write up to {MOST_YEARS} years; a later version can go on"
        return None, [_fault("horizon", horizon.written(), f"has {years} years", remedy)]
    return horizon, []


def _fault(path: str, value: object, message: str, remedy: str) -> Fault:
    return Fault(path, value, message, remedy, code="calendar.horizon")
