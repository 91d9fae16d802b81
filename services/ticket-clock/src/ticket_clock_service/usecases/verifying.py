"""Verifying: every ticket folded anew from facts whose hashes hold, against all that is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slaclock.contracts.canonical import sha256_hex
from slaclock.contracts.instants import to_us
from slaclock.errors import Refusal
from ticket_clock_service.domain.codec import picture_bytes
from ticket_clock_service.domain.fold import advanced, judged, refolded
from ticket_clock_service.domain.ledger import Key, Ledger, key_of
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Reading, Ticket
from ticket_clock_service.usecases.facts import content_of
from ticket_clock_service.usecases.facts import key_of as key_of_fact
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.stored import stored_fact, stored_picture

__all__ = ["Verification", "verified"]


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


@dataclass(frozen=True, slots=True)
class _Case:
    """A stored ticket beside what is known of it.

    Attributes:
        rulebook: None if the ticket is behind its terms, or these cannot be computed with.
        now: the database's clock.
    """

    ticket: Ticket
    picture: Picture
    facts: Sequence[Mapping[str, Any]]
    ledger: Ledger
    rulebook: Rulebook | None
    now: datetime


async def verified(
    work: Reading, rulebooks: Rulebooks, tenant: str, tickets: Sequence[Ticket]
) -> Verification:
    """Compare tickets with their facts; changes nothing.

    Every fact must be what its hash says, every clock what the facts and terms make of it, and
    what has been told and not taken back must be among the crossings. Tickets behind their terms
    are not folded: the sweep is still at work on them.
    """
    if not tickets:
        return Verification(0, 0, [], None)
    now, revisions = await work.now_and_terms([tenant])
    rulebook = (await rulebooks.each(work, revisions))[tenant]
    findings: list[dict[str, Any]] = []
    if isinstance(rulebook, Refusal):
        findings.append({"ticket_id": None, "what": "terms", "stored": str(rulebook)})
    keys = [ticket.key for ticket in tickets]
    histories, ledgers = await work.sealed_history(keys), await work.ledger(keys)
    clocks = 0
    for ticket in tickets:
        picture = stored_picture(ticket)
        if picture is None and ticket.state is not None:
            findings.append(
                _finding(ticket, "picture", "of another release", "run slaclock rebuild")
            )
            continue
        picture = picture or BLANK
        clocks += len(picture.clocks) + len(picture.past)
        usable = ticket.terms_revision == revisions[tenant] and isinstance(rulebook, Rulebook)
        case = _Case(
            ticket=ticket,
            picture=picture,
            facts=histories.get(ticket.key, []),
            ledger=ledgers.get(ticket.key) or Ledger(),
            rulebook=rulebook if usable and isinstance(rulebook, Rulebook) else None,
            now=now,
        )
        findings += _compared(case)
    return Verification(len(tickets), clocks, findings, tickets[-1].ticket_id)


def _compared(case: _Case) -> Iterator[dict[str, Any]]:
    ticket = case.ticket
    if ticket.fault is not None:
        yield _finding(ticket, "fold", ticket.fault, "faulted")
    if len(case.facts) != ticket.fact_count:
        yield _finding(ticket, "number of facts", ticket.fact_count, len(case.facts))
    yield from _spoilt(case)
    if case.rulebook is None or ticket.fault is not None:
        return
    folded = refolded([stored_fact(row) for row in case.facts], case.rulebook, case.picture)
    if picture_bytes(folded) != picture_bytes(case.picture):
        left, right = sha256_hex(picture_bytes(case.picture)), sha256_hex(picture_bytes(folded))
        yield _finding(ticket, "clocks (SHA-256)", left, right)
    yield from _unfounded(case, folded, case.rulebook)


def _spoilt(case: _Case) -> Iterator[dict[str, Any]]:
    """Facts that are not what was reported."""
    for row in case.facts:
        found = content_of(row["kind"], row["at_us"], row["sequence"], row["data"])
        if found != bytes(row["content_hash"]):
            name = f"fact {row['event_id']!r} of {row['source']!r} (SHA-256)"
            yield _finding(case.ticket, name, bytes(row["content_hash"]).hex(), found.hex())
        key = key_of_fact(row["source"], row["event_id"])
        if key != bytes(row["fact_key"]):
            yield _finding(case.ticket, "key of a fact", bytes(row["fact_key"]).hex(), key.hex())


def _unfounded(case: _Case, folded: Picture, rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    """Announcements that stand, and that no crossing of the fold bears out."""
    until = max(case.ledger.horizon, to_us(case.now))
    view = judged(advanced(folded, rulebook, until), rulebook, until)
    crossed = {
        key_of(clock, crossing)
        for clock in (*view.past, *view.clocks)
        for crossing in clock.crossings
    }
    for key in case.ledger.standing:
        if key not in crossed:
            yield _finding(case.ticket, f"announcement of {_named(key)}", "stands", "not crossed")


def _named(key: Key) -> str:
    return f"{key.threshold} of {key.metric.value}, cycle {key.cycle}"


def _finding(ticket: Ticket, what: str, stored: object, folded: object) -> dict[str, Any]:
    return {"ticket_id": ticket.ticket_id, "what": what, "stored": stored, "folded": folded}
