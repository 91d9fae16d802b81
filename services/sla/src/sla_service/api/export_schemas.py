"""The export of everything: `slaclock.sla-export/1`."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from sla_service.api.schemas import VersionOut
from sla_service.api.terms_schemas import CauseOut, ContractEntryOut, EntryOut
from sla_service.domain.contract import ContractEntry, Mode
from sla_service.ports import Draft, Waiting
from slaclock.contracts.instants import Instant

__all__ = ["SCHEMA", "ExportOut", "ExportedDraft", "ExportedEntry", "ExportedWaiting"]

SCHEMA = "slaclock.sla-export/1"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExportedEntry(ContractEntryOut):
    """An entry of a contract's history, with the event that made it."""

    model_config = ConfigDict(extra="forbid")

    source: str
    event_id: str

    @classmethod
    def of(cls, entry: ContractEntry) -> Self:
        """From what is kept."""
        base = ContractEntryOut.of(entry).model_dump()
        return cls(**base, source=entry.source, event_id=entry.event_id)


class ExportedContract(_Strict):
    """A contract with its whole history, oldest first."""

    contract_id: str
    entries: list[ExportedEntry]


class ExportedWaiting(_Strict):
    """A commercial event that names what is not there (yet)."""

    contract_id: str
    customer_id: str | None
    cause: CauseOut
    waits_for: Literal["sla", "contract"]
    sla_id: str | None
    sla_version: int | None
    effective_from: Instant
    effective_to: Instant | None
    mode: Mode
    happened_at: Instant
    source: str
    event_id: str

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        """From what waits."""
        news = waiting.news
        return cls(
            contract_id=news.contract_id,
            customer_id=news.customer_id,
            cause=CauseOut(kind=news.cause_kind, id=news.cause_id),
            waits_for=waiting.waits_for,
            sla_id=news.sla_id,
            sla_version=news.sla_version,
            effective_from=news.effective_from,
            effective_to=news.effective_to,
            mode=news.mode,
            happened_at=news.happened_at,
            source=news.source,
            event_id=news.event_id,
        )


class ExportedDraft(_Strict):
    """A draft, as somebody left it."""

    document: dict[str, Any]
    etag: str
    updated_at: Instant
    updated_by: str

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """From what the desk keeps."""
        return cls(
            document=dict(draft.document),
            etag=draft.etag,
            updated_at=draft.updated_at,
            updated_by=draft.updated_by,
        )


class ExportedVersion(VersionOut):
    """A version; the SHA-256 of the snapshot's canonical JSON (RFC 8785) is its hash."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    snapshot: dict[str, Any] | None = Field(
        description="null where the database does not hold what was published"
    )


class ExportedSla(_Strict):
    """An SLA: its draft, its versions, the newest first."""

    sla_id: str
    draft: ExportedDraft | None
    versions: list[ExportedVersion]


class ExportedCounts(_Strict):
    """How many; written last, so that whoever has them has everything."""

    terms: int
    contracts: int
    entries: int
    waiting: int
    slas: int
    drafts: int
    versions: int
    tampered: int = Field(description="versions whose snapshot is null")


class ExportOut(_Strict):
    """Everything of a tenant; each version that is named is among the versions."""

    schema_: Literal["slaclock.sla-export/1"] = Field(alias="schema")
    tenant: str
    as_of: Instant
    terms: list[EntryOut]
    contracts: list[ExportedContract]
    waiting: list[ExportedWaiting]
    slas: list[ExportedSla]
    counts: ExportedCounts
