"""Keys that no calendar has: in what people write they are mistakes, such as ``holiday``.

`validate` passes them over, because a snapshot written by a later version must stay readable.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from slaclock.errors import Fault

__all__ = ["unknown_keys"]

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
)
_WINDOW: Final = ("weekday", "start", "end")
_LISTS: Final = (
    ("windows", _WINDOW),
    ("overtime_windows", (*_WINDOW, "multiplier")),
    ("holidays", ("date", "name", "recurrence", "from", "to")),
    ("overrides", ("date", "name", "windows")),
)


def unknown_keys(document: Any) -> list[Fault]:
    """A fault for every key of a draft that means nothing, with the likely right one."""
    if not isinstance(document, dict):
        return []
    faults = list(_strangers(document, "", _CALENDAR))
    for key, known in _LISTS:
        for path, item in _items(document, key, key):
            faults += _strangers(item, path, known)
            if key == "overrides":
                for place, part in _items(item, "windows", f"{path}.windows"):
                    faults += _strangers(part, place, _WINDOW[1:])
    return faults


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
            where = f"{path}.{key}" if path else str(key)
            yield Fault(where, value, "means nothing", remedy, "calendar.unknown-key")
