"""One calendar, many questions: what HTTP and the bus ask is answered here, in one way."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from calendar_service.domain.draft import faults_in, written
from calendar_service.domain.expansion import expanded, has_rules, horizon_of
from calendar_service.ports import Begin, Desk
from calendar_service.usecases.compute import compute
from calendar_service.usecases.examine import Surroundings, surroundings
from calendar_service.usecases.telling import told_alone, told_of
from slaclock.business_time import BusinessCalendar, InvalidCalendar, ZoneFiles
from slaclock.contracts.business_time import BusinessTimeIn, Operation, WhichCalendar
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.faults import shown
from slaclock.errors import Fault, Refusal

__all__ = ["Answering", "NoSuchCalendar"]

KEPT: Final = 64
"""Calendars that stay laid out for the next request."""
KEPT_OPENINGS: Final = 500_000
"""Opening hours that they may have together: some 150 MB."""
DENSE: Final = 20
"""Windows a week beyond which a calendar is not kept: all years between requests would be, too."""
_NO_NAME: Final = "calendar"
"""Stands in where a calendar that comes along has none."""


class NoSuchCalendar(Refusal):
    """The calendar, its version or its draft is not there, or is another tenant's."""

    status = 404


@dataclass(frozen=True, slots=True)
class Chosen:
    """A calendar that is laid out, and where it comes from."""

    calendar: BusinessCalendar
    calendar_id: str | None
    version: int | None
    hash: str
    tzdata: str | None

    def told(self, operations: Sequence[Operation]) -> bytes:
        """Answers to *operations*, and which calendar gave them."""
        answers = compute(self.calendar, operations, source=self._source())
        return told_of(self._used(), operations, answers)

    def told_alone(self, operation: Operation) -> bytes:
        """The answer to one operation.

        Raises:
            Refusal: the calendar's.
        """
        (answer,) = compute(self.calendar, [operation], source=self._source())
        return told_alone(self._used(), operation, answer)

    def _source(self) -> dict[str, Any]:
        return {"hash": self.hash, "tzdata": self.tzdata}

    def _used(self) -> dict[str, Any]:
        return {"id": self.calendar_id, "version": self.version, "hash": self.hash}


class Answering:
    """Answers questions of business time, and keeps calendars laid out for the next ones.

    Args:
        desk: where versions and drafts are read.
        begin: opens a transaction; for what drafts need besides.
        files: zones of drafts and of calendars that carry none.
    """

    def __init__(self, desk: Desk, begin: Begin, files: ZoneFiles) -> None:
        self._desk, self._begin, self._files = desk, begin, files
        self._kept: OrderedDict[str, BusinessCalendar] = OrderedDict()

    async def answer(self, tenant: str, asked: BusinessTimeIn) -> bytes:
        """The answer to *asked* as JSON, the same over HTTP and on the bus.

        Raises:
            NoSuchCalendar: *tenant* has no such calendar.
            InvalidCalendar: the draft, or the calendar that came along, cannot be computed with.
        """
        chosen = await self._chosen(tenant, asked.calendar)
        return await asyncio.to_thread(chosen.told, asked.operations)

    async def answer_one(self, tenant: str, which: WhichCalendar, operation: Operation) -> bytes:
        """The answer to one question, as JSON.

        Raises:
            Refusal: as `answer`, and what the calendar refuses.
        """
        chosen = await self._chosen(tenant, which)
        return await asyncio.to_thread(chosen.told_alone, operation)

    async def _chosen(self, tenant: str, which: WhichCalendar) -> Chosen:
        if which.snapshot is not None:
            return await self._along(tenant, which.snapshot)
        calendar_id = which.id or ""
        if which.draft:
            return await self._draft(tenant, calendar_id)
        number = which.version or await self._desk.newest(tenant, calendar_id)
        if number is None:
            raise await self._without_version(tenant, calendar_id)
        found = await self._desk.snapshot(tenant, calendar_id, number)
        if found is None:
            raise _missing("calendar-version", f"{calendar_id} {number}")
        name, body = found
        document = await asyncio.to_thread(orjson.loads, body)
        calendar = await self._laid_out(name, document)
        return Chosen(calendar, calendar_id, number, name, document["tzdata"])

    async def _without_version(self, tenant: str, calendar_id: str) -> NoSuchCalendar:
        if await self._desk.one(tenant, calendar_id) is None:
            return _missing("calendar", calendar_id)
        return NoSuchCalendar(
            f"calendar {shown(calendar_id)!r} has no published version that is not retired; "
            "publish one, or say which version, or ask its draft",
            code="calendar-version.not-found",
        )

    async def _draft(self, tenant: str, calendar_id: str) -> Chosen:
        draft = await self._desk.draft(tenant, calendar_id)
        if draft is None:
            raise _missing("calendar-draft", calendar_id)
        around = await self._around(tenant, draft.document)
        plain = await asyncio.to_thread(
            _as_published, draft.document, calendar_id, self._files, around
        )
        return Chosen(
            await self._laid_out(self._key(plain), plain),
            calendar_id,
            None,
            draft.etag,
            self._files.version,
        )

    async def _along(self, tenant: str, document: Mapping[str, Any]) -> Chosen:
        name = await asyncio.to_thread(content_hash, document)
        plain: Mapping[str, Any] = document
        try:
            if has_rules(document):
                around = await self._around(tenant, document)
                named = document.get("calendar_id")
                calendar_id = named if isinstance(named, str) else _NO_NAME
                plain = await asyncio.to_thread(
                    _as_published, document, calendar_id, self._files, around
                )
            calendar = await self._laid_out(self._key(plain), plain)
        except InvalidCalendar as error:
            raise type(error)([_within(fault) for fault in error.faults]) from error
        tzdata = plain.get("tzdata") if plain.get("zone") else self._files.version
        return Chosen(
            calendar,
            calendar.calendar_id,
            calendar.version,
            name,
            tzdata if isinstance(tzdata, str) else None,
        )

    async def _around(self, tenant: str, document: Mapping[str, Any]) -> Surroundings:
        async with self._begin(tenant) as work:
            return await surroundings(work, document)

    def _key(self, document: Mapping[str, Any]) -> str:
        return f"{self._files.version} {content_hash(document)}"

    async def _laid_out(self, name: str, document: Mapping[str, Any]) -> BusinessCalendar:
        """The calendar of *document*, which has the name *name*; the least used are dropped."""
        found = self._kept.pop(name, None)
        if found is None:
            found = await asyncio.to_thread(
                BusinessCalendar.from_snapshot, dict(document), files=self._files
            )
        while self._kept and (
            len(self._kept) >= KEPT
            or sum(one.openings for one in self._kept.values()) > KEPT_OPENINGS
        ):
            self._kept.popitem(last=False)
        if found.windows_a_week <= DENSE:
            self._kept[name] = found
        return found


def _as_published(
    document: Mapping[str, Any], calendar_id: str, files: ZoneFiles, around: Surroundings
) -> dict[str, Any]:
    """*document* as publishing it now would understand it: rules and sets as dates, no zone.

    Raises:
        InvalidCalendar: it could not be published.
    """
    faults = faults_in(document, calendar_id, files, around.sets, around.at)
    if faults:
        raise InvalidCalendar(faults)
    return expanded(written(document), around.sets, horizon_of(document, around.at)).document


def _within(fault: Fault) -> Fault:
    path = f"calendar.snapshot.{fault.field}" if fault.field else "calendar.snapshot"
    return Fault(path, fault.value, fault.message, fault.remedy, fault.code)


def _missing(kind: str, name: str) -> NoSuchCalendar:
    said = f"there is no {kind.replace('-', ' ')} {shown(name)!r}"
    return NoSuchCalendar(said, code=f"{kind}.not-found")
