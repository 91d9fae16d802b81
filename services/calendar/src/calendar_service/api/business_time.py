"""`POST /v1/business-time`: many computations on one calendar."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from calendar_service.api.parts import Parts
from calendar_service.usecases.compute import Answer, Operation, compute
from slaclock.auth import ByViewer
from slaclock.business_time import BusinessCalendar, InvalidCalendar
from slaclock.contracts.faults import shown
from slaclock.contracts.instants import Instant, rfc3339
from slaclock.errors import Fault, Refusal
from slaclock.http import MIB, Id, NotFound, body_limit
from slaclock.service import Late

__all__ = ["business_time_routes"]

MOST_OPERATIONS: Final = 10_000
MOST_MINUTES: Final = 200_000_000
"""More than the platform's years have."""
KEPT: Final = 64
"""Calendars that stay laid out for the next request."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class WhichCalendar(_Strict):
    """A published version, or a snapshot (or draft) that comes along."""

    id: Id | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    snapshot: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        published = self.id is not None and self.version is not None
        partly = self.id is not None or self.version is not None
        if published == (self.snapshot is not None) or (partly and not published):
            raise ValueError("names no calendar; send either id and version, or snapshot")
        return self


class Add(_Strict):
    """The instant that so many business minutes lead to; negative ones lead back."""

    op: Literal["add"]
    start: Instant
    minutes: Annotated[int, Field(ge=-MOST_MINUTES, le=MOST_MINUTES)]


class Calculate(_Strict):
    """Whole business minutes from start to end, truncated toward zero."""

    op: Literal["calculate"]
    start: Instant
    end: Instant


class Look(_Strict):
    """The next or previous open instant (`start` itself if open), or whether it is open."""

    op: Literal["next", "previous", "is_open"]
    start: Instant


class BusinessTimeIn(_Strict):
    """One calendar, and what is asked of it."""

    calendar: WhichCalendar
    operations: Annotated[
        list[Annotated[Add | Calculate | Look, Field(discriminator="op")]],
        Field(max_length=MOST_OPERATIONS),
    ]


class ErrorOut(BaseModel):
    """Why one operation has no result."""

    code: str
    field: str
    value: Any
    message: str
    remedy: str


class ResultOut(BaseModel):
    """`result` (an instant, minutes, or true and false), or `error`: never both."""

    op: str
    result: str | int | bool | None = None
    error: ErrorOut | None = None


class BusinessTimeOut(BaseModel):
    """One entry for each operation, in order."""

    results: list[ResultOut]


class Shelf:
    """Calendars that were laid out, the least recently used dropped first."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[str, BusinessCalendar] = OrderedDict()

    def calendar(self, name: str, make: Callable[[], BusinessCalendar]) -> BusinessCalendar:
        """The calendar whose snapshot has the hash *name*."""
        found = self._kept.pop(name, None) or make()
        self._kept[name] = found
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found


def business_time_routes(parts: Late[Parts]) -> APIRouter:
    """The one route, and the calendars that it keeps laid out."""
    router = APIRouter(tags=["business time"])
    shelf = Shelf()

    @router.post(
        "/business-time",
        summary="Add, calculate, next, previous, is_open: up to 10,000 at once",
        response_model_exclude_none=True,
    )
    @body_limit(2 * MIB)
    async def business_time(who: ByViewer, asked: BusinessTimeIn) -> BusinessTimeOut:
        """What one operation cannot answer is its `error`; the others are not affected."""
        calendar = await _calendar(parts, shelf, who.tenant, asked.calendar)
        operations = [_operation(one) for one in asked.operations]
        answers = await asyncio.to_thread(compute, calendar, operations)
        return BusinessTimeOut(
            results=[
                _result(operation, answer)
                for operation, answer in zip(operations, answers, strict=True)
            ]
        )

    return router


async def _calendar(
    parts: Late[Parts], shelf: Shelf, tenant: str, which: WhichCalendar
) -> BusinessCalendar:
    files = parts.now().files
    if which.snapshot is not None:
        document = which.snapshot
        try:
            return await asyncio.to_thread(BusinessCalendar.from_snapshot, document, files=files)
        except InvalidCalendar as error:
            raise type(error)([_within(fault) for fault in error.faults]) from error
    if which.id is None or which.version is None:
        raise NotFound("calendar-version", which.id)
    found = await parts.now().desk.snapshot(tenant, which.id, which.version)
    if found is None:
        raise NotFound("calendar-version", f"{which.id} {which.version}")
    name, body = found
    return shelf.calendar(name, lambda: BusinessCalendar.from_snapshot(orjson.loads(body)))


def _within(fault: Fault) -> Fault:
    path = f"calendar.snapshot.{fault.field}" if fault.field else "calendar.snapshot"
    return Fault(path, fault.value, fault.message, fault.remedy, fault.code)


def _operation(asked: Add | Calculate | Look) -> Operation:
    match asked:
        case Add():
            return Operation("add", asked.start, minutes=asked.minutes)
        case Calculate():
            return Operation("calculate", asked.start, end=asked.end)
        case Look():
            return Operation(asked.op, asked.start)


def _result(operation: Operation, answer: Answer) -> ResultOut:
    if isinstance(answer, Refusal):
        return ResultOut(op=operation.verb, error=_error(operation, answer))
    told = rfc3339(answer) if isinstance(answer, datetime) else answer
    return ResultOut(op=operation.verb, result=told)


def _error(operation: Operation, refusal: Refusal) -> ErrorOut:
    fault = refusal.faults[0] if refusal.faults else None
    return ErrorOut(
        code=refusal.code,
        field=fault.field if fault else "start",
        value=shown(fault.value) if fault else rfc3339(operation.start),
        message=fault.message if fault else str(refusal),
        remedy=fault.remedy if fault else "ask for another instant or amount",
    )
