"""Calendars as people write them: what is wrong with one, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from calendar_service.domain.expansion import expanded, has_rules, horizon_of, too_many_dates
from calendar_service.domain.naming import holiday_name_faults, id_faults, name_faults
from calendar_service.domain.rule_reading import read_holiday_rules
from calendar_service.domain.sets import SetVersion, wish_faults
from slaclock.business_time import ZoneFiles, read_horizon, unknown_keys, validate
from slaclock.errors import Fault

__all__ = ["faults_in", "id_faults", "misspelt", "written"]

_SEALED: Final = ("version", "tzdata", "zone")
"""Keys that publishing writes. A draft may carry them (it may be a copy of a snapshot); they do not
count."""


def written(document: Mapping[str, Any]) -> dict[str, Any]:
    """*document* without what publishing writes anew."""
    return {key: value for key, value in document.items() if key not in _SEALED}


def misspelt(document: Mapping[str, Any]) -> list[Fault]:
    """Keys that mean nothing; a draft with one is not even kept."""
    return unknown_keys(document, rules=True)


def faults_in(
    document: Mapping[str, Any],
    calendar_id: str,
    files: ZoneFiles,
    sets: Mapping[str, SetVersion],
    at: datetime,
) -> list[Fault]:
    """Everything that keeps *document* from being published as a version of *calendar_id*.

    Args:
        document: parsed JSON.
        calendar_id: the calendar that it is to be a version of.
        files: time zones that are known.
        sets: by id, the version of each named set that the draft asks for, or the newest where
            there is no such version.
        at: when it would be published; decides the horizon where the draft names none.
    """
    draft = written(document)
    faults = [
        *misspelt(document),
        *_about_itself(document, calendar_id),
        *validate(draft, files),
        *read_holiday_rules(draft.get("holiday_rules"), "holiday_rules")[1],
        *wish_faults(draft, sets),
    ]
    if draft.get("horizon") is not None:
        faults += read_horizon(draft["horizon"])[1]
    if faults or not has_rules(draft):
        return faults
    horizon = horizon_of(draft, at)
    too_many = too_many_dates(draft, sets, horizon)
    return too_many or validate(expanded(draft, sets, horizon).document, files)


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
    yield from name_faults(document.get("name"), "name")
    yield from holiday_name_faults(document)
