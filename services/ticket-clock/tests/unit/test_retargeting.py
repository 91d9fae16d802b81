"""Clocks whose priority changes while they run: another target, a late one, or none."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.faults import faults_of
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.ledger import is_superseded
from ticket_clock_service.domain.reading import read

from .builders import (
    HOUR,
    MINUTE,
    clock,
    clocked,
    goes_on,
    mon,
    opened,
    resolved,
    sla,
    told,
    tue,
    under,
    updated,
    view,
    waits,
)

PRIORITIES = sla(
    ("resolution", "P1", 120, "office"),
    ("resolution", "P2", 240, "24x7"),
    ("resolution", None, 480, "office"),
)
RULES = under(PRIORITIES)


def test_elapsed_time_and_pauses_are_kept_and_the_new_calendar_counts_from_there() -> None:
    facts = [
        opened(mon("15:00"), priority="P3"),
        waits(mon("16:00")),
        goes_on(mon("16:30")),
        updated(tue("10:00"), priority="P2"),
    ]
    one = clock(fold(facts, RULES))
    assert one.elapsed == 60 * MINUTE + 30 * MINUTE + 60 * MINUTE
    reading = read(one, RULES.agreements, tue("10:00"))
    assert reading.due == tue("11:30"), "around the clock from here"
    assert [(s.state.value, s.aim) for s in one.stretches] == [
        ("active", 0),
        ("paused", 0),
        ("active", 0),
    ]


def test_past_several_thresholds_at_once_only_the_highest_notifies() -> None:
    facts = [opened(mon("09:00"), priority="P3"), updated(mon("10:50"), priority="P1")]
    one = clock(view(facts, RULES, mon("10:50:01")))
    assert told(one) == [
        ("50", "P1", "Mon 10:50", "passed over"),
        ("75", "P1", "Mon 10:50", "passed over"),
        ("90", "P1", "Mon 10:50", ""),
    ]


def test_a_target_already_used_up_is_breached_where_it_takes_hold() -> None:
    facts = [opened(mon("09:00"), priority="P3"), updated(mon("12:00"), priority="P1")]
    one = clock(view(facts, RULES, mon("12:01")))
    assert (one.outcome, told(one)[-1]) == (Outcome.BREACHED, ("100", "P1", "Mon 12:00", ""))
    reading = read(one, RULES.agreements, mon("12:01"))
    assert (clocked(reading.due), clocked(reading.breached)) == ("Mon 11:00", "Mon 12:00")


def test_exactly_used_up_at_the_change_is_still_in_time() -> None:
    facts = [opened(mon("09:00"), priority="P3"), updated(mon("11:00"), priority="P1")]
    in_time = clock(fold([*facts, resolved(mon("11:00"), sequence=1)], RULES))
    assert in_time.outcome is Outcome.MET
    late = clock(fold([*facts, resolved(mon("11:00:00.000001"))], RULES))
    assert (late.outcome, told(late)[-1]) == (Outcome.BREACHED, ("100", "P1", "Mon 11:00", ""))


def test_a_target_that_held_for_no_time_at_all_crosses_nothing() -> None:
    facts = [
        opened(mon("09:00"), priority="P3"),
        updated(mon("12:00"), priority="P1", sequence=1),
        updated(mon("12:00"), priority="P3", sequence=2),
    ]
    assert told(clock(view(facts, RULES, mon("12:59")))) == []


def test_a_pause_does_not_hide_that_the_new_target_is_used_up() -> None:
    facts = [opened(mon("09:00"), priority="P3"), waits(mon("12:00"), priority="P1")]
    one = clock(view(facts, RULES, mon("12:01")))
    assert (one.state, one.outcome) == (State.PAUSED, Outcome.BREACHED)


def test_what_was_crossed_under_former_terms_stays_and_is_superseded() -> None:
    facts = [opened(mon("09:00"), priority="P1"), updated(mon("10:40"), priority="P3")]
    one = clock(view(facts, RULES, mon("13:01")))
    assert told(one) == [
        ("50", "P1", "Mon 10:00", ""),
        ("75", "P1", "Mon 10:30", ""),
        ("50", None, "Mon 13:00", ""),
    ]
    assert [is_superseded(crossing, one) for crossing in one.crossings] == [True, True, False]


def test_the_same_terms_again_do_not_cross_again() -> None:
    facts = [
        opened(mon("09:00"), priority="P1"),
        updated(mon("10:40"), priority="P3"),
        updated(mon("10:45"), priority="P1"),
    ]
    one = clock(view(facts, RULES, mon("10:48")))
    assert told(one) == [("50", "P1", "Mon 10:00", ""), ("75", "P1", "Mon 10:30", "")]


def test_back_under_terms_that_were_breached_it_is_breached() -> None:
    facts = [
        opened(mon("09:00"), priority="P1"),
        updated(mon("12:00"), priority="P3"),
        updated(mon("12:30"), priority="P1"),
    ]
    outcomes = [clock(fold(facts[: n + 1], RULES)).outcome for n in range(3)]
    assert outcomes == [Outcome.PENDING, Outcome.PENDING, Outcome.BREACHED]


def test_the_outcome_is_judged_against_the_terms_in_force_at_the_end() -> None:
    facts = [
        opened(mon("09:00"), priority="P1"),
        updated(mon("12:00"), priority="P3"),
        resolved(mon("13:00")),
    ]
    assert clock(fold(facts, RULES)).outcome is Outcome.MET
    raised = [opened(mon("09:00"), priority="P3"), resolved(mon("13:00"), priority="P1")]
    assert clock(fold(raised, RULES)).outcome is Outcome.BREACHED


@pytest.mark.parametrize(
    ("priority", "other"), [("P3", "P4"), (None, "P7")], ids=["of two", "set later"]
)
def test_priorities_that_share_the_fallback_share_its_crossings(
    priority: str | None, other: str
) -> None:
    facts = [opened(mon("09:00"), priority=priority), updated(mon("14:00"), priority=other)]
    one = clock(view(facts, RULES, mon("14:59")))
    assert told(one) == [("50", None, "Mon 13:00", "")]
    assert len(one.aims) == 1


def test_a_paused_clock_is_retargeted_without_interrupting_its_pause() -> None:
    facts = [
        opened(mon("09:00"), priority="P3"),
        waits(mon("09:30")),
        updated(mon("12:00"), priority="P1"),
        goes_on(mon("14:00")),
    ]
    one = clock(view(facts, RULES, mon("14:31")))
    assert [(s.state.value, clocked(s.start), clocked(s.end)) for s in one.stretches] == [
        ("active", "Mon 09:00", "Mon 09:30"),
        ("paused", "Mon 09:30", "Mon 14:00"),
    ]
    assert told(one) == [("50", "P1", "Mon 14:30", "")]


# --- a target that comes late, or goes ----------------------------------------------------------

ROWS = under(sla(("resolution", "P1", 120, "office"), ("resolution", "P2", 240, "24x7")))


def test_a_priority_that_comes_late_finds_the_time_since_the_opening_counted() -> None:
    facts = [opened(mon("07:00")), updated(mon("10:00"), priority="P1")]
    assert list(fold(facts[:1], ROWS).cycles) == []
    one = clock(view(facts, ROWS, mon("10:00")))
    assert (one.elapsed, told(one)) == (HOUR, [])
    later = clock(view(facts, ROWS, mon("10:31")))
    assert told(later) == [("50", "P1", "Mon 10:00", ""), ("75", "P1", "Mon 10:30", "")]


def test_a_clock_that_loses_its_target_promises_nothing_until_it_has_one_again() -> None:
    facts = [opened(mon("09:00"), priority="P1"), updated(mon("09:30"), priority="P9")]
    lost = view(facts, ROWS, tue("17:00"))
    reading = read(clock(lost), ROWS.agreements, tue("17:00"))
    assert (reading.state, reading.outcome, reading.elapsed) == (
        State.CLOSED,
        Outcome.CANCELLED,
        30 * MINUTE,
    )
    assert {fault.code for fault in faults_of(lost, ROWS)} == {"target.missing"}
    back = clock(fold([*facts, updated(mon("10:00"), priority="P1")], ROWS))
    assert (back.outcome, back.elapsed) == (Outcome.PENDING, HOUR)


def test_a_clock_that_ends_without_a_target_is_neither_met_nor_breached() -> None:
    facts = [
        opened(mon("09:00"), priority="P1"),
        updated(mon("09:30"), priority="P9"),
        resolved(mon("10:00")),
    ]
    reading = read(clock(fold(facts, ROWS)), ROWS.agreements, tue("17:00"))
    assert (reading.outcome, clocked(reading.stopped)) == (Outcome.CANCELLED, "Mon 09:30")


def test_what_is_used_up_while_paused_is_breached_where_the_target_took_hold() -> None:
    facts = [
        opened(mon("09:00"), priority="P3"),
        waits(mon("12:00")),
        updated(mon("14:00"), priority="P1"),
    ]
    assert told(clock(view(facts, RULES, mon("14:01"))))[-1] == ("100", "P1", "Mon 14:00", "")
