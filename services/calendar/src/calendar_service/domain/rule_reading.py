"""Reads holiday rules as people write them, and finds everything that is wrong at once."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from calendar_service.domain.holiday_rules import (
    DateRule,
    EasterRule,
    HolidayRule,
    Observed,
    Rule,
    WeekdayRule,
)
from slaclock.errors import Fault

__all__ = ["MOST_RULES", "read_holiday_rules"]

MOST_RULES: Final = 300

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_LEAP_YEAR: Final = 2024
_KINDS: Final = ("date", "weekday", "easter")
_EASTERS: Final = ("western", "orthodox")
_OBSERVED: Final[Mapping[str, tuple[Observed, bool]]] = {
    "nearest_weekday": ("nearest_weekday", False),
    "next_monday": ("next_monday", False),
    "next_free_weekday": ("next_free_weekday", True),
}
"""What may be written, what is meant, and whether the date itself stays closed."""


def read_holiday_rules(written: Any, path: str) -> tuple[list[HolidayRule], list[Fault]]:
    """The rules of a ``holiday_rules`` value, or everything that is wrong with them.

    Args:
        written: the parsed JSON of the key; None is no rule.
        path: of the value, such as ``holiday_rules``.

    Returns:
        Rules, with the numbers that they have in *written* only where there is no fault.
    """
    if written is None:
        return [], []
    if not isinstance(written, list):
        fault = Fault(
            path, written, "is not a list", "write a JSON array of objects", "calendar.type"
        )
        return [], [fault]
    if len(written) > MOST_RULES:
        message, remedy = "are too many rules", f"write up to {MOST_RULES}"
        return [], [Fault(path, len(written), message, remedy, "calendar.rules-too-many")]
    found: list[HolidayRule] = []
    faults: list[Fault] = []
    for number, item in enumerate(written):
        reader = _Reader(item, f"{path}[{number}]")
        rule = reader.rule()
        faults += reader.faults
        if rule is not None and not reader.faults:
            found.append(rule)
    return found, faults


@dataclass(slots=True)
class _Reader:
    """One rule, and what is wrong with it."""

    item: Any
    path: str
    faults: list[Fault] = field(default_factory=list)

    def rule(self) -> HolidayRule | None:
        if not isinstance(self.item, dict):
            self.refuse("", self.item, "is not an object", "write {...}", "type")
            return None
        rule = self._kind()
        first, last = self._year("first_year"), self._year("last_year")
        if first is not None and last is not None and first > last:
            remedy = "let last_year be first_year or later"
            self.refuse("last_year", last, f"lies before first_year {first}", remedy, "rule-year")
        from_, to = self._part()
        name = self._name()
        observed, keep = self._observed()
        if rule is None:
            return None
        return HolidayRule(rule, name, first, last, from_, to, observed, keep)

    def refuse(self, key: str, value: object, message: str, remedy: str, code: str) -> None:
        where = f"{self.path}.{key}" if key else self.path
        self.faults.append(Fault(where, value, message, remedy, f"calendar.{code}"))

    def _kind(self) -> Rule | None:
        kind = self.choice("rule", _KINDS, required=True)
        if kind == "date":
            month, day = self.whole("month", range(1, 13)), self.whole("day", range(1, 32))
            if month is None or day is None:
                return None
            if day > monthrange(_LEAP_YEAR, month)[1]:
                remedy = "write a day that the month has"
                self.refuse("day", day, f"is no day of month {month}", remedy, "rule-date")
            return DateRule(month, day)
        if kind == "weekday":
            month, weekday = self.whole("month", range(1, 13)), self.whole("weekday", range(7))
            nth = self.whole("nth", (*range(1, 6), *range(-5, 0)))
            if month is None or weekday is None or nth is None:
                return None
            return WeekdayRule(month, weekday, nth)
        if kind == "easter":
            days = self.whole("days", range(-366, 367))
            orthodox = self.choice("calendar", _EASTERS) == "orthodox"
            return None if days is None else EasterRule(days, orthodox)
        return None

    def whole(self, key: str, allowed: Sequence[int]) -> int | None:
        value = self.item.get(key)
        if type(value) is int and value in allowed:
            return value
        remedy = _remedies(key)
        message = "is missing" if value is None else "is not possible"
        self.refuse(key, value, message, remedy, "rule-number")
        return None

    def choice(self, key: str, allowed: Sequence[str], *, required: bool = False) -> str | None:
        value = self.item.get(key)
        if value is None and not required:
            return None
        if isinstance(value, str) and value in allowed:
            return value
        message = "is missing" if value is None else "is not known"
        self.refuse(key, value, message, f"write {' or '.join(allowed)}", "choice")
        return None

    def _year(self, key: str) -> int | None:
        value = self.item.get(key)
        if value is None or (type(value) is int and 1 <= value <= 9999):
            return value
        remedy = "write a whole year such as 2026, or leave it out"
        self.refuse(key, value, "is not a year", remedy, "rule-year")
        return None

    def _name(self) -> str:
        value = self.item.get("name")
        if isinstance(value, str) and value.strip():
            return value
        message = "is missing" if value is None else "is not a name"
        self.refuse("name", value, message, "write what the holiday is called", "rule-name")
        return ""

    def _part(self) -> tuple[str | None, str | None]:
        part = {"from": self.item.get("from"), "to": self.item.get("to")}
        for key, value in part.items():
            until = key == "to" and value == "24:00"
            clock = isinstance(value, str) and _CLOCK.fullmatch(value)
            if value is not None and not until and not clock:
                last = "24:00" if key == "to" else "23:59"
                remedy = f"write HH:MM from 00:00 to {last}"
                self.refuse(key, value, "is not a time of day", remedy, "time")
                return None, None
        from_, to = part["from"], part["to"]
        if (from_ or "00:00") >= (to or "24:00"):
            shown = f"{from_ or '00:00'}-{to or '24:00'}"
            remedy = "keep it within one date, or write a second rule for the next"
            self.refuse("", shown, "ends no later than it begins", remedy, "holiday-part")
        return from_, to

    def _observed(self) -> tuple[Observed | None, bool]:
        written = self.choice("observed", tuple(_OBSERVED))
        observed, kept = _OBSERVED[written] if written else (None, False)
        keep = self.item.get("keep")
        if keep is None:
            return observed, kept
        if not isinstance(keep, bool):
            remedy = "write true or false, or leave it out"
            self.refuse("keep", keep, "is not true or false", remedy, "type")
        elif self.item.get("observed") is None:
            remedy = "write observed as well, or leave keep out"
            self.refuse("keep", keep, "says nothing without observed", remedy, "rule-keep")
        return observed, keep is True


def _remedies(key: str) -> str:
    return {
        "month": "write 1 for January to 12 for December",
        "day": "write a day of the month, 1 to 31",
        "weekday": "write 0 for Monday to 6 for Sunday",
        "nth": "write 1 to 5, or -1 for the last to -5",
        "days": "write days after Easter Sunday, negative before it, -366 to 366",
    }[key]
