"""What HTTP takes and gives of contracts, assignments, status map and settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_service.domain.contract import ContractEntry, Mode, course
from sla_service.domain.terms import EntryKind, TermsEntry
from sla_service.ports import Waiting
from sla_service.usecases.ask import ContractAnswer
from slaclock.contracts.instants import Instant
from slaclock.contracts.reach import ReachedOut
from slaclock.contracts.statuses import Category
from slaclock.http import Id

__all__ = [
    "AssignIn",
    "AtIn",
    "ChangeOrderIn",
    "ContractAnswerOut",
    "ContractEntryOut",
    "ContractOut",
    "DefaultIn",
    "EntryOut",
    "HistoryEntryOut",
    "PlannedOrderOut",
    "PlannedOut",
    "SettingsIn",
    "StatusMapIn",
    "StatusMapOut",
    "WaitingOut",
]

Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Timed(_Strict):
    """From when on, and what happens to tickets that are open then."""

    effective_from: Instant | None = Field(default=None, description="null: from now on")
    mode: Mode = Field(default="keep", description="what open tickets do when it takes effect")


class DefaultIn(_Timed):
    """The SLA of tickets that nothing else binds; `sla_id` null: none."""

    sla_id: Id | None
    sla_version: Version | None = Field(default=None, description="null: the latest published")
    dry_run: bool = Field(
        default=False, description="change nothing; tell how many open tickets it would reach"
    )


class AtIn(BaseModel):
    """An instant to ask about; a parameter that is not listed is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")

    at: Instant | None = Field(default=None, description="null: now")


class ChangeOrderIn(_Strict):
    """A change order that somebody thinks of."""

    sla_id: Id
    sla_version: Version | None = Field(default=None, description="null: the latest published")
    effective_from: Instant
    running_tickets: Mode


class MatchIn(_Strict):
    """The tickets that are equal in every field that is given."""

    group: Id | None = None
    category: Id | None = None
    service: Id | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.fields():
            raise ValueError("names nothing; give a group, a category or a service")
        return self

    def fields(self) -> dict[str, str]:
        """Those that are given."""
        return self.model_dump(exclude_none=True)


class AssignIn(DefaultIn):
    """The SLA of tickets of a group, category or service; `sla_id` null takes it away."""

    match: MatchIn


class StatusMapIn(_Timed):
    """What the publisher's statuses mean; those that are not named keep their meaning."""

    statuses: Annotated[dict[Id, Category], Field(min_length=1, max_length=1000)]


class SettingsIn(_Timed):
    """Settings that decide clocks."""

    binding_required: bool = Field(
        description="whether a ticket that no agreement binds shows a fault"
    )


class EntryOut(BaseModel):
    """An entry of the terms timeline; it never changes."""

    entry_id: str
    revision: int
    kind: EntryKind
    effective_from: Instant
    mode: Mode
    sla_id: str | None
    sla_version: int | None
    agreement: str | None
    match: dict[str, str] | None
    statuses: dict[str, str] | None
    settings: dict[str, bool] | None
    recorded_at: Instant
    recorded_by: str

    @classmethod
    def of(cls, entry: TermsEntry) -> Self:
        """From what is kept."""
        wanted, pin = entry.wanted, entry.wanted.pin
        return cls(
            entry_id=str(entry.entry_id),
            revision=entry.revision,
            kind=wanted.kind,
            effective_from=wanted.effective_from,
            mode=wanted.mode,
            sla_id=pin.sla_id if pin else None,
            sla_version=pin.version if pin else None,
            agreement=pin.hash if pin else None,
            match=dict(wanted.match) if wanted.match is not None else None,
            statuses=dict(wanted.statuses) if wanted.statuses is not None else None,
            settings=dict(wanted.settings) if wanted.settings is not None else None,
            recorded_at=entry.recorded_at,
            recorded_by=entry.recorded_by,
        )


class PlannedOut(BaseModel):
    """What would be made, and what it would do to tickets that are open now; nothing was changed.

    `reached` null: the entry in force says the same already.
    """

    dry_run: Literal[True] = True
    entry: EntryOut
    reached: ReachedOut | None


class PlannedOrderOut(BaseModel):
    """What a change order would do; nothing was changed."""

    dry_run: Literal[True] = True
    contract_id: str
    sla_id: str
    sla_version: int
    agreement: str
    effective_from: Instant
    effective_to: Instant | None
    mode: Mode
    has_effect: bool = Field(description="false: no quote runs at this instant")
    reached: ReachedOut


class StatusMapOut(BaseModel):
    """What statuses mean at an instant: the tenant's own words, and those known by default."""

    at: Instant
    statuses: dict[str, str]
    defaults: dict[str, str]


class CauseOut(BaseModel):
    """What led to an entry."""

    kind: str
    id: str


class ContractEntryOut(BaseModel):
    """From `effective_from` on a contract binds a version, or nothing where `agreement` is null."""

    entry_id: str
    contract_id: str
    customer_id: str
    agreement: str | None
    sla_id: str | None
    sla_version: int | None
    effective_from: Instant
    effective_to: Instant | None
    mode: Mode
    cause: CauseOut
    happened_at: Instant
    recorded_at: Instant | None

    @classmethod
    def of(cls, entry: ContractEntry) -> Self:
        """From what is kept."""
        pin = entry.pin
        return cls(
            entry_id=str(entry.entry_id),
            contract_id=entry.contract_id,
            customer_id=entry.customer_id,
            agreement=pin.hash if pin else None,
            sla_id=pin.sla_id if pin else None,
            sla_version=pin.version if pin else None,
            effective_from=entry.effective_from,
            effective_to=entry.effective_to,
            mode=entry.mode,
            cause=CauseOut(kind=entry.cause_kind, id=entry.cause_id),
            happened_at=entry.happened_at,
            recorded_at=entry.recorded_at,
        )


class HistoryEntryOut(ContractEntryOut):
    """The same, in the history of its contract."""

    has_effect: bool = Field(
        description="false for a change order at an instant at which no quote runs"
    )


class ContractOut(BaseModel):
    """A contract's whole history, oldest first."""

    contract_id: str
    entries: list[HistoryEntryOut]

    @classmethod
    def of(cls, contract_id: str, entries: Sequence[ContractEntry]) -> Self:
        """From what is kept, in any order."""
        effective = {entry.entry_id: entry for entry in course(entries)}
        listed = sorted(entries, key=lambda entry: entry.order)
        return cls(
            contract_id=contract_id,
            entries=[
                HistoryEntryOut(
                    **ContractEntryOut.of(effective.get(entry.entry_id, entry)).model_dump(),
                    has_effect=entry.entry_id in effective,
                )
                for entry in listed
            ],
        )


class ContractAnswerOut(BaseModel):
    """What binds a contract at an instant; null where nothing does."""

    contract_id: str
    at: Instant
    customer_id: str | None
    sla_id: str | None
    sla_version: int | None
    hash: str | None
    effective_from: Instant | None
    effective_to: Instant | None
    entry_id: str | None
    snapshot: dict[str, Any] | None

    @classmethod
    def of(cls, answer: ContractAnswer) -> Self:
        """From what was found."""
        entry = answer.entry
        pin = entry.pin if entry else None
        return cls(
            contract_id=answer.contract_id,
            at=answer.at,
            customer_id=entry.customer_id if entry else None,
            sla_id=pin.sla_id if pin else None,
            sla_version=pin.version if pin else None,
            hash=pin.hash if pin else None,
            effective_from=entry.effective_from if entry else None,
            effective_to=entry.effective_to if entry else None,
            entry_id=str(entry.entry_id) if entry else None,
            snapshot=orjson.loads(answer.snapshot) if answer.snapshot is not None else None,
        )


class WaitingOut(BaseModel):
    """A commercial event that names what is not there (yet)."""

    contract_id: str
    cause: CauseOut
    waits_for: Literal["sla", "contract"]
    sla_id: str | None
    sla_version: int | None
    effective_from: Instant
    happened_at: Instant

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        """From what waits."""
        news = waiting.news
        return cls(
            contract_id=news.contract_id,
            cause=CauseOut(kind=news.cause_kind, id=news.cause_id),
            waits_for=waiting.waits_for,
            sla_id=news.sla_id,
            sla_version=news.sla_version,
            effective_from=news.effective_from,
            happened_at=news.happened_at,
        )
