"""Verifying: every ticket folded anew from facts whose hashes hold, against all that is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slaclock.contracts.canonical import content_hash
from slaclock.errors import Refusal
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Reading, SealedEntry, Ticket
from ticket_clock_service.usecases.damage import Case, damage, finding
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.seals import broken_seals
from ticket_clock_service.usecases.stored import stored_picture

__all__ = ["Verification", "verified", "verified_tenant"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What comparing stored tickets with a new fold found.

    Attributes:
        findings: each names the ticket, what differs, and both sides.
        last: id of the last ticket looked at; None if there was none.
    """

    tickets: int
    clocks: int
    findings: list[dict[str, Any]]
    last: str | None


async def verified(
    work: Reading, rulebooks: Rulebooks, tenant: str, tickets: Sequence[Ticket]
) -> Verification:
    """Compare tickets with their facts; changes nothing.

    Every fact must be what its hash says, every clock what the facts and terms make of it; what
    has been told and not taken back must be just what has been crossed, under its own name; the
    audit must be what was written; and the ticket must be looked at when the next thing comes due.
    Tickets behind their terms are not folded: the sweep is still at work on them.
    """
    if not tickets:
        return Verification(0, 0, [], None)
    now, revisions = await work.now_and_terms([tenant])
    rulebook = (await rulebooks.each(work, revisions))[tenant]
    findings: list[dict[str, Any]] = []
    if isinstance(rulebook, Refusal):
        findings.append(finding(None, "terms", str(rulebook), None))
    keys = [ticket.key for ticket in tickets]
    histories, ledgers = await work.sealed_history(keys), await work.names_told(keys)
    kept, audits = await work.revisions_kept(keys), await work.audits(keys)
    pictures = {ticket.key: stored_picture(ticket) for ticket in tickets}
    named = {name for picture in pictures.values() if picture for name in _named(picture)}
    missing = named - await work.snapshots_kept(tenant, named) if named else set()
    clocks = 0
    for ticket in tickets:
        picture = pictures[ticket.key]
        usable = ticket.terms_revision == revisions[tenant] and isinstance(rulebook, Rulebook)
        told = ledgers.get(ticket.key, [])
        case = Case(
            ticket=ticket,
            picture=picture,
            facts=histories.get(ticket.key, []),
            told=told,
            ledger=Ledger.of(one for _, one in told),
            revisions=kept.get(ticket.key, (0, 0)),
            rulebook=rulebook if usable and isinstance(rulebook, Rulebook) else None,
            terms_revision=revisions[tenant],
            now=now,
        )
        findings += damage(case)
        findings += broken_seals(ticket, audits.get(ticket.key, ()))
        if picture is not None:
            clocks += len(picture.clocks) + len(picture.past)
            lost = missing.intersection(_named(picture))
            findings += [finding(ticket, f"snapshot {one}", "named", "missing") for one in lost]
    return Verification(len(tickets), clocks, findings, tickets[-1].ticket_id)


async def verified_tenant(work: Reading, tenant: str) -> list[dict[str, Any]]:
    """What is spoilt of that on which all tickets of a tenant rest: snapshots, terms, rows."""
    _, revisions = await work.now_and_terms([tenant])
    findings = [
        finding(None, f"snapshot {name} (SHA-256)", name, found)
        for name, found in (await work.unsealed_snapshots(tenant)).items()
    ]
    findings += _spoilt_terms(await work.sealed_terms(tenant), revisions[tenant])
    return findings + [
        {"ticket_id": name, "what": "ticket", "stored": None, "folded": "was opened"}
        for name in await work.lost_tickets(tenant)
    ]


def _spoilt_terms(entries: Iterable[SealedEntry], revision: int) -> list[dict[str, Any]]:
    """Entries that are not what was told, or missing from the middle or the end."""
    findings, expected = [], 0
    for entry in entries:
        expected += 1
        name = f"terms entry {entry.entry_id!r}"
        if entry.terms_revision != expected:
            findings.append(
                finding(None, "number of terms entries", entry.terms_revision, expected)
            )
            expected = entry.terms_revision
        if (found := content_hash(entry.body)) != entry.content_hash:
            findings.append(finding(None, f"{name} (SHA-256)", entry.content_hash, found))
        if (kind := entry.body.get("kind", "contract")) != entry.kind:
            findings.append(finding(None, f"kind of {name}", entry.kind, kind))
    if expected != revision:
        findings.append(finding(None, "number of terms entries", revision, expected))
    return findings


def _named(picture: Picture) -> Collection[str]:
    """Hashes of all that clocks are, or were, measured by."""
    return {
        aim.agreement
        for clock in (*picture.past, *picture.clocks)
        for aim in clock.aims
        if aim.agreement is not None
    }
