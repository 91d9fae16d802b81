"""What changes from one snapshot to another, in words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = ["Difference", "Kind", "differences"]

Kind = Literal["added", "removed", "changed"]
_UNTOLD: Final = frozenset({"version", "tzdata", "schema", "calendar_id"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same.

    Attributes:
        path: of the value, such as ``windows.monday`` or ``holidays.2027-01-01``.
        before, after: as JSON; None where it is not there.
        words: a sentence for people.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    words: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Everything that *after* says otherwise than *before*, in a fixed order."""
    found = []
    for key in sorted({*before, *after} - _UNTOLD):
        one, other = before.get(key), after.get(key)
        if one != other:
            kind: Kind = "added" if one is None else "removed" if other is None else "changed"
            found.append(Difference(key, kind, one, other, f"{key} changes"))
    return found
