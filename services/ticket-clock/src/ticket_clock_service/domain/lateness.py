"""Which facts came late: after something that happened later had been told already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ticket_clock_service.domain.fact import AnyFact, FactKey
from ticket_clock_service.domain.ledger import Announcement, Ledger

__all__ = ["late_facts"]


def late_facts(
    facts: Iterable[AnyFact], recorded: Mapping[FactKey, int], ledger: Ledger
) -> frozenset[FactKey]:
    """Facts that were recorded after a later one, or after a crossing at or after their instant.

    Args:
        facts: of one ticket.
        recorded: when each was recorded, microseconds since 1970; those left out are not late.
        ledger: what has been told of the ticket's crossings.
    """
    found = set()
    earliest: int | None = None  # at which a fact later than the present one was recorded
    told = sorted(map(_told, ledger.told), reverse=True)
    passed = 0
    for fact in sorted(facts, key=lambda fact: fact.order, reverse=True):
        while passed < len(told) and told[passed][0] >= fact.at:
            noticed = told[passed][1]
            earliest = noticed if earliest is None else min(earliest, noticed)
            passed += 1
        if (at := recorded.get(fact.key)) is None:
            continue
        if earliest is not None and earliest < at:
            found.add(fact.key)
        earliest = at if earliest is None else min(earliest, at)
    return frozenset(found)


def _told(one: Announcement) -> tuple[int, int]:
    """When it said that a threshold was crossed, and when it was told.

    A crossing that was corrected since may lie later: nothing is told before it has happened.
    """
    return min(one.crossed_at, one.noticed_at), one.noticed_at
