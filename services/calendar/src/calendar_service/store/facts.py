"""Rows become what the domain knows."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Protocol

import orjson

from calendar_service.domain.draft import written
from calendar_service.domain.sets import SetVersion
from calendar_service.domain.version import CalendarVersion, UsedSet, WholeVersion
from calendar_service.ports import Draft, PublishedSet
from slaclock.business_time import Horizon

__all__ = ["as_draft", "as_set", "as_version", "as_whole"]


class Row(Protocol):
    """Values by column, from whichever library."""

    def __getitem__(self, column: str, /) -> Any: ...


def as_version(row: Row) -> CalendarVersion:
    """From a row of `calendar_version_facts`."""
    retired_at, first, last = row["retired_at"], row["horizon_first_year"], row["horizon_last_year"]
    return CalendarVersion(
        tenant=row["tenant_id"],
        calendar_id=row["calendar_id"],
        version=row["version"],
        name=row["name"],
        kind=row["kind"],
        timezone=row["timezone"],
        tzdata=row["tzdata"],
        hash=row["hash"],
        content=row["content"],
        published_at=row["published_at"].astimezone(UTC),
        published_by=row["published_by"],
        note=row["note"],
        status=row["status"],
        author=row["author"],
        retired_at=None if retired_at is None else retired_at.astimezone(UTC),
        retired_by=row["retired_by"],
        horizon=None if first is None else Horizon(first, last),
        transitions=row["zone_transitions"] or 0,
        sets=tuple(UsedSet(**used) for used in row["sets"]),
    )


def as_whole(row: Row) -> WholeVersion:
    """From such a row with `snapshot` and `document`, which old versions do not have."""
    snapshot = orjson.loads(row["snapshot"])
    kept = row["document"]
    document = written(snapshot) if kept is None else orjson.loads(kept)
    return WholeVersion(as_version(row), snapshot, document)


def as_draft(row: Row) -> Draft:
    """From a row of `calendar_drafts`."""
    return Draft(
        calendar_id=row["calendar_id"],
        document=orjson.loads(row["document"]),
        etag=row["etag"],
        updated_at=row["updated_at"].astimezone(UTC),
        updated_by=row["updated_by"],
    )


def as_set(row: Row) -> PublishedSet:
    """From a row of `holiday_set_versions`."""
    of = SetVersion(row["set_id"], row["version"], row["hash"], orjson.loads(row["document"]))
    return PublishedSet(
        of=of,
        name=row["name"],
        note=row["note"],
        published_at=row["published_at"].astimezone(UTC),
        published_by=row["published_by"],
    )
