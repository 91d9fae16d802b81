"""The history of a contract: which version of which SLA it binds, from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from slaclock import terms
from slaclock.contracts.instants import from_us, to_us
from slaclock.errors import Refusal
from slaclock.terms import Entry, Kind

__all__ = [
    "CauseKind",
    "ContractConflict",
    "ContractEntry",
    "Mode",
    "Pin",
    "course",
    "in_force",
    "successor",
]

CauseKind: TypeAlias = Literal["quote", "ended", "change_order"]
Mode: TypeAlias = Literal["keep", "from_effective_instant", "from_start"]


class ContractConflict(Refusal):
    """It contradicts what was told before: the same quote, change order or end said otherwise."""

    code = "contract.conflict"
    status = 409


@dataclass(frozen=True, slots=True)
class Pin:
    """A version of an SLA, named by the hash of its snapshot, so that it can only be this one."""

    sla_id: str
    version: int
    hash: str


@dataclass(frozen=True, slots=True)
class ContractEntry:
    """From `effective_from` on the contract binds *pin*, or nothing if that is None.

    Attributes:
        effective_to: excluded; None for an open end, and for a change order, whose end is that
            of the quote which it alters.
        happened_at: when the other system says it happened; of entries that begin together the
            one that happened later decides, whatever came first.
        recorded_at: when we learned of it.
    """

    tenant: str
    contract_id: str
    entry_id: UUID
    customer_id: str
    pin: Pin | None
    effective_from: datetime
    effective_to: datetime | None
    mode: Mode
    cause_kind: CauseKind
    cause_id: str
    happened_at: datetime
    source: str
    event_id: str
    recorded_at: datetime | None = None

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Earlier entries stand before later ones, whatever came first."""
        return self.effective_from, self.happened_at, str(self.entry_id)

    @property
    def entry(self) -> Entry:
        """The same as everybody's resolution of terms takes it."""
        until = self.effective_to
        return Entry(
            entry_id=str(self.entry_id),
            kind=Kind.CONTRACT,
            effective_from=to_us(self.effective_from),
            effective_to=None if until is None else to_us(until),
            recorded=0,
            said=to_us(self.happened_at),
            mode=terms.Mode(self.mode),
            agreement=None if self.pin is None else self.pin.hash,
            contract_id=self.contract_id,
            customer_id=self.customer_id,
            cause=terms.CauseKind(self.cause_kind),
        )


def course(entries: Iterable[ContractEntry]) -> list[ContractEntry]:
    """Those of a contract's *entries* that have a say, in order.

    A change order has the `effective_to` of the quote that it alters; one at an instant at which
    no quote runs is left out.
    """
    by_id = {str(entry.entry_id): entry for entry in entries}
    found = terms.course_of(entry.entry for entry in by_id.values())
    return [_until(by_id[entry.entry_id], entry.effective_to) for entry in found]


def in_force(entries: Iterable[ContractEntry], at: datetime) -> ContractEntry | None:
    """The entry that decides at *at*; None before the first one, or once its time is over.

    An entry that ends the contract is answered: its `pin` is None.
    """
    by_id = {str(entry.entry_id): entry for entry in course(entries)}
    found = terms.in_force([entry.entry for entry in by_id.values()], to_us(at))
    return None if found is None else by_id[found.entry_id]


def successor(entries: Iterable[ContractEntry], entry: ContractEntry) -> ContractEntry | None:
    """The one of a contract's *entries* that takes the place of *entry* before its time is over.

    None where its time ends first, or nothing is known to follow.
    """
    for later in course(entries):
        if later.effective_from > entry.effective_from:
            until = entry.effective_to
            return later if until is None or later.effective_from < until else None
    return None


def _until(entry: ContractEntry, until: int | None) -> ContractEntry:
    return replace(entry, effective_to=None if until is None else from_us(until))
