"""Local times of a file: which instants they name, and when they name two or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from zoneinfo import ZoneInfo

from slaclock.errors import Fault, Refusal

__all__ = ["Local", "Resolution", "UnknownZone", "instant_of", "zone"]


class UnknownZone(Refusal):
    """A name that no time zone has."""

    code = "import.zone-unknown"


class Resolution(StrEnum):
    """How a local time became an instant."""

    EXACT = "exact"
    REPEATED = "repeated"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Local:
    """The instant (UTC) that a local time names, and how that was decided."""

    at: datetime
    resolution: Resolution


def zone(name: str) -> ZoneInfo:
    """The zone *name* of the pinned tzdata package; the host's zones never matter.

    Raises:
        UnknownZone: there is none.
    """
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    if name not in listed:
        fault = Fault(
            "--timezone",
            name,
            "no time zone has this name",
            "give the zone in which the file's times are written, such as America/Sao_Paulo",
            "import.zone-unknown",
        )
        raise UnknownZone(faults=[fault])
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with file.open("rb") as opened:
        return ZoneInfo.from_file(opened, key=name)


def instant_of(local: datetime, where: ZoneInfo) -> Local:
    """The instant that the naive *local* names in *where*.

    Of a repeated time the first occurrence. A time that the clocks skipped lies as far after the
    change as it says: 02:30 becomes 03:30 where 02:00 became 03:00.
    """
    earlier = local.replace(tzinfo=where, fold=0).utcoffset()
    later = local.replace(tzinfo=where, fold=1).utcoffset()
    if earlier is None or later is None:
        raise ValueError(f"{where} does not say how far it is from UTC")
    if earlier == later:
        resolution = Resolution.EXACT
    else:
        resolution = Resolution.REPEATED if earlier > later else Resolution.SKIPPED
    return Local((local - earlier).replace(tzinfo=UTC), resolution)
