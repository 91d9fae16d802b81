"""Reads an SLA file: everything that is wrong with it at once, or the agreement that it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sla_service.domain.agreement import (
    ALWAYS_OPEN,
    CATEGORIES_THAT_PAUSE,
    METRICS,
    PAUSE,
    REOPEN,
    REOPEN_BY_DEFAULT,
    SCHEMA,
    Agreement,
    Calendar,
    InlineCalendar,
    PublishedCalendar,
    Target,
)
from sla_service.domain.orders import read_rules, read_thresholds, unmatched
from sla_service.domain.reading import Reader
from slaclock.business_time import PACKAGED, ZoneFiles, unknown_keys, validate
from slaclock.errors import Fault, Refusal

__all__ = ["InvalidAgreement", "named_calendars", "read_agreement"]

_MOST_MINUTES: Final = 5_256_000
_MOST_TARGETS: Final = 1000
_MOST_CALENDARS: Final = 1000
_MOST_VERSION: Final = 2**31 - 1


class InvalidAgreement(Refusal):
    """An SLA file that cannot be published; `faults` lists everything that is wrong."""

    code = "sla.invalid"

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__(faults=faults)


def named_calendars(document: Mapping[str, Any]) -> frozenset[PublishedCalendar]:
    """The published calendars that a file names, faulty or not: what to look up beforehand."""
    calendars = document.get("calendars")
    if not isinstance(calendars, dict):
        return frozenset()
    silent = Reader()
    found = (_published(silent, one, "") for one in calendars.values() if _names_a_version(one))
    return frozenset(one for one in found if one is not None)


def read_agreement(
    document: object,
    *,
    expected_id: str | None = None,
    known: Collection[PublishedCalendar] = (),
    allowed_hosts: Collection[str] = (),
    files: ZoneFiles = PACKAGED,
) -> Agreement:
    """The agreement that *document* writes down.

    Args:
        document: the parsed JSON file.
        expected_id: the SLA that it must be about; any when None.
        known: published calendars that have arrived; a file may name no others.
        allowed_hosts: webhooks may go there although the host is not public https.
        files: time zones that calendars of the file may name.

    Raises:
        InvalidAgreement: with every fault.
    """
    reader = Reader()
    raw = reader.record(
        document,
        "",
        required=("schema", "sla_id", "targets"),
        optional=("name", "calendars", "pause", "reopen", "thresholds", "escalations"),
    )
    if raw is None:
        raise InvalidAgreement(reader.faults)
    if "schema" in raw:
        reader.choice(raw["schema"], "schema", (SCHEMA,))
    sla_id = _sla_id(reader, raw.get("sla_id"), expected_id) if "sla_id" in raw else None
    name = reader.text(raw["name"], "name") if "name" in raw else sla_id
    calendars = _calendars(reader, raw.get("calendars", {}), known, files)
    targets = _targets(reader, raw["targets"], calendars) if "targets" in raw else ()
    thresholds = read_thresholds(reader, raw.get("thresholds"))
    rules = read_rules(reader, raw.get("escalations", []), thresholds, allowed_hosts)
    if not reader.faults:
        unmatched(reader, rules, targets)
    agreement = Agreement(
        sla_id=sla_id or "",
        name=name or "",
        targets=targets,
        calendars={name: one for name, one in calendars.items() if one is not None},
        pause=_pause(reader, raw.get("pause", {})),
        reopen=_reopen(reader, raw.get("reopen", {})),
        thresholds=thresholds,
        escalations=rules,
    )
    if reader.faults:
        raise InvalidAgreement(reader.faults)
    return agreement


def _sla_id(reader: Reader, value: object, expected: str | None) -> str | None:
    sla_id = reader.text(value, "sla_id")
    if sla_id is None:
        return None
    if "/" in sla_id or sla_id in (".", ".."):
        remedy = "use letters, digits, - and _"
        reader.refuse("sla_id", sla_id, "cannot stand in an address", remedy, "sla.id-unusable")
        return None
    if expected is not None and sla_id != expected:
        reader.refuse(
            "sla_id",
            sla_id,
            f"is not the SLA of this address, {expected!r}",
            f"write {expected!r}, or use the address of the other SLA",
            "sla.id-mismatch",
        )
    return sla_id


def _calendars(
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
        "no such version has been published, or it has not arrived yet",
        "publish the calendar first; if that just happened, try again in a moment",
        "sla.calendar-unknown",
    )
    return None


def _targets(reader: Reader, value: object, calendars: Collection[str]) -> tuple[Target, ...]:
    found: list[Target] = []
    for index, item in enumerate(reader.items(value, "targets", least=1, most=_MOST_TARGETS)):
        path = f"targets[{index}]"
        raw = reader.record(
            item, path, required=("metric", "minutes", "calendar"), optional=("priority",)
        )
        target = None if raw is None else _target(reader, raw, path, calendars)
        if target is None:
            continue
        if any((one.metric, one.priority) == (target.metric, target.priority) for one in found):
            reader.refuse(
                path,
                target.priority,
                f"another target of {target.metric} has this priority",
                "keep one target for each metric and priority",
                "sla.target-duplicate",
            )
        found.append(target)
    return tuple(found)


def _target(
    reader: Reader, raw: Mapping[str, Any], path: str, calendars: Collection[str]
) -> Target | None:
    metric = minutes = calendar = None
    if "metric" in raw:
        metric = reader.choice(raw["metric"], f"{path}.metric", METRICS)
    if "minutes" in raw:
        minutes = reader.whole(raw["minutes"], f"{path}.minutes", least=1, most=_MOST_MINUTES)
    if "calendar" in raw:
        calendar = reader.choice(raw["calendar"], f"{path}.calendar", (ALWAYS_OPEN, *calendars))
    priority = raw.get("priority")
    if priority is not None and (priority := reader.text(priority, f"{path}.priority")) is None:
        return None
    if metric is None or minutes is None or calendar is None:
        return None
    return Target(metric, priority, minutes, calendar)


def _pause(reader: Reader, value: object) -> dict[str, tuple[str, ...]]:
    pause = dict(PAUSE)
    raw = reader.record(value, "pause", optional=METRICS) or {}
    for metric in METRICS:
        if metric not in raw:
            continue
        path = f"pause.{metric}"
        listed = reader.items(raw[metric], path, most=len(CATEGORIES_THAT_PAUSE))
        found = [
            reader.choice(item, f"{path}[{index}]", CATEGORIES_THAT_PAUSE)
            for index, item in enumerate(listed)
        ]
        pause[metric] = tuple(dict.fromkeys(one for one in found if one is not None))
    return pause


def _reopen(reader: Reader, value: object) -> dict[str, str]:
    reopen = dict(REOPEN_BY_DEFAULT)
    raw = reader.record(value, "reopen", optional=METRICS) or {}
    for metric in METRICS:
        if metric in raw and (found := reader.choice(raw[metric], f"reopen.{metric}", REOPEN)):
            reopen[metric] = found
    return reopen
