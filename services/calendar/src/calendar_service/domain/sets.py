"""Holiday sets: named holidays and rules that many calendars share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from calendar_service.domain.naming import holiday_name_faults, id_faults, name_faults
from calendar_service.domain.rule_reading import read_holiday_rules
from slaclock.business_time import PackagedZones, unknown_set_keys, validate
from slaclock.errors import Fault

__all__ = [
    "MOST_SETS",
    "SET_SCHEMA",
    "SetVersion",
    "SetWish",
    "set_faults_in",
    "wanted_sets",
    "wish_faults",
]

SET_SCHEMA: Final = "slaclock.holiday-set/1"
MOST_SETS: Final = 50
_ALWAYS_OPEN: Final = {
    "timezone": "UTC",
    "zone": {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"},
    "windows": [{"weekday": 0, "start": "00:00", "end": "24:00"}],
}


@dataclass(frozen=True, slots=True)
class SetVersion:
    """A version of a set, which never changes."""

    set_id: str
    version: int
    hash: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SetWish:
    """A set that a draft names; no version means the newest one."""

    set_id: str
    version: int | None


def wanted_sets(draft: Mapping[str, Any]) -> list[SetWish]:
    """The sets that a draft names, as far as they can be read, each once."""
    listed = draft.get("holiday_sets")
    found: dict[str, SetWish] = {}
    for item in listed[:MOST_SETS] if isinstance(listed, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("set_id"), str):
            continue
        version = item.get("version")
        wish = SetWish(item["set_id"], version if type(version) is int else None)
        found.setdefault(wish.set_id, wish)
    return list(found.values())


def set_faults_in(document: Mapping[str, Any], set_id: str) -> list[Fault]:
    """Everything that keeps *document* from becoming a version of the set *set_id*."""
    written = {"holidays": document.get("holidays")}
    holidays = validate(_ALWAYS_OPEN | written, PackagedZones())
    return [
        *unknown_set_keys(document),
        *_about_itself(document, set_id),
        *(fault for fault in holidays if fault.field.startswith("holidays")),
        *read_holiday_rules(document.get("holiday_rules"), "holiday_rules")[1],
    ]


def _about_itself(document: Mapping[str, Any], set_id: str) -> Iterator[Fault]:
    yield from id_faults(set_id, "set_id")
    schema = document.get("schema", SET_SCHEMA)
    if schema != SET_SCHEMA:
        remedy = f"write {SET_SCHEMA}, or leave it out"
        yield Fault("schema", schema, "is not known", remedy, "calendar.choice")
    named = document.get("set_id", set_id)
    if named != set_id:
        yield Fault(
            "set_id",
            named,
            f"is not the set of this address, {set_id!r}",
            f"write {set_id!r}, leave it out, or use the address of the other set",
            "calendar.id-mismatch",
        )
    name = document.get("name")
    if name is not None and not isinstance(name, str):
        yield Fault("name", name, "is not a text", "write a text", "calendar.type")
    yield from name_faults(name, "name")
    yield from holiday_name_faults(document)


def wish_faults(draft: Mapping[str, Any], sets: Mapping[str, SetVersion]) -> list[Fault]:
    """What is wrong with the sets that a draft names.

    Args:
        draft: parsed JSON.
        sets: by id, the version that the draft asks for, or the newest where there is no such.
    """
    listed = draft.get("holiday_sets")
    if listed is None:
        return []
    path = "holiday_sets"
    if not isinstance(listed, list):
        remedy = 'write a list such as [{"set_id": "uk-bank"}]'
        return [Fault(path, listed, "is not a list", remedy, "calendar.type")]
    faults: list[Fault] = []
    if len(listed) > MOST_SETS:
        remedy = f"name up to {MOST_SETS}, or join some in a set of their own"
        faults.append(
            Fault(path, len(listed), "are too many sets", remedy, "calendar.sets-too-many")
        )
    seen: dict[str, int] = {}
    for number, item in enumerate(listed[:MOST_SETS]):
        where = f"{path}[{number}]"
        if not isinstance(item, dict):
            faults.append(Fault(where, item, "is not an object", "write {...}", "calendar.type"))
            continue
        faults += _one_wish(item, where, sets)
        set_id = item.get("set_id")
        if isinstance(set_id, str) and seen.setdefault(set_id, number) != number:
            message = f"is there already as {path}[{seen[set_id]}]"
            remedy = "name a set once"
            faults.append(
                Fault(f"{where}.set_id", set_id, message, remedy, "calendar.set-duplicate")
            )
    return faults


def _one_wish(
    item: Mapping[str, Any], where: str, sets: Mapping[str, SetVersion]
) -> Iterator[Fault]:
    set_id, version = item.get("set_id"), item.get("version")
    if not isinstance(set_id, str) or not set_id:
        remedy = "write the id of a published set"
        yield Fault(f"{where}.set_id", set_id, "is not the id of a set", remedy, "calendar.type")
        return
    if version is not None and (type(version) is not int or version < 1):
        remedy = "write a whole number from 1, or leave it out for the newest"
        yield Fault(f"{where}.version", version, "is not a version", remedy, "calendar.type")
        return
    found = sets.get(set_id)
    if found is None:
        remedy = "publish the set first, or name one that is published"
        yield Fault(f"{where}.set_id", set_id, "is not known", remedy, "calendar.set-unknown")
    elif version not in {None, found.version}:
        remedy = f"write {found.version}, or leave it out for the newest"
        yield Fault(
            f"{where}.version", version, "does not exist", remedy, "calendar.set-version-unknown"
        )
