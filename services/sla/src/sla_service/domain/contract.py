"""The history of a contract: which version of which SLA it binds, from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from slaclock.errors import Refusal

__all__ = ["CauseKind", "ContractConflict", "ContractEntry", "Mode", "Pin", "in_force"]

CauseKind: TypeAlias = Literal["quote", "ended", "change_order"]
Mode: TypeAlias = Literal["keep", "from_effective_instant", "from_start"]


class ContractConflict(Refusal):
    """The same quote, or the same end, came before with other content."""

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
        effective_to: excluded; None for an open end.
        happened_at: when the other system says it happened; with `source` and `event_id` it
            decides between entries that begin together, whatever came first.
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
    def order(self) -> tuple[datetime, datetime, str, str]:
        """Later entries stand before earlier ones."""
        return self.effective_from, self.happened_at, self.source, self.event_id


def in_force(entries: Iterable[ContractEntry], at: datetime) -> ContractEntry | None:
    """The entry that decides at *at*; None before the first one, or once its time is over.

    An entry that ends the contract is answered: its `pin` is None.
    """
    begun = [entry for entry in entries if entry.effective_from <= at]
    if not begun:
        return None
    last = max(begun, key=lambda entry: entry.order)
    over = last.effective_to is not None and last.effective_to <= at
    return None if over else last
