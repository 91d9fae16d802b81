"""Holidays from several places, made into a list that a calendar may carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Combined", "added_to", "combined", "joined"]


@dataclass(frozen=True, slots=True)
class Combined:
    """Holidays without overlap.

    Attributes:
        holidays: by date and time.
        repeated: those that said the same as one before them.
        merged: those that lay partly over another one, with the result.
    """

    holidays: tuple[dict[str, Any], ...]
    repeated: int
    merged: tuple[dict[str, Any], ...]


def combined(holidays: Iterable[Mapping[str, Any]]) -> Combined:
    """*holidays* with those joined that lie over each other on one date.

    Yearly ones and single ones may lie over each other, as a calendar allows.
    """
    by_day: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for holiday in holidays:
        by_day.setdefault(_key(holiday), []).append(holiday)
    kept: list[dict[str, Any]] = []
    merged: list[dict[str, Any]] = []
    repeated = 0
    for same in by_day.values():
        fresh: list[dict[str, Any]] = []
        for holiday in sorted(same, key=lambda one: (_span(one), one["date"], one.get("name", ""))):
            last = fresh[-1] if fresh else None
            if last is None or _span(holiday)[0] >= _span(last)[1]:
                fresh.append(dict(holiday))
            elif _names(last, holiday) and _span(holiday) == _span(last):
                repeated += 1
            else:
                fresh[-1] = joined(last, holiday)
                merged.append(fresh[-1])
        kept += fresh
    return Combined(tuple(sorted(kept, key=_place)), repeated, tuple(merged))


def joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """One holiday that closes what both close."""
    begin = min(_span(first)[0], _span(second)[0])
    end = max(_span(first)[1], _span(second)[1])
    whole = {key: value for key, value in first.items() if key not in {"from", "to"}}
    if not _names(first, second):
        names = filter(None, (first.get("name"), second.get("name")))
        whole["name"] = " / ".join(names)[:200]
    return whole if (begin, end) == ("00:00", "24:00") else {**whole, "from": begin, "to": end}


def _names(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return bool(first.get("name", "") == second.get("name", ""))


def _span(holiday: Mapping[str, Any]) -> tuple[str, str]:
    return holiday.get("from") or "00:00", holiday.get("to") or "24:00"


def _place(holiday: Mapping[str, Any]) -> tuple[str, ...]:
    return holiday["date"], *_span(holiday), holiday.get("recurrence", "")


def added_to(
    existing: Iterable[Any], holidays: Iterable[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[Mapping[str, Any]]]:
    """What of *holidays* a calendar does not have yet, and what lies on holidays that it has.

    Args:
        existing: as a draft carries them, faulty ones among them.
        holidays: without overlap among themselves.
    """
    there: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in existing:
        if isinstance(one, dict) and isinstance(one.get("date"), str):
            there.setdefault(_key(one), []).append(one)
    fresh: list[dict[str, Any]] = []
    present: list[Mapping[str, Any]] = []
    for holiday in holidays:
        begin, end = _span(holiday)
        same = there.get(_key(holiday), [])
        if any(_times(one)[0] < end and begin < _times(one)[1] for one in same):
            present.append(holiday)
        else:
            fresh.append(dict(holiday))
    return fresh, present


def _key(holiday: Mapping[str, Any]) -> tuple[str, str]:
    if holiday.get("recurrence") == "yearly":
        return "yearly", holiday["date"][5:]
    return "", holiday["date"]


def _times(holiday: Mapping[str, Any]) -> tuple[str, str]:
    return str(holiday.get("from") or "00:00"), str(holiday.get("to") or "24:00")
