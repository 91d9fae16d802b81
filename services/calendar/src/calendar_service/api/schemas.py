"""What HTTP takes and gives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from calendar_service.domain.version import CalendarVersion
from calendar_service.ports import AuditEntry, CalendarRow, Draft
from calendar_service.usecases.comparing import Comparison
from calendar_service.usecases.examine import Examined
from calendar_service.usecases.publish import Published
from slaclock.business_time.differences import Difference
from slaclock.contracts.instants import Instant
from slaclock.http.faults import FaultOut

__all__ = [
    "AuditOut",
    "CalendarOut",
    "CalendarSummary",
    "ComparisonOut",
    "CopyIn",
    "DifferenceOut",
    "DraftOut",
    "PublishIn",
    "PublishedOut",
    "ValidationOut",
    "VersionOut",
]

Status = Literal["published", "retired"]
_SECOND: Final = timedelta(seconds=1)


class ValidationOut(BaseModel):
    """Whether a draft may be published; warnings keep nobody from it."""

    valid: bool
    faults: list[FaultOut]
    warnings: list[FaultOut] = []

    @classmethod
    def of(cls, found: Examined) -> Self:
        """From what was found."""
        return cls(
            valid=not found.faults,
            faults=FaultOut.of(found.faults),
            warnings=FaultOut.of(found.warnings),
        )


class CopyIn(BaseModel):
    """The version that a new draft is copied from; it may be retired."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class DraftOut(BaseModel):
    """A draft, and what keeps it from being published."""

    calendar_id: str
    document: dict[str, Any]
    faults: list[FaultOut]
    warnings: list[FaultOut] = []
    updated_at: Instant
    updated_by: str

    @classmethod
    def of(cls, draft: Draft, found: Examined) -> Self:
        """From what the desk keeps."""
        return cls(
            calendar_id=draft.calendar_id,
            document=dict(draft.document),
            faults=FaultOut.of(found.faults),
            warnings=FaultOut.of(found.warnings),
            updated_at=draft.updated_at,
            updated_by=draft.updated_by,
        )


class DifferenceOut(BaseModel):
    """One thing that is not the same; null where it is not there."""

    model_config = ConfigDict(from_attributes=True)

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any
    words: str

    @classmethod
    def all_of(cls, found: Iterable[Difference]) -> list[Self]:
        """All of them."""
        return [cls.model_validate(one) for one in found]


class EffectOut(BaseModel):
    """What the change does to business time in the year that begins now.

    `different_seconds` is the time that is open in one of the two only.
    """

    model_config = ConfigDict(populate_by_name=True)

    start: Instant = Field(serialization_alias="from")
    end: Instant = Field(serialization_alias="to")
    before_seconds: int
    after_seconds: int
    different_seconds: int
    first_difference: Instant | None
    words: str = Field(description="the same for people: 2,040 h become 2,295 h")


class ComparisonOut(BaseModel):
    """What changes, as data and in words, and what that does."""

    differences: list[DifferenceOut]
    words: list[str]
    effect: EffectOut

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """From the comparison."""
        effect = found.effect
        return cls(
            differences=DifferenceOut.all_of(found.differences),
            words=[one.words for one in found.differences],
            effect=EffectOut(
                start=effect.start,
                end=effect.end,
                before_seconds=effect.before // _SECOND,
                after_seconds=effect.after // _SECOND,
                different_seconds=effect.different // _SECOND,
                first_difference=effect.first_difference,
                words=effect.words,
            ),
        )


class AuditOut(BaseModel):
    """Who did what, and when."""

    model_config = ConfigDict(from_attributes=True)

    at: Instant
    actor: str
    action: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """From the trail."""
        return cls.model_validate(entry)


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


class UsedSetOut(BaseModel):
    """A holiday set that went into a version; pinned where the document names its version."""

    model_config = ConfigDict(from_attributes=True)

    set_id: str
    version: int
    pinned: bool


class HorizonOut(BaseModel):
    """Years for which rules and sets became dates, both included."""

    model_config = ConfigDict(from_attributes=True)

    first_year: int
    last_year: int


class VersionOut(BaseModel):
    """A published version; its snapshot and its document have addresses of their own.

    `horizon` is null where no rules or sets were expanded; `zone_transitions` counts the changes
    of the zone's offset that the snapshot carries.
    """

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
    author: str
    published_at: Instant
    published_by: str
    retired_at: Instant | None
    retired_by: str | None
    sets: list[UsedSetOut]
    horizon: HorizonOut | None
    zone_transitions: int = Field(validation_alias="transitions")

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
    dry_run: bool = Field(default=False, description="only tell what would be")


class PublishedOut(BaseModel):
    """The version that says what was published; `created` is false where it did before.

    After a dry run nothing was made: `created` says whether it would have been, and `words` what
    would change from the latest version.
    """

    id: str
    version: int
    hash: str
    created: bool
    published_at: Instant
    warnings: list[FaultOut] = []
    dry_run: bool = False
    words: list[str] = []

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
            warnings=FaultOut.of(done.warnings),
            dry_run=done.dry_run,
            words=list(done.words),
        )
