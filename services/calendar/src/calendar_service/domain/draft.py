"""Calendars as people write them: what is wrong with one, all of it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from slaclock.business_time import ZoneFiles, unknown_keys, validate
from slaclock.errors import Fault

__all__ = ["faults_in", "id_faults", "written"]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST: Final = 200
_SEALED: Final = ("version", "tzdata", "zone")
"""Keys that publishing writes. A draft may carry them (it may be a copy of a snapshot); they do not
count."""


def written(document: Mapping[str, Any]) -> dict[str, Any]:
    """*document* without what publishing writes anew."""
    return {key: value for key, value in document.items() if key not in _SEALED}


def faults_in(document: Mapping[str, Any], calendar_id: str, files: ZoneFiles) -> list[Fault]:
    """Everything that keeps *document* from being published as a version of *calendar_id*.

    Args:
        document: parsed JSON.
        calendar_id: the calendar that it is to be a version of.
        files: time zones that are known.
    """
    return [
        *unknown_keys(document),
        *_about_itself(document, calendar_id),
        *validate(written(document), files),
    ]


def id_faults(calendar_id: str) -> list[Fault]:
    """What keeps *calendar_id* from naming a calendar: it must be able to stand in an address."""
    unclean = _CONTROL.search(calendar_id) or calendar_id != calendar_id.strip()
    if not unclean and "/" not in calendar_id and calendar_id not in {".", ".."}:
        return []
    return [
        Fault(
            "calendar_id",
            calendar_id,
            "cannot stand in an address",
            "use letters, digits, - and _",
            "calendar.id-unusable",
        )
    ]


def _about_itself(document: Mapping[str, Any], calendar_id: str) -> Iterator[Fault]:
    yield from id_faults(calendar_id)
    named = document.get("calendar_id", calendar_id)
    if named != calendar_id:
        yield Fault(
            "calendar_id",
            named,
            f"is not the calendar of this address, {calendar_id!r}",
            f"write {calendar_id!r}, leave it out, or use the address of the other calendar",
            "calendar.id-mismatch",
        )
    yield from _name(document.get("name"), "name")
    holidays = document.get("holidays")
    for number, holiday in enumerate(holidays if isinstance(holidays, list) else ()):
        if isinstance(holiday, dict):
            yield from _name(holiday.get("name"), f"holidays[{number}].name")


def _name(value: object, field: str) -> Iterator[Fault]:
    if isinstance(value, str) and (len(value) > _LONGEST or _CONTROL.search(value)):
        yield Fault(
            field,
            value,
            "is not one short line",
            f"write up to {_LONGEST} characters without control characters",
            "calendar.name",
        )
