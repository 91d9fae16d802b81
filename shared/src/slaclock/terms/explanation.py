"""Why an agreement applies: every entry that was considered, and what decided against it.

Slower than `Terms.binding`, which answers the same question; a law keeps the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from slaclock.terms.course import course_of
from slaclock.terms.entry import Entry, Kind, Match, Mode
from slaclock.terms.resolution import PRECEDENCE, Reason, Ticket, Viewpoint


class Verdict(StrEnum):
    """What became of an entry."""

    APPLIES = "applies"
    OUTRANKED = "outranked"
    SUPERSEDED = "superseded"
    ENDED = "ended"
    OVER = "over"
    NOT_YET = "not_yet"
    KEEPS_OPEN_TICKETS = "keeps_open_tickets"
    NOT_RUNNING = "not_running"
    OTHER_CUSTOMER = "other_customer"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that was considered.

    Attributes:
        entry: a change order shows the `effective_to` of the contract that it alters.
        reason: as what it was considered.
        by: the entry that stands in its way (`outranked`, `superseded`).
    """

    entry: Entry
    reason: Reason
    verdict: Verdict
    by: str | None = None


def considered(
    entries: Iterable[Entry], ticket: Ticket, *, opened: int, now: int | None = None
) -> tuple[Candidate, ...]:
    """Every entry about this ticket, the one that applies first, then in the order of precedence.

    That is all of the contract that the ticket names, of all contracts that were ever the
    customer's, of all assignments, and of the default. At most one applies: that of
    `Terms.binding` with the same arguments; if none does, nothing binds the ticket.

    Args:
        entries: the tenant's timeline, in any order.
        ticket: as it was when the cycle was opened.
        opened: the cycle's opening instant, microseconds since 1970.
        now: a later instant, to take in what reaches open cycles by then.
    """
    seen = Viewpoint(opened, opened if now is None else now)
    told = list(entries)
    found = _in_order([*_of_contracts(told, ticket, seen), *_of_others(told, ticket, seen)])
    winner = next((one for one in found if one.verdict is Verdict.APPLIES), None)
    if winner is None:
        return tuple(found)
    rest = (
        replace(one, verdict=Verdict.OUTRANKED, by=winner.entry.entry_id)
        if one.verdict is Verdict.APPLIES
        else one
        for one in found
        if one is not winner
    )
    return (winner, *rest)


def fits(match: Match, ticket: Ticket) -> bool:
    """Whether an assignment with *match* is for *ticket*."""
    fields = (ticket.service, ticket.category, ticket.group)
    pairs = zip(match, fields, strict=True)
    return all(wanted is None or wanted == found for wanted, found in pairs)


_ORDER = {reason: rank for rank, reason in enumerate(Reason)}


def _rank(one: Candidate) -> tuple[int, int]:
    """Precedence: the reason, then the fields of an assignment."""
    service, category, group = (part is not None for part in one.entry.match)
    given = (service, category, group)
    fields = PRECEDENCE.index(given) if given in PRECEDENCE else len(PRECEDENCE)
    return _ORDER[one.reason], fields


def _in_order(found: Iterable[Candidate]) -> list[Candidate]:
    """By precedence; of one precedence what began last comes first."""
    latest_first = sorted(found, key=lambda one: one.entry.place, reverse=True)
    return sorted(latest_first, key=_rank)


def _of_contracts(entries: Sequence[Entry], ticket: Ticket, seen: Viewpoint) -> Iterator[Candidate]:
    contracts: dict[str | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind is Kind.CONTRACT:
            contracts[entry.contract_id].append(entry)
    for contract_id, told in contracts.items():
        named = ticket.contract_id is not None and contract_id == ticket.contract_id
        of_customer = ticket.customer_id is not None and any(
            entry.customer_id == ticket.customer_id for entry in told
        )
        if not named and not of_customer:
            continue
        reason = Reason.TICKET_CONTRACT if named else Reason.CUSTOMER_CONTRACT
        course = course_of(told)
        having_a_say = {entry.place for entry in course}
        for entry in told:
            if entry.place not in having_a_say:
                yield Candidate(entry, reason, Verdict.NOT_RUNNING)
        for one in _judged(course, reason, seen):
            if (
                one.verdict is Verdict.APPLIES
                and not named
                and one.entry.customer_id != ticket.customer_id
            ):
                yield replace(one, verdict=Verdict.OTHER_CUSTOMER)
            else:
                yield one


def _of_others(entries: Sequence[Entry], ticket: Ticket, seen: Viewpoint) -> Iterator[Candidate]:
    places: dict[tuple[Kind, Match], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.place):
        if entry.kind in (Kind.ASSIGNMENT, Kind.DEFAULT):
            places[entry.kind, entry.match].append(entry)
    for told in places.values():
        if told[0].kind is Kind.DEFAULT:
            yield from _judged(told, Reason.DEFAULT, seen)
        elif fits(told[0].match, ticket):
            yield from _judged(told, Reason.ASSIGNMENT, seen)
        else:
            for entry in told:
                yield Candidate(entry, Reason.ASSIGNMENT, Verdict.NO_MATCH)


def _judged(told: Sequence[Entry], reason: Reason, seen: Viewpoint) -> Iterator[Candidate]:
    """What becomes of entries about one thing, in the order of the timeline."""
    latest = seen.latest(told)
    for entry in told:
        if not seen.sees(entry):
            late = entry.effective_from > seen.now or entry.mode is not Mode.KEEP
            yield Candidate(entry, reason, Verdict.NOT_YET if late else Verdict.KEEPS_OPEN_TICKETS)
        elif latest is not None and entry is not latest:
            yield Candidate(entry, reason, Verdict.SUPERSEDED, latest.entry_id)
        elif entry.agreement is None:
            yield Candidate(entry, reason, Verdict.ENDED)
        elif not seen.holds(entry):
            yield Candidate(entry, reason, Verdict.OVER)
        else:
            yield Candidate(entry, reason, Verdict.APPLIES)
