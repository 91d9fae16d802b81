"""Whatever may happen to a ticket over an office weekend, and under which terms."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from ticket_clock_service.domain.clock import Clock
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    HOUR,
    MINUTE,
    default,
    deleted,
    entry,
    fri,
    opened,
    replied,
    rulebook,
    sla,
    statuses,
    under,
    updated,
)

START = fri("13:00")
LIFE = 80 * 60
"""Minutes from Friday at one to Monday evening: an office weekend."""

A = sla(
    ("first_response", None, 60, "office"),
    ("resolution", "P1", 90, "24x7"),
    ("resolution", "P2", 240, "office"),
    ("resolution", None, 480, "office"),
    sla_id="a",
    thresholds=["percent:50", "before_due:30", "after_due:60"],
)
B = sla(
    ("first_response", "P1", 30, "24x7"),
    ("resolution", "P1", 60, "24x7"),
    ("resolution", "P2", 120, "24x7"),
    sla_id="b",
    reopen={"resolution": "restart", "first_response": "resume"},
    pause={"resolution": ["waiting_on_customer", "on_hold"], "first_response": []},
)
C = sla(
    ("first_response", None, 60, "office"),
    ("next_reply", "P1", 30, "24x7"),
    ("next_reply", None, 60, "office"),
    ("periodic_update", None, 120, "office"),
    ("resolution", None, 480, "office"),
    sla_id="c",
)
D = sla(
    ("first_response", None, 60, "office"),
    ("next_reply", None, 60, "24x7"),
    ("periodic_update", "P1", 90, "24x7"),
    ("resolution", None, 480, "office"),
    sla_id="d",
    reopen={"next_reply": "resume", "periodic_update": "keep", "resolution": "restart"},
    pause={"next_reply": ["on_hold"], "periodic_update": []},
    metrics={
        "first_response": {"starts": ["opened", "customer_reply"], "fulfils": ["agent_reply"]},
        "periodic_update": {"starts": ["agent_reply"], "fulfils": ["agent_reply", "resolved"]},
    },
)
OLA = sla(
    ("first_response", None, 30, "office"),
    ("periodic_update", None, 45, "24x7"),
    ("resolution", "P1", 60, "24x7"),
    ("resolution", None, 120, "office"),
    sla_id="ola-l1",
    agreement_type="ola",
    group="l1",
)


def changing(mode: str, minute: int) -> Rulebook:
    later = default(B, START + minute * MINUTE, recorded=2, mode=mode)
    known = statuses(START + 20 * HOUR, 3, geheim="on_hold")
    contract = entry(
        "contract",
        START + 10 * HOUR,
        4,
        contract_id="c1",
        customer_id="acme",
        sla=A,
        mode=mode,
        effective_to=START + 60 * HOUR,
    )
    return rulebook(default(A), later, known, contract, slas=[A, B])


RULEBOOKS = [
    under(A),
    under(B),
    changing("keep", 300),
    changing("from_effective_instant", 300),
    changing("from_effective_instant", 4000),
    changing("from_start", 90),
    rulebook(default(B, START + 30 * HOUR, mode="from_start"), slas=[A, B]),
    rulebook(ready=False),
    under(C),
    rulebook(
        default(C),
        default(D, START + 300 * MINUTE, recorded=2, mode="from_effective_instant"),
        entry("assignment", recorded=3, sla=OLA, match={"group": "l1"}),
        slas=[C, D, OLA],
    ),
    rulebook(
        default(A),
        default(D, START + 240 * MINUTE, recorded=2, mode="from_start"),
        entry("assignment", START + 60 * MINUTE, 3, sla=OLA, match={"group": "l1"}),
        entry("assignment", START + 30 * HOUR, 4, match={"group": "l1"}, mode="from_start"),
        slas=[A, D, OLA],
    ),
]

minutes = st.one_of(st.integers(-60, LIFE), st.sampled_from([0, 60, 90, 240, 300, 300]))
instants = minutes.map(lambda minute: START + minute * MINUTE)
words = st.sampled_from(
    ["open", "pending", "on hold", "resolved", "closed", "cancelled", "geheim", "unheard of"]
)
sequences = st.sampled_from([0, 1, 10**18 - 1])
priorities = st.sampled_from([None, "P1", "P2", "P3"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "status": words,
        "priority": priorities,
        "group": st.sampled_from(["l1", "l2", None]),
        "assignee": st.sampled_from(["ann", "bob", None]),
        "contract_id": st.sampled_from(["c1", "c2", None]),
        "customer_id": st.sampled_from(["acme", "other"]),
    },
)


def _opening(given: dict[str, str | None]) -> dict[str, Any]:
    return {**given, "status": given.get("status", "open")}


openings = fields.map(_opening)


@st.composite
def facts(draw: st.DrawFn) -> list[AnyFact]:
    """A ticket's facts, each with a name of its own, in any order."""
    found = [opened(START, **{"id": "f0", **draw(openings)})]
    for number in range(1, draw(st.integers(1, 9))):
        at = draw(instants)
        envelope: dict[str, Any] = {"id": f"f{number}", "sequence": draw(sequences)}
        match draw(st.sampled_from(["updated"] * 6 + ["replied", "replied", "deleted", "opened"])):
            case "updated":
                found.append(updated(at, **draw(fields), **envelope))
            case "replied":
                author, public = draw(st.sampled_from(["agent", "customer"])), draw(st.booleans())
                found.append(replied(at, author, public=public, **envelope))
            case "deleted":
                found.append(deleted(at, **envelope))
            case _:
                found.append(opened(at, **{**draw(openings), **envelope}))
    return found


rules = st.sampled_from(RULEBOOKS)
ends = st.integers(0, LIFE + 48 * 60).map(lambda minute: START + minute * MINUTE)
thorough = settings(deadline=None, max_examples=200)


def cycles(picture: Picture) -> list[Clock]:
    return [*picture.past, *picture.clocks]


def said(picture: Picture) -> set[tuple[str, str, str, int]]:
    """All crossings of a picture, as `standing` writes those of a ledger."""
    return {
        (clock.metric.value, clock.cycle, crossing.threshold, crossing.at)
        for clock in cycles(picture)
        for crossing in clock.crossings
    }


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[list[AnyFact], int]]:
    """The facts of a ticket in the order in which they arrive, in batches, some of them twice."""
    found = draw(facts())
    arriving = draw(st.permutations([*found, *draw(st.lists(st.sampled_from(found), max_size=3))]))
    now, batches = START, []
    while arriving:
        size = draw(st.integers(1, len(arriving)))
        batch, arriving = arriving[:size], arriving[size:]
        now = max([now, *(fact.at for fact in batch)]) + draw(st.integers(0, 600)) * MINUTE
        batches.append((list(batch), now))
    return batches
