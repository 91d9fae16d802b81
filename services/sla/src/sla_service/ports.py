"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from sla_service.domain.agreement import Agreement, PublishedCalendar
from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry
from sla_service.domain.snapshot import SealedCalendar, Snapshot
from sla_service.domain.terms import EntryKind, TermsEntry
from sla_service.domain.version import SlaVersion
from slaclock.contracts.envelope import Event
from slaclock.http.idempotency import KeptAnswer, Slot
from slaclock.http.keeping import AnswerKeeper

__all__ = [
    "AuditEntry",
    "AuditQuestion",
    "Begin",
    "Desk",
    "Draft",
    "SlaRow",
    "Then",
    "Waiting",
    "Work",
]


@dataclass(frozen=True, slots=True)
class Draft:
    """An SLA file as somebody left it; `etag` is the SHA-256 of its canonical bytes."""

    sla_id: str
    document: Mapping[str, Any]
    etag: str
    updated_at: datetime
    updated_by: str


Then: TypeAlias = Callable[[AnswerKeeper, Draft], Awaitable[None]]
"""The last step of a transaction that wrote a draft."""


@dataclass(frozen=True, slots=True)
class SlaRow:
    """An SLA in a list; the version's fields are None until one is published."""

    sla_id: str
    name: str | None
    latest_version: int | None
    status: str | None
    has_draft: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what with what, and when; `position` grows with time."""

    position: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """Which entries of the audit trail; None leaves a field open.

    Attributes:
        subject: an SLA, a contract, an entry of the terms.
        action: one action, such as `sla.published`, or a family, such as `sla`.
        since: UTC instant, included.
        until: UTC instant, excluded.
    """

    subject: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A commercial event that names what is not there (yet)."""

    news: ContractNews
    contract_known: bool

    @property
    def waits_for(self) -> Literal["sla", "contract"]:
        """What has to arrive next."""
        needs_contract = self.news.cause_kind != "quote"
        return "contract" if needs_contract and not self.contract_known else "sla"


class Desk(Protocol):
    """Where people edit and read SLAs, one tenant at a time."""

    async def draft(self, tenant: str, sla_id: str) -> Draft | None:
        """The draft, if there is one."""
        ...

    async def create(
        self,
        tenant: str,
        sla_id: str,
        document: Mapping[str, Any],
        actor: str,
        *,
        then: Then | None = None,
    ) -> Draft | None:
        """A new draft; None where there is one already."""
        ...

    async def replace(  # noqa: PLR0913 - a draft, and what follows
        self,
        tenant: str,
        sla_id: str,
        document: Mapping[str, Any],
        actor: str,
        etag: str,
        *,
        then: Then | None = None,
    ) -> Draft | None:
        """Another document in place of that of *etag*; None where it is not there any more."""
        ...

    async def discard(self, tenant: str, sla_id: str, actor: str, etag: str) -> bool:
        """Remove the draft of *etag*; whether it was there."""
        ...

    async def one(self, tenant: str, sla_id: str) -> SlaRow | None:
        """An SLA, published or not."""
        ...

    async def slas(self, tenant: str, *, after: str | None, limit: int) -> Sequence[SlaRow]:
        """SLAs in the order of their ids, those after *after*."""
        ...

    async def versions(
        self, tenant: str, sla_id: str, *, below: int | None, limit: int
    ) -> Sequence[SlaVersion]:
        """Versions, the newest first, those below *below*."""
        ...

    async def snapshot(self, tenant: str, sla_id: str, version: int) -> tuple[str, bytes] | None:
        """Hash and canonical bytes of a version."""
        ...

    async def audit(
        self, tenant: str, question: AuditQuestion, *, below: int | None, limit: int
    ) -> Sequence[AuditEntry]:
        """What was done, the latest first, entries below the position *below*."""
        ...


class Work(Protocol):
    """One transaction; sees the tenants that it was begun for."""

    async def lock(self, tenants: Collection[str]) -> None:
        """Wait until no other transaction publishes, binds or assigns for *tenants*."""
        ...

    async def now(self) -> datetime:
        """The database's clock (UTC)."""
        ...

    async def draft(self, tenant: str, sla_id: str) -> Draft | None:
        """The draft, if there is one; nobody changes it until the transaction ends."""
        ...

    async def discard_draft(self, tenant: str, draft: Draft) -> None:
        """Remove *draft*."""
        ...

    async def calendars(
        self, tenant: str, wanted: Collection[PublishedCalendar]
    ) -> Mapping[PublishedCalendar, SealedCalendar]:
        """Those of *wanted* that have arrived."""
        ...

    async def newest_calendars(
        self, tenant: str, calendar_ids: Collection[str]
    ) -> Mapping[str, PublishedCalendar]:
        """Of each of *calendar_ids* the newest version that has arrived and is not retired."""
        ...

    async def keep_calendar(self, tenant: str, calendar: SealedCalendar) -> str:
        """Keep a published calendar; answers the hash that is kept under its id and version."""
        ...

    async def retire_calendar(
        self, tenant: str, calendar: PublishedCalendar, name: str
    ) -> str | None:
        """Keep that the version of hash *name* went out of use, unless it is kept with another.

        Answers the hash under which the version is kept; None while it has not arrived.
        """
        ...

    async def latest(self, tenant: str, sla_id: str) -> SlaVersion | None:
        """The newest version, retired or not."""
        ...

    async def version(self, tenant: str, sla_id: str, version: int | None) -> SlaVersion | None:
        """That version; the newest that is not retired when *version* is None."""
        ...

    async def owner_groups(self, tenant: str) -> Mapping[str, str]:
        """The groups of the tenant's OLAs, by the hash of each version."""
        ...

    async def snapshot(self, version: SlaVersion) -> Mapping[str, Any]:
        """The snapshot of a version that is there."""
        ...

    async def published_as(self, version: SlaVersion) -> str | None:
        """SHA-256 of the document that *version* was made of; None where nobody noted it."""
        ...

    async def add_version(
        self, version: SlaVersion, agreement: Agreement, snapshot: Snapshot
    ) -> None:
        """Keep a version for ever."""
        ...

    async def retire(self, version: SlaVersion, actor: str, at: datetime) -> None:
        """Mark a published version as retired."""
        ...

    async def known_news(self, news: ContractNews) -> str | None:
        """What was kept, or waits, under the same entry id says; None where nothing is."""
        ...

    async def customer_of(self, tenant: str, contract_id: str) -> str | None:
        """Whose contract it is; None for one that is not bound."""
        ...

    async def claimed_by(self, tenant: str, contract_id: str) -> str | None:
        """Whose contract it is by any quote, also by one that waits; None without one."""
        ...

    async def add_entry(self, entry: ContractEntry, says: str) -> None:
        """Keep an entry of a contract's history for ever."""
        ...

    async def contract(self, tenant: str, contract_id: str) -> Sequence[ContractEntry]:
        """The history of a contract, in no particular order."""
        ...

    async def contracts_about(
        self, tenant: str, contract_id: str | None, customer_id: str | None
    ) -> Sequence[ContractEntry]:
        """The whole histories of a contract, and of all contracts that are a customer's."""
        ...

    async def contracts(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[ContractEntry]:
        """The latest entry of each contract, by contract id."""
        ...

    async def histories(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[ContractEntry]:
        """The whole histories of the next *limit* contracts after *after*, by contract id."""
        ...

    async def wait(self, news: ContractNews) -> None:
        """Put *news* aside until what it names arrives."""
        ...

    async def take_waiting(
        self, tenant: str, *, sla_id: str | None = None, contract_id: str | None = None
    ) -> Sequence[ContractNews]:
        """Take out what waits for an SLA, or the ends and change orders of a contract."""
        ...

    async def waiting(self, tenant: str, *, limit: int) -> Sequence[Waiting]:
        """What waits, oldest first."""
        ...

    async def terms(self, tenant: str, kind: EntryKind | None = None) -> Sequence[TermsEntry]:
        """All entries in the order of their revision."""
        ...

    async def add_terms(self, entry: TermsEntry) -> None:
        """Keep an entry for ever."""
        ...

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        """Promise *events*, in their order, if the transaction commits."""
        ...

    async def noted(self, tenant: str, action: str, subject: str, *, since: datetime) -> bool:
        """Whether the audit trail has *action* on *subject* at *since* or later."""
        ...

    async def keep_answer(self, slot: Slot, answer: KeptAnswer) -> None:
        """Answer this to whoever sends the request again, if the transaction is committed."""
        ...

    async def note(self, tenant: str, actor: str, action: str, subject: str, **detail: Any) -> None:
        """Add to the audit trail."""
        ...


class Begin(Protocol):
    """Opens a transaction."""

    def __call__(self, tenants: Collection[str]) -> AbstractAsyncContextManager[Work]:
        """Commits when the block ends, rolls everything back when it raises."""
        ...
