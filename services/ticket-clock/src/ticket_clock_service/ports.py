"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.envelope import Event
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.received import Received
from ticket_clock_service.domain.comparing import StoredTicket
from ticket_clock_service.domain.concern import OpenClock
from ticket_clock_service.domain.ledger import Announcement, Ledger

Key = tuple[str, str]
"""(tenant, ticket id): the order in which tickets are locked."""

Told = tuple[Key, Announcement]
"""A row of a ticket's ledger."""


class Reported(Struct, frozen=True, gc=False, eq=False):
    """A fact as another system reported it. The same one may come in several messages.

    Attributes:
        key: whose fact it is.
        fact_key: SHA-256 of the JSON array [source, id].
        at_us: when it happened, microseconds since 1970.
        content_hash: SHA-256 over everything that must not differ under the same identity.
        origin: `import` for facts that never notify people.
        message: where it came from, for parking.
        spelled: canonical JSON of `data`, where somebody has made it already.
    """

    key: Key
    fact_key: bytes
    source: str
    event_id: str
    kind: str
    at_us: int
    sequence: int
    data: Mapping[str, Any]
    content_hash: bytes
    origin: str | None
    correlation_id: str | None
    message: Received | None = None
    spelled: bytes | None = None

    def __repr__(self) -> str:
        """Without what it says, which belongs in no log."""
        return f"Reported({self.key!r}, {self.source!r}, {self.event_id!r})"

    @property
    def tenant(self) -> str:
        """Whose ticket it is about."""
        return self.key[0]

    @property
    def ticket_id(self) -> str:
        """The ticket it is about."""
        return self.key[1]

    @property
    def identity(self) -> tuple[str, str, bytes]:
        """The primary key of the fact."""
        return *self.key, self.fact_key


class Ticket(Struct, gc=False):
    """A locked row: read, reconciled, saved. Instants are aware UTC or microseconds (`_us`)."""

    tenant_id: str
    ticket_id: str
    revision: int
    sequence: int
    state: bytes | None
    terms_revision: int
    fold_version: int
    recorded_at: datetime | None
    fact_count: int
    next_due_at: datetime | None
    import_id: str | None
    importing_until: datetime | None
    historical_until: datetime | None
    is_open: bool
    clock_state: str
    fault: str | None
    seal: bytes | None

    @property
    def key(self) -> Key:
        """Its place in the locking order."""
        return self.tenant_id, self.ticket_id


class Revision(Struct, frozen=True, gc=False):
    """A row of the audit: why a ticket changed, and to what. See `domain.audit`.

    Attributes:
        because: canonical JSON: the facts, or the person, that did it.
        changes: canonical JSON: the clocks after each change, as they were told.
        seal: over this row and the one before it.
    """

    ticket: Key
    revision: int
    recorded_at: datetime
    terms_revision: int
    cause: str
    because: bytes
    changes: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class TermsRow:
    """An entry of a tenant's terms, as told by the sla service."""

    tenant: str
    terms_revision: int
    entry_id: str
    kind: str
    effective_from: datetime
    said_at: datetime
    recorded_at: datetime
    mode: str
    body: Mapping[str, Any]


class Work(Protocol):
    """One transaction over the tickets of its tenants."""

    async def lock(
        self, keys: Collection[Key], *, create: bool, wait: bool = False
    ) -> list[Ticket]:
        """Lock tickets in key order; with *create*, make the missing ones.

        Tickets that somebody else holds are left out, unless *create* or *wait* asks for all.
        """

    async def claim(self, keys: Collection[Key], new: Collection[Key]) -> list[Ticket]:
        """Lock those of *keys* that nobody else holds; *new*, some of them, are made where missing.

        It waits only for somebody who is making one of *new*, and meanwhile holds only those that
        it made before that one, in key order: nobody waits in a circle.
        """

    async def now_and_terms(self, tenants: Collection[str]) -> tuple[datetime, dict[str, int]]:
        """The database's clock, read under the locks, and each tenant's terms revision."""

    async def keep_facts(
        self, facts: Sequence[Reported], recorded_at: Mapping[Key, datetime]
    ) -> tuple[list[Reported], list[Reported]]:
        """Store facts; answers (those that are new, those that contradict a stored one)."""

    async def contents(self, facts: Sequence[Reported]) -> dict[tuple[str, str, bytes], bytes]:
        """Content hashes of those facts that are stored, by identity."""

    async def last_imported(
        self, runs: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], datetime]:
        """When the latest fact of each import was recorded, by (tenant, run id)."""

    async def history(self, keys: Collection[Key]) -> dict[Key, list[Mapping[str, Any]]]:
        """All facts of tickets, in folding order."""

    async def ledger(self, keys: Collection[Key]) -> dict[Key, Ledger]:
        """What has been told of tickets; a ticket of which nothing was is left out."""

    async def save(
        self,
        tickets: Sequence[Ticket],
        *,
        revisions: Sequence[Revision],
        announced: Sequence[Told],
        amended: Sequence[Told],
        outgoing: Sequence[Outgoing],
    ) -> None:
        """Store what changed, and promise the messages about it."""

    async def note_unbound(self, found: Sequence[Key], healed: Sequence[Key]) -> None:
        """Remember tickets that nothing binds, and those that something binds again."""

    async def park(self, durable: str, found: Sequence[tuple[Received, BaseException]]) -> None:
        """Set messages aside in this same transaction."""

    async def terms(self, tenants: Collection[str]) -> dict[str, list[TermsRow]]:
        """All terms of tenants, in the order in which they were learnt."""

    async def snapshots(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Bodies of snapshots by (tenant, hash), as stored."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry of the terms as stored, with the hash of what was told."""

    terms_revision: int
    entry_id: str
    kind: str
    content_hash: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of the audit as stored; see `domain.audit`.

    Attributes:
        entry_id: of the last entry of the terms that had been learnt by then.
        seal: None for rows from before audits were sealed.
    """

    ticket: Key
    revision: int
    recorded_at: datetime
    terms_revision: int
    cause: str
    because: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]]
    seal: bytes | None
    entry_id: str | None = None


class Sealed(Protocol):
    """What verification reads beside: rows with what seals them."""

    async def sealed_history(self, keys: Collection[Key]) -> dict[Key, list[Mapping[str, Any]]]:
        """As `history`, with the keys and content hashes under which facts are stored."""

    async def names_told(self, keys: Collection[Key]) -> dict[Key, list[tuple[UUID, Announcement]]]:
        """The rows of tickets' ledgers, each with the name under which it is stored."""

    async def revisions_kept(self, keys: Collection[Key]) -> dict[Key, tuple[int, int]]:
        """How many revisions there are of each ticket, and the last one."""

    async def audits(self, keys: Collection[Key]) -> dict[Key, list[AuditRow]]:
        """The audit of tickets, in the order of their revisions."""

    async def unsealed_snapshots(self, tenant: str) -> dict[str, str]:
        """Snapshots that are not what their hashes name: the hash, and what they hash to."""

    async def snapshots_kept(self, tenant: str, hashes: Collection[str]) -> set[str]:
        """Those of *hashes* whose snapshots are stored."""

    async def sealed_terms(self, tenant: str) -> Sequence[SealedEntry]:
        """All entries of a tenant, in the order in which they were learnt."""

    async def lost_tickets(self, tenant: str) -> Sequence[str]:
        """Tickets that were reported to be opened, and have no row; the first hundred."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which tickets a list is about.

    Attributes:
        state: what their clocks do; None for any.
        texts: parts of a stored picture, as bytes, that theirs have.
        window: tickets to look through at most; None where all that are read are found.
    """

    state: str | None
    texts: tuple[bytes, ...] = ()
    window: int | None = None


class Reading(Work, Sealed, Protocol):
    """What answers are made of; nothing is locked."""

    async def read(self, tenant: str, ticket_ids: Collection[str]) -> list[Ticket]:
        """Tickets as they stand; those unknown are left out."""

    async def page(self, tenant: str, state: str | None, after: str, limit: int) -> list[Ticket]:
        """Tickets in the order of their ids, from behind *after* on."""

    async def search(
        self, tenant: str, sought: Sought, after: str, limit: int
    ) -> tuple[list[Ticket], str | None]:
        """As `page`, of those sought; and the id to go on behind, None if nothing follows."""

    async def open_page(self, tenant: str, after: str, limit: int) -> list[Ticket]:
        """Tickets with an open clock, bound or not, in the order of their ids, behind *after*."""

    async def count(self, tenant: str) -> int:
        """How many tickets a tenant has."""

    async def facts_by(self, key: Key, known_at: datetime) -> list[Mapping[str, Any]]:
        """Facts of a ticket that were recorded by an instant, in folding order."""

    async def revision_by(self, key: Key, known_at: datetime) -> int:
        """The ticket's revision as recorded by an instant; 0 before the first."""

    async def snapshots_by(
        self, tenant: str, hashes: Collection[str], known_at: datetime
    ) -> set[str]:
        """Those of a tenant's snapshots that were recorded by an instant."""


class SimulationWork(Reading, Protocol):
    """One transaction for reading, every statement of which sees the same."""

    async def count_opened(self, tenant: str, from_us: int, to_us: int) -> int:
        """Tickets whose first opening was reported for an instant in [from, to)."""

    def opened(
        self, tenant: str, from_us: int, to_us: int, page: int
    ) -> AsyncGenerator[Sequence[StoredTicket], None]:
        """These tickets in the order of their openings, a page at a time."""

    async def any_naming(
        self, tenant: str, from_us: int, to_us: int, hashes: Collection[str]
    ) -> bool:
        """Whether the stored picture of one of these tickets names one of these hashes."""


class TermsWork(Protocol):
    """One transaction over the terms of its tenants."""

    async def keep_snapshots(self, snapshots: Sequence[Any]) -> set[str]:
        """Store snapshots by hash; answers the tenants whose terms waited for a new one."""

    async def lock_terms(self, tenants: Collection[str]) -> tuple[dict[str, int], datetime]:
        """Lock the terms of tenants in the order of their names.

        Answers their revisions, and the database's clock, read under the locks: later than
        everything recorded of them.
        """

    async def known_terms(self, entries: Sequence[Any]) -> set[tuple[str, str, str]]:
        """(tenant, entry id, content hash) of the stored entries with these ids."""

    async def keep_terms(
        self,
        fresh: Sequence[tuple[int, Any]],
        revisions: Mapping[str, int],
        recorded_at: datetime,
    ) -> None:
        """Store entries with their revisions, and the tenants' new revisions."""


@dataclass(frozen=True, slots=True)
class KnownAgreement:
    """A published SLA version, by the hash of its snapshot."""

    hash: str
    sla_id: str
    version: int


class AdvisoryWork(Protocol):
    """One transaction of one tenant, in which operators are told of something."""

    async def was_told(self, advisory_id: str) -> bool:
        """Whether this advisory was promised before."""

    async def agreements_with(self, calendar_hash: str) -> Sequence[KnownAgreement]:
        """Published SLAs that embed a calendar."""

    async def body(self, agreement: str) -> bytes:
        """The snapshot of one of them."""

    async def clocks_in(self, calendar_hash: str) -> Sequence[OpenClock]:
        """All active and paused clocks whose present target that calendar measures."""

    async def now(self) -> datetime:
        """The database's clock."""

    async def emit(self, event: Event[AdvisoryRaised]) -> bool:
        """Promise the advisory, if the transaction commits; False where it was promised before."""


class Wakes(Protocol):
    """What background loops may see across tenants: keys and instants."""

    async def next_due(self) -> tuple[datetime | None, datetime]:
        """The earliest instant at which a ticket is due, and the database's clock."""

    async def due(
        self, horizon: datetime | None, *, without: Collection[str], most: int
    ) -> list[Key]:
        """Tickets due by now, and by *horizon*, oldest first, not of the tenants *without*."""

    async def behind(self, most: int) -> list[Key]:
        """Tickets whose terms have changed since they were folded."""


class Imports(Protocol):
    """The end of imports; a run is named by the `correlationid` of its facts."""

    async def end(self, tenant: str, run_id: str) -> None:
        """The run is over: its tickets may be judged."""

    async def left(self, tenant: str, run_id: str) -> int:
        """Tickets of the run that have not been judged yet."""

    async def counted(self, tenant: str, run_id: str) -> tuple[int, int]:
        """Facts and tickets that the run has brought."""


class Begin(Protocol):
    """Opens a transaction that sees *tenants* only."""

    def __call__(self, tenants: Collection[str]) -> AbstractAsyncContextManager[Work]:
        """Commit when the block ends, roll back when it raises."""
