"""Rulebooks of tenants, kept from batch to batch: made once per revision of their terms."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from slaclock.business_time.calendar import BusinessCalendar
from slaclock.contracts.canonical import sha256_hex
from slaclock.contracts.instants import to_us
from slaclock.errors import Fault, Refusal
from slaclock.terms import Entry
from ticket_clock_service.domain.agreement import Agreement
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Reading, TermsRow, Work

TENANTS_KEPT = 2_000
AGREEMENTS_KEPT = 5_000


class UnusableSnapshot(Refusal):
    """An SLA snapshot without what clocks need."""

    code = "snapshot.unusable"


class UnusableTerms(Refusal):
    """Stored terms that this release cannot read."""

    code = "terms.unusable"


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

    def made(self, tenant: str, revision: int) -> Rulebook | None:
        """The rulebook of a tenant at a revision of its terms, if it has been made before."""
        kept = self._rulebooks.get(tenant)
        if kept is None or kept[0] != revision:
            return None
        self._rulebooks.move_to_end(tenant)
        return kept[1]

    async def of(self, work: Work, revisions: Mapping[str, int]) -> dict[str, Rulebook]:
        """Rulebooks of tenants at the given revisions of their terms; at most two statements.

        Raises:
            TamperedRow: a stored snapshot does not have its hash.
            UnusableTerms, UnusableSnapshot: something stored cannot be computed with.
        """
        found: dict[str, Rulebook] = {}
        for tenant, rulebook in (await self.each(work, revisions)).items():
            if isinstance(rulebook, Refusal):
                raise rulebook
            found[tenant] = rulebook
        return found

    async def each(self, work: Work, revisions: Mapping[str, int]) -> dict[str, Rulebook | Refusal]:
        """The same; a tenant whose terms cannot be computed with gets the reason instead."""
        found: dict[str, Rulebook | Refusal] = {}
        for tenant, revision in revisions.items():
            if (kept := self.made(tenant, revision)) is not None:
                found[tenant] = kept
        stale = [tenant for tenant in revisions if tenant not in found]
        if not stale:
            return found
        told = await work.terms(stale)
        rows = {  # of later revisions there may be more by now
            tenant: [row for row in told[tenant] if row.terms_revision <= revisions[tenant]]
            for tenant in stale
        }
        agreements = await self._agreements_of(work, rows)
        for tenant in stale:
            made = _made(tenant, rows[tenant], agreements[tenant])
            found[tenant] = made
            if isinstance(made, Rulebook):
                self._keep(tenant, revisions[tenant], made)
        return found

    async def as_known(
        self, work: Reading, tenant: str, rows: Sequence[TermsRow], known_at: datetime
    ) -> Rulebook:
        """The rulebook that those of *rows* make that were recorded by an instant.

        Raises:
            Refusal: as `of`.
        """
        known = [row for row in rows if row.recorded_at <= known_at]
        agreements = (await self._agreements_of(work, {tenant: known}))[tenant]
        arrived = await work.snapshots_by(tenant, agreements, known_at)
        made = _made(tenant, known, {name: agreements[name] for name in arrived})
        if isinstance(made, Refusal):
            raise made
        return made

    async def drafted(
        self, work: Work, tenant: str, rows: Sequence[TermsRow], draft: TermsRow
    ) -> tuple[Rulebook, Rulebook]:
        """The rulebooks that *rows* make without *draft*, which nobody has made yet, and with it.

        Raises:
            Refusal: as `of`.
        """
        agreements = (await self._agreements_of(work, {tenant: [*rows, draft]}))[tenant]
        before, after = _made(tenant, rows, agreements), _made(tenant, [*rows, draft], agreements)
        if isinstance(before, Refusal):
            raise before
        if isinstance(after, Refusal):
            raise after
        return before, after

    def _keep(self, tenant: str, revision: int, rulebook: Rulebook) -> None:
        self._rulebooks[tenant] = (revision, rulebook)
        self._rulebooks.move_to_end(tenant)
        while len(self._rulebooks) > TENANTS_KEPT:
            self._rulebooks.popitem(last=False)

    async def _agreements_of(
        self, work: Work, rows: Mapping[str, Sequence[TermsRow]]
    ) -> dict[str, dict[str, Agreement | Refusal]]:
        """The agreements that *rows* name, as far as they have arrived, by tenant and hash."""
        wanted = {
            (tenant, str(row.body["agreement"]))
            for tenant, entries in rows.items()
            for row in entries
            if row.body.get("agreement") is not None
        }
        found: dict[str, dict[str, Agreement | Refusal]] = {tenant: {} for tenant in rows}
        missing = []
        for tenant, digest in wanted:
            if (agreement := self._agreements.get((tenant, digest))) is None:
                missing.append((tenant, digest))
            else:
                found[tenant][digest] = agreement
        if not missing:
            return found
        for (tenant, digest), body in (await work.snapshots(missing)).items():
            try:
                agreement = _stored(digest, body)
            except Refusal as refusal:
                found[tenant][digest] = refusal
            else:
                found[tenant][digest] = self._agreements[tenant, digest] = agreement
        while len(self._agreements) > AGREEMENTS_KEPT:
            self._agreements.popitem(last=False)
        return found


def _stored(digest: str, body: bytes) -> Agreement:
    """The agreement in a stored snapshot.

    Raises:
        TamperedRow: its hash is another one.
        UnusableSnapshot: it cannot be computed with.
    """
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
    return agreement_of(digest, orjson.loads(body))


def _made(
    tenant: str, rows: Sequence[TermsRow], agreements: Mapping[str, Agreement | Refusal]
) -> Rulebook | Refusal:
    """The rulebook of a tenant's entries, or what makes one of them useless."""
    usable: dict[str, Agreement] = {}
    for digest, agreement in agreements.items():
        if isinstance(agreement, Refusal):
            return agreement
        usable[digest] = agreement
    try:
        entries = [
            Entry.from_body(
                row.kind, row.body, recorded=row.terms_revision, said=to_us(row.said_at)
            )
            for row in rows
        ]
        return Rulebook.of(entries, usable)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return UnusableTerms(f"terms of {tenant}: {type(error).__name__} {error}")
