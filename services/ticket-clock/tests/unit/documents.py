"""The documents that people and other systems are given of a ticket in memory."""

from __future__ import annotations

from typing import Any

from slaclock.contracts.canonical import canonical, canonical_plain
from slaclock.contracts.clocks import ClockChanged
from ticket_clock_service.domain.changes import Change
from ticket_clock_service.domain.event import clock_data
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.status import status_document

from .builders import Desk, sla, under, view

SIMPLE = under(
    sla(
        ("resolution", "P1", 120, "office"),
        ("resolution", None, 240, "office"),
        thresholds=["percent:50", "percent:75", "percent:100"],
        pause={"resolution": ["waiting_on_customer", "on_hold"]},
    )
)


def answer(
    facts: list[AnyFact], as_of: int, rules: Rulebook = SIMPLE, ledger: Ledger | None = None
) -> dict[str, Any]:
    seen = view(facts, rules, as_of)
    return status_document("INC-1", seen, rules, ledger or Ledger(), as_of=as_of, revision=3)


def only(document: dict[str, Any]) -> dict[str, Any]:
    (clock,) = document["clocks"]
    return clock  # type: ignore[no-any-return]


def data(desk: Desk, change: Change, **row: Any) -> dict[str, Any]:
    found = clock_data(
        change,
        desk.rules.agreements,
        **{
            "tenant": "acme",
            "ticket_id": "INC-1",
            "revision": 1,
            "sequence": 1,
            "noticed_at": change.at,
            **row,
        },
    )
    spelled = canonical_plain(found)
    assert spelled == canonical(found)
    ClockChanged.model_validate_json(spelled)
    return found
