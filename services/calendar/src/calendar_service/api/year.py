"""What people look at: a year date by date, and whether a calendar is open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

import orjson
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from calendar_service.api.parts import Parts
from calendar_service.domain.state import state_at
from calendar_service.domain.year import (
    FIRST_YEAR,
    LAST_YEAR,
    ClockChange,
    Day,
    Kind,
    OpenTime,
    Year,
    year_of,
)
from calendar_service.usecases.examine import sealed, surroundings
from slaclock.auth import ByViewer
from slaclock.business_time import BusinessCalendar, InvalidCalendar
from slaclock.business_time.zone import read_zone
from slaclock.contracts.instants import Instant
from slaclock.http import IdInPath, NotFound, VersionInPath
from slaclock.service import Late

__all__ = ["year_routes"]

YearInPath = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR)]


class OpenTimeOut(BaseModel):
    """Open time of one date; `start_second` and `end_second` are readings of its clock."""

    start: Instant
    end: Instant
    start_second: int
    end_second: int
    window: str
    began_on: date
    source: Literal["window", "override"]

    @classmethod
    def of(cls, found: OpenTime) -> Self:
        """From the domain."""
        return cls(
            start=found.start,
            end=found.end,
            start_second=found.start_s,
            end_second=found.end_s,
            window=found.window,
            began_on=found.began_on,
            source=found.source,
        )


class HolidayOut(BaseModel):
    """A holiday on a date; `withheld_seconds` would be open without it."""

    name: str
    start: str
    end: str
    withheld_seconds: int


class DayOut(BaseModel):
    """A date; `why` says in words what makes it another than its weekday."""

    date: date
    kind: Kind
    open_seconds: int
    open_times: list[OpenTimeOut]
    holidays: list[HolidayOut]
    why: list[str]

    @classmethod
    def of(cls, day: Day) -> Self:
        """From the domain."""
        holidays = [holiday.as_json() for holiday in day.holidays]
        return cls(
            date=day.on,
            kind=day.kind,
            open_seconds=day.open_seconds,
            open_times=[OpenTimeOut.of(one) for one in day.open_times],
            holidays=[
                HolidayOut(
                    name=holiday["name"],
                    start=holiday["from"],
                    end=holiday["to"],
                    withheld_seconds=holiday["microseconds"] // 1_000_000,
                )
                for holiday in holidays
            ],
            why=list(day.why),
        )


class ClockChangeOut(BaseModel):
    """The clock is set; `effect_seconds` of open time are lost (negative) or there twice.

    `shows_before` and `shows_after` are readings of the clock, `2026-03-29T01:00:00`.
    """

    at: Instant
    offset_before_seconds: int
    offset_after_seconds: int
    shows_before: str
    shows_after: str
    effect_seconds: int

    @classmethod
    def of(cls, change: ClockChange) -> Self:
        """From the domain."""
        return cls(
            at=change.at,
            offset_before_seconds=change.before_s,
            offset_after_seconds=change.after_s,
            shows_before=change.shows_before.isoformat(),
            shows_after=change.shows_after.isoformat(),
            effect_seconds=change.effect_seconds,
        )


class OffsetOut(BaseModel):
    """Seconds east of UTC from `start` to `end`."""

    start: Instant
    end: Instant
    seconds: int


class YearOut(BaseModel):
    """A year of a calendar. Its dates' `open_seconds` add up to its own: business time of the year.

    `version` is null for a draft. `windows`, `overtime_windows` and `horizon` are those of the
    snapshot; `offsets` are the clock's from two days before the year to two days after it.
    """

    calendar_id: str
    version: int | None
    name: str
    type: str
    timezone: str
    tzdata: str
    holiday_rule: str
    horizon: dict[str, int] | None
    windows: list[dict[str, Any]]
    overtime_windows: list[dict[str, Any]]
    year: int
    start: Instant
    end: Instant
    open_seconds: int
    open_days: int
    days: list[DayOut]
    changes: list[ClockChangeOut]
    offsets: list[OffsetOut]

    @classmethod
    def of(cls, snapshot: Mapping[str, Any], year: Year, *, draft: bool = False) -> Self:
        """From a snapshot and the year of it."""
        keys = ("calendar_id", "name", "type", "timezone", "tzdata", "holiday_rule")
        return cls(
            **{key: snapshot[key] for key in keys},
            version=None if draft else snapshot["version"],
            horizon=snapshot.get("horizon"),
            windows=snapshot["windows"],
            overtime_windows=snapshot["overtime_windows"],
            year=year.year,
            start=year.start,
            end=year.end,
            open_seconds=year.open_seconds,
            open_days=year.open_days,
            days=[DayOut.of(day) for day in year.days],
            changes=[ClockChangeOut.of(change) for change in year.changes],
            offsets=[
                OffsetOut(start=one.start, end=one.end, seconds=one.seconds) for one in year.offsets
            ],
        )


class StateOut(BaseModel):
    """Whether a calendar is open, and until when: null where that does not end."""

    at: Instant
    is_open: bool
    until: Instant | None


def year_routes(parts: Late[Parts]) -> APIRouter:
    """Years of versions and drafts, and the state of a version."""
    router = APIRouter(prefix="/calendars/{calendar_id}", tags=["calendars"])

    @router.get("/versions/{version}/year/{year}", summary="A year of a version, date by date")
    async def year_of_version(
        who: ByViewer, calendar_id: IdInPath, version: VersionInPath, year: YearInPath
    ) -> YearOut:
        document = await _snapshot(parts, who.tenant, calendar_id, version)
        return await asyncio.to_thread(_year, document, year)

    @router.get("/draft/year/{year}", summary="A year as the draft would have it, date by date")
    async def year_of_draft(who: ByViewer, calendar_id: IdInPath, year: YearInPath) -> YearOut:
        """A draft with faults is refused with all of them."""
        document = await _sealed_draft(parts, who.tenant, calendar_id)
        return await asyncio.to_thread(_year, document, year, draft=True)

    @router.get("/versions/{version}/state", summary="Whether a version is open, and until when")
    async def state(
        who: ByViewer,
        calendar_id: IdInPath,
        version: VersionInPath,
        at: Annotated[Instant | None, Query(description="now if omitted")] = None,
    ) -> StateOut:
        document = await _snapshot(parts, who.tenant, calendar_id, version)
        if at is None:
            async with parts.now().begin(who.tenant) as work:
                at = await work.now()
        calendar = await asyncio.to_thread(BusinessCalendar.from_snapshot, document)
        found = await asyncio.to_thread(state_at, calendar, at)
        return StateOut(at=found.at, is_open=found.is_open, until=found.until)

    return router


async def _snapshot(
    parts: Late[Parts], tenant: str, calendar_id: str, version: int
) -> dict[str, Any]:
    found = await parts.now().desk.snapshot(tenant, calendar_id, version)
    if found is None:
        raise NotFound("calendar-version", f"{calendar_id} {version}")
    document: dict[str, Any] = orjson.loads(found[1])
    return document


async def _sealed_draft(parts: Late[Parts], tenant: str, calendar_id: str) -> dict[str, Any]:
    """What publishing would make of the draft now."""
    now = parts.now()
    draft = await now.desk.draft(tenant, calendar_id)
    if draft is None:
        raise NotFound("calendar-draft", calendar_id)
    async with now.begin(tenant) as work:
        around = await surroundings(work, draft.document)
    snapshot, _ = await asyncio.to_thread(sealed, draft.document, calendar_id, 1, now.files, around)
    return dict(snapshot.document)


def _year(snapshot: Mapping[str, Any], year: int, *, draft: bool = False) -> YearOut:
    zone, faults = read_zone(snapshot["zone"], path="zone")
    if zone is None:
        raise InvalidCalendar(faults)
    return YearOut.of(snapshot, year_of(snapshot, zone, year), draft=draft)
