"""Clocks that replies begin: next_reply and periodic_update, and courses that an SLA states."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Clock, Outcome, State
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.reading import read

from .builders import (
    Desk,
    clocked,
    default,
    deleted,
    goes_on,
    mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    tue,
    under,
    updated,
    view,
    waits,
    words,
)

NEXT = Metric.NEXT_REPLY
UPDATE = Metric.PERIODIC_UPDATE
TALKING = sla(
    ("first_response", None, 60, "office"),
    ("next_reply", None, 60, "office"),
    ("periodic_update", None, 120, "office"),
    ("resolution", None, 480, "office"),
    sla_id="talking",
)
BOOK = under(TALKING)


def asked(at: int) -> AnyFact:
    return replied(at, "customer")


def cycles(picture: Picture, metric: Metric) -> list[Clock]:
    return [one for one in (*picture.past, *picture.clocks) if one.metric is metric]


def spans(picture: Picture, metric: Metric) -> list[tuple[str | None, str | None, str]]:
    """Cycles as tables write them: opened, ended, outcome."""
    return [
        (clocked(one.opened), None if one.is_open else clocked(one.since), one.outcome.value)
        for one in cycles(picture, metric)
    ]


NEXT_REPLY = [
    pytest.param([opened(mon("09:00"))], [], id="nobody has asked: there is no clock"),
    pytest.param(
        [opened(mon("09:00")), asked(mon("10:00"))],
        [("Mon 10:00", None, "breached")],
        id="the customer asks, and nobody answers",
    ),
    pytest.param(
        [opened(mon("09:00")), asked(mon("10:00")), asked(mon("10:30")), replied(mon("11:00"))],
        [("Mon 10:00", "Mon 11:00", "met")],
        id="who asks twice does not wait longer; an answer at the due instant is in time",
    ),
    pytest.param(
        [
            opened(mon("09:00")),
            asked(mon("10:00")),
            replied(mon("10:10")),
            asked(mon("12:00")),
            replied(mon("13:30")),
        ],
        [("Mon 10:00", "Mon 10:10", "met"), ("Mon 12:00", "Mon 13:30", "breached")],
        id="each later question is armed anew",
    ),
    pytest.param(
        [opened(mon("09:00")), asked(mon("10:00")), replied(mon("10:10"), public=False)],
        [("Mon 10:00", None, "breached")],
        id="an internal note answers nothing",
    ),
    pytest.param(
        [opened(mon("09:00")), replied(mon("10:00"), "customer", public=False)],
        [],
        id="what the customer does not see as a reply asks nothing",
    ),
    pytest.param(
        [opened(mon("09:00")), asked(mon("10:00")), resolved(mon("10:30"))],
        [("Mon 10:00", "Mon 10:30", "met")],
        id="the solution is an answer",
    ),
    pytest.param(
        [opened(mon("09:00")), asked(mon("10:00")), updated(mon("10:30"), status="cancelled")],
        [("Mon 10:00", "Mon 10:30", "cancelled")],
        id="a cancelled ticket answers nobody",
    ),
    pytest.param(
        [opened(mon("09:00")), asked(mon("10:00")), deleted(mon("10:30"), "merged")],
        [("Mon 10:00", "Mon 10:30", "cancelled")],
        id="a merged ticket goes on elsewhere",
    ),
    pytest.param(
        [opened(mon("09:00")), waits(mon("09:30")), asked(mon("10:00")), goes_on(mon("14:00"))],
        [("Mon 10:00", None, "breached")],
        id="a question begins paused while the ticket waits, and runs from its going on",
    ),
    pytest.param(
        [opened(mon("09:00")), resolved(mon("10:00")), asked(mon("11:00"))],
        [],
        id="a question after the end begins nothing until the ticket is worked on again",
    ),
    pytest.param(
        [
            opened(mon("09:00")),
            resolved(mon("10:00")),
            asked(mon("11:00")),
            goes_on(mon("12:00")),
            replied(mon("12:30")),
        ],
        [("Mon 12:00", "Mon 12:30", "met")],
        id="reopened because the customer asked: the clock begins with the reopening",
    ),
    pytest.param(
        [
            opened(mon("09:00")),
            asked(mon("09:10")),
            replied(mon("09:20")),
            resolved(mon("10:00")),
            goes_on(mon("12:00")),
        ],
        [("Mon 09:10", "Mon 09:20", "met")],
        id="what a reply has answered stays answered after a reopening",
    ),
    pytest.param(
        [
            opened(mon("09:00")),
            asked(mon("09:10")),
            resolved(mon("10:00")),
            goes_on(mon("12:00")),
        ],
        [("Mon 09:10", "Mon 10:00", "met"), ("Mon 12:00", None, "breached")],
        id="what only the solution had answered is asked again when that is undone",
    ),
    pytest.param(
        [asked(mon("08:59")), opened(mon("09:00")), replied(mon("09:30"))],
        [("Mon 09:00", "Mon 09:30", "met")],
        id="a question from before the opening counts from it",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), NEXT_REPLY)
def test_next_reply(
    facts: list[AnyFact], expected: list[tuple[str | None, str | None, str]]
) -> None:
    found = view(facts, BOOK, tue("17:00"))
    assert spans(found, NEXT) == expected
    assert view([*reversed(facts), *facts], BOOK, tue("17:00")) == found


PERIODIC = [
    pytest.param(
        [opened(mon("09:00")), replied(mon("10:00")), replied(mon("12:00"))],
        [
            ("Mon 09:00", "Mon 10:00", "met"),
            ("Mon 10:00", "Mon 12:00", "met"),
            ("Mon 12:00", None, "breached"),
        ],
        id="every public reply ends a cycle and begins the next at once",
    ),
    pytest.param(
        [opened(mon("09:00")), replied(mon("12:00")), resolved(mon("13:00"))],
        [("Mon 09:00", "Mon 12:00", "breached"), ("Mon 12:00", "Mon 13:00", "met")],
        id="the solution ends the last one",
    ),
    pytest.param(
        [opened(mon("09:00")), resolved(mon("10:00")), replied(mon("11:00"))],
        [("Mon 09:00", "Mon 10:00", "met")],
        id="a reply after the end begins nothing",
    ),
    pytest.param(
        [opened(mon("09:00")), resolved(mon("10:00")), goes_on(mon("11:00"))],
        [("Mon 09:00", "Mon 10:00", "met"), ("Mon 11:00", None, "breached")],
        id="a reopened ticket is told of anew",
    ),
    pytest.param(
        [
            opened(mon("09:00")),
            waits(mon("09:30")),
            replied(mon("10:00")),
            goes_on(mon("16:00")),
            replied(tue("09:30")),
        ],
        [
            ("Mon 09:00", "Mon 10:00", "met"),
            ("Mon 10:00", "Tue 09:30", "met"),
            ("Tue 09:30", None, "breached"),
        ],
        id="a pause stops it, and a cycle that begins in a pause begins paused",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), PERIODIC)
def test_periodic_update(
    facts: list[AnyFact], expected: list[tuple[str | None, str | None, str]]
) -> None:
    found = view(facts, BOOK, tue("17:00"))
    assert spans(found, UPDATE) == expected
    assert view([*reversed(facts), *facts], BOOK, tue("17:00")) == found


def test_a_cycle_that_begins_in_a_pause_burns_nothing() -> None:
    facts = [opened(mon("09:00")), waits(mon("09:30")), asked(mon("10:00"))]
    found = view(facts, BOOK, mon("16:00"))
    (one,) = cycles(found, NEXT)
    assert (one.state, one.outcome) == (State.PAUSED, Outcome.PENDING)
    reading = read(one, BOOK.agreements, mon("16:00"))
    assert (reading.elapsed, reading.due) == (0, None)


def test_a_late_earlier_question_leaves_what_was_told_of_the_others() -> None:
    """Given a breach told of one question, when an earlier one comes late, then it still stands."""
    desk = Desk(BOOK)
    desk.report(opened(mon("09:00")), asked(mon("12:00")))
    desk.wake_until(mon("13:30"))
    told = {one.key for one in desk.ledger.standing.values() if one.is_breach}
    later = desk.report(asked(mon("09:30")), replied(mon("09:40")), now=mon("14:00"))
    assert {one for one in told if one.metric is NEXT} <= set(desk.ledger.standing)
    assert not [one for one in later if one.kind.value == "retracted" and one.clock.metric is NEXT]


def test_an_earlier_answer_takes_the_breach_back() -> None:
    desk = Desk(BOOK)
    desk.report(opened(mon("09:00")), asked(mon("10:00")))
    desk.wake_until(mon("11:30"))
    found = words(desk.report(replied(mon("10:20")), now=mon("12:00")))
    assert "next_reply retracted percent:100 Mon 11:00" in found
    assert "next_reply met Mon 10:20" in found
    again = words(desk.report(asked(mon("12:00")), now=mon("12:00")))
    assert "next_reply started Mon 12:00" in again


def test_a_late_pause_takes_the_breach_back_and_the_later_one_is_the_second() -> None:
    desk = Desk(BOOK)
    desk.report(opened(mon("09:00")), asked(mon("10:00")))
    desk.wake_until(mon("11:30"))
    desk.report(waits(mon("10:30")), goes_on(mon("11:20")), now=mon("11:30"))
    desk.wake_until(mon("13:00"))
    (breach,) = (
        one for one in desk.ledger.standing.values() if one.is_breach and one.key.metric is NEXT
    )
    assert (breach.n, clocked(breach.crossed_at)) == (2, "Mon 11:50")


ON_ASKING = sla(
    ("first_response", None, 60, "office"),
    ("resolution", None, 480, "office"),
    sla_id="on-asking",
    metrics={
        "first_response": {"starts": ["customer_reply"], "fulfils": ["agent_reply"]},
        "resolution": {"starts": ["opened"], "fulfils": ["resolved", "agent_reply"]},
    },
)


def test_what_begins_and_fulfils_a_clock_is_what_its_agreement_says() -> None:
    facts = [opened(mon("09:00")), asked(mon("10:00")), replied(mon("10:30"))]
    found = view(facts, under(ON_ASKING), mon("12:00"))
    assert spans(found, Metric.FIRST_RESPONSE) == [("Mon 10:00", "Mon 10:30", "met")]
    assert spans(found, Metric.RESOLUTION) == [("Mon 09:00", "Mon 10:30", "met")]


def test_an_end_that_does_not_fulfil_a_clock_calls_it_off() -> None:
    facts = [opened(mon("09:00")), asked(mon("10:00")), resolved(mon("10:30"))]
    found = view(facts, under(ON_ASKING), mon("12:00"))
    assert spans(found, Metric.FIRST_RESPONSE) == [("Mon 10:00", "Mon 10:30", "cancelled")]


def test_terms_that_reach_open_tickets_reach_the_question_that_waits() -> None:
    """Given a tenant whose tickets had no target for it, the cycle is there and gets one."""
    plain = sla(("resolution", None, 480, "office"), sla_id="plain")
    later = default(TALKING, mon("10:30"), recorded=2, mode="from_start")
    book = rulebook(default(plain), later, slas=[plain, TALKING])
    found = view([opened(mon("09:00")), asked(mon("10:00"))], book, mon("12:00"))
    (one,) = cycles(found, NEXT)
    assert one.outcome is Outcome.BREACHED
    assert [clocked(crossing.at) for crossing in one.crossings][-1] == "Mon 11:00"


def test_tenants_without_a_target_for_it_pay_nothing_for_it() -> None:
    plain = sla(("resolution", None, 480, "office"), sla_id="plain")
    found = view([opened(mon("09:00")), asked(mon("10:00"))], under(plain), mon("12:00"))
    assert {one.metric for one in found.clocks} == {Metric.FIRST_RESPONSE, Metric.RESOLUTION}
