"""Which published versions another tzdata release would change: reported, and told once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Protocol

import orjson
import structlog

from calendar_service.domain.impact import Impact, Interval, Zones, impact_of
from slaclock.business_time import InvalidCalendar
from slaclock.contracts.advising import advisory
from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event
from slaclock.contracts.instants import rfc3339_of_us, to_us

__all__ = [
    "KIND",
    "REMEDY",
    "Comparisons",
    "Finding",
    "Sealed",
    "VersionKey",
    "advise",
    "findings",
    "span",
]

KIND: Final = "calendar.tzdata-impact"
"""Of the advisory; ticket-clock knows it, too."""
REMEDY: Final = (
    "nothing changes by itself; to follow the installed tzdata publish a new version, from a draft"
    " copied from this one, and then the SLAs that embed it"
)
SOURCE: Final = "/slaclock/calendar"
_AT_ONCE: Final = 50
VersionKey = tuple[str, str, int]
"""(tenant, calendar id, version)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A published version to compare; `snapshot` is None where it cannot differ."""

    calendar_id: str
    version: int
    status: str
    timezone: str
    tzdata: str
    hash: str
    snapshot: bytes | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A version that would give other results."""

    of: Sealed
    impact: Impact


class Comparisons(Protocol):
    """What was compared, across tenants."""

    async def waiting(self, installed: str, most: int) -> Sequence[VersionKey]:
        """Versions that were not compared with that release, by tenant."""
        ...

    async def read(
        self, tenant: str, keys: Sequence[VersionKey]
    ) -> tuple[Sequence[Sealed], datetime]:
        """These versions, and the database's clock."""
        ...

    async def keep(
        self,
        tenant: str,
        installed: str,
        compared: Sequence[Sealed],
        advisories: Mapping[tuple[str, int], Event[AdvisoryRaised]],
    ) -> None:
        """Note what was compared and promise what is to be told of it; each only once."""
        ...

    async def page(
        self, tenant: str, installed: str, *, everything: bool, after: tuple[str, int], limit: int
    ) -> tuple[Sequence[Sealed], int, datetime]:
        """Versions to report on, in the order of their keys, how many there are, and the clock.

        Args:
            tenant: whose.
            installed: versions sealed with this release come without snapshot.
            everything: all versions, not only the newest published one of each calendar.
            after: key of the version before the page.
            limit: versions on the page.
        """
        ...


async def advise(comparisons: Comparisons, zones: Zones) -> int:
    """Compare every version that waits for it, and tell of those that would change.

    Answers how many were compared.
    """
    count = 0
    while keys := await comparisons.waiting(zones.version, _AT_ONCE):
        for tenant, found in groupby(keys, key=lambda key: key[0]):
            compared, at = await comparisons.read(tenant, list(found))
            affected = await asyncio.to_thread(findings, compared, zones, at)
            advisories = {
                (one.of.calendar_id, one.of.version): _advisory(tenant, one, zones.version, at)
                for one in affected
            }
            await comparisons.keep(tenant, zones.version, compared, advisories)
        count += len(keys)
    return count


def findings(compared: Sequence[Sealed], zones: Zones, at: datetime) -> list[Finding]:
    """Those of *compared* that would give other results, with what would be otherwise."""
    found = []
    for one in compared:
        if one.snapshot is None:
            continue
        try:
            impact = impact_of(orjson.loads(one.snapshot), zones, at)
        except InvalidCalendar as refusal:  # published by a release with other rules
            log.warning(
                "version_not_comparable",
                calendar_id=one.calendar_id,
                version=one.version,
                reason=str(refusal),
            )
            continue
        if impact is not None:
            found.append(Finding(one, impact))
    return found


def span(interval: Interval | None) -> Mapping[str, str] | None:
    """An opening as JSON tells it."""
    if interval is None:
        return None
    return {"opens": rfc3339_of_us(interval[0]), "closes": rfc3339_of_us(interval[1])}


def _advisory(tenant: str, finding: Finding, installed: str, at: datetime) -> Event[AdvisoryRaised]:
    of, impact = finding.of, finding.impact
    first, until = _told(impact.first_us), _told(impact.until_us)
    name = str(uuid_of(KIND, tenant, of.hash, installed))
    over = impact.until_us is not None and impact.until_us <= to_us(at)
    told = (
        f"would give other results from {first} {f'until {until}' if until else 'on'}"
        if impact.known
        else f"is in the zone {of.timezone}, which is not known any more"
    )
    detail: dict[str, Any] = {
        "calendar_id": of.calendar_id,
        "version": of.version,
        "hash": of.hash,
        "timezone": of.timezone,
        "sealed_with": of.tzdata,
        "installed": installed,
        "from": first,
        "until": until,
        "gained_minutes": impact.gained_minutes,
        "lost_minutes": impact.lost_minutes,
        "examples": [{"old": span(one.old), "new": span(one.new)} for one in impact.examples],
    }
    message = f"under tzdata {installed}, calendar {of.calendar_id} version {of.version} {told}"
    return advisory(
        SOURCE,
        tenant,
        at,
        AdvisoryRaised(
            advisory_id=name,
            kind=KIND,
            severity="info" if over else "warning",
            message=f"{message}; {REMEDY}",
            detail=detail,
        ),
    )


def _told(instant_us: int | None) -> str | None:
    return None if instant_us is None else rfc3339_of_us(instant_us)
