"""Makes a draft into the snapshot that is published: complete, ordered, with its zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaclock.business_time.errors import InvalidCalendar, NoBusinessTime
from slaclock.business_time.horizon import read_horizon
from slaclock.business_time.reading import SCHEMA
from slaclock.business_time.spelling import unknown_keys
from slaclock.business_time.tz_files import PACKAGED, ZoneFiles, zone_of
from slaclock.business_time.validation import examined

__all__ = ["seal", "unknown_keys"]


def seal(
    draft: dict[str, Any], *, calendar_id: str, version: int, files: ZoneFiles = PACKAGED
) -> dict[str, Any]:
    """The complete snapshot of a draft: the same calendar always gives the same JSON.

    All defaults are written out, lists are in order, and the zone is the one that *files* say
    now, whatever zone the draft carries. The draft is left alone. Holiday rules and sets have
    become dates before; here they are refused, and only the ``horizon`` of those dates is kept.

    Raises:
        InvalidCalendar: something is wrong, a key that means nothing included; lists all of it.
        NoBusinessTime: it is well formed, but never opens.
    """
    bare = {key: value for key, value in draft.items() if key not in {"zone", "tzdata"}}
    bare |= {"calendar_id": calendar_id, "version": version}
    _, faults = examined(bare, files)
    faults = [*faults, *unknown_keys(draft)]
    horizon = None
    if draft.get("horizon") is not None:
        horizon, unreadable = read_horizon(draft["horizon"])
        faults += unreadable
    if faults:
        never = all(fault.code == NoBusinessTime.code for fault in faults)
        raise (NoBusinessTime if never else InvalidCalendar)(faults)
    sealed = {
        "schema": SCHEMA,
        "calendar_id": calendar_id,
        "version": version,
        "name": draft.get("name") or calendar_id,
        "type": draft.get("type") or "business",
        "timezone": draft["timezone"],
        "tzdata": files.version,
        "zone": zone_of(draft["timezone"], files),
        "windows": _ordered(draft, "windows"),
        "holidays": sorted(map(_holiday, draft.get("holidays") or []), key=_place),
        "overrides": sorted(map(_override, draft.get("overrides") or []), key=_place),
        "holiday_rule": draft.get("holiday_rule") or "date",
        "overtime_windows": _ordered(draft, "overtime_windows"),
    }
    if horizon is not None:
        sealed["horizon"] = horizon.written()
    return sealed


def _ordered(draft: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    items = [dict(item) for item in draft.get(key) or []]
    return sorted(items, key=lambda item: (item["weekday"], item["start"]))


def _holiday(item: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"date": item["date"], "name": item.get("name") or ""}
    if item.get("recurrence") == "yearly":
        written["recurrence"] = "yearly"
    if (item.get("from") or "00:00", item.get("to") or "24:00") != ("00:00", "24:00"):
        written |= {"from": item.get("from") or "00:00", "to": item.get("to") or "24:00"}
    return written


def _override(item: Mapping[str, Any]) -> dict[str, Any]:
    windows = sorted((dict(window) for window in item["windows"]), key=lambda item: item["start"])
    return {"date": item["date"], "windows": windows}


def _place(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(item.get(key, "")) for key in ("date", "from", "recurrence", "name"))
