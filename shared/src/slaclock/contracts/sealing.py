"""What an SLA file or a calendar would be if it were published now, on request.

Asked on `ask.sla.seal` and `ask.calendar.seal` by ticket-clock, which simulates with the answer.
Nothing is kept.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slaclock.contracts.fields import Hash, Id

__all__ = ["CalendarSealIn", "CalendarSealOut", "SealFinding", "SlaSealIn", "SlaSealOut"]

Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SlaSealIn(_Strict):
    """An SLA file that comes along, or an SLA's draft, version, or newest version in use."""

    sla: dict[str, Any] | None = Field(default=None, description="an SLA file")
    sla_id: Id | None = None
    version: Version | None = None
    draft: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _check_way(self.sla, self.sla_id, self.version, draft=self.draft, what="sla")
        return self


class CalendarSealIn(_Strict):
    """A calendar document that comes along, or a calendar's draft, version, or newest version."""

    calendar: dict[str, Any] | None = Field(
        default=None, description="a draft's document, with `calendar_id`"
    )
    calendar_id: Id | None = None
    version: Version | None = None
    draft: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _check_way(self.calendar, self.calendar_id, self.version, draft=self.draft, what="calendar")
        return self


class SealFinding(BaseModel):
    """One thing that the author should look at; an error would keep it from being published."""

    severity: Literal["error", "warning"]
    code: str
    path: str
    value: Any
    message: str
    remedy: str


class SlaSealOut(BaseModel):
    """The snapshot, complete, with its calendars inside.

    Attributes:
        version: of what is published; null for a draft and a file. Their snapshot has the number
            that it would get, and the present as `effective_from`.
        hash: SHA-256 of the snapshot's canonical JSON.
    """

    sla_id: str
    version: int | None
    name: str
    hash: Hash
    snapshot: dict[str, Any]
    findings: list[SealFinding]


class CalendarSealOut(BaseModel):
    """The snapshot, complete, with its zone inside; `version` and `hash` as for an SLA."""

    calendar_id: str
    version: int | None
    name: str
    hash: Hash
    snapshot: dict[str, Any]
    findings: list[SealFinding]


def _check_way(
    document: dict[str, Any] | None,
    named: str | None,
    version: int | None,
    *,
    draft: bool,
    what: str,
) -> None:
    if (document is None) == (named is None):
        raise ValueError(f"names no {what}, or two; send either {what} or {what}_id")
    if document is not None and (draft or version is not None):
        raise ValueError(f"names a version of what comes along; send {what} alone")
    if draft and version is not None:
        raise ValueError("names a draft and a version; send one of them")
