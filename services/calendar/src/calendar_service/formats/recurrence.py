"""Dates that a recurrence rule gives, with a bound on the work.

A rule is expanded day by day, so that its cost is a count of days known beforehand.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from calendar_service.formats.recurrence_rule import Rule

__all__ = ["Budget", "Exhausted", "expand", "is_in_step", "is_yearly"]

_LAST: Final = date.max


class Exhausted(Exception):  # noqa: N818 - an answer: more days than may be examined
    """More days would have to be examined than are allowed."""


@dataclass(slots=True)
class Budget:
    """How many days may still be examined."""

    left: int

    def spend(self, days: int) -> None:
        """Raises `Exhausted`."""
        self.left -= days
        if self.left < 0:
            raise Exhausted


def is_yearly(rule: Rule, start: date) -> bool:
    """Whether the rule is *start*'s month and day in every year, for ever."""
    plain = Rule("YEARLY", week_start=rule.week_start, within_day=rule.within_day)
    return rule in {
        replace(plain, months=months, month_days=days)
        for months in ((), (start.month,))
        for days in ((), (start.day,))
    }


def expand(rule: Rule, start: date, first: date, last: date, budget: Budget) -> Iterator[date]:
    """The rule's dates from *first* to *last*, in order; those before *start* do not exist.

    Args:
        rule: its `until` is the caller's business.
        start: the event's first date, which the rule counts from.
        first: of the dates wanted.
        last: of the dates wanted.
        budget: days that may be examined.

    Raises:
        Exhausted: the budget is spent.
    """
    days = _Days(_completed(rule, start), start)
    left = rule.count
    if left is not None and left < 1:
        return
    if left is not None and not is_in_step(rule, start):
        left -= 1  # the caller takes the start itself, which counts
    step = 0 if left is not None else days.step_before(first)
    while True:
        found = days.of_step(step, last, budget)
        if found is None:
            return
        for day in found:
            if day < start:
                continue
            if day > last or left == 0:
                return
            if left is not None:
                left -= 1
            if day >= first:
                yield day
        step += 1


def is_in_step(rule: Rule, start: date) -> bool:
    """Whether the rule itself gives *start*, as RFC 5545 asks."""
    found = _Days(_completed(rule, start), start).of_step(0, start, Budget(1000))
    return found is not None and start in found


class _Days:
    """The dates of a rule's periods: years, months, weeks or days, every `interval`-th."""

    def __init__(self, rule: Rule, start: date) -> None:
        self._rule = rule
        self._every = rule.interval
        self._months = frozenset(rule.months)
        self._month_days = frozenset(rule.month_days)
        self._year_days = frozenset(rule.year_days)
        self._weeks = frozenset(rule.weeks)
        self._weekdays = frozenset(rule.weekdays)
        match rule.frequency:
            case "YEARLY":
                self._origin = start.year
            case "MONTHLY":
                self._origin = start.year * 12 + start.month - 1
            case "WEEKLY":
                self._origin = start.toordinal() - (start.weekday() - rule.week_start) % 7
            case _:
                self._origin = start.toordinal()

    def step_before(self, first: date) -> int:
        """The last step whose period does not begin after *first*, 0 at least."""
        match self._rule.frequency:
            case "YEARLY":
                distance = first.year - self._origin
            case "MONTHLY":
                distance = first.year * 12 + first.month - 1 - self._origin
            case "WEEKLY":
                distance = (first.toordinal() - self._origin) // 7
            case _:
                distance = first.toordinal() - self._origin
        return max(distance, 0) // self._every

    def of_step(self, step: int, last: date, budget: Budget) -> list[date] | None:
        """Its dates in order; None where it begins after *last*."""
        days = self._candidates(self._origin, step * self._every, last)
        if days is None:
            return None
        budget.spend(max(len(days), 1))
        found = self._fitting(days)
        if not self._rule.positions:
            return found
        size = len(found)
        places = {at - 1 if at > 0 else size + at for at in self._rule.positions}
        return [found[place] for place in sorted(places) if 0 <= place < size]

    def _candidates(self, origin: int, distance: int, last: date) -> list[date] | None:
        match self._rule.frequency:
            case "YEARLY":
                year = origin + distance
                return None if year > last.year else self._of_year(year)
            case "MONTHLY":
                year, month = divmod(origin + distance, 12)
                if (year, month + 1) > (last.year, last.month):
                    return None
                return _month(year, month + 1) if self._wants(month + 1) else []
            case "WEEKLY":
                return _run(origin + 7 * distance, 7, last)
            case _:
                return _run(origin + distance, 1, last)

    def _of_year(self, year: int) -> list[date]:
        return [day for month in range(1, 13) if self._wants(month) for day in _month(year, month)]

    def _wants(self, month: int) -> bool:
        return not self._months or month in self._months

    def _fitting(self, days: list[date]) -> list[date]:
        fits = [day for day in days if self._wants(day.month)]
        if self._month_days:
            fits = [day for day in fits if _is_in(day.day, _month_length(day), self._month_days)]
        if self._year_days:
            wanted = self._year_days
            fits = [day for day in fits if _is_in(_year_day(day), _year_length(day), wanted)]
        if self._weeks:
            start = self._rule.week_start
            fits = [day for day in fits if _is_in(*_week(day, start), self._weeks)]
        if self._weekdays:
            by_month = self._rule.frequency == "MONTHLY" or bool(self._months)
            fits = [day for day in fits if _is_weekday(day, self._weekdays, by_month=by_month)]
        return fits


def _completed(rule: Rule, start: date) -> Rule:
    """The rule with what it leaves to the event's start."""
    days = rule.month_days or rule.weekdays or rule.year_days
    months, month_days, weekdays = rule.months, rule.month_days, rule.weekdays
    match rule.frequency:
        case "YEARLY" if rule.weeks and not days:
            weekdays = ((0, start.weekday()),)
        case "YEARLY" if not days:
            months, month_days = months or (start.month,), (start.day,)
        case "YEARLY" if rule.month_days and not (rule.months or rule.weekdays or rule.weeks):
            months = (start.month,)
        case "MONTHLY" if not days:
            month_days = (start.day,)
        case "WEEKLY" if not days:
            weekdays = ((0, start.weekday()),)
        case _:
            return rule
    return replace(rule, months=months, month_days=month_days, weekdays=weekdays)


def _month(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    return [first + timedelta(days=number) for number in range(monthrange(year, month)[1])]


def _run(first: int, days: int, last: date) -> list[date] | None:
    if first > last.toordinal():
        return None
    until = min(first + days, _LAST.toordinal() + 1)
    return [date.fromordinal(number) for number in range(max(first, 1), until)]


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _year_length(day: date) -> int:
    return 366 if isleap(day.year) else 365


def _year_day(day: date) -> int:
    return day.timetuple().tm_yday


def _is_in(place: int, length: int, wanted: frozenset[int]) -> bool:
    """Whether *place*, from 1 to *length*, is wanted, counted from either end."""
    return place in wanted or place - length - 1 in wanted


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Number of a date's week, and how many its year has; it belongs where most of it is."""
    middle = day.toordinal() - (day.weekday() - week_start) % 7 + 3
    year = date.fromordinal(min(middle, _LAST.toordinal())).year
    first = _first_week(year, week_start)
    weeks = 52
    if year < _LAST.year:
        weeks = (_first_week(year + 1, week_start) - first) // 7
    return (middle - 3 - first) // 7 + 1, weeks


def _first_week(year: int, week_start: int) -> int:
    """The ordinal with which the first week of a year begins: the one that has 4 January."""
    fourth = date(year, 1, 4)
    return fourth.toordinal() - (fourth.weekday() - week_start) % 7


def _is_weekday(day: date, wanted: frozenset[tuple[int, int]], *, by_month: bool) -> bool:
    place, length = _year_day(day), _year_length(day)
    if by_month:
        place, length = day.day, _month_length(day)
    nth, from_end = (place - 1) // 7 + 1, -((length - place) // 7 + 1)
    return any((number, day.weekday()) in wanted for number in (0, nth, from_end))
