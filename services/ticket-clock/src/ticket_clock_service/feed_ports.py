"""What telling of tickets needs from outside: advisories, the feed, the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.envelope import Event
from ticket_clock_service.ports import AuditRow, Key


@dataclass(frozen=True, slots=True)
class Untold:
    """Tickets that nothing binds, of which nobody had been told.

    Attributes:
        count: how many.
        tickets: ids of the first, in the order in which they were found.
        first, last: when the first and the last of all were found, UTC.
    """

    count: int
    tickets: Sequence[str]
    first: datetime
    last: datetime


class Unbound(Protocol):
    """One transaction of one tenant, in which operators are told of tickets that nothing binds."""

    async def may_tell(self, pause: timedelta) -> bool:
        """Whether the tenant was told of none for so long; others wait until this one ends."""

    async def take_untold(self, settle: timedelta, listed: int) -> Untold | None:
        """Those nobody was told of, found *settle* ago or earlier; at most *listed* by name.

        They, and the tenant, count as told from now on. None where there are none.
        """

    async def now(self) -> datetime:
        """The database's clock."""

    async def emit(self, event: Event[AdvisoryRaised]) -> None:
        """Promise the advisory, if the transaction commits."""


@dataclass(frozen=True, slots=True)
class Escalated:
    """What escalation told of one of its effects. Instants in microseconds since 1970.

    Attributes:
        event_id: of the event that told it; a second one of the same id says nothing new.
        kind: `raised`, `delivered`, `failed`, `acknowledged` or `withdrawn`.
        channel: how; whom is not kept.
        reason: why it was withdrawn.
    """

    tenant: str
    ticket_id: str
    event_id: str
    kind: str
    at_us: int
    metric: str
    cycle: str
    threshold: str
    announcement_id: str
    effect_id: str
    rule_id: str
    channel: str
    level: int | None = None
    repeat: int = 0
    attempt: int | None = None
    reason: str | None = None


class Feed(Protocol):
    """One transaction over what escalation did, and over the audit."""

    async def keep(self, told: Sequence[Escalated]) -> None:
        """Store what escalation told; what is known already is left."""

    async def escalated(self, key: Key) -> list[Escalated]:
        """What it told of a ticket, in the order in which it happened."""

    async def audit_of_ticket(self, key: Key, after: int, limit: int) -> list[AuditRow]:
        """The audit of a ticket, from behind revision *after* on."""

    async def audit_of_tenant(
        self, tenant: str, after: tuple[datetime, str, int], until: datetime, limit: int
    ) -> list[AuditRow]:
        """The audit of a tenant in the order of writing, behind *after*, before *until*."""
