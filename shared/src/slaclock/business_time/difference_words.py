"""Differences of calendars in sentences that whoever signs a contract understands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, Final

from slaclock.business_time.instants import EPOCH, LAST_YEAR, year_start_s
from slaclock.business_time.zone import Segment, Zone, read_zone

__all__ = ["PARTS", "key_words"]

_YEARLY: Final = "yearly-"
_LEAP_YEAR: Final = "2024-"
_LAST_S: Final = year_start_s(LAST_YEAR)
_CLOSES: Final = {
    "date": "holidays close their local date",
    "shift": "holidays close the whole windows that begin on them",
}


def key_words(key: str, before: Any, after: Any, whole: Mapping[str, Any]) -> str:
    """What changes in one key of a calendar; *whole* is the calendar before."""
    match key:
        case "timezone":
            return f"time zone {before} becomes {after}"
        case "zone":
            return _zone_words(before, after, whole.get("timezone"))
        case "holiday_rule":
            return f"{_CLOSES.get(after, after)}; before, {_CLOSES.get(before, before)}"
        case "horizon":
            return _horizon_words(before, after)
        case "name":
            return f'name "{before}" becomes "{after}"'
        case _:
            return f"{key} {_shown(before)} becomes {_shown(after)}"


def _weekday_words(part: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    day = part.capitalize()
    if not after:
        return f"{day} is closed from now on; it was {_windows(before)}"
    if not before:
        return f"{day} is open from now on: {_windows(after)}"
    return f"{day}: {_windows(before)} becomes {_windows(after)}"


def _overtime_words(part: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    old, new = (_windows(items) or "none" for items in (before, after))
    return f"overtime on {part.capitalize()}: {old} becomes {new}"


def _holiday_words(part: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    when = part
    if part.startswith(_YEARLY):
        day = date.fromisoformat(part.replace(_YEARLY, _LEAP_YEAR))
        when = f"every {day.day} {day:%B}"
    if not before:
        return f"adds holiday {when} {_holidays(after)}".rstrip()
    if not after:
        return f"removes holiday {when} {_holidays(before)}".rstrip()
    old, new = (_holidays(items) or "without a name" for items in (before, after))
    if old == new:
        return f"holiday {when} {old} is written with another year, which changes nothing"
    return f"holiday {when}: {old} becomes {new}"


def _override_words(part: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    if not after:
        return f"{part} has its usual hours again; it was {_opening(before)}"
    if not before:
        return f"{part} is {_opening(after)} instead of its usual hours"
    old, new = _opening(before), _opening(after)
    return f"{part}: {old} becomes {new}" if old != new else f"{part} is named otherwise"


PARTS: Final[Mapping[str, Callable[[str, Sequence[Any], Sequence[Any]], str]]] = {
    "windows": _weekday_words,
    "overtime_windows": _overtime_words,
    "holidays": _holiday_words,
    "overrides": _override_words,
}
"""What changes on a weekday or date of these keys."""


def _windows(items: Sequence[Mapping[str, Any]]) -> str:
    return " and ".join(
        f"{item['start']}-{item['end']}"
        + (f" at {item['multiplier']} times" if "multiplier" in item else "")
        for item in items
    )


def _opening(items: Sequence[Mapping[str, Any]]) -> str:
    windows = [window for item in items for window in item.get("windows") or ()]
    return f"open {_windows(windows)}" if windows else "closed"


def _holidays(items: Sequence[Mapping[str, Any]]) -> str:
    return " and ".join(filter(None, map(_holiday, items)))


def _holiday(item: Mapping[str, Any]) -> str:
    name = item.get("name") or ""
    if "from" not in item and "to" not in item:
        return str(name)
    return f"{name} from {item.get('from') or '00:00'} to {item.get('to') or '24:00'}".lstrip()


def _horizon_words(before: Any, after: Any) -> str:
    if after is None:
        return "no holiday comes from a rule any more"
    now = f"holidays of rules and sets are known from {after['first_year']} to {after['last_year']}"
    if before is None:
        return now
    return f"{now}; before, from {before['first_year']} to {before['last_year']}"


def _zone_words(before: Any, after: Any, name: Any) -> str:
    one, other = (_zone(written) for written in (before, after))
    if one is None or other is None:
        return "the calendar carries its zone" if one is None else "it carries no zone any more"
    apart = _first_apart(one, other)
    if one.name != other.name:
        until = "from 1970 to 2200" if apart is None else f"until {_instant(apart)}"
        if apart == 0:
            return f"the clock is that of {other.name}, with other offsets than {one.name}"
        return f"the clock is that of {other.name}, the same as {one.name} {until}"
    if apart is None:
        return f"rules of {name} are written otherwise and compute the same"
    return f"rules of {name} change: from {_instant(apart)} other offsets"


def _zone(written: Any) -> Zone | None:
    return None if written is None else read_zone(written, path="zone")[0]


def _first_apart(one: Zone, other: Zone) -> int | None:
    """The first UTC second with another offset; None if there is none until 2200."""
    ours, theirs = (zone.segments(0, _LAST_S) for zone in (one, other))
    edges = sorted({start for start, _, _ in (*ours, *theirs)})
    return next((at for at in edges if _offset(ours, at) != _offset(theirs, at)), None)


def _offset(segments: Sequence[Segment], at: int) -> int:
    return segments[bisect_right(segments, at, key=itemgetter(0)) - 1][2]


def _instant(second: int) -> str:
    return f"{EPOCH + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
