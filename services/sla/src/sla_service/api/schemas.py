"""What HTTP takes and gives of SLAs and their versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_service.domain.contract import Mode
from sla_service.domain.differences import Difference
from sla_service.domain.finding import Finding, errors, warnings
from sla_service.domain.version import SlaVersion
from sla_service.ports import Draft, SlaRow
from sla_service.usecases.compare import Comparison
from sla_service.usecases.publish import Published
from slaclock.contracts.instants import Instant
from slaclock.contracts.reach import ReachedOut
from slaclock.http.faults import FaultOut

__all__ = [
    "ComparisonOut",
    "CopyIn",
    "DifferenceOut",
    "DraftOut",
    "PublishIn",
    "PublishedOut",
    "SlaOut",
    "SlaSummary",
    "ValidationOut",
    "VersionOut",
]

Status = Literal["published", "retired"]


class ValidationOut(BaseModel):
    """Whether a draft may be published."""

    valid: bool
    faults: list[FaultOut]
    warnings: list[FaultOut] = Field(description="what its author should look at")


class DraftOut(BaseModel):
    """A draft, and what keeps it from being published."""

    sla_id: str
    document: dict[str, Any]
    faults: list[FaultOut]
    warnings: list[FaultOut] = Field(description="what its author should look at")
    updated_at: Instant
    updated_by: str

    @classmethod
    def of(cls, draft: Draft, findings: Collection[Finding]) -> Self:
        """From what the desk keeps."""
        return cls(
            sla_id=draft.sla_id,
            document=dict(draft.document),
            faults=FaultOut.of(errors(findings)),
            warnings=FaultOut.of(warnings(findings)),
            updated_at=draft.updated_at,
            updated_by=draft.updated_by,
        )


class SlaSummary(BaseModel):
    """An SLA in a list; null until a version is published."""

    sla_id: str
    name: str | None
    latest_version: int | None
    status: Status | None
    has_draft: bool

    @classmethod
    def of(cls, row: SlaRow) -> Self:
        """From a row of the list."""
        return cls.model_validate(row, from_attributes=True)


class VersionOut(BaseModel):
    """A published version; its snapshot has an address of its own."""

    model_config = ConfigDict(from_attributes=True)

    sla_id: str
    version: int
    status: Status
    name: str
    hash: str
    effective_from: Instant
    note: str
    published_at: Instant
    published_by: str

    @classmethod
    def of(cls, version: SlaVersion) -> Self:
        """From what is known of a version."""
        return cls.model_validate(version)


class SlaOut(SlaSummary):
    """An SLA with its newest versions."""

    versions: list[VersionOut]

    @classmethod
    def with_versions(cls, row: SlaRow, versions: Iterable[SlaVersion]) -> Self:
        """From its row and its versions, the newest first."""
        summary = SlaSummary.of(row)
        return cls(**summary.model_dump(), versions=[VersionOut.of(one) for one in versions])


class CopyIn(BaseModel):
    """Which version to copy into the draft."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


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


class ComparisonOut(BaseModel):
    """What changes from one version to another; calendars are told apart by their hash.

    `before` is null where there was no version yet, `after` where it is the draft.
    """

    before: int | None
    after: int | None
    differences: list[DifferenceOut]

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """From what comparing answers."""
        return cls(
            before=found.before,
            after=found.after,
            differences=DifferenceOut.all_of(found.differences),
        )


class PublishIn(BaseModel):
    """What to publish: the draft, or an SLA file that comes along."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sla: dict[str, Any] | None = Field(
        default=None, description="published instead of the draft, which stays as it is"
    )
    effective_from: Instant | None = Field(
        default=None, description="from when on it is meant to hold; null: from now on"
    )
    default: bool = Field(
        default=False, description="make it the tenant's default from effective_from on"
    )
    running_tickets: Mode | None = Field(
        default=None,
        description="what open tickets do when the default changes; stated, the open tickets that"
        " it would reach are counted first, and nothing is published where they cannot be;"
        " null: keep, and nothing is counted",
    )
    dry_run: bool = Field(
        default=False, description="only tell what would be; nothing is kept, told or bound"
    )
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="", description="why, for those who read the list of versions"
    )

    @model_validator(mode="after")
    def _of_the_default(self) -> Self:
        if self.running_tickets is not None and not self.default:
            raise ValueError("running_tickets says what a new default does; send default: true")
        return self


class PublishedOut(BaseModel):
    """The version that says what was published; `created` is false where it did before.

    After a dry run `created` says whether there would be a new version, and `changes` what it
    would change from the latest one. The hash depends on the instant of publication, unless
    `effective_from` is stated.
    """

    id: str
    version: int
    hash: str
    created: bool
    effective_from: Instant
    published_at: Instant
    default_entry_id: str | None = Field(description="the entry that makes it the default")
    bound_contracts: list[str] = Field(description="contracts that waited for it")
    reached: ReachedOut | None = Field(
        description="open tickets that the new default would bind otherwise, counted before it was"
        " made; null where it reaches none that is open, and where nothing was counted"
    )
    warnings: list[FaultOut] = Field(description="what its author should look at")
    dry_run: bool
    changes: list[DifferenceOut] = Field(description="of a dry run")

    @classmethod
    def of(cls, done: Published, reached: ReachedOut | None = None) -> Self:
        """From what publishing answers."""
        version = done.version
        return cls(
            id=version.sla_id,
            version=version.version,
            hash=version.hash,
            created=done.created,
            effective_from=version.effective_from,
            published_at=version.published_at,
            default_entry_id=str(done.default.entry_id)
            if done.default and not done.dry_run
            else None,
            bound_contracts=list(done.bound),
            reached=reached,
            warnings=FaultOut.of(done.warnings),
            dry_run=done.dry_run,
            changes=DifferenceOut.all_of(done.changes),
        )
