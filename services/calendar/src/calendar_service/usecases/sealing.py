"""What a calendar would be if it were published now: sealed, judged, and not kept."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from calendar_service.domain.warnings import warnings_in
from calendar_service.ports import Begin, Desk, Work
from calendar_service.usecases.examine import sealed, surroundings
from slaclock.business_time import InvalidCalendar, ZoneFiles
from slaclock.contracts.sealing import CalendarSealIn
from slaclock.errors import Fault
from slaclock.http.missing import NotFound

__all__ = ["Sealed", "Sealing"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A snapshot, published or not.

    Attributes:
        version: of what is published; None for a document and a draft, whose snapshot has the
            number that it would get.
        warnings: what its author should look at; none of what is published.
    """

    calendar_id: str
    version: int | None
    hash: str
    snapshot: Mapping[str, Any]
    warnings: tuple[Fault, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        name: str = self.snapshot["name"]
        return name


class Sealing:
    """Finds what is asked for, and seals what is not published.

    Args:
        desk: where versions are read.
        begin: opens a transaction; for drafts, and the holiday sets that a document names.
        files: zones to seal into snapshots.
    """

    def __init__(self, desk: Desk, begin: Begin, files: ZoneFiles) -> None:
        self._desk, self._begin, self._files = desk, begin, files

    async def seal(self, tenant: str, asked: CalendarSealIn) -> Sealed:
        """The snapshot that *asked* names, or would be.

        Raises:
            NotFound: there is no such draft, calendar or version.
            InvalidCalendar: it could not be published; lists everything that is wrong.
        """
        if asked.calendar is not None:
            async with self._begin(tenant) as work:
                return await self._document(work, asked.calendar)
        calendar_id = asked.calendar_id or ""
        if asked.draft:
            async with self._begin(tenant) as work:
                draft = await work.draft(calendar_id)
                if draft is None:
                    raise NotFound("calendar-draft", calendar_id)
                return await self._unpublished(work, calendar_id, draft.document)
        number = asked.version or await self._desk.newest(tenant, calendar_id)
        kept = None if number is None else await self._desk.snapshot(tenant, calendar_id, number)
        if kept is None:
            named = calendar_id if asked.version is None else f"{calendar_id} {asked.version}"
            raise NotFound("calendar-version", named)
        name, body = kept
        return Sealed(calendar_id, number, name, await to_thread(orjson.loads, body))

    async def _document(self, work: Work, document: Mapping[str, Any]) -> Sealed:
        named = document.get("calendar_id")
        if isinstance(named, str):
            return await self._unpublished(work, named, document)
        remedy = "write the id of the calendar that it is, or would be"
        fault = Fault("calendar_id", named, "names no calendar", remedy, "calendar.id-unusable")
        raise InvalidCalendar([fault])

    async def _unpublished(
        self, work: Work, calendar_id: str, document: Mapping[str, Any]
    ) -> Sealed:
        around = await surroundings(work, document)
        latest = await work.latest(calendar_id)
        number = 1 if latest is None else latest.version + 1
        snapshot, _ = await to_thread(
            sealed, document, calendar_id, number, self._files, around
        )  # a second, at worst
        warnings = await to_thread(warnings_in, document, self._files, around.sets, around.at)
        return Sealed(calendar_id, None, snapshot.hash, snapshot.document, tuple(warnings))
