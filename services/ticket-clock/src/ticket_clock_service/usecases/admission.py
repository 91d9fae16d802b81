"""Which facts of a batch are kept, and which are set aside with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from slaclock.contracts.instants import from_us, rfc3339, to_us
from slaclock.errors import Fault, Refusal
from ticket_clock_service.ports import Key, Reported, Ticket, Work
from ticket_clock_service.usecases.intake import AHEAD, conflict

MOST_FACTS = 10_000
"""Facts of one ticket; beyond them it takes no more."""

TOO_MANY: Final = "fact.too-many"
"""Code of facts beyond them, and the first word of their ticket's fault."""

Refused: TypeAlias = list[tuple[Reported, Refusal]]


async def admitted(
    work: Work, facts: Sequence[Reported], tickets: Mapping[Key, Ticket], now: datetime
) -> tuple[list[Reported], list[Reported], Refused]:
    """The facts that may be stored, each identity once; its repetitions; those that may not.

    Args:
        work: asked only if a ticket may become too large.
        facts: a batch, in any order.
        tickets: their tickets, locked.
        now: the database's clock (UTC), read under the locks.
    """
    good: dict[tuple[str, str, bytes], Reported] = {}
    repeated: list[Reported] = []
    refused: Refused = []
    latest = to_us(now + AHEAD)
    for fact in facts:
        if fact.at_us > latest:
            refused.append((fact, _in_future(fact, now)))
            continue
        if good.setdefault(fact.identity, fact) is not fact:
            repeated.append(fact)
    too_many = await _beyond_room(work, list(good.values()), tickets)
    for fact in too_many:
        del good[fact.identity]
        refused.append((fact, _too_many(fact)))
    return list(good.values()), repeated, refused


async def at_odds(work: Work, repeated: Sequence[Reported], fresh: Sequence[Reported]) -> Refused:
    """Of facts whose identity came before in the same batch, those that were not kept under it.

    Args:
        work: asked only if what is kept is older than the batch.
        repeated: those facts, after all others have been stored.
        fresh: what the batch has stored.
    """
    kept = {fact.identity: fact.content_hash for fact in fresh}
    if older := [fact for fact in repeated if fact.identity not in kept]:
        kept |= await work.contents(older)
    refused: Refused = []
    for fact in repeated:
        if fact.identity not in kept:
            refused.append((fact, _too_many(fact)))
        elif kept[fact.identity] != fact.content_hash:
            refused.append((fact, conflict(fact)))
    return refused


def overfull(refused: Refused, tickets: Mapping[Key, Ticket]) -> list[Ticket]:
    """The tickets that have just been told more than they have room for, for the first time."""
    keys = {fact.key for fact, why in refused if why.code == TOO_MANY}
    return [tickets[key] for key in sorted(keys) if not is_overfull(tickets[key])]


def is_overfull(ticket: Ticket) -> bool:
    """Whether facts of it were set aside, so that its clocks cannot be told truly any more."""
    return ticket.fault is not None and ticket.fault.startswith(TOO_MANY)


def fault_of_overfull() -> str:
    """What its row says then."""
    return f"{TOO_MANY}: it was told of more than {MOST_FACTS} facts; its clocks stand still"


async def _beyond_room(
    work: Work, facts: Sequence[Reported], tickets: Mapping[Key, Ticket]
) -> list[Reported]:
    """Facts that their tickets have no room for. What is stored already needs none."""
    if all(ticket.fact_count + len(facts) <= MOST_FACTS for ticket in tickets.values()):
        return []
    arriving = Counter(fact.key for fact in facts)
    room = {
        key: MOST_FACTS - tickets[key].fact_count
        for key, number in arriving.items()
        if tickets[key].fact_count + number > MOST_FACTS
    }
    if not room:
        return []
    crowded = [fact for fact in facts if fact.key in room]
    known = await work.contents(crowded)
    beyond = []
    for fact in crowded:
        if fact.identity in known:
            continue
        if room[fact.key] <= 0:
            beyond.append(fact)
        room[fact.key] -= 1
    return beyond


def _too_many(fact: Reported) -> Refusal:
    return Refusal(
        code=TOO_MANY,
        faults=[
            Fault(
                "subject",
                fact.ticket_id,
                f"has {MOST_FACTS} facts already, as many as a ticket may have",
                "find out who sends so many; go on in another ticket",
                TOO_MANY,
            )
        ],
    )


def _in_future(fact: Reported, now: datetime) -> Refusal:
    return Refusal(
        code="fact.in-future",
        faults=[
            Fault(
                "time",
                rfc3339(from_us(fact.at_us)),
                f"more than 5 minutes ahead of the platform's clock ({rfc3339(now)})",
                "send the instant at which it happened; check the sender's clock and time zone",
                "fact.in-future",
            )
        ],
    )
