"""A database made up of a few rows, which workflows wake tickets in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ticket_clock_service.timer_ports import Arming, BackendDown, Change, Woken


def now() -> datetime:
    return datetime.now(UTC)


def soon(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Row:
    revision: int
    due: tuple[datetime, ...] = ()
    closed: bool = False


@dataclass
class Tickets:
    """Rows of a tenant's tickets; each wake-up that finds one due takes its first instant away.

    Attributes:
        woken: (ticket, the revision that the alarm knew, its result) of every wake-up.
        judged: (ticket, due, when) of those that found something to do.
        away: raised instead of an answer.
        held: due, but nothing may be judged now.
    """

    tenant: str = "acme"
    rows: dict[str, Row] = field(default_factory=dict)
    woken: list[tuple[str, int, str]] = field(default_factory=list)
    judged: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    away: Exception | None = None
    held: bool = False

    def put(self, ticket: str, *due: datetime, closed: bool = False) -> None:
        """The ticket changed."""
        revision = self.rows[ticket].revision + 1 if ticket in self.rows else 1
        self.rows[ticket] = Row(revision, due, closed)

    def arming(self, ticket: str, change: Change = "rearm") -> Arming:
        """As the armer reads it."""
        row = self.rows[ticket]
        due = row.due[0] if row.due else None
        return Arming(self.tenant, ticket, row.revision, due, row.closed, change)

    async def wake(self, tenant: str, ticket: str, revision: int) -> Woken:
        """See `Waking.wake`."""
        assert tenant == self.tenant
        if self.away is not None:
            raise self.away
        woken = self._woken(ticket, revision)
        self.woken.append((ticket, revision, woken.result))
        return woken

    def _woken(self, ticket: str, revision: int) -> Woken:
        row = self.rows.get(ticket)
        if row is None:
            return Woken(revision + 1, None, closed=True, result="gone")
        due = row.due[0] if row.due else None
        if row.closed:
            return Woken(row.revision, None, closed=True, result="closed")
        if row.revision < revision:
            return Woken(row.revision, due, closed=False, result="behind")
        if due is None or due > now():
            return Woken(row.revision, due, closed=False, result="early")
        if self.held:
            return Woken(row.revision, due, closed=False, result="held")
        self.judged.append((ticket, due, now()))
        row = self.rows[ticket] = replace(row, revision=row.revision + 1, due=row.due[1:])
        next_due = row.due[0] if row.due else None
        return Woken(row.revision, next_due, closed=False, result="judged")

    def fired(self, ticket: str) -> list[datetime]:
        """The instants that were judged, in order."""
        return [due for name, due, _ in self.judged if name == ticket]


__all__ = ["BackendDown", "Row", "Tickets", "now", "soon"]
