"""How a ticket's clocks came to be what they are: parts that add up."""

from __future__ import annotations

from typing import Any

from ticket_clock_service.domain.explain import explain_document
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    MINUTE,
    at,
    calendar,
    default,
    goes_on,
    mon,
    opened,
    replied,
    rulebook,
    sla,
    under,
    updated,
    waits,
)
from .documents import SIMPLE, answer, only


def explained(facts: list[AnyFact], as_of: int, rules: Rulebook = SIMPLE) -> dict[str, Any]:
    return explain_document("INC-1", facts, rules, Ledger(), as_of=as_of, revision=3)


def test_every_deadline_explains_itself() -> None:
    holiday = calendar() | {"holidays": [{"date": "2026-04-03", "name": "Good Friday"}]}
    rules = under(sla(("resolution", None, 600, "uk"), calendars={"uk": holiday}))
    facts = [
        opened(at("2026-03-27 16:00", "Europe/London")),
        waits(at("2026-03-30 10:00", "Europe/London")),
        goes_on(at("2026-04-02 16:00", "Europe/London")),
    ]
    as_of = at("2026-04-06 10:00", "Europe/London")
    document = explained(facts, as_of, rules)
    clock = only(document)
    assert clock["elapsed_us"] + clock["remaining_us"] == clock["target_us"] == 600 * MINUTE
    assert sum(one["used_us"] for one in clock["stretches"]) == clock["elapsed_us"]
    assert [one["state"] for one in clock["stretches"]] == ["active", "paused", "active"]
    for stretch in clock["stretches"]:
        if stretch["trace"] is not None:
            parts = sum(part["microseconds"] for part in stretch["trace"]["parts"])
            assert parts == stretch["trace"]["microseconds"] == stretch["used_us"]
    first, _, last = clock["stretches"]
    assert [change["offset_after_seconds"] for change in first["trace"]["changes"]] == [3600]
    assert [one["name"] for one in last["trace"]["holidays"]] == ["Good Friday"]
    assert last["to"] is None
    assert [(one["effect"], one["because"]["kind"]) for one in clock["derivation"]] == [
        ("started", "opened"),
        ("paused", "updated"),
        ("resumed", "updated"),
    ]
    assert [one["effects"] for one in document["facts"]] == [1, 1, 1]


def test_terms_and_crossings_are_explained() -> None:
    rules = under(sla(("resolution", "P1", 120, "24x7"), ("resolution", None, 240, "office")))
    facts = [opened(mon("09:00")), updated(mon("11:10"), priority="P1")]
    clock = only(explained(facts, mon("12:00"), rules))
    assert [(one["cause"], one["priority"], one["target_us"]) for one in clock["terms"]] == [
        ("opened", None, 240 * MINUTE),
        ("priority", "P1", 120 * MINUTE),
    ]
    assert [
        (one["threshold"], one["priority"], one["superseded"], one["passed_over"])
        for one in clock["crossings"]
    ] == [
        ("percent:50", None, True, False),
        ("percent:50", "P1", False, True),
        ("percent:75", "P1", False, True),
        ("percent:90", "P1", False, True),
        ("percent:100", "P1", False, False),
    ]
    assert clock["crossings"][0]["amount_us"] == 120 * MINUTE
    around_the_clock = clock["stretches"][-1]["trace"]
    assert around_the_clock["microseconds"] == 50 * MINUTE


def test_terms_that_took_effect_are_a_reason_of_their_own() -> None:
    fast = sla(("resolution", None, 60, "24x7"), sla_id="fast")
    slow = sla(("resolution", None, 600, "24x7"), sla_id="slow")
    soon = default(fast, mon("10:00"), recorded=2, mode="from_effective_instant")
    rules = rulebook(default(slow), soon, slas=[fast, slow])
    clock = only(explained([opened(mon("09:30"))], mon("10:05"), rules))
    assert [one["because"] for one in clock["derivation"]][-1] == {
        "kind": "terms",
        "at": "2026-03-02T10:00:00Z",
        "entry_id": "default-2",
    }


def test_explain_says_what_status_says() -> None:
    facts = [opened(mon("09:00")), waits(mon("10:00")), replied(mon("11:00"))]
    document, plain = explained(facts, mon("12:00")), answer(facts, mon("12:00"))
    (clock,), (said,) = document.pop("clocks"), plain.pop("clocks")
    document.pop("facts")
    assert document == plain
    assert said.items() <= clock.items()
