"""A file to edit from a version: publishing it unchanged means the same version again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sla_service.domain.agreement import Agreement
from sla_service.domain.file import named_calendars, read_file

__all__ = ["agreement_of", "file_of"]

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


def agreement_of(snapshot: Mapping[str, Any]) -> Agreement | None:
    """What *snapshot* says, as this release reads it; None for what it would not publish today.

    Neither the calendars that it names nor the hosts that it calls are judged again.
    """
    document = file_of(snapshot)
    reading = read_file(
        document, known=named_calendars(document), allowed_hosts=frozenset(_hosts(document))
    )
    return None if reading.faults else reading.agreement


def _hosts(value: object) -> Iterator[str]:
    """Hosts of every address in *value*."""
    match value:
        case str() if value.startswith(("http://", "https://")):
            yield (urlsplit(value).hostname or "").lower().removesuffix(".")
        case dict():
            for one in value.values():
                yield from _hosts(one)
        case list():
            for one in value:
                yield from _hosts(one)


def _calendar(reference: Mapping[str, Any], sealed: Mapping[str, Any]) -> dict[str, Any]:
    if reference["calendar_id"] is not None:
        return {"calendar_id": reference["calendar_id"], "version": reference["version"]}
    return {key: value for key, value in sealed.items() if key not in _SEALED}
