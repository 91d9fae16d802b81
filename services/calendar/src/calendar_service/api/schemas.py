"""What HTTP takes and gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from calendar_service.domain.version import CalendarVersion
from calendar_service.ports import CalendarRow, Draft
from calendar_service.usecases.publish import Published
from slaclock.contracts.faults import shown
from slaclock.contracts.instants import Instant
from slaclock.errors import Fault

__all__ = [
    "CalendarOut",
    "CalendarSummary",
    "DraftOut",
    "FaultOut",
    "PublishIn",
    "PublishedOut",
    "ValidationOut",
    "VersionOut",
]

Status = Literal["published", "retired"]


class FaultOut(BaseModel):
    """One thing that is wrong, where, and what to write instead."""

    field: str
    value: Any
    message: str
    remedy: str
    code: str

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> list[Self]:
        """All of them, with values short enough to show."""
        return [
            cls(
                field=fault.field,
                value=shown(fault.value),
                message=fault.message,
                remedy=fault.remedy,
                code=fault.code,
            )
            for fault in faults
        ]


class ValidationOut(BaseModel):
    """Whether a draft may be published."""

    valid: bool
    faults: list[FaultOut]


class DraftOut(BaseModel):
    """A draft, and what keeps it from being published."""

    calendar_id: str
    document: dict[str, Any]
    faults: list[FaultOut]
    updated_at: Instant
    updated_by: str

    @classmethod
    def of(cls, draft: Draft, faults: Iterable[Fault]) -> Self:
        """From what the desk keeps."""
        return cls(
            calendar_id=draft.calendar_id,
            document=dict(draft.document),
            faults=FaultOut.of(faults),
            updated_at=draft.updated_at,
            updated_by=draft.updated_by,
        )


class CalendarSummary(BaseModel):
    """A calendar in a list; null until a version is published."""

    calendar_id: str
    name: str | None
    timezone: str | None
    latest_version: int | None
    status: Status | None
    has_draft: bool

    @classmethod
    def of(cls, row: CalendarRow) -> Self:
        """From a row of the list."""
        return cls.model_validate(row, from_attributes=True)


class VersionOut(BaseModel):
    """A published version; its snapshot has an address of its own."""

    model_config = ConfigDict(from_attributes=True)

    calendar_id: str
    version: int
    status: Status
    name: str
    type: Literal["business", "capacity"] = Field(validation_alias="kind")
    timezone: str
    tzdata: str
    hash: str
    note: str
    published_at: Instant
    published_by: str

    @classmethod
    def of(cls, version: CalendarVersion) -> Self:
        """From what is known of a version."""
        return cls.model_validate(version)


class CalendarOut(CalendarSummary):
    """A calendar with its newest versions."""

    versions: list[VersionOut]

    @classmethod
    def with_versions(cls, row: CalendarRow, versions: Iterable[CalendarVersion]) -> Self:
        """From its row and its versions, the newest first."""
        summary = CalendarSummary.of(row)
        return cls(**summary.model_dump(), versions=[VersionOut.of(one) for one in versions])


class PublishIn(BaseModel):
    """What to publish: the draft, or a calendar that comes along."""

    model_config = ConfigDict(extra="forbid", strict=True)

    calendar: dict[str, Any] | None = Field(
        default=None, description="published instead of the draft, which stays as it is"
    )
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="", description="why, for those who read the list of versions"
    )


class PublishedOut(BaseModel):
    """The version that says what was published; `created` is false where it did before."""

    id: str
    version: int
    hash: str
    created: bool
    published_at: Instant

    @classmethod
    def of(cls, done: Published) -> Self:
        """From what publishing answers."""
        version = done.version
        return cls(
            id=version.calendar_id,
            version=version.version,
            hash=version.hash,
            created=done.created,
            published_at=version.published_at,
        )
