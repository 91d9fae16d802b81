"""Business time on request: what is asked over HTTP and on `ask.calendar.business-time`."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slaclock.contracts.fields import Id
from slaclock.contracts.instants import Instant

__all__ = [
    "MOST_MINUTES",
    "MOST_OPERATIONS",
    "MOST_TRACES",
    "Add",
    "BusinessTimeIn",
    "BusinessTimeOut",
    "CalendarUsed",
    "ErrorOut",
    "Explain",
    "Look",
    "Operation",
    "ResultOut",
    "Span",
    "WhichCalendar",
]

MOST_OPERATIONS: Final = 10_000
MOST_TRACES: Final = 50
"""Operations `explain` of one request: a trace is a thousand times the work of a sum."""
MOST_MINUTES: Final = 200_000_000
"""More than the platform's years have."""

Minutes = Annotated[int, Field(ge=-MOST_MINUTES, le=MOST_MINUTES)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WhichCalendar(_Strict):
    """A published version (the newest without a number), the draft, or a calendar that comes along.

    Attributes:
        snapshot: a snapshot, or a draft: whatever `from_snapshot` takes.
    """

    id: Id | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    draft: bool = False
    snapshot: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_name = self.id is not None and self.snapshot is None
        along = self.snapshot is not None and self.id is None
        if not (by_name or (along and not self.draft and self.version is None)):
            raise ValueError(
                "names no calendar, or two; send id, id and version, id and draft, or snapshot"
            )
        if self.draft and self.version is not None:
            raise ValueError("names a draft and a version; send one of them")
        return self


class Add(_Strict):
    """The instant that so many business minutes lead to; negative ones lead back."""

    op: Literal["add"]
    start: Instant
    minutes: Minutes


class Span(_Strict):
    """Business time from start to end, negative where end is earlier.

    `calculate` gives whole minutes, truncated toward zero; `elapsed` exact microseconds.
    """

    op: Literal["calculate", "elapsed"]
    start: Instant
    end: Instant


class Look(_Strict):
    """The next or previous open instant (`start` itself if open), or whether it is open."""

    op: Literal["next", "previous", "is_open"]
    start: Instant


class Explain(_Strict):
    """How `elapsed` (with `end`) or `add` (with `minutes`) comes about."""

    op: Literal["explain"]
    start: Instant
    end: Instant | None = None
    minutes: Minutes | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.end is None) == (self.minutes is None):
            raise ValueError("says not what to explain; send either end or minutes")
        return self


Operation: TypeAlias = Add | Span | Look | Explain


class BusinessTimeIn(_Strict):
    """One calendar, and what is asked of it."""

    calendar: WhichCalendar
    operations: Annotated[
        list[Annotated[Operation, Field(discriminator="op")]],
        Field(max_length=MOST_OPERATIONS),
    ]

    @model_validator(mode="after")
    def _few_traces(self) -> Self:
        traces = sum(type(one) is Explain for one in self.operations)
        if traces > MOST_TRACES:
            raise ValueError(
                f"asks for {traces} traces; send at most {MOST_TRACES} explain in one request"
            )
        return self


class CalendarUsed(BaseModel):
    """What was computed with.

    Attributes:
        version: null of a draft and of a calendar that came along without one.
        hash: of a version the SHA-256 of its snapshot, of a draft its ETag, of what came along the
            SHA-256 of its canonical JSON.
    """

    id: str | None
    version: int | None
    hash: str


class ErrorOut(BaseModel):
    """Why one operation has no result."""

    code: str
    field: str
    value: Any
    message: str
    remedy: str


class ResultOut(BaseModel):
    """`result` or `error`, never both.

    A result is an instant (add, next, previous), whole minutes (calculate), microseconds
    (elapsed), true or false (is_open), or a trace (explain).
    """

    op: str
    result: str | int | bool | dict[str, Any] | None = None
    error: ErrorOut | None = None


class BusinessTimeOut(BaseModel):
    """The calendar that was used, and one entry for each operation, in order."""

    calendar: CalendarUsed
    results: list[ResultOut]
