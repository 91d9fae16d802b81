"""POSIX TZ rules such as ``GMT0BST,M3.5.0/1,M10.5.0``: a zone's offsets after its last transition.

Understands what TZif footers use (RFC 9636 §3.3.1): quoted names, seconds in offsets, rule times
from -167 to 167 hours, ``Jn``, ``n`` and ``Mm.w.d`` days, and negative daylight saving time.
"""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date
from typing import Final

from slaclock.business_time.instants import DAY_S, year_start_s

__all__ = ["DayRule", "Tail", "parse_tail"]

_NAME: Final = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
_CLOCK: Final = r"[+-]?\d{1,3}(?::\d{2}(?::\d{2})?)?"
_DAY: Final = r"(?:J\d{1,3}|\d{1,3}|M\d{1,2}\.\d\.\d)"
_TAIL: Final = re.compile(
    rf"(?P<std>{_NAME})(?P<std_offset>{_CLOCK})"
    rf"(?:(?P<dst>{_NAME})(?P<dst_offset>{_CLOCK})?"
    rf"(?:,(?P<start>{_DAY})(?:/(?P<start_at>{_CLOCK}))?"
    rf",(?P<end>{_DAY})(?:/(?P<end_at>{_CLOCK}))?)?)?",
    re.ASCII,
)
_UNWRITTEN_RULES: Final = ("M3.2.0", "M11.1.0")
_RULE_TIME: Final = "2"
_LAST_WEEK: Final = 5


@dataclass(frozen=True, slots=True)
class DayRule:
    """One day of every year, and a time of it.

    Attributes:
        kind: ``J`` (1-365, 29 February never counted), ``n`` (0-365, counted) or ``M``.
        month, week, day: For ``M``, week 5 being the last and day 0 Sunday; else only `day`.
        time_s: Seconds after local midnight of that day; may be negative or beyond 24 hours.
    """

    kind: str
    month: int
    week: int
    day: int
    time_s: int

    def local_s(self, year: int) -> int:
        """Seconds from the epoch to this moment of *year*, both read on the local clock."""
        return year_start_s(year) + self._day_of_year(year) * DAY_S + self.time_s

    def _day_of_year(self, year: int) -> int:
        match self.kind:
            case "J":
                return self.day if isleap(year) and self.day >= 60 else self.day - 1
            case "n":
                return self.day
            case _:
                first = date(year, self.month, 1)
                following = date(year + self.month // 12, self.month % 12 + 1, 1)
                days = (following - first).days
                on = (self.day - first.isoweekday()) % 7 + (self.week - 1) * 7
                if on >= days:  # only week 5 can miss its month
                    on -= 7
                return on + first.timetuple().tm_yday - 1


@dataclass(frozen=True, slots=True)
class Tail:
    """A parsed rule.

    Attributes:
        std_s: Offset of standard time from UTC in seconds, positive east.
        dst_s: Offset of the other time; ``None`` where the zone keeps one time all year.
        start, end: When the other time begins (read on the standard clock) and ends (read on
            its own clock).
    """

    std_s: int
    dst_s: int | None = None
    start: DayRule | None = None
    end: DayRule | None = None

    def transitions(self, first_year: int, last_year: int) -> list[tuple[int, int]]:
        """Changes as (UTC second, offset from then on), in order, of these years and their edges.

        Where daylight saving time lasts all year, its end and its next start coincide, and the
        start, which comes later in the list, stands.
        """
        if self.dst_s is None or self.start is None or self.end is None:
            return []
        changes = []
        for year in range(first_year - 1, last_year + 2):
            begins = (self.start.local_s(year) - self.std_s, self.dst_s)
            ends = (self.end.local_s(year) - self.dst_s, self.std_s)
            changes += [begins, ends] if begins[0] <= ends[0] else [ends, begins]
        return sorted(changes, key=lambda change: change[0])


def parse_tail(text: str) -> Tail:
    """Read a POSIX TZ rule.

    Raises:
        ValueError: *text* is not one; the sentence says what is wrong.
    """
    found = _TAIL.fullmatch(text)
    if found is None:
        raise ValueError("is not a POSIX TZ rule")
    std_s = -_clock_s(found["std_offset"], hours=24)
    if found["dst"] is None:
        return Tail(std_s)
    dst_s = -_clock_s(found["dst_offset"], hours=24) if found["dst_offset"] else std_s + 3600
    start = _day_rule(found["start"] or _UNWRITTEN_RULES[0], found["start_at"] or _RULE_TIME)
    end = _day_rule(found["end"] or _UNWRITTEN_RULES[1], found["end_at"] or _RULE_TIME)
    return Tail(std_s, dst_s, start, end)


def _clock_s(text: str, *, hours: int) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    hour, minute, second = (*parts, 0, 0)[:3]
    if hour > hours or minute > 59 or second > 59:
        raise ValueError(f"has a time {text} beyond {hours} hours")
    return sign * (hour * 3600 + minute * 60 + second)


def _day_rule(day: str, time: str) -> DayRule:
    time_s = _clock_s(time, hours=167)
    if day.startswith("M"):
        month, week, weekday = (int(part) for part in day[1:].split("."))
        if not (1 <= month <= 12 and 1 <= week <= _LAST_WEEK and weekday <= 6):
            raise ValueError(f"has a day {day} outside M1.1.0 to M12.5.6")
        return DayRule("M", month, week, weekday, time_s)
    kind, number, first = ("J", int(day[1:]), 1) if day.startswith("J") else ("n", int(day), 0)
    if not first <= number <= 365:
        raise ValueError(f"has a day {day} outside J1 to J365 and 0 to 365")
    return DayRule(kind, 0, 0, number, time_s)
