"""Reads what an SLA file promises, and how clocks of it run: targets, pauses, courses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from sla_service.domain.agreement import (
    ALWAYS_OPEN,
    CATEGORIES_THAT_PAUSE,
    PAUSE,
    REOPEN,
    REOPEN_BY_DEFAULT,
    WRITTEN_ALWAYS,
    Target,
)
from sla_service.domain.course import COURSES, FULFILS, STARTS, Course
from sla_service.domain.metric import METRICS
from sla_service.domain.reading import Reader

__all__ = ["read_courses", "read_pause", "read_reopen", "read_targets"]

_MOST_MINUTES: Final = 5_256_000
_MOST_TARGETS: Final = 1000
_V = TypeVar("_V")


def read_targets(reader: Reader, value: object, calendars: Collection[str]) -> tuple[Target, ...]:
    """One target for each metric and priority, in the order of the file."""
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
        calendar = reader.choice(
            raw["calendar"],
            f"{path}.calendar",
            (ALWAYS_OPEN, *calendars),
            otherwise=", or add it to calendars",
        )
    priority = raw.get("priority")
    if priority is not None and (priority := reader.text(priority, f"{path}.priority")) is None:
        return None
    if metric is None or minutes is None or calendar is None:
        return None
    return Target(metric, priority, minutes, calendar)


def read_pause(
    reader: Reader, value: object, promised: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Which waiting stops which clock.

    Args:
        reader: keeps the faults.
        value: the file's `pause`.
        promised: metrics with a target, whose defaults are written out.
    """
    raw = reader.record(value, "pause", optional=METRICS) or {}
    found: dict[str, tuple[str, ...]] = {}
    for metric in METRICS:
        if metric not in raw:
            continue
        path = f"pause.{metric}"
        listed = reader.items(raw[metric], path, most=len(CATEGORIES_THAT_PAUSE))
        read = [
            reader.choice(item, f"{path}[{index}]", CATEGORIES_THAT_PAUSE)
            for index, item in enumerate(listed)
        ]
        found[metric] = tuple(dict.fromkeys(one for one in read if one is not None))
    return _completed(found, PAUSE, promised)


def read_reopen(reader: Reader, value: object, promised: Collection[str]) -> dict[str, str]:
    """What an ended clock does when work on its ticket goes on; arguments as `read_pause`."""
    raw = reader.record(value, "reopen", optional=METRICS) or {}
    found: dict[str, str] = {}
    for metric in METRICS:
        if metric in raw and (one := reader.choice(raw[metric], f"reopen.{metric}", REOPEN)):
            found[metric] = one
    return _completed(found, REOPEN_BY_DEFAULT, promised)


def read_courses(reader: Reader, value: object, promised: Collection[str]) -> dict[str, Course]:
    """What begins and fulfils which clock; arguments as `read_pause`.

    What every agreement has for `first_response` and `resolution` is left out even where the file
    says it: it is no decision of the file.
    """
    raw = reader.record(value, "metrics", optional=METRICS) or {}
    found: dict[str, Course] = {}
    for metric in METRICS:
        usual = COURSES[metric]
        course = _course(reader, raw[metric], metric) if metric in raw else usual
        if course != usual or (metric not in WRITTEN_ALWAYS and {metric} & {*promised, *raw}):
            found[metric] = course
    return found


def _course(reader: Reader, value: object, metric: str) -> Course:
    path, usual = f"metrics.{metric}", COURSES[metric]
    raw = reader.record(value, path, optional=("starts", "fulfils")) or {}
    starts, fulfils = usual.starts, usual.fulfils
    if "starts" in raw:
        starts = reader.choices(raw["starts"], f"{path}.starts", STARTS)
    if "fulfils" in raw:
        fulfils = reader.choices(raw["fulfils"], f"{path}.fulfils", FULFILS)
    return Course(starts, fulfils)


def _completed(
    found: Mapping[str, _V], usual: Mapping[str, _V], promised: Collection[str]
) -> dict[str, _V]:
    wanted = {*WRITTEN_ALWAYS, *promised, *found}
    return {metric: found.get(metric, usual[metric]) for metric in METRICS if metric in wanted}
