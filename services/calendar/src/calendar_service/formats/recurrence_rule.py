"""Recurrence rules of RFC 5545 as they are written, and everything that is wrong with one.

Rules that recur within a day mean nothing for holidays and are refused, and so are parts that
nobody can bound: what the libraries do with ``INTERVAL=0`` is loop for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["Rule", "RuleFault", "read_rule"]

FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_PARTS: Final = 400
"""Numbers that one part may list: more than any of them has meanings."""
_BYDAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER: Final = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,10}", re.ASCII)
_RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {"BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYYEARDAY": (-366, 366)}
    | {"BYWEEKNO": (-53, 53), "BYSETPOS": (-366, 366)}
)
_WITHIN_A_DAY: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")


class RuleFault(ValueError):  # noqa: N818 - names what is wrong with a rule
    """A rule that cannot be taken.

    Attributes:
        part: its part, such as ``INTERVAL``.
        value: what stands there.
        remedy: what to do about it.
    """

    def __init__(self, part: str, value: str, message: str, remedy: str) -> None:
        self.part, self.value, self.remedy = part, value, remedy
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule; empty tuples where a part is not written.

    Attributes:
        until: text as it was written; its meaning depends on the event's start.
        weekdays: ``(n, weekday)``; n is 0 for every one, weekday 0 is Monday.
        week_start: the weekday that weeks begin with.
        within_day: hour, minute, second that the rule names, by part.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0
    within_day: tuple[tuple[str, int], ...] = ()


def read_rule(text: str) -> Rule:
    """The rule that *text* writes, without ``RRULE:``.

    Raises:
        RuleFault: the first thing that is wrong with it.
    """
    parts: dict[str, str] = {}
    for part in text.strip().strip(";").split(";"):
        name, _, value = part.partition("=")
        name = name.strip().upper()
        if name in parts:
            raise RuleFault(name, value, "is there twice", "write it once")
        parts[name] = value.strip().upper()
    frequency = parts.pop("FREQ", "")
    if frequency in {"SECONDLY", "MINUTELY", "HOURLY"}:
        raise RuleFault(
            "FREQ", frequency, "recurs within a day", "write one event for each day, or FREQ=DAILY"
        )
    if frequency not in FREQUENCIES:
        raise RuleFault("FREQ", frequency, "is no frequency", f"write {', '.join(FREQUENCIES)}")
    read = {
        "interval": _whole(parts, "INTERVAL") or 1,
        "count": _whole(parts, "COUNT"),
        "until": parts.pop("UNTIL", None),
        "months": _numbers(parts, "BYMONTH"),
        "month_days": _numbers(parts, "BYMONTHDAY"),
        "year_days": _numbers(parts, "BYYEARDAY"),
        "weeks": _numbers(parts, "BYWEEKNO"),
        "weekdays": _weekdays(parts, frequency),
        "positions": _numbers(parts, "BYSETPOS"),
        "week_start": _week_start(parts),
        "within_day": tuple(_within_day(parts)),
    }
    if parts:
        name, value = next(iter(parts.items()))
        known = "RFC 5545 knows FREQ, INTERVAL, COUNT, UNTIL, WKST and the BY parts"
        raise RuleFault(name, value, "is no part of a rule that is understood", known)
    rule = Rule(frequency, **read)  # type: ignore[arg-type] # each by its own reader
    _refuse_contradictions(rule)
    return rule


def _whole(parts: dict[str, str], name: str) -> int | None:
    text = parts.pop(name, None)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        raise RuleFault(name, text, "is not a whole number from 1", "write 1 or more")
    return int(text)


def _numbers(parts: dict[str, str], name: str) -> tuple[int, ...]:
    text = parts.pop(name, None)
    if text is None:
        return ()
    low, high = _RANGES[name]
    found = []
    for number in _listed(name, text):
        value = int(number) if _NUMBER.fullmatch(number) else 0
        if not low <= value <= high or value == 0:
            remedy = f"write numbers from {low} to {high}, not 0"
            raise RuleFault(name, number, "is out of range", remedy)
        found.append(value)
    return tuple(sorted(set(found)))


def _weekdays(parts: dict[str, str], frequency: str) -> tuple[tuple[int, int], ...]:
    text = parts.pop("BYDAY", None)
    if text is None:
        return ()
    found = set()
    for part in _listed("BYDAY", text):
        match = _BYDAY.fullmatch(part)
        number = int(match[1] or 0) if match else 99
        if match is None or abs(number) > 53 or (match[1] and number == 0):
            raise RuleFault("BYDAY", part, "is not a weekday", "write MO, or 2MO, or -1FR")
        if number and frequency not in {"YEARLY", "MONTHLY"}:
            remedy = "write the weekday alone, or FREQ=MONTHLY"
            raise RuleFault("BYDAY", part, f"counts weekdays in a {frequency} rule", remedy)
        found.add((number, WEEKDAYS.index(match[2])))
    return tuple(sorted(found))


def _listed(name: str, text: str) -> list[str]:
    numbers = text.split(",", MOST_PARTS + 1)
    if len(numbers) > MOST_PARTS:
        remedy = f"write up to {MOST_PARTS}"
        raise RuleFault(name, text[:80], "lists more numbers than have a meaning", remedy)
    return [number.strip() for number in numbers]


def _week_start(parts: dict[str, str]) -> int:
    text = parts.pop("WKST", "MO")
    if text not in WEEKDAYS:
        raise RuleFault("WKST", text, "is not a weekday", f"write {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text)


def _within_day(parts: dict[str, str]) -> Iterator[tuple[str, int]]:
    for name in _WITHIN_A_DAY:
        text = parts.pop(name, None)
        if text is None:
            continue
        if not _WHOLE.fullmatch(text):
            remedy = "leave it out: the event's start says when in the day"
            raise RuleFault(name, text, "recurs within a day", remedy)
        yield name, int(text)


def _refuse_contradictions(rule: Rule) -> None:
    if rule.count is not None and rule.until is not None:
        raise RuleFault("COUNT", str(rule.count), "stands beside UNTIL", "write one of them")
    if rule.weeks and rule.frequency != "YEARLY":
        text = ",".join(map(str, rule.weeks))
        raise RuleFault("BYWEEKNO", text, f"stands in a {rule.frequency} rule", "write FREQ=YEARLY")
    if rule.weeks and any(number for number, _ in rule.weekdays):
        raise RuleFault("BYDAY", "n", "counts weekdays beside BYWEEKNO", "write weekdays alone")
    others = (rule.months, rule.month_days, rule.year_days, rule.weeks, rule.weekdays)
    if rule.positions and not any(others):
        text = ",".join(map(str, rule.positions))
        raise RuleFault("BYSETPOS", text, "chooses from nothing", "write BYDAY or BYMONTHDAY, too")
