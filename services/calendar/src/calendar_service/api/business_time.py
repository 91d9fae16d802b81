"""Business time over HTTP: many computations on one calendar, or a single one for people."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, BeforeValidator

from calendar_service.api.parts import Parts
from calendar_service.usecases.answering import Answering
from slaclock.auth import ByViewer
from slaclock.contracts.business_time import (
    MOST_MINUTES,
    Add,
    BusinessTimeIn,
    BusinessTimeOut,
    CalendarUsed,
    Explain,
    Look,
    Operation,
    Span,
    WhichCalendar,
)
from slaclock.contracts.instants import Instant
from slaclock.errors import Fault, Refusal
from slaclock.http import MIB, IdInPath, body_limit
from slaclock.service import Late

__all__ = ["business_time_routes"]

_SPACED_OFFSET: Final = re.compile(r" (?=\d\d:\d\d$)")
JSON: Final = "application/json"


def _with_plus(text: object) -> object:
    """A `+` that nobody encoded arrives as a space; before an offset nothing else can be meant."""
    return _SPACED_OFFSET.sub("+", text) if isinstance(text, str) else text


InstantInQuery = Annotated[Instant, BeforeValidator(_with_plus)]
Version = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="the newest published one if omitted")
]
Minutes = Annotated[int, Query(ge=-MOST_MINUTES, le=MOST_MINUTES)]


class AnswerOut(BaseModel):
    """The answer to one question; what it is depends on the question."""

    calendar: CalendarUsed
    op: str
    result: str | int | bool | dict[str, Any]


class AmbiguousCalendar(Refusal):
    """A draft and a version at once."""

    code = "request.invalid"


class NothingToExplain(Refusal):
    """Neither an end nor an amount, or both."""

    code = "request.invalid"


def _which(
    calendar_id: IdInPath,
    version: Version = None,
    draft: Annotated[bool, Query(description="the draft instead of a version")] = False,  # noqa: FBT002 - a query parameter
) -> WhichCalendar:
    if draft and version is not None:
        message, remedy = "contradicts version", "send one of the two"
        fault = Fault("draft", draft, message, remedy, AmbiguousCalendar.code)
        raise AmbiguousCalendar(faults=[fault])
    return WhichCalendar(id=calendar_id, version=version, draft=draft)


Which = Annotated[WhichCalendar, Depends(_which)]


def business_time_routes(parts: Late[Parts]) -> APIRouter:
    """The route for many operations, and one for each kind."""
    router = APIRouter(tags=["business time"])

    @router.post(
        "/business-time",
        summary="Add, calculate, elapsed, next, previous, is_open, explain: up to 10,000 at once",
        response_model=BusinessTimeOut,
        response_model_exclude_unset=True,
    )
    @body_limit(2 * MIB)
    async def business_time(who: ByViewer, asked: BusinessTimeIn) -> Response:
        """What one operation cannot answer is its `error`; the others are not affected."""
        body = await _answering(parts).answer(who.tenant, asked)
        return Response(body, media_type=JSON)

    router.include_router(_single_routes(parts))
    return router


def _single_routes(parts: Late[Parts]) -> APIRouter:
    """What people ask, and curl: one operation, its refusal as a problem."""
    router = APIRouter(prefix="/calendars/{calendar_id}/business-time")

    async def answer(tenant: str, which: WhichCalendar, operation: Operation) -> Response:
        body = await _answering(parts).answer_one(tenant, which, operation)
        return Response(body, media_type=JSON)

    @router.get(
        "/add", response_model=AnswerOut, summary="The instant that business minutes lead to"
    )
    async def add(
        who: ByViewer,
        which: Which,
        start: InstantInQuery,
        minutes: Minutes,
    ) -> Response:
        operation = Add(op="add", start=start, minutes=minutes)
        return await answer(who.tenant, which, operation)

    @router.get(
        "/elapsed", response_model=AnswerOut, summary="Exact business time between two instants"
    )
    async def elapsed(
        who: ByViewer,
        which: Which,
        start: InstantInQuery,
        end: InstantInQuery,
    ) -> Response:
        operation = Span(op="elapsed", start=start, end=end)
        return await answer(who.tenant, which, operation)

    @router.get("/next", response_model=AnswerOut, summary="`at` if open, else the next opening")
    async def following(
        who: ByViewer,
        which: Which,
        at: InstantInQuery,
    ) -> Response:
        operation = Look(op="next", start=at)
        return await answer(who.tenant, which, operation)

    @router.get("/previous", response_model=AnswerOut, summary="`at` if open, else the last close")
    async def previous(
        who: ByViewer,
        which: Which,
        at: InstantInQuery,
    ) -> Response:
        operation = Look(op="previous", start=at)
        return await answer(who.tenant, which, operation)

    @router.get("/is-open", response_model=AnswerOut, summary="Whether it is open at an instant")
    async def is_open(
        who: ByViewer,
        which: Which,
        at: InstantInQuery,
    ) -> Response:
        operation = Look(op="is_open", start=at)
        return await answer(who.tenant, which, operation)

    @router.get(
        "/explain",
        response_model=AnswerOut,
        summary="How elapsed (end) or add (minutes) comes about",
    )
    async def explain(
        who: ByViewer,
        which: Which,
        start: InstantInQuery,
        end: Annotated[Instant | None, BeforeValidator(_with_plus)] = None,
        minutes: Annotated[int | None, Query(ge=-MOST_MINUTES, le=MOST_MINUTES)] = None,
    ) -> Response:
        if (end is None) == (minutes is None):
            raise _nothing_to_explain()
        operation = Explain(op="explain", start=start, end=end, minutes=minutes)
        return await answer(who.tenant, which, operation)

    return router


def _answering(parts: Late[Parts]) -> Answering:
    return parts.now().answering


def _nothing_to_explain() -> NothingToExplain:
    message = "is missing, or there beside minutes"
    fault = Fault("end", None, message, "send either end or minutes", "request.invalid")
    return NothingToExplain(faults=[fault])
