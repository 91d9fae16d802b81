"""What a draft would be, here and now: its faults, its warnings, its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendar_service.domain.draft import faults_in, written
from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.sets import SetVersion, wanted_sets
from calendar_service.domain.version import Snapshot, UsedSet, snapshot_of
from calendar_service.domain.warnings import warnings_in
from calendar_service.ports import Work
from slaclock.business_time import InvalidCalendar, ZoneFiles
from slaclock.errors import Fault

__all__ = ["Examined", "Surroundings", "examined", "sealed", "surroundings"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a draft means depends on these.

    Attributes:
        at: the database's clock.
        sets: by id, the version that the draft asks for, or the newest where there is no such.
    """

    at: datetime
    sets: Mapping[str, SetVersion]


@dataclass(frozen=True, slots=True)
class Examined:
    """What keeps a draft from being published, else what its author should look at."""

    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


async def surroundings(work: Work, document: Mapping[str, Any]) -> Surroundings:
    """What *document* depends on, as the transaction sees it."""
    sets = await work.sets(wanted_sets(document))
    return Surroundings(await work.now(), sets)


def examined(
    document: Mapping[str, Any], calendar_id: str, files: ZoneFiles, around: Surroundings
) -> Examined:
    """Faults and warnings of *document*; it may take a moment, and holds nothing meanwhile."""
    faults = faults_in(document, calendar_id, files, around.sets, around.at)
    if faults:
        return Examined(tuple(faults), ())
    return Examined((), tuple(warnings_in(document, files, around.sets, around.at)))


def sealed(
    document: Mapping[str, Any],
    calendar_id: str,
    version: int,
    files: ZoneFiles,
    around: Surroundings,
) -> tuple[Snapshot, tuple[UsedSet, ...]]:
    """The snapshot that *document* would be, and the sets within.

    Raises:
        InvalidCalendar: lists everything that is wrong.
    """
    faults = faults_in(document, calendar_id, files, around.sets, around.at)
    if faults:
        raise InvalidCalendar(faults)
    draft = written(document)
    expansion = expanded(draft, around.sets, horizon_of(draft, around.at))
    pinned = {wish.set_id for wish in wanted_sets(draft) if wish.version is not None}
    used = tuple(UsedSet(one.set_id, one.version, one.set_id in pinned) for one in expansion.sets)
    return snapshot_of(expansion.document, calendar_id, version, files), used
