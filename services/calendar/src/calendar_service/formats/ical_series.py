"""Events that recur: which occurrences rules, additions, exceptions and changes leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from calendar_service.formats.ical_events import Event, Unreadable
from calendar_service.formats.ical_lines import Line
from calendar_service.formats.ical_values import read_moment
from calendar_service.formats.ical_zones import UTC_CLOCK, Clocks
from calendar_service.formats.recurrence import Budget, Exhausted, expand, is_in_step, is_yearly
from calendar_service.formats.recurrence_rule import Rule, RuleFault, read_rule

__all__ = ["Occurrence", "Series", "is_cancelled", "series_of"]

MOST_RULES: Final = 5


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event takes place, on the event's own clock."""

    event: Event
    start: datetime
    length: timedelta
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """What an event gives.

    Attributes:
        occurrences: in no order.
        out_of_step: its start does not follow its rule.
    """

    occurrences: tuple[Occurrence, ...]
    out_of_step: bool = False


def series_of(
    event: Event,
    changes: Iterable[Event],
    clocks: Clocks,
    years: tuple[int, int],
    budget: Budget,
) -> Series:
    """Every occurrence of *event* that its rules give within *years*, and those it lists.

    Args:
        event: as it was planned.
        changes: single occurrences that were changed; a cancelled one has STATUS:CANCELLED.
        clocks: of the file.
        years: local years wanted of rules, both included.
        budget: days that may be examined.

    Raises:
        Unreadable: a rule or a date cannot be read, or has too much work.
    """
    changed = [change for change in changes if change.changes is not None]
    rules = [(line, _rule(event, line)) for line in event.component.every("RRULE")]
    if len(rules) > MOST_RULES:
        raise Unreadable(
            "RRULE",
            f"{len(rules)} rules",
            "are too many",
            "write an event for each of them",
            "import.rrule",
        )
    _refuse_exrule(event)
    plain = not changed and not any(
        True for name in ("EXDATE", "RDATE") for _ in event.component.every(name)
    )
    if len(rules) == 1 and plain and event.clock is None and _every_year(event, rules[0][1]):
        return Series((Occurrence(event, event.start.at, event.length, yearly=True),))
    times, dates = event.excluded(changed, clocks)
    found: dict[datetime, timedelta] = {}
    if not rules or years[0] <= event.start.at.year <= years[1]:
        found[event.start.at] = event.length
    for line, rule in rules:
        for start in _by_rule(event, line, rule, years, budget, clocks):
            found[start] = event.length
    found |= dict(event.added(clocks))
    occurrences = [
        Occurrence(event, start, length)
        for start, length in found.items()
        if start not in times and start.date() not in dates
    ]
    occurrences += [
        Occurrence(change, change.start.at, change.length)
        for change in changed
        if not is_cancelled(change)
    ]
    out_of_step = any(not is_in_step(rule, event.start.date) for _, rule in rules)
    return Series(tuple(occurrences), out_of_step)


def is_cancelled(event: Event) -> bool:
    """Whether it does not take place."""
    return event.component.text("STATUS").upper() == "CANCELLED"


def _rule(event: Event, line: Line) -> Rule:
    try:
        rule = read_rule(line.value)
    except RuleFault as fault:
        raise Unreadable(
            f"RRULE.{fault.part}" if fault.part else "RRULE",
            fault.value[:80],
            str(fault),
            fault.remedy,
            "import.rrule",
        ) from fault
    at = event.start.at
    own = {"BYHOUR": at.hour, "BYMINUTE": at.minute, "BYSECOND": at.second}
    for part, number in rule.within_day:
        if own[part] != number:
            raise Unreadable(
                f"RRULE.{part}",
                number,
                "is not the time at which the event begins",
                "leave it out, and write one event for each time of day",
                "import.rrule",
            )
    return rule


def _every_year(event: Event, rule: Rule) -> bool:
    """Whether the event is the same dates in every year, for ever."""
    first = event.start.date
    last = (event.start.at + event.length - timedelta(microseconds=1)).date()
    over_leap_day = first < last and _spans_end_of_february(first, last)
    return is_yearly(rule, first) and not over_leap_day


def _spans_end_of_february(first: date, last: date) -> bool:
    ends = (date(year, 3, 1) for year in range(first.year, last.year + 1))
    return any(first < end <= last for end in ends) or (last.month, last.day) == (2, 29)


def _by_rule(  # noqa: PLR0913, PLR0917 - all that a rule depends on
    event: Event,
    line: Line,
    rule: Rule,
    years: tuple[int, int],
    budget: Budget,
    clocks: Clocks,
) -> Iterator[datetime]:
    first, last = date(years[0], 1, 1), date(years[1], 12, 31)
    until = _until(event, rule, clocks)
    if until is not None:
        last = min(last, until.date())
    time = event.start.at.time()
    try:
        for day in expand(rule, event.start.date, first, last, budget):
            start = datetime.combine(day, time)
            if until is None or start <= until:
                yield start
    except Exhausted as error:
        raise Unreadable(
            "RRULE",
            line.value[:80],
            "takes too much work: too many days would have to be examined",
            "let the event begin later, or write its dates one by one",
            "import.rrule-work",
        ) from error


def _until(event: Event, rule: Rule, clocks: Clocks) -> datetime | None:
    """The last start that the rule allows, on the event's own clock."""
    if rule.until is None:
        return None
    try:
        moment = read_moment(rule.until)
    except ValueError as error:
        raise Unreadable(
            "RRULE.UNTIL", rule.until[:80], str(error), "write UNTIL=20301231", "import.rrule"
        ) from error
    if moment.whole or event.start.whole:
        return datetime.combine(moment.date, datetime.max.time())
    near = 1970 <= moment.at.year < 2200
    if moment.utc and near and not event.start.utc:
        return clocks.wall(UTC_CLOCK.utc_s(moment.at), event.start)
    return moment.at


def _refuse_exrule(event: Event) -> None:
    line = event.component.one("EXRULE")
    if line is not None:
        raise Unreadable(
            "EXRULE",
            line.value[:80],
            "takes occurrences away by a rule, which RFC 5545 has given up",
            "list the dates in EXDATE",
            "import.rrule",
        )
