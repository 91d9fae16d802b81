"""Rulebooks of tenants, kept from batch to batch: made once per revision of their terms."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from slaclock.business_time.calendar import BusinessCalendar
from slaclock.contracts.canonical import sha256_hex
from slaclock.contracts.instants import to_us
from slaclock.errors import Fault, Refusal
from ticket_clock_service.domain.agreement import Agreement
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.terms import Entry, Terms
from ticket_clock_service.ports import TermsRow, Work

TENANTS_KEPT = 2_000
AGREEMENTS_KEPT = 5_000


class UnusableSnapshot(Refusal):
    """An SLA snapshot without what clocks need."""

    code = "snapshot.unusable"


class TamperedRow(Refusal):
    """A stored snapshot is not what its hash names: nothing is computed with it."""

    code = "snapshot.tampered"


def agreement_of(digest: str, snapshot: Mapping[str, Any]) -> Agreement:
    """The agreement in an SLA snapshot.

    Raises:
        UnusableSnapshot: it cannot be computed with.
    """
    try:
        return Agreement.from_snapshot(digest, snapshot, BusinessCalendar.from_snapshot)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableSnapshot(f"snapshot {digest}: {type(error).__name__} {error}") from error


class Rulebooks:
    """A cache in one process; everything in it is immutable and named by revision or hash."""

    def __init__(self) -> None:
        self._rulebooks: OrderedDict[str, tuple[int, Rulebook]] = OrderedDict()
        self._agreements: OrderedDict[tuple[str, str], Agreement] = OrderedDict()

    async def of(self, work: Work, revisions: Mapping[str, int]) -> dict[str, Rulebook]:
        """Rulebooks of tenants at the given revisions of their terms; at most two statements.

        Raises:
            TamperedRow: a stored snapshot does not have its hash.
        """
        stale = [
            tenant
            for tenant, revision in revisions.items()
            if tenant not in self._rulebooks or self._rulebooks[tenant][0] != revision
        ]
        if stale:
            rows = await work.terms(stale)
            await self._fetch_agreements(work, rows)
            for tenant in stale:
                self._keep(tenant, revisions[tenant], self.made(tenant, rows[tenant]))
        for tenant in revisions:
            self._rulebooks.move_to_end(tenant)
        return {tenant: self._rulebooks[tenant][1] for tenant in revisions}

    async def as_known(self, work: Work, tenant: str, rows: list[TermsRow]) -> Rulebook:
        """The rulebook that *rows* alone make, such as those recorded by an earlier instant."""
        await self._fetch_agreements(work, {tenant: rows})
        return self.made(tenant, rows)

    def made(self, tenant: str, rows: list[TermsRow]) -> Rulebook:
        """A rulebook of entries whose agreements have been fetched."""
        entries = [
            Entry.from_body(
                row.kind, row.body, recorded=row.terms_revision, said=to_us(row.said_at)
            )
            for row in rows
        ]
        named = {entry.agreement for entry in entries if entry.agreement is not None}
        agreements = {
            digest: self._agreements[tenant, digest]
            for digest in named
            if (tenant, digest) in self._agreements
        }
        return Rulebook(Terms.of(entries), agreements)

    def _keep(self, tenant: str, revision: int, rulebook: Rulebook) -> None:
        self._rulebooks[tenant] = (revision, rulebook)
        while len(self._rulebooks) > TENANTS_KEPT:
            self._rulebooks.popitem(last=False)

    async def _fetch_agreements(self, work: Work, rows: Mapping[str, list[TermsRow]]) -> None:
        wanted = {
            (tenant, str(row.body["agreement"]))
            for tenant, entries in rows.items()
            for row in entries
            if row.body.get("agreement") is not None
        }
        missing = wanted - self._agreements.keys()
        if not missing:
            return
        for (tenant, digest), body in (await work.snapshots(missing)).items():
            if sha256_hex(body) != digest:
                raise TamperedRow(
                    faults=[
                        Fault(
                            "snapshot.body",
                            digest,
                            f"its SHA-256 is {sha256_hex(body)}",
                            "restore the row from a backup, or from the stream AGREEMENT",
                            TamperedRow.code,
                        )
                    ]
                )
            self._agreements[tenant, digest] = agreement_of(digest, orjson.loads(body))
        while len(self._agreements) > AGREEMENTS_KEPT:
            self._agreements.popitem(last=False)
