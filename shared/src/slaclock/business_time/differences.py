"""What changes from one snapshot to another, in words and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from slaclock.business_time import difference_words as words_of

__all__ = ["Difference", "Kind", "applied", "differences"]

Kind = Literal["added", "removed", "changed"]

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKS: Final = ("windows", "overtime_windows")
_DATED: Final = ("holidays", "overrides")
_YEARLY: Final = "yearly-"
_UNTOLD: Final = frozenset({"version", "tzdata"})
_ORDER: Final = (
    "schema",
    "calendar_id",
    "name",
    "type",
    "timezone",
    "zone",
    *_WEEKS,
    "holiday_rule",
    *_DATED,
    "horizon",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same.

    Attributes:
        path: of what differs: a key such as ``timezone``, a weekday of one such as
            ``windows.monday``, or a date of one such as ``holidays.2027-01-01``,
            ``holidays.yearly-12-25`` and ``overrides.2026-12-24``.
        before: JSON of what was there: the value of a key, or the list of what stands on that
            weekday or date. None where nothing does.
        after: the same of what is there now.
        words: a sentence for people.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    words: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Everything that *after* says otherwise than *before*, in a fixed order.

    Number and tzdata release do not count. Two snapshots without difference compute the same, and
    `applied` makes one of the other.

    Args:
        before: a snapshot, or a draft without rules.
        after: another.
    """
    others = sorted({*before, *after} - {*_ORDER, *_UNTOLD})
    found: list[Difference] = []
    for key in (*_ORDER, *others):
        one, other = before.get(key), after.get(key)
        if key in _WEEKS:
            found += _compared(key, _by_weekday(one), _by_weekday(other), _WEEKDAYS)
        elif key in _DATED:
            old, new = _by_date(one), _by_date(other)
            found += _compared(key, old, new, sorted({*old, *new}))
        elif one != other:
            words = words_of.key_words(key, one, other, before)
            found.append(_difference(key, one, other, words))
    return found


def applied(before: Mapping[str, Any], changes: Sequence[Difference]) -> dict[str, Any]:
    """*before* with what *changes* say: the snapshot after it, number and tzdata apart."""
    found = dict(before)
    for change in changes:
        key, _, part = change.path.partition(".")
        if not part:
            found[key] = change.after
            if change.after is None:
                del found[key]
            continue
        if key in _WEEKS:
            number = _WEEKDAYS.index(part)
            rest = [item for item in found[key] if item["weekday"] != number]
            placed = [{"weekday": number, **item} for item in change.after or ()]
        else:
            rest = [item for item in found[key] if _date_key(item) != part]
            placed = [dict(item) for item in change.after or ()]
        found[key] = sorted([*rest, *placed], key=_place)
    return found


def _compared(
    key: str,
    before: Mapping[str, list[Any]],
    after: Mapping[str, list[Any]],
    parts: Sequence[str],
) -> Iterator[Difference]:
    tell: Callable[[str, list[Any], list[Any]], str] = words_of.PARTS[key]
    for part in parts:
        one, other = before.get(part, []), after.get(part, [])
        if one != other:
            words = tell(part, one, other)
            yield _difference(f"{key}.{part}", one or None, other or None, words)


def _difference(path: str, before: Any, after: Any, words: str) -> Difference:
    kind: Kind = "changed"
    if before is None or after is None:
        kind = "added" if before is None else "removed"
    return Difference(path, kind, before, after, words)


def _by_weekday(items: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in sorted(items or (), key=_place):
        rest = {key: value for key, value in item.items() if key != "weekday"}
        found.setdefault(_WEEKDAYS[item["weekday"]], []).append(rest)
    return found


def _by_date(items: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in sorted(items or (), key=_place):
        found.setdefault(_date_key(item), []).append(dict(item))
    return found


def _date_key(item: Mapping[str, Any]) -> str:
    date: str = item["date"]
    return _YEARLY + date[5:] if item.get("recurrence") == "yearly" else date


def _place(item: Mapping[str, Any]) -> tuple[str, ...]:
    """As sealing orders them."""
    keys = ("weekday", "start", "date", "from", "recurrence", "name")
    return tuple(str(item.get(key, "")) for key in keys)
