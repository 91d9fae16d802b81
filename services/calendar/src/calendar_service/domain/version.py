"""Published versions of a calendar, and the snapshot that each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendar_service.domain.draft import written
from slaclock.business_time import ZoneFiles, seal
from slaclock.contracts.canonical import canonical, content_hash, sha256_hex

__all__ = ["CalendarVersion", "Snapshot", "snapshot_of"]


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
class CalendarVersion:
    """What is known of a version beside its snapshot; only `status` may change, to `retired`."""

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
