"""Turns holiday rules and sets into dates: what a draft becomes before it is sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from calendar_service.domain.holiday_rules import dates_of
from calendar_service.domain.rule_reading import read_holiday_rules
from calendar_service.domain.sets import SetVersion
from slaclock.business_time import Horizon, read_horizon
from slaclock.errors import Fault

__all__ = [
    "DRAFT_KEYS",
    "Expansion",
    "Horizon",
    "expanded",
    "has_rules",
    "horizon_of",
    "too_many_dates",
]

DRAFT_KEYS: Final = ("holiday_rules", "holiday_sets", "horizon")
"""Keys that a draft has and a snapshot has not, `horizon` apart."""

_YEARS_BACK: Final = 5
_YEARS_AHEAD: Final = 10
_MOST_DATES: Final = 10_000
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2199


@dataclass(frozen=True, slots=True)
class Expansion:
    """A draft whose rules have become dates.

    Attributes:
        document: keys of a snapshot only; what `seal` takes.
        merged: warnings about dates that several sources give.
        sets: versions that were used, in the order of the draft.
    """

    document: dict[str, Any]
    merged: tuple[Fault, ...]
    sets: tuple[SetVersion, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A holiday, and the place in the draft that it comes from."""

    item: dict[str, Any]
    path: str
    source: str

    @property
    def on(self) -> date:
        return date.fromisoformat(self.item["date"])

    @property
    def yearly(self) -> bool:
        return bool(self.item.get("recurrence") == "yearly")

    def overlaps(self, other: _Entry) -> bool:
        """Whether hours of one date are closed by both."""
        return _from(self.item) < _to(other.item) and _from(other.item) < _to(self.item)

    def __str__(self) -> str:
        name = self.item.get("name")
        return f"{self.source} ({name})" if name else self.source


@dataclass(slots=True)
class _Calendar:
    """Holidays taken so far, and those that were there already."""

    kept: list[_Entry] = field(default_factory=list)
    by_date: dict[date, list[_Entry]] = field(default_factory=dict)
    by_day: dict[tuple[int, int], list[_Entry]] = field(default_factory=dict)
    refused: dict[tuple[str, str], list[tuple[_Entry, _Entry]]] = field(default_factory=dict)

    def take(self, entry: _Entry) -> None:
        day = (entry.on.month, entry.on.day)
        others = [*self.by_day.get(day, ())]
        if not entry.yearly:
            others = [*self.by_date.get(entry.on, ()), *others]
        other = next((other for other in others if entry.overlaps(other)), None)
        if other is not None:
            self.refused.setdefault((entry.source, other.source), []).append((entry, other))
            return
        self.put(entry)

    def put(self, entry: _Entry) -> None:
        """Keep it whatever there is: what is wrong with explicit holidays, others say."""
        self.kept.append(entry)
        if entry.yearly:
            self.by_day.setdefault((entry.on.month, entry.on.day), []).append(entry)
        else:
            self.by_date.setdefault(entry.on, []).append(entry)


def has_rules(draft: Mapping[str, Any]) -> bool:
    """Whether there is something to expand."""
    return bool(draft.get("holiday_rules") or draft.get("holiday_sets"))


def horizon_of(draft: Mapping[str, Any], at: datetime) -> Horizon:
    """The years that rules are expanded for: the draft's, else five back and ten ahead of *at*.

    A horizon that cannot be read counts as none; `faults_in` tells of it.
    """
    if draft.get("horizon") is not None:
        found, _ = read_horizon(draft["horizon"])
        if found is not None:
            return found
    return Horizon(max(at.year - _YEARS_BACK, _FIRST_YEAR), min(at.year + _YEARS_AHEAD, _LAST_YEAR))


def expanded(
    draft: Mapping[str, Any], sets: Mapping[str, SetVersion], horizon: Horizon
) -> Expansion:
    """A draft without faults, with dates in place of its rules and sets.

    A date that several sources give is taken once: the draft's own holidays first, then its rules,
    then its sets in their order. Substitute days avoid the holidays of their own document only: a
    set means the same in every calendar.

    Args:
        draft: parsed JSON.
        sets: by id, the versions that the draft asks for.
        horizon: years of the dates.
    """
    document = {key: value for key, value in draft.items() if key not in DRAFT_KEYS}
    if not has_rules(draft):
        return Expansion(document, (), ())
    taken = _Calendar()
    for number, item in enumerate(draft.get("holidays") or ()):
        path = f"holidays[{number}]"
        taken.put(_Entry(dict(item), path, path))
    for entry in _from_rules(draft, horizon, "", ""):
        taken.take(entry)
    used: list[SetVersion] = []
    for number, wish in enumerate(draft.get("holiday_sets") or ()):
        found = sets[wish["set_id"]]
        used.append(found)
        path, source = f"holiday_sets[{number}]", f"set {found.set_id} {found.version}: "
        for place, item in enumerate(found.document.get("holidays") or ()):
            taken.take(_Entry(dict(item), path, f"{source}holidays[{place}]"))
        for entry in _from_rules(found.document, horizon, path, source):
            taken.take(entry)
    document["holidays"] = [entry.item for entry in taken.kept]
    document["horizon"] = horizon.written()
    return Expansion(document, tuple(_merged(taken)), tuple(used))


def too_many_dates(
    draft: Mapping[str, Any], sets: Mapping[str, SetVersion], horizon: Horizon
) -> list[Fault]:
    """A fault where rules would give more dates than any calendar can hold."""
    documents = [
        draft,
        *(sets[wish["set_id"]].document for wish in draft.get("holiday_sets") or ()),
    ]
    rules = sum(len(document.get("holiday_rules") or ()) for document in documents)
    years = horizon.last_year - horizon.first_year + 1
    if rules * years <= _MOST_DATES:
        return []
    remedy = f"write a horizon of up to {_MOST_DATES // rules} years, or fewer rules"
    message = f"and {rules} rules give about {rules * years} dates, {_MOST_DATES} fit"
    return [Fault("horizon", horizon.written(), message, remedy, "calendar.dates-too-many")]


def _from_rules(
    document: Mapping[str, Any], horizon: Horizon, path: str, source: str
) -> Iterator[_Entry]:
    rules, _ = read_holiday_rules(document.get("holiday_rules"), "holiday_rules")
    explicit = [item for item in document.get("holidays") or () if _is_whole(item)]
    singles = {item["date"] for item in explicit if item.get("recurrence") != "yearly"}
    yearly = {item["date"][5:] for item in explicit if item.get("recurrence") == "yearly"}

    def taken(day: date) -> bool:
        text = day.isoformat()
        return text in singles or text[5:] in yearly

    for found in dates_of(rules, horizon.first_year, horizon.last_year, taken=taken):
        place = f"holiday_rules[{found.rule}]"
        yield _Entry(found.written(), path or place, source + place)


def _merged(taken: _Calendar) -> Iterator[Fault]:
    for pairs in taken.refused.values():
        entry, other = pairs[0]
        dates = [pair[0].item["date"] for pair in pairs]
        more = f" and {len(dates) - 1} more" if len(dates) > 1 else ""
        yield Fault(
            entry.path,
            dates[0] if len(dates) == 1 else dates,
            f"gives {dates[0]}{more} as {entry}, which is a holiday already by {other}",
            f"nothing needs to be done: the date is taken once, from {other.source}; "
            "remove one of the two if that is not meant",
            "calendar.holiday-merged",
        )


def _is_whole(item: Mapping[str, Any]) -> bool:
    return (_from(item), _to(item)) == ("00:00", "24:00")


def _from(item: Mapping[str, Any]) -> str:
    return item.get("from") or "00:00"


def _to(item: Mapping[str, Any]) -> str:
    return item.get("to") or "24:00"
