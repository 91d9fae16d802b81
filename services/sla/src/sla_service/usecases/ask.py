"""What binds a contract at an instant, with the snapshot that it pins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sla_service.domain.contract import ContractEntry, in_force
from sla_service.ports import Desk, Work
from sla_service.usecases.verify import Tampered, read_pinned

__all__ = ["ContractAnswer", "contract_at"]


@dataclass(frozen=True, slots=True)
class ContractAnswer:
    """What holds at `at`.

    Attributes:
        entry: None before the contract begins, and once its time is over.
        snapshot: canonical bytes of the SLA that is in force; None where none is.
    """

    contract_id: str
    at: datetime
    entry: ContractEntry | None
    snapshot: bytes | None


async def contract_at(
    work: Work, desk: Desk, tenant: str, contract_id: str, at: datetime | None
) -> ContractAnswer | Tampered | None:
    """The answer for *at* (now when None); None for a contract that is not known.

    `Tampered` where the kept bytes do not have the hash that the contract pins: raise its refusal
    once the alarm is committed.
    """
    entries = await work.contract(tenant, contract_id)
    if not entries:
        return None
    at = at or await work.now()
    entry = in_force(entries, at)
    if entry is None or entry.pin is None:
        return ContractAnswer(contract_id, at, entry, None)
    snapshot = await read_pinned(work, desk, tenant, entry.pin)
    if isinstance(snapshot, Tampered):
        return snapshot
    return ContractAnswer(contract_id, at, entry, snapshot)
