"""A file to edit from a version: publishing it unchanged means the same version again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["file_of"]

_GENERATED: Final = ("version", "effective_from", "calendar_snapshots", "kpi_templates")
_SEALED: Final = ("schema", "calendar_id", "version", "zone", "tzdata")


def file_of(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The SLA file that *snapshot* may have come from, with every default written out.

    Calendars that were written into the file are so again, and take their zone anew when they are
    published; published ones are named by id and version.
    """
    document = {key: value for key, value in snapshot.items() if key not in _GENERATED}
    sealed = snapshot["calendar_snapshots"]
    document["calendars"] = {
        name: _calendar(reference, sealed[reference["hash"]])
        for name, reference in snapshot["calendars"].items()
    }
    return document


def _calendar(reference: Mapping[str, Any], sealed: Mapping[str, Any]) -> dict[str, Any]:
    if reference["calendar_id"] is not None:
        return {"calendar_id": reference["calendar_id"], "version": reference["version"]}
    return {key: value for key, value in sealed.items() if key not in _SEALED}
