"""What clocks do when a ticket is worked on again."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.clock import Outcome, State, Stretch
from ticket_clock_service.domain.cycles import cycle_name
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    HOUR,
    MINUTE,
    RESPONSE,
    clock,
    clocked,
    crossed,
    default,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    status,
    tue,
    under,
    updated,
    view,
    waits,
)


def reopening(rule: str, metric: str = "resolution") -> Rulebook:
    return under(
        sla(
            ("first_response", None, 60, "office"),
            ("resolution", "P1", 60, "office"),
            ("resolution", None, 240, "office"),
            reopen={metric: rule},
        )
    )


def test_by_default_resolution_goes_on_and_closed_time_does_not_count() -> None:
    facts = [opened(mon("09:00")), resolved(mon("10:00")), goes_on(mon("15:00"))]
    one = clock(fold(facts, reopening("resume")))
    assert (one.cycle, one.state, one.outcome, one.elapsed) == (
        "first",
        State.ACTIVE,
        Outcome.PENDING,
        HOUR,
    )
    assert one.kept is None
    closed = Stretch(State.CLOSED, mon("10:00"), mon("15:00"), ("resolved",), 0, 0)
    assert one.stretches[-1] == closed, "its own kind of time, not a pause"
    assert crossed(clock(view(facts, reopening("resume"), tue("17:00")))) == {
        "percent:50": "Mon 16:00",
        "percent:75": "Mon 17:00",
        "percent:90": "Tue 09:36",
        "percent:100": "Tue 10:00",
    }


def test_what_was_breached_stays_breached() -> None:
    facts = [opened(mon("09:00")), resolved(mon("14:00")), goes_on(mon("15:00"))]
    assert clock(fold(facts, reopening("resume"))).outcome is Outcome.BREACHED
    solved = [*facts, resolved(mon("15:01"))]
    assert clock(fold(solved, reopening("resume"))).outcome is Outcome.BREACHED


def test_closing_again_does_not_overwrite_the_time_used_before() -> None:
    facts = [
        opened(mon("09:00")),
        resolved(mon("10:00")),
        goes_on(mon("15:00")),
        resolved(mon("16:00")),
    ]
    one = clock(fold(facts, reopening("resume")))
    assert (one.outcome, one.elapsed, clocked(one.since)) == (Outcome.MET, 2 * HOUR, "Mon 16:00")


def test_first_response_keeps_its_verdict_by_default() -> None:
    facts = [opened(mon("09:00")), replied(mon("09:30")), resolved(mon("10:00"))]
    again = [*facts, goes_on(mon("15:00")), replied(mon("15:30"))]
    one = clock(fold(again, reopening("resume")), RESPONSE)
    assert (one.outcome, clocked(one.since), one.ordinal) == (Outcome.MET, "Mon 09:30", 1)


def test_an_unanswered_first_response_that_resolution_ended_is_kept_as_well() -> None:
    facts = [opened(mon("09:00")), resolved(mon("09:30")), goes_on(mon("15:00"))]
    assert clock(fold(facts, reopening("resume")), RESPONSE).outcome is Outcome.MET


def test_keep_leaves_resolution_closed() -> None:
    facts = [opened(mon("09:00")), resolved(mon("10:00")), goes_on(mon("15:00"))]
    one = clock(fold(facts, reopening("keep")))
    assert (one.state, one.outcome) == (State.CLOSED, Outcome.MET)


def test_restart_begins_a_cycle_named_by_what_began_it() -> None:
    again = goes_on(mon("15:00"))
    facts = [opened(mon("09:00")), resolved(mon("14:00")), again]
    picture = fold(facts, reopening("restart"))
    first, second = clock(picture, cycle="first"), clock(picture)
    assert (first.outcome, clocked(first.since)) == (Outcome.BREACHED, "Mon 14:00")
    assert (second.cycle, second.ordinal) == (cycle_name(again.key), 2)
    assert (second.outcome, second.elapsed, clocked(second.opened)) == (
        Outcome.PENDING,
        0,
        "Mon 15:00",
    )
    assert clock(picture, RESPONSE).ordinal == 1, "the other metric has its own rule"


def test_the_name_of_a_cycle_does_not_depend_on_what_becomes_known_between() -> None:
    third = goes_on(tue("10:00"))
    facts = [opened(mon("09:00")), resolved(mon("10:00")), resolved(mon("16:00")), third]
    late = goes_on(mon("12:00"))
    rules = reopening("restart")
    before, after = fold(facts, rules), fold([*facts, late], rules)
    assert clock(before).cycle == clock(after).cycle == cycle_name(third.key)
    assert (clock(before).ordinal, clock(after).ordinal) == (2, 3)


def test_a_new_cycle_is_bound_anew_with_the_ticket_as_it_is_then() -> None:
    old, new = (
        sla(("resolution", None, 60, "24x7"), reopen={"resolution": "restart"}),
        sla(("resolution", "P1", 30, "24x7"), version=2),
    )
    rules = rulebook(
        default(old, recorded=1), default(new, mon("12:00"), recorded=2), slas=[old, new]
    )
    facts = [
        opened(mon("09:00")),
        updated(mon("09:10"), priority="P1"),
        resolved(mon("09:30")),
        goes_on(mon("15:00")),
    ]
    assert clock(fold(facts, rules)).aim.amount == 30 * MINUTE


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        pytest.param(waits(mon("15:00")), State.PAUSED, id="into a pause"),
        pytest.param(goes_on(mon("15:00")), State.ACTIVE, id="into work"),
        pytest.param(status(mon("15:00"), "Closed"), State.CLOSED, id="closing is no reopening"),
        pytest.param(replied(mon("15:00"), "customer"), State.CLOSED, id="nor is a comment"),
        pytest.param(updated(mon("15:00"), group="l2"), State.CLOSED, id="nor a new group"),
    ],
)
def test_what_reopens(fact: AnyFact, state: State) -> None:
    facts = [opened(mon("09:00")), resolved(mon("10:00")), fact]
    one = clock(fold(facts, reopening("resume")))
    assert (one.state, one.elapsed) == (state, HOUR)


def test_a_cancelled_ticket_that_is_worked_on_after_all_goes_on() -> None:
    facts = [opened(mon("09:00")), status(mon("10:00"), "Canceled"), goes_on(mon("15:00"))]
    one = clock(fold(facts, reopening("resume")))
    assert (one.outcome, one.elapsed) == (Outcome.PENDING, HOUR)


def test_a_reopened_clock_has_the_target_of_the_priority_it_has_by_then() -> None:
    facts = [
        opened(mon("09:00")),
        resolved(mon("11:00")),
        updated(tue("09:00"), priority="P1"),
        goes_on(tue("10:00")),
    ]
    rules = reopening("resume")
    one = clock(view(facts, rules, next_mon("09:00")))
    assert [(c.threshold, c.priority, clocked(c.at), c.passed_over) for c in one.crossings] == [
        ("percent:50", "P1", "Tue 10:00", True),
        ("percent:75", "P1", "Tue 10:00", True),
        ("percent:90", "P1", "Tue 10:00", True),
        ("percent:100", "P1", "Tue 10:00", False),
    ]
