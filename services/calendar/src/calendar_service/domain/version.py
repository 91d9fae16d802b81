"""Published versions of a calendar, and the snapshot that each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendar_service.domain.draft import written
from slaclock.business_time import Horizon, ZoneFiles, seal
from slaclock.contracts.canonical import canonical, content_hash, sha256_hex

__all__ = ["CalendarVersion", "Snapshot", "UsedSet", "WholeVersion", "snapshot_of"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version as it is kept for ever and sent to others.

    Attributes:
        body: canonical JSON.
        hash: SHA-256 of `body`: its name.
        content: hash of what it computes, without number and tzdata release: publishing the same
            again makes no new version.
    """

    document: Mapping[str, Any]
    body: bytes
    hash: str
    content: str


@dataclass(frozen=True, slots=True)
class UsedSet:
    """A version of a holiday set that went into a calendar's version.

    Attributes:
        pinned: the document names that version; otherwise it was the newest at publication.
    """

    set_id: str
    version: int
    pinned: bool


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """What is known of a version beside its snapshot; only its end may change, once.

    Attributes:
        author: who wrote the draft last; `published_by` made a version of it.
        horizon: years for which rules and sets became dates; None without any.
        transitions: changes of the zone's offset that the snapshot carries.
        sets: in the order of the document.
    """

    tenant: str
    calendar_id: str
    version: int
    name: str
    kind: str
    timezone: str
    tzdata: str
    hash: str
    content: str
    published_at: datetime
    published_by: str
    note: str = ""
    status: str = "published"
    author: str = ""
    retired_at: datetime | None = None
    retired_by: str | None = None
    horizon: Horizon | None = None
    transitions: int = 0
    sets: tuple[UsedSet, ...] = ()


@dataclass(frozen=True, slots=True)
class WholeVersion:
    """A version with all that it says.

    Attributes:
        document: what it was published from: rules and names of sets where the snapshot has dates.
    """

    facts: CalendarVersion
    snapshot: Mapping[str, Any]
    document: Mapping[str, Any]


def snapshot_of(
    draft: Mapping[str, Any], calendar_id: str, version: int, files: ZoneFiles
) -> Snapshot:
    """The snapshot of a valid *draft*: every default written out, its zone inside.

    Raises:
        InvalidCalendar: *draft* is not valid.
    """
    document = seal(written(draft), calendar_id=calendar_id, version=version, files=files)
    body = canonical(document)
    meaning = {key: value for key, value in document.items() if key not in {"version", "tzdata"}}
    return Snapshot(document, body, sha256_hex(body), content_hash(meaning))
