"""What may be meant and may be a mistake: it keeps nobody from publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self

from calendar_service.domain.draft import written
from calendar_service.domain.expansion import Expansion, Horizon, expanded, has_rules, horizon_of
from calendar_service.domain.holiday_rules import DateRule
from calendar_service.domain.rule_reading import read_holiday_rules
from calendar_service.domain.sets import SetVersion
from calendar_service.domain.zone_warnings import clock_warnings, zone_warnings
from slaclock.business_time import ZoneFiles
from slaclock.business_time.hours import windows_on
from slaclock.business_time.instants import DAY_S, to_us
from slaclock.business_time.reading import read_rules
from slaclock.business_time.rules import Holiday, Rules, day_number
from slaclock.errors import Fault

__all__ = ["warnings_in"]

_YEARS_LEFT: Final = 2
_LEAP_DAY: Final = (2, 29)


def warnings_in(
    document: Mapping[str, Any],
    files: ZoneFiles,
    sets: Mapping[str, SetVersion],
    at: datetime,
) -> list[Fault]:
    """What an author should look at before *document* is published.

    Args:
        document: one in which `faults_in` finds nothing.
        files: time zones that are known.
        sets: as for `faults_in`.
        at: when it would be published.
    """
    draft = written(document)
    horizon = horizon_of(draft, at)
    expansion = expanded(draft, sets, horizon)
    rules, _ = read_rules(expansion.document, files)
    if rules is None:
        raise AssertionError("a draft without faults has rules")
    today = rules.zone.local_date(to_us(at))
    kept = _Kept.of(rules)
    return [
        *_overrides(expansion, kept),
        *clock_warnings(draft, rules, at),
        *_closed_days(draft, rules, kept, today),
        *_leap_days(draft),
        *zone_warnings(rules, at),
        *(_horizon(horizon, today) if has_rules(draft) else ()),
        *_dateless(draft, horizon),
        *_past(expansion, today),
        *expansion.merged,
    ]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The holidays of a calendar by their date."""

    single: dict[date, list[Holiday]]
    yearly: dict[tuple[int, int], list[Holiday]]

    @classmethod
    def of(cls, rules: Rules) -> Self:
        found = cls({}, {})
        for holiday in rules.holidays:
            if holiday.yearly:
                found.yearly.setdefault((holiday.on.month, holiday.on.day), []).append(holiday)
            else:
                found.single.setdefault(holiday.on, []).append(holiday)
        return found

    def on(self, day: date) -> list[Holiday]:
        return [*self.single.get(day, ()), *self.yearly.get((day.month, day.day), ())]


def _overrides(expansion: Expansion, kept: _Kept) -> Iterator[Fault]:
    """Overrides on holidays: they win."""
    for number, item in enumerate(expansion.document.get("overrides") or ()):
        names = [one.name or "a holiday" for one in kept.on(date.fromisoformat(item["date"]))]
        if not names:
            continue
        windows = ", ".join(f"{part['start']}-{part['end']}" for part in item["windows"])
        what = f"open {windows}" if windows else "closed"
        yield Fault(
            f"overrides[{number}]",
            item["date"],
            f"lies on {' and '.join(names)} and wins: {what}",
            "nothing needs to be done if that is meant; else remove the override",
            "calendar.warning-override-on-holiday",
        )


def _closed_days(
    draft: Mapping[str, Any], rules: Rules, kept: _Kept, today: date
) -> Iterator[Fault]:
    """Holidays of the draft's own that close nothing, from today on."""
    for number, item in enumerate(draft.get("holidays") or ()):
        on = date.fromisoformat(item["date"])
        yearly = item.get("recurrence") == "yearly"
        if yearly or on < today or day_number(on) in rules.overrides:
            continue
        if not _closes(rules, on, kept.on(on)):
            yield Fault(
                f"holidays[{number}]",
                item["date"],
                f"closes nothing: it is a {on:%A}, and nothing is open then anyway",
                "nothing needs to be done; remove it if the date is a mistake",
                "calendar.warning-holiday-on-closed-day",
            )


def _closes(rules: Rules, on: date, kept: list[Holiday]) -> bool:
    """Whether any window lies in the hours that holidays of a date take away."""
    for earlier in (0, 1) if rules.holiday_rule == "date" else (0,):
        windows, overriding = windows_on(rules, day_number(on) - earlier)
        for window in () if overriding else windows:
            start, end = window.start_s - earlier * DAY_S, window.end_s - earlier * DAY_S
            if any(start < one.to_s and one.from_s < end for one in kept):
                return True
    return False


def _leap_days(draft: Mapping[str, Any]) -> Iterator[Fault]:
    """What is kept every year on a day that not every year has."""
    found = [
        f"holidays[{number}]"
        for number, item in enumerate(draft.get("holidays") or ())
        if item.get("recurrence") == "yearly" and item["date"].endswith("-02-29")
    ]
    rules, _ = read_holiday_rules(draft.get("holiday_rules"), "holiday_rules")
    for number, made in enumerate(rules):
        if isinstance(made.rule, DateRule) and (made.rule.month, made.rule.day) == _LEAP_DAY:
            found.append(f"holiday_rules[{number}]")
    for path in found:
        yield Fault(
            path,
            "02-29",
            "is kept in leap years only",
            "nothing needs to be done if that is meant; else write 28 February or 1 March",
            "calendar.warning-leap-day",
        )


def _horizon(horizon: Horizon, today: date) -> Iterator[Fault]:
    """Years in which rules close nothing, soon or already."""
    if horizon.last_year < today.year + _YEARS_LEFT:
        yield Fault(
            "horizon.last_year",
            horizon.last_year,
            f"rules and sets close nothing from {horizon.last_year + 1}-01-01 on",
            "write a later year, or leave horizon out for ten years from now",
            "calendar.warning-horizon-ends",
        )
    if horizon.first_year > today.year:
        yield Fault(
            "horizon.first_year",
            horizon.first_year,
            f"rules and sets close nothing before {horizon.first_year}-01-01",
            "write the present year or an earlier one: running tickets began before",
            "calendar.warning-horizon-begins",
        )


def _dateless(draft: Mapping[str, Any], horizon: Horizon) -> Iterator[Fault]:
    """Rules that give no date at all."""
    rules, _ = read_holiday_rules(draft.get("holiday_rules"), "holiday_rules")
    years = range(horizon.first_year - 1, horizon.last_year + 2)
    for number, made in enumerate(rules):
        if not any(made.nominal(year) for year in years):
            yield Fault(
                f"holiday_rules[{number}]",
                made.name,
                f"gives no date from {horizon.first_year} to {horizon.last_year}",
                "look at its years, or remove it",
                "calendar.warning-rule-without-dates",
            )


def _past(expansion: Expansion, today: date) -> Iterator[Fault]:
    """A calendar whose holidays nobody has written on."""
    listed = expansion.document.get("holidays") or []
    if not listed or any(item.get("recurrence") == "yearly" for item in listed):
        return
    last = max(item["date"] for item in listed)
    if last < today.isoformat():
        yield Fault(
            "holidays",
            last,
            f"lie all in the past; the last is {last}",
            "add the coming ones, or rules that give them",
            "calendar.warning-holidays-past",
        )
