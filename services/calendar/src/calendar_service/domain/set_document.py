"""Holiday sets as they are kept: every default written out, lists in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calendar_service.domain.sets import SET_SCHEMA, SetVersion
from slaclock.contracts.canonical import canonical, sha256_hex

__all__ = ["set_version_of"]


def set_version_of(document: Mapping[str, Any], set_id: str, version: int) -> SetVersion:
    """A valid *document* as version *version* of a set; its hash names what it says only."""
    kept = {
        "schema": SET_SCHEMA,
        "set_id": set_id,
        "name": document.get("name") or set_id,
        "holidays": sorted(map(_holiday, document.get("holidays") or ()), key=_place),
        "holiday_rules": [dict(rule) for rule in document.get("holiday_rules") or ()],
    }
    return SetVersion(set_id, version, sha256_hex(canonical(kept)), kept)


def _holiday(item: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: `"recurrence": "none"`, or null where a default is meant."""
    written = {key: value for key, value in item.items() if value is not None}
    if written.get("recurrence") == "none":
        del written["recurrence"]
    return written


def _place(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(item.get(key, "")) for key in ("date", "from", "recurrence", "name"))
