"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from calendar_service.domain.sets import SetVersion, SetWish
from calendar_service.domain.version import CalendarVersion, Snapshot, WholeVersion
from slaclock.contracts.envelope import Event
from slaclock.http.idempotency import KeptAnswer, Slot

__all__ = [
    "AuditEntry",
    "Begin",
    "CalendarRow",
    "Desk",
    "Draft",
    "PublishedSet",
    "SetRow",
    "SetWork",
    "Use",
    "UsingVersion",
    "Work",
]


@dataclass(frozen=True, slots=True)
class Draft:
    """A calendar as somebody left it; `etag` is the SHA-256 of its canonical bytes."""

    calendar_id: str
    document: Mapping[str, Any]
    etag: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar in a list; the version's fields are None until one is published."""

    calendar_id: str
    name: str | None
    timezone: str | None
    latest_version: int | None
    status: str | None
    has_draft: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, and when; `position` grows with time."""

    position: int
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """A version of a holiday set, and who published it."""

    of: SetVersion
    name: str
    note: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class SetRow:
    """A holiday set in a list, by its newest version; `used_by` counts calendars."""

    set_id: str
    name: str
    latest_version: int
    hash: str
    published_at: datetime
    used_by: int


@dataclass(frozen=True, slots=True)
class Use:
    """A calendar whose newest published version uses a set."""

    calendar_id: str
    version: int
    set_version: int
    pinned: bool


@dataclass(frozen=True, slots=True)
class UsingVersion:
    """A version of a calendar that uses sets, as it is kept.

    Attributes:
        snapshot, document: canonical JSON; there may be many, so whoever needs one parses it.
        sets: ids and versions of those that went into it.
    """

    snapshot: bytes
    document: bytes
    sets: tuple[tuple[str, int], ...]


class Desk(Protocol):
    """Where people edit and read calendars, one tenant at a time."""

    async def draft(self, tenant: str, calendar_id: str) -> Draft | None:
        """The draft, if there is one."""
        ...

    async def create(
        self, tenant: str, calendar_id: str, document: Mapping[str, Any], actor: str
    ) -> Draft | None:
        """A new draft; None where there is one already."""
        ...

    async def replace(
        self, tenant: str, calendar_id: str, document: Mapping[str, Any], actor: str, etag: str
    ) -> Draft | None:
        """Another document in place of that of *etag*; None where it is not there any more."""
        ...

    async def discard(self, tenant: str, calendar_id: str, actor: str, etag: str) -> bool:
        """Remove the draft of *etag*; whether it was there."""
        ...

    async def one(self, tenant: str, calendar_id: str) -> CalendarRow | None:
        """A calendar, published or not."""
        ...

    async def calendars(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[CalendarRow]:
        """Calendars in the order of their ids, those after *after*."""
        ...

    async def versions(
        self, tenant: str, calendar_id: str, *, below: int | None, limit: int
    ) -> Sequence[CalendarVersion]:
        """Versions, the newest first, those below *below*."""
        ...

    async def newest(self, tenant: str, calendar_id: str) -> int | None:
        """Number of the newest version that is not retired."""
        ...

    async def snapshot(
        self, tenant: str, calendar_id: str, version: int
    ) -> tuple[str, bytes] | None:
        """Hash and canonical bytes of a version."""
        ...


class SetWork(Protocol):
    """What a transaction does with holiday sets."""

    async def lock_set(self, set_id: str) -> None:
        """Wait until nobody else publishes *set_id*, or a calendar that uses it."""
        ...

    async def hold_sets(self, set_ids: Collection[str]) -> None:
        """Keep others from publishing these sets until the end; several may hold one."""
        ...

    async def set_version(self, set_id: str, version: int | None) -> PublishedSet | None:
        """That version, or the newest where none is given."""
        ...

    async def add_set_version(self, made: PublishedSet) -> None:
        """Keep a version of a set for ever."""
        ...

    async def sets(self, wishes: Sequence[SetWish]) -> Mapping[str, SetVersion]:
        """By id, the version of each wish, or the newest where there is no such; none unknown."""
        ...

    async def set_rows(self, *, after: str | None, limit: int) -> Sequence[SetRow]:
        """Sets in the order of their ids, those after *after*."""
        ...

    async def set_versions(
        self, set_id: str, *, below: int | None, limit: int
    ) -> Sequence[PublishedSet]:
        """Versions of a set, the newest first, those below *below*."""
        ...

    async def users(self, set_id: str, *, after: str | None, limit: int | None) -> Sequence[Use]:
        """Calendars whose newest published version uses the set, in the order of their ids."""
        ...

    async def using(self, uses: Sequence[Use]) -> Mapping[str, UsingVersion]:
        """The versions of *uses* by their calendars; all of them are there."""
        ...

    async def known_sets(
        self, names: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], SetVersion]:
        """Versions of sets by id and number; all of them are there."""
        ...


class Work(SetWork, Protocol):
    """One transaction of one tenant."""

    async def lock(self, calendar_id: str) -> None:
        """Wait until no other transaction publishes *calendar_id*."""
        ...

    async def now(self) -> datetime:
        """The database's clock (UTC)."""
        ...

    async def draft(self, calendar_id: str) -> Draft | None:
        """The draft, if there is one."""
        ...

    async def lock_draft(self, calendar_id: str) -> Draft | None:
        """The draft, which nobody else may change until the end of the transaction."""
        ...

    async def discard_draft(self, draft: Draft) -> None:
        """Remove *draft*, unless it was changed meanwhile."""
        ...

    async def latest(self, calendar_id: str) -> CalendarVersion | None:
        """The newest version, retired or not."""
        ...

    async def version(self, calendar_id: str, version: int) -> CalendarVersion | None:
        """That version."""
        ...

    async def whole(self, calendar_id: str, version: int | None) -> WholeVersion | None:
        """That version, or the newest where none is given, with all that it says."""
        ...

    async def add_version(
        self, version: CalendarVersion, snapshot: Snapshot, document: Mapping[str, Any]
    ) -> None:
        """Keep a version for ever, with the document that it was made from."""
        ...

    async def retire(self, version: CalendarVersion, actor: str, at: datetime) -> None:
        """Mark a published version as retired."""
        ...

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        """Promise *events*, in their order, if the transaction commits."""
        ...

    async def keep_answer(self, slot: Slot, answer: KeptAnswer) -> None:
        """Answer this to whoever sends the request again, if the transaction is committed."""
        ...

    async def note(self, actor: str, action: str, subject: str, **detail: Any) -> None:
        """Add to the audit trail."""
        ...

    async def audit(
        self, calendar_id: str, *, below: int | None, limit: int
    ) -> Sequence[AuditEntry]:
        """What was done with a calendar, the latest first, entries below *below*."""
        ...


class Begin(Protocol):
    """Opens a transaction of one tenant."""

    def __call__(self, tenant: str) -> AbstractAsyncContextManager[Work]:
        """Commits when the block ends, rolls everything back when it raises."""
        ...
