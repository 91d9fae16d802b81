"""Reads the calendars of an SLA file: written into it, or named by id and version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN, Calendar, InlineCalendar, PublishedCalendar
from sla_service.domain.reading import Reader
from slaclock.business_time import ZoneFiles, unknown_keys, validate
from slaclock.errors import Fault

__all__ = ["named_calendars", "read_calendars"]

_MOST_CALENDARS: Final = 1000
_MOST_VERSION: Final = 2**31 - 1


def named_calendars(document: Mapping[str, Any]) -> frozenset[PublishedCalendar]:
    """The published calendars that a file names, faulty or not: what to look up beforehand."""
    calendars = document.get("calendars")
    if not isinstance(calendars, dict):
        return frozenset()
    silent = Reader()
    found = (_published(silent, one, "") for one in calendars.values() if _names_a_version(one))
    return frozenset(one for one in found if one is not None)


def read_calendars(
    reader: Reader, value: object, known: Collection[PublishedCalendar], files: ZoneFiles
) -> dict[str, Calendar | None]:
    """Calendars by name; None for one that has a fault, so that its name is still a name."""
    found: dict[str, Calendar | None] = {}
    for name, raw in reader.table(value, "calendars", most=_MOST_CALENDARS).items():
        path = f"calendars.{name}"
        reader.text(name, path)
        if name == ALWAYS_OPEN:
            remedy = "give the calendar another name"
            reader.refuse(path, name, "the name is reserved", remedy, "sla.calendar-reserved")
        elif _names_a_version(raw):
            found[name] = _known(reader, _published(reader, raw, path), path, known)
        else:
            faults = _faults(raw, files)
            for fault in faults:
                inner = f"{path}.{fault.field}" if fault.field else path
                reader.refuse(inner, fault.value, fault.message, fault.remedy, fault.code)
            found[name] = None if faults else InlineCalendar(raw)
    return found


def _faults(raw: object, files: ZoneFiles) -> list[Fault]:
    """What is wrong with a calendar that stands in the file; a zone that it carries is ignored."""
    if not isinstance(raw, dict):
        return validate(raw, files)
    bare = {key: value for key, value in raw.items() if key not in {"zone", "tzdata"}}
    return [*unknown_keys(raw), *validate(bare, files)]


def _names_a_version(raw: object) -> bool:
    """Whether this means a published calendar: it says nothing of hours, or only id and version."""
    return (
        isinstance(raw, dict)
        and ("calendar_id" in raw or "version" in raw)
        and not {"windows", "timezone"} & raw.keys()
    )


def _published(reader: Reader, raw: object, path: str) -> PublishedCalendar | None:
    found = reader.record(raw, path, required=("calendar_id", "version"))
    if found is None or "calendar_id" not in found or "version" not in found:
        return None
    calendar_id = reader.text(found["calendar_id"], f"{path}.calendar_id")
    version = reader.whole(found["version"], f"{path}.version", least=1, most=_MOST_VERSION)
    if calendar_id is None or version is None:
        return None
    return PublishedCalendar(calendar_id, version)


def _known(
    reader: Reader,
    calendar: PublishedCalendar | None,
    path: str,
    known: Collection[PublishedCalendar],
) -> PublishedCalendar | None:
    if calendar is None or calendar in known:
        return calendar
    reader.refuse(
        path,
        f"{calendar.calendar_id} version {calendar.version}",
        "no such version has been published: it is a draft, it is unknown, or it is on its way",
        "publish the calendar first; if that just happened, try again in a moment",
        "sla.calendar-unknown",
    )
    return None
