"""Everything of a tenant, piece by piece: terms, contracts, SLAs with their versions and drafts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sla_service.domain.contract import ContractEntry
from sla_service.domain.terms import TermsEntry
from sla_service.domain.version import SlaVersion
from sla_service.ports import Begin, Desk, Draft, Waiting
from slaclock.contracts.canonical import sha256_hex

__all__ = ["ContractKept", "Export", "SlaKept", "VersionKept"]

_PAGE: Final = 500
_MOST_WAITING: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ContractKept:
    """A contract with its whole history, oldest first."""

    contract_id: str
    entries: tuple[ContractEntry, ...]


@dataclass(frozen=True, slots=True)
class VersionKept:
    """A version with its canonical bytes; None where these are not what its hash names."""

    version: SlaVersion
    snapshot: bytes | None


@dataclass(frozen=True, slots=True)
class SlaKept:
    """An SLA; its versions follow one by one, as each may be large."""

    sla_id: str
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Export:
    """Reads everything of one tenant, in short transactions.

    What others write meanwhile may be in it or not. Read in the order of these methods, every
    version that a contract or a terms entry names is among the versions: nothing is ever removed.
    """

    begin: Begin
    desk: Desk
    tenant: str

    async def now(self) -> datetime:
        """The database's clock (UTC)."""
        async with self.begin({self.tenant}) as work:
            return await work.now()

    async def terms(self) -> Sequence[TermsEntry]:
        """Default, assignments, status map and settings, in the order of their revision."""
        async with self.begin({self.tenant}) as work:
            return await work.terms(self.tenant)

    async def contracts(self) -> AsyncIterator[ContractKept]:
        """Contracts by id."""
        after: str | None = None
        while True:
            async with self.begin({self.tenant}) as work:
                found = await work.histories(self.tenant, after=after, limit=_PAGE)
            if not found:
                return
            for contract_id, entries in groupby(found, key=lambda entry: entry.contract_id):
                ordered = sorted(entries, key=lambda entry: entry.order)
                yield ContractKept(contract_id, tuple(ordered))
            after = found[-1].contract_id

    async def waiting(self) -> Sequence[Waiting]:
        """Commercial events that name what is not there (yet), oldest first."""
        async with self.begin({self.tenant}) as work:
            return await work.waiting(self.tenant, limit=_MOST_WAITING)

    async def slas(self) -> AsyncIterator[SlaKept]:
        """SLAs by id."""
        after: str | None = None
        while True:
            rows = await self.desk.slas(self.tenant, after=after, limit=_PAGE)
            if not rows:
                return
            for row in rows:
                draft = await self.desk.draft(self.tenant, row.sla_id) if row.has_draft else None
                yield SlaKept(row.sla_id, draft)
            after = rows[-1].sla_id

    async def versions(self, sla_id: str) -> AsyncIterator[VersionKept]:
        """Versions of an SLA, the newest first."""
        below: int | None = None
        while True:
            found = await self.desk.versions(self.tenant, sla_id, below=below, limit=_PAGE)
            if not found:
                return
            for version in found:
                kept = await self.desk.snapshot(self.tenant, sla_id, version.version)
                intact = kept is not None and sha256_hex(kept[1]) == version.hash
                yield VersionKept(version, kept[1] if kept is not None and intact else None)
            below = found[-1].version
