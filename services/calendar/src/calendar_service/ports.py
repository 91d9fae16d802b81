"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from calendar_service.domain.version import CalendarVersion, Snapshot
from slaclock.contracts.envelope import Event

__all__ = ["Begin", "CalendarRow", "Desk", "Draft", "Work"]


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

    async def discard(self, tenant: str, calendar_id: str, etag: str) -> bool:
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

    async def snapshot(
        self, tenant: str, calendar_id: str, version: int
    ) -> tuple[str, bytes] | None:
        """Hash and canonical bytes of a version."""
        ...


class Work(Protocol):
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

    async def discard_draft(self, draft: Draft) -> None:
        """Remove *draft*, unless it was changed meanwhile."""
        ...

    async def latest(self, calendar_id: str) -> CalendarVersion | None:
        """The newest version, retired or not."""
        ...

    async def version(self, calendar_id: str, version: int) -> CalendarVersion | None:
        """That version."""
        ...

    async def add_version(self, version: CalendarVersion, snapshot: Snapshot) -> None:
        """Keep a version for ever."""
        ...

    async def retire(self, version: CalendarVersion, actor: str, at: datetime) -> None:
        """Mark a published version as retired."""
        ...

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        """Promise *events*, in their order, if the transaction commits."""
        ...

    async def note(self, actor: str, action: str, subject: str, **detail: Any) -> None:
        """Add to the audit trail."""
        ...


class Begin(Protocol):
    """Opens a transaction of one tenant."""

    def __call__(self, tenant: str) -> AbstractAsyncContextManager[Work]:
        """Commits when the block ends, rolls everything back when it raises."""
        ...
