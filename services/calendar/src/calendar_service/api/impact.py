"""`GET /v1/tzdata-impact`: what following the installed tzdata would change."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from calendar_service.api.parts import Parts
from calendar_service.domain.impact import Interval
from calendar_service.usecases.advising import REMEDY, Finding, findings
from slaclock.auth import ByManager
from slaclock.contracts.instants import Instant, from_us
from slaclock.http import Cursor
from slaclock.http.cursors import decode, encode, page_of
from slaclock.service import Late

__all__ = ["impact_routes"]

_CURSOR = "tzdata-impact"


class IntervalOut(BaseModel):
    """An opening and the closing that follows."""

    opens: Instant
    closes: Instant

    @classmethod
    def of(cls, interval: Interval | None) -> Self | None:
        """From microseconds; None where nothing opens."""
        if interval is None:
            return None
        return cls(opens=from_us(interval[0]), closes=from_us(interval[1]))


class ExampleOut(BaseModel):
    """An opening as the version has it, and as it would be; null where there is none."""

    old: IntervalOut | None
    new: IntervalOut | None


class ImpactOut(BaseModel):
    """A version that would give other results under the installed tzdata.

    `from` is the first moment that would be open instead of closed or the other way round, null
    where the zone is not known any more; `until` is null where it goes on. Minutes are of the next
    twelve months.
    """

    calendar_id: str
    version: int
    status: Literal["published", "retired"]
    hash: str
    timezone: str
    tzdata: str
    first: Instant | None = Field(serialization_alias="from")
    until: Instant | None
    gained_minutes: int
    lost_minutes: int
    examples: list[ExampleOut]
    remedy: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """From what was found."""
        of, impact = finding.of, finding.impact
        return cls(
            calendar_id=of.calendar_id,
            version=of.version,
            status="retired" if of.status == "retired" else "published",
            hash=of.hash,
            timezone=of.timezone,
            tzdata=of.tzdata,
            first=_instant(impact.first_us),
            until=_instant(impact.until_us),
            gained_minutes=impact.gained_minutes,
            lost_minutes=impact.lost_minutes,
            examples=[
                ExampleOut(old=IntervalOut.of(one.old), new=IntervalOut.of(one.new))
                for one in impact.examples
            ],
            remedy=REMEDY,
        )


class ImpactPage(BaseModel):
    """Those of the `checked` versions of this page that would change; `total` are to be checked."""

    installed: str
    checked: int
    total: int
    items: list[ImpactOut]
    next: str | None


def impact_routes(parts: Late[Parts]) -> APIRouter:
    """The report, page by page."""
    router = APIRouter(tags=["tzdata"])

    @router.get(
        "/tzdata-impact",
        summary="Published calendars that would give other results under the installed tzdata",
    )
    async def impact(
        who: ByManager,
        everything: Annotated[  # noqa: FBT002 - a query parameter
            bool, Query(alias="all", description="every version, not only the newest in use")
        ] = False,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=50, description="versions compared")] = 50,
    ) -> ImpactPage:
        """A page holds what was found among `limit` versions, and may hold nothing."""
        after = decode(_CURSOR, cursor, str, int) if cursor else ("", 0)
        zones = parts.now().zones
        rows, total, at = (
            await parts.now()
            .comparisons()
            .page(
                who.tenant,
                zones.version,
                everything=everything,
                after=(after[0], after[1]),
                limit=limit + 1,
            )
        )
        listed, last = page_of(rows, limit)
        found = await asyncio.to_thread(findings, listed, zones, at)
        return ImpactPage(
            installed=zones.version,
            checked=len(listed),
            total=total,
            items=[ImpactOut.of(one) for one in found],
            next=encode(_CURSOR, last.calendar_id, last.version) if last else None,
        )

    return router


def _instant(instant_us: int | None) -> Instant | None:
    return None if instant_us is None else from_us(instant_us)
