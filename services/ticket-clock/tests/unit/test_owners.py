"""Clocks of OLAs: each measures the time in which its group has the ticket."""

from __future__ import annotations

import pytest

from slaclock.terms import Reason
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Clock, Outcome
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.picture import Picture

from .builders import (
    GOLD,
    Desk,
    clocked,
    default,
    deleted,
    entry,
    goes_on,
    mon,
    opened,
    resolved,
    rulebook,
    sla,
    tue,
    updated,
    view,
    waits,
    words,
)

NETWORK = sla(
    ("resolution", None, 120, "office"),
    sla_id="ola-network",
    agreement_type="ola",
    group="network",
)
STORAGE = sla(
    ("resolution", "P1", 30, "24x7"),
    ("resolution", None, 60, "office"),
    sla_id="ola-storage",
    agreement_type="ola",
    group="storage",
)
BOOK = rulebook(
    default(GOLD),
    entry("assignment", recorded=2, sla=NETWORK, match={"group": "network"}),
    entry("assignment", recorded=3, sla=STORAGE, match={"group": "storage"}),
    slas=[GOLD, NETWORK, STORAGE],
)


def owned(picture: Picture) -> list[Clock]:
    return [one for one in (*picture.past, *picture.clocks) if one.owner is not None]


def spans(picture: Picture) -> list[tuple[str | None, str | None, str | None, str]]:
    return [
        (
            one.owner,
            clocked(one.opened),
            None if one.is_open else clocked(one.since),
            one.outcome.value,
        )
        for one in owned(picture)
    ]


CASES = [
    pytest.param([opened(mon("09:00"))], [], id="a ticket of no group"),
    pytest.param([opened(mon("09:00"), group="l1")], [], id="a group without an OLA"),
    pytest.param(
        [opened(mon("09:00"), group="network")],
        [("network", "Mon 09:00", None, "breached")],
        id="its clock begins with the ticket",
    ),
    pytest.param(
        [opened(mon("09:00"), group="l1"), updated(mon("15:00"), group="network")],
        [("network", "Mon 15:00", None, "breached")],
        id="or when the group gets it, whatever was used before",
    ),
    pytest.param(
        [
            opened(mon("09:00"), group="network"),
            updated(mon("11:00"), group="storage"),
            updated(mon("12:30"), group="network"),
            resolved(mon("13:00")),
        ],
        [
            ("network", "Mon 09:00", "Mon 11:00", "met"),
            ("storage", "Mon 11:00", "Mon 12:30", "breached"),
            ("network", "Mon 12:30", "Mon 13:00", "met"),
        ],
        id="handed over at the due instant is in time; who gets it back begins anew",
    ),
    pytest.param(
        [
            opened(mon("09:00"), group="network"),
            waits(mon("10:00")),
            goes_on(mon("15:00")),
            resolved(mon("15:30")),
        ],
        [("network", "Mon 09:00", "Mon 15:30", "met")],
        id="it pauses as its own agreement says",
    ),
    pytest.param(
        [opened(mon("09:00"), group="storage"), updated(mon("09:20"), priority="P1")],
        [("storage", "Mon 09:00", None, "breached")],
        id="the priority selects its target",
    ),
    pytest.param(
        [opened(mon("09:00"), group="network"), deleted(mon("09:30"), "merged")],
        [("network", "Mon 09:00", "Mon 09:30", "cancelled")],
        id="a merged ticket calls it off",
    ),
    pytest.param(
        [opened(mon("09:00"), group="network"), resolved(mon("10:00")), goes_on(mon("15:00"))],
        [("network", "Mon 09:00", None, "breached")],
        id="reopened with the same group it goes on",
    ),
    pytest.param(
        [
            opened(mon("09:00"), group="network"),
            resolved(mon("10:00")),
            goes_on(mon("15:00"), group="storage"),
        ],
        [
            ("network", "Mon 09:00", "Mon 10:00", "met"),
            ("storage", "Mon 15:00", None, "breached"),
        ],
        id="reopened with another group it is the other's",
    ),
    pytest.param(
        [
            opened(mon("09:00"), group="network"),
            resolved(mon("10:00")),
            updated(mon("11:00"), group="storage"),
            goes_on(mon("15:00")),
        ],
        [
            ("network", "Mon 09:00", "Mon 10:00", "met"),
            ("storage", "Mon 15:00", None, "breached"),
        ],
        id="handed over while it was solved",
    ),
    pytest.param(
        [opened(mon("09:00"), group="network", status="resolved")],
        [],
        id="created solved: the group never had work with it",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_owners(
    facts: list[AnyFact], expected: list[tuple[str | None, str | None, str | None, str]]
) -> None:
    found = view(facts, BOOK, tue("17:00"))
    assert spans(found) == expected
    assert view([*reversed(facts), *facts], BOOK, tue("17:00")) == found
    names = [(one.metric, one.cycle) for one in (*found.past, *found.clocks)]
    assert len(set(names)) == len(names)


def test_an_ola_binds_no_customer() -> None:
    """Given an assignment of an OLA to a group, its tickets are still bound by the default."""
    found = view([opened(mon("09:00"), group="network")], BOOK, mon("10:00"))
    assert found.binding is not None
    assert found.binding.reason is Reason.DEFAULT
    assert found.binding.agreement == next(
        one.digest for one in BOOK.agreements.values() if one.sla_id == "gold"
    )


def test_an_ola_for_another_group_than_that_of_its_assignment_measures_nobody() -> None:
    book = rulebook(
        default(GOLD),
        entry("assignment", recorded=2, sla=NETWORK, match={"group": "storage"}),
        slas=[GOLD, NETWORK],
    )
    assert owned(view([opened(mon("09:00"), group="storage")], book, mon("10:00"))) == []


def test_it_is_told_like_any_clock() -> None:
    desk = Desk(BOOK)
    told = desk.report(opened(mon("09:00"), group="network"))
    assert "resolution started Mon 09:00" in words(told)
    desk.wake_until(mon("11:30"))
    breach = [one for one in desk.ledger.standing.values() if one.is_breach]
    (cycle,) = {one.key.cycle for one in breach if one.key.metric is Metric.RESOLUTION}
    assert cycle != "first"
    moved = words(desk.report(updated(mon("11:40"), group="storage"), now=mon("11:40")))
    assert "resolution started Mon 11:40" in moved
    late = words(desk.report(updated(mon("10:30"), group="l1"), now=mon("12:00")))
    assert "resolution retracted percent:100 Mon 11:00" in late


def test_terms_that_take_an_ola_away_end_what_they_reach() -> None:
    over = entry(
        "assignment",
        mon("10:00"),
        recorded=9,
        match={"group": "network"},
        mode="from_effective_instant",
    )
    book = rulebook(
        default(GOLD),
        entry("assignment", recorded=2, sla=NETWORK, match={"group": "network"}),
        over,
        slas=[GOLD, NETWORK],
    )
    found = view([opened(mon("09:00"), group="network")], book, mon("16:00"))
    (one,) = owned(found)
    assert one.aim.amount is None
    assert one.outcome is not Outcome.BREACHED
    assert found.binding is not None
    assert found.binding.reason is Reason.DEFAULT
