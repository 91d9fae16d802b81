"""Zones from the pinned ``tzdata`` package, never from the host.

Only drafts need them: a published snapshot carries its zone. The files are TZif (RFC 9636), as
``zic`` writes them; what they say before 1970 is left out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import import_module, resources
from typing import Any, Final, Protocol

from slaclock.business_time.posix_tail import parse_tail
from slaclock.business_time.zone import Zone, written_zone

__all__ = ["PACKAGED", "PackagedZones", "ZoneFiles", "load_zone", "zone_of"]

_HEADER: Final = struct.Struct(">4sc15x6l")
_MAGIC: Final = b"TZif"


class ZoneFiles(Protocol):
    """Where zones that no snapshot carries come from."""

    @property
    def version(self) -> str:
        """The version that is written beside what was read from here."""

    def names(self) -> frozenset[str]:
        """All zones that `read` knows, links among them."""

    def read(self, name: str) -> bytes:
        """The TZif file of one of `names`."""


@dataclass(frozen=True, slots=True)
class PackagedZones:
    """The zones of the installed ``tzdata`` package.

    Attributes:
        package: Its import name.
    """

    package: str = "tzdata"

    @property
    def version(self) -> str:
        """The package's version, such as ``2026.6``."""
        return str(import_module(self.package).__version__)

    def names(self) -> frozenset[str]:
        """All zones of the package."""
        listed = resources.files(self.package).joinpath("zones").read_text(encoding="utf-8")
        return frozenset(listed.split())

    def read(self, name: str) -> bytes:
        """The TZif file of a zone; *name* must be one of `names`."""
        return resources.files(self.package).joinpath("zoneinfo", *name.split("/")).read_bytes()


PACKAGED: Final[ZoneFiles] = PackagedZones()


def zone_of(name: str, files: ZoneFiles = PACKAGED) -> dict[str, Any]:
    """What a published snapshot carries as ``zone``.

    Raises:
        ValueError: *files* have no zone of this name.
    """
    return written_zone(load_zone(name, files))


def load_zone(name: str, files: ZoneFiles = PACKAGED) -> Zone:
    """The zone *name* from second 0 of 1970 on.

    Raises:
        ValueError: *files* have no zone of this name.
    """
    if name not in files.names():
        raise ValueError(f"{name!r} is not a time zone of tzdata {files.version}")
    times, offsets, first_offset, text = _parse(files.read(name))
    tail = parse_tail(text)
    later = [index for index, at in enumerate(times) if at > 0]
    earlier = len(times) - len(later)
    if later or not earlier:
        at_zero = offsets[earlier - 1] if earlier else first_offset
    else:  # the tail took over before 1970
        last = Zone(name, (times[-1],), (offsets[-1],), tail, text)
        at_zero = last.segments(0, 1)[0][2]
    starts = (0, *(times[index] for index in later))
    return Zone(name, starts, (at_zero, *(offsets[index] for index in later)), tail, text)


def _parse(file: bytes) -> tuple[list[int], list[int], int, str]:
    """Transition times, the offset from each on, the offset before them, and the footer."""
    _, _, isut, isstd, leap, timecnt, typecnt, charcnt = _HEADER.unpack_from(file)
    start = _HEADER.size + timecnt * 5 + typecnt * 6 + charcnt + leap * 8 + isstd + isut
    magic, version, isut, isstd, leap, timecnt, typecnt, charcnt = _HEADER.unpack_from(file, start)
    if magic != _MAGIC or version < b"2":
        raise ValueError("is not a TZif file of version 2 or later")
    times_at = start + _HEADER.size
    kinds_at = times_at + timecnt * 8
    types_at = kinds_at + timecnt
    times = list(struct.unpack_from(f">{timecnt}q", file, times_at))
    kinds = file[kinds_at:types_at]
    types = [struct.unpack_from(">l", file, types_at + 6 * kind)[0] for kind in range(typecnt)]
    footer_at = types_at + typecnt * 6 + charcnt + leap * 12 + isstd + isut
    footer = file[footer_at:].strip(b"\n").decode("ascii")
    return times, [types[kind] for kind in kinds], types[0], footer
