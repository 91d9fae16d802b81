"""Keys that no calendar has: in what people write they are mistakes, such as ``holiday``.

`validate` passes them over, because a snapshot written by a later version must stay readable.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from slaclock.errors import Fault

__all__ = ["unknown_keys", "unknown_set_keys"]

_CALENDAR: Final = (
    "schema",
    "calendar_id",
    "version",
    "name",
    "type",
    "timezone",
    "tzdata",
    "zone",
    "windows",
    "holidays",
    "overrides",
    "holiday_rule",
    "overtime_windows",
    "horizon",
)
_DRAFT: Final = ("holiday_rules", "holiday_sets")
_RULE: Final = ("rule", "name", "first_year", "last_year", "from", "to", "observed", "keep")
_RULES: Final = {
    "date": ("month", "day"),
    "weekday": ("month", "weekday", "nth"),
    "easter": ("days", "calendar"),
}
_ANY_RULE: Final = tuple(dict.fromkeys(key for keys in _RULES.values() for key in keys))
_SET: Final = ("set_id", "version")
_HOLIDAY_SET: Final = ("schema", "set_id", "version", "name", "holidays", "holiday_rules")
_HORIZON: Final = ("first_year", "last_year")
_WINDOW: Final = ("weekday", "start", "end")
_HOLIDAY: Final = ("date", "name", "recurrence", "from", "to")
_LISTS: Final = (
    ("windows", _WINDOW),
    ("overtime_windows", (*_WINDOW, "multiplier")),
    ("holidays", _HOLIDAY),
    ("overrides", ("date", "name", "windows")),
)


def unknown_keys(document: Any, *, rules: bool = False) -> list[Fault]:
    """A fault for every key of a draft that means nothing, with the likely right one.

    Args:
        document: Parsed JSON.
        rules: Whether holiday rules and sets mean something here: where they become dates before
            the draft is sealed.
    """
    if not isinstance(document, dict):
        return []
    faults = list(_strangers(document, "", (*_CALENDAR, *_DRAFT) if rules else _CALENDAR))
    horizon = document.get("horizon")
    if isinstance(horizon, dict):
        faults += _strangers(horizon, "horizon", _HORIZON)
    if rules:
        faults += _unknown_rule_keys(document)
        for path, item in _items(document, "holiday_sets", "holiday_sets"):
            faults += _strangers(item, path, _SET)
    for key, known in _LISTS:
        for path, item in _items(document, key, key):
            faults += _strangers(item, path, known)
            if key == "overrides":
                for place, part in _items(item, "windows", f"{path}.windows"):
                    faults += _strangers(part, place, _WINDOW[1:])
    return faults


def unknown_set_keys(document: Any) -> list[Fault]:
    """The same for a holiday set."""
    if not isinstance(document, dict):
        return []
    faults = [*_strangers(document, "", _HOLIDAY_SET), *_unknown_rule_keys(document)]
    for path, item in _items(document, "holidays", "holidays"):
        faults += _strangers(item, path, _HOLIDAY)
    return faults


def _unknown_rule_keys(document: dict[str, Any]) -> Iterator[Fault]:
    for path, item in _items(document, "holiday_rules", "holiday_rules"):
        kind = item.get("rule")
        own = _RULES.get(kind, _ANY_RULE) if isinstance(kind, str) else _ANY_RULE
        yield from _strangers(item, path, (*_RULE, *own))


def _items(holder: dict[str, Any], key: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = holder.get(key)
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield f"{path}[{number}]", item


def _strangers(item: dict[str, Any], path: str, known: tuple[str, ...]) -> Iterator[Fault]:
    for key, value in item.items():
        if key not in known:
            close = get_close_matches(str(key), known, n=1)
            remedy = f"write {close[0]}" if close else f"remove it; known: {', '.join(known)}"
            if not path and key in _DRAFT:
                remedy = "write the dates, or publish a calendar of its own, which may have rules"
            where = f"{path}.{key}" if path else str(key)
            yield Fault(where, value, "means nothing", remedy, "calendar.unknown-key")
