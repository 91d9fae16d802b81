"""Names that people read: one short line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from slaclock.errors import Fault

__all__ = ["holiday_name_faults", "id_faults", "name_faults"]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST: Final = 200


def id_faults(named: str, field: str = "calendar_id") -> list[Fault]:
    """What keeps an id from being one: it must be able to stand in an address."""
    unclean = _CONTROL.search(named) or named != named.strip()
    if not unclean and named and "/" not in named and named not in {".", ".."}:
        return []
    return [
        Fault(
            field,
            named,
            "cannot stand in an address",
            "use letters, digits, - and _",
            "calendar.id-unusable",
        )
    ]


def name_faults(value: object, field: str) -> Iterator[Fault]:
    """What keeps a text from being a name; anything that is no text is another's concern."""
    if isinstance(value, str) and (len(value) > _LONGEST or _CONTROL.search(value)):
        yield Fault(
            field,
            value,
            "is not one short line",
            f"write up to {_LONGEST} characters without control characters",
            "calendar.name",
        )


def holiday_name_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """The same for the names of holidays and of the rules that make them."""
    for key in ("holidays", "holiday_rules"):
        listed = document.get(key)
        for number, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, dict):
                yield from name_faults(item.get("name"), f"{key}[{number}].name")
