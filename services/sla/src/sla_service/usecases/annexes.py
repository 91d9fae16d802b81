"""What an annex is made from: the bytes that were published, and the contract that pins them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sla_service.domain.contract import ContractEntry, successor
from sla_service.ports import Desk, Work
from sla_service.usecases.ask import contract_at
from sla_service.usecases.verify import Tampered, read_pinned
from slaclock.contracts.instants import rfc3339
from slaclock.errors import Refusal

__all__ = ["Basis", "NothingInForce", "basis_of_contract", "basis_of_version"]


class NothingInForce(Refusal):
    """The contract binds no agreement at that instant, so there is nothing to annex."""

    code = "contract.nothing-in-force"
    status = 404

    def __init__(self, contract_id: str, at: datetime) -> None:
        super().__init__(
            f"contract {contract_id!r} binds no agreement at {rfc3339(at)}; "
            "ask with at for an instant within its time"
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """All that an annex depends on, with the tenant and the release.

    Attributes:
        original: canonical bytes of the snapshot, checked against their hash.
        entry: of the contract's course; None for the version alone.
        successor: the entry that is known to take its place.
    """

    original: bytes
    entry: ContractEntry | None = None
    successor: ContractEntry | None = None


async def basis_of_version(
    work: Work, desk: Desk, tenant: str, sla_id: str, version: int
) -> Basis | Tampered | None:
    """Of a published version, retired or not; None where there is none.

    `Tampered` where the kept bytes do not have the hash of the version: raise its refusal once the
    alarm is committed.
    """
    found = await work.version(tenant, sla_id, version)
    if found is None:
        return None
    original = await read_pinned(work, desk, tenant, found.pin)
    return original if isinstance(original, Tampered) else Basis(original)


async def basis_of_contract(
    work: Work, desk: Desk, tenant: str, contract_id: str, at: datetime | None
) -> Basis | Tampered | None:
    """Of what binds a contract at *at* (now when None); None for a contract that is not known.

    `Tampered` as in `basis_of_version`.

    Raises:
        NothingInForce: it has not begun, its time is over, or it was ended.
    """
    found = await contract_at(work, desk, tenant, contract_id, at)
    if found is None or isinstance(found, Tampered):
        return found
    if found.entry is None or found.snapshot is None:
        raise NothingInForce(contract_id, found.at)
    entries = await work.contract(tenant, contract_id)
    return Basis(found.snapshot, found.entry, successor(entries, found.entry))
