"""Rules that make holidays: a date of every year, a weekday of a month, days from Easter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

__all__ = [
    "DateRule",
    "EasterRule",
    "HolidayDate",
    "HolidayRule",
    "Observed",
    "Rule",
    "WeekdayRule",
    "dates_of",
]

Observed = Literal["nearest_weekday", "next_monday", "next_free_weekday"]

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_SEARCHED_DAYS: Final = 366
_OBSERVED: Final = " (observed)"


@dataclass(frozen=True, slots=True)
class DateRule:
    """The same date every year; 29 February in leap years only."""

    month: int
    day: int

    def on(self, year: int) -> date | None:
        """Its date in a year, if there is one."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class WeekdayRule:
    """The nth weekday of a month, counted from its beginning or, negative, from its end."""

    month: int
    weekday: int
    nth: int

    def on(self, year: int) -> date | None:
        """Its date in a year; a month may have no fifth Monday."""
        if self.nth > 0:
            first = date(year, self.month, 1)
            ahead = (self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)
            found = first + ahead * _DAY
        else:
            last = date(year + self.month // 12, self.month % 12 + 1, 1) - _DAY
            back = (last.weekday() - self.weekday) % 7 + 7 * (-self.nth - 1)
            found = last - back * _DAY
        return found if found.month == self.month else None


@dataclass(frozen=True, slots=True)
class EasterRule:
    """Days after Easter Sunday, or before it where negative."""

    days: int
    orthodox: bool = False

    def on(self, year: int) -> date | None:
        """Its date from the Easter of a year, which need not lie in that year."""
        sunday: date = easter(year, EASTER_ORTHODOX if self.orthodox else EASTER_WESTERN)
        return sunday + self.days * _DAY


Rule: TypeAlias = DateRule | WeekdayRule | EasterRule


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A rule, and what becomes of it on a Saturday or Sunday.

    Attributes:
        first_year, last_year: years in which it holds, both included; None is without end.
        from_, to: HH:MM of the hours that are closed; None is from midnight or until midnight.
        observed: where a holiday on a Saturday or Sunday is kept. ``nearest_weekday``: Friday
            or Monday. ``next_monday``. ``next_free_weekday``: the first weekday after it that is
            no holiday yet.
        keep: whether the date itself stays closed, too.
    """

    rule: Rule
    name: str
    first_year: int | None = None
    last_year: int | None = None
    from_: str | None = None
    to: str | None = None
    observed: Observed | None = None
    keep: bool = False

    def nominal(self, year: int) -> date | None:
        """The date in a year before it is moved."""
        if self.first_year is not None and year < self.first_year:
            return None
        if self.last_year is not None and year > self.last_year:
            return None
        return self.rule.on(year)


@dataclass(frozen=True, slots=True)
class HolidayDate:
    """One holiday on one date, and the number of the rule that made it."""

    on: date
    name: str
    from_: str | None
    to: str | None
    rule: int

    @property
    def whole(self) -> bool:
        """Whether it closes its date from midnight to midnight."""
        return (self.from_ or "00:00", self.to or "24:00") == ("00:00", "24:00")

    def written(self) -> dict[str, str]:
        """As a calendar carries it."""
        found = {"date": self.on.isoformat(), "name": self.name}
        if not self.whole:
            found |= {"from": self.from_ or "00:00", "to": self.to or "24:00"}
        return found


def dates_of(
    rules: Sequence[HolidayRule],
    first_year: int,
    last_year: int,
    *,
    taken: Callable[[date], bool] = lambda _: False,
) -> list[HolidayDate]:
    """All dates in these years, in order; one that moved belongs to the year it lands in.

    Of several on one date those that last all day come first.

    Free weekdays are given out last, in the order of the dates that need one, and no two holidays
    get the same.

    Args:
        rules: of one document, whose numbers are those of the result.
        first_year: of the dates.
        last_year: of the dates, included.
        taken: whether a date is a holiday for another reason, so that it is no substitute.
    """
    nominal = sorted(
        (on, number)
        for number, rule in enumerate(rules)
        for year in range(first_year - 1, last_year + 2)
        if (on := rule.nominal(year)) is not None
    )
    found: list[HolidayDate] = []
    seeking: list[tuple[date, int]] = []
    for on, number in nominal:
        rule = rules[number]
        moves = rule.observed is not None and on.weekday() >= _SATURDAY
        if rule.keep or not moves:
            found.append(_dated(rule, number, on))
        if moves and rule.observed == "next_free_weekday":
            seeking.append((on, number))
        elif moves:
            found.append(_dated(rule, number, _weekday_by(rule, on), _OBSERVED))
    busy = {day.on for day in found if day.whole}
    for on, number in seeking:
        following = (on + later * _DAY for later in range(1, _SEARCHED_DAYS))
        free = (day for day in following if day.weekday() < _SATURDAY and day not in busy)
        day = next((day for day in free if not taken(day)), _monday_after(on))
        found.append(_dated(rules[number], number, day, _OBSERVED))
        if found[-1].whole:
            busy.add(day)
    within = (day for day in found if first_year <= day.on.year <= last_year)
    return sorted(within, key=lambda day: (day.on, not day.whole, day.rule))


def _dated(rule: HolidayRule, number: int, on: date, suffix: str = "") -> HolidayDate:
    return HolidayDate(on, rule.name + suffix, rule.from_, rule.to, number)


def _weekday_by(rule: HolidayRule, on: date) -> date:
    if rule.observed == "nearest_weekday" and on.weekday() == _SATURDAY:
        return on - _DAY
    return _monday_after(on)


def _monday_after(on: date) -> date:
    return on + (7 - on.weekday()) * _DAY
