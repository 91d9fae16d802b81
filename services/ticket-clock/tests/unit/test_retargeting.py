"""Clocks whose priority or terms change while they run."""

from __future__ import annotations

import pytest

from slaclock.terms import Reason
from ticket_clock_service.domain.clock import Clock, Outcome, State
from ticket_clock_service.domain.faults import faults_of
from ticket_clock_service.domain.fold import advanced, advancing, fold, judged
from ticket_clock_service.domain.ledger import is_superseded
from ticket_clock_service.domain.reading import read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    HOUR,
    MINUTE,
    RESPONSE,
    clock,
    clocked,
    default,
    entry,
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
)

PRIORITIES = sla(
    ("resolution", "P1", 120, "office"),
    ("resolution", "P2", 240, "24x7"),
    ("resolution", None, 480, "office"),
)
RULES = under(PRIORITIES)


def told(one: Clock) -> list[tuple[str, str | None, str | None, str]]:
    """Crossings as tables write them."""
    return [
        (
            crossing.threshold.removeprefix("percent:"),
            crossing.priority,
            clocked(crossing.at),
            "passed over" if crossing.passed_over else "",
        )
        for crossing in one.crossings
    ]


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


# --- new terms ----------------------------------------------------------------------------------

SLOW = sla(("resolution", None, 480, "office"), sla_id="slow")
FAST = sla(("resolution", None, 120, "24x7"), sla_id="fast")


def switched(mode: str, since: int = mon("12:00")) -> Rulebook:
    return rulebook(
        default(SLOW, recorded=1), default(FAST, since, recorded=2, mode=mode), slas=[SLOW, FAST]
    )


def bound_to(one: Clock) -> str:
    return "fast" if one.aim.amount == 2 * HOUR else "slow"


@pytest.mark.parametrize(
    ("mode", "opened_at", "expected"),
    [
        pytest.param("keep", "09:00", "slow", id="kept by an open ticket"),
        pytest.param("keep", "12:00", "fast", id="for tickets from that instant on"),
        pytest.param("from_effective_instant", "09:00", "fast", id="reaches an open ticket"),
        pytest.param("from_start", "09:00", "fast", id="reaches back to its opening"),
    ],
)
def test_modes(mode: str, opened_at: str, expected: str) -> None:
    one = clock(view([opened(mon(opened_at))], switched(mode), mon("12:30")))
    assert bound_to(one) == expected


@pytest.mark.parametrize("ended", [False, True], ids=["resolution runs", "both ended"])
def test_a_ticket_is_bound_to_what_its_open_clocks_are(ended: bool) -> None:
    both = (("first_response", None, 60, "24x7"), ("resolution", None, 240, "24x7"))
    old, new = sla(*both, sla_id="old"), sla(*both, sla_id="new")
    rules = rulebook(
        default(old),
        default(new, mon("12:00"), recorded=2, mode="from_effective_instant"),
        slas=[old, new],
    )
    facts = [opened(mon("09:00")), replied(mon("09:30"))]
    facts += [resolved(mon("12:30"))] if ended else []
    picture = view(facts, rules, mon("13:00"))
    assert picture.binding is not None
    assert picture.binding.agreement == clock(picture).binding.agreement
    assert picture.binding.agreement != clock(picture, RESPONSE).binding.agreement


def test_from_the_effective_instant_elapsed_time_is_kept() -> None:
    rules = switched("from_effective_instant")
    one = clock(view([opened(mon("07:00"))], rules, mon("12:00:01")))
    assert one.elapsed == 3 * HOUR, "office hours from nine, as the old terms had it"
    assert told(one)[-1] == ("100", None, "Mon 12:00", "")
    assert (one.binding.reason, one.aim.cause) == (Reason.DEFAULT, "terms")


def test_from_the_start_all_of_it_is_measured_anew() -> None:
    rules = switched("from_start")
    facts = [opened(mon("07:00")), waits(mon("07:30")), goes_on(mon("11:00"))]
    one = clock(view(facts, rules, mon("12:00:01")))
    assert one.elapsed == 90 * MINUTE, "around the clock since seven, the pause left out"
    assert told(one) == [
        ("50", None, "Mon 12:00", "passed over"),
        ("75", None, "Mon 12:00", ""),
    ], "crossed where the terms took hold, never before"


def test_a_ticket_closed_at_that_instant_is_not_reached_even_if_reopened_later() -> None:
    rules = switched("from_effective_instant")
    facts = [opened(mon("09:00")), resolved(mon("11:00")), goes_on(mon("13:00"))]
    assert bound_to(clock(view(facts, rules, mon("14:00")))) == "slow"


def test_terms_are_steps_of_their_own_and_before_facts_of_their_instant() -> None:
    rules = switched("from_effective_instant")
    facts = [opened(mon("09:00"))]
    picture = fold(facts, rules)
    (step,) = advancing(picture, rules, mon("12:00"))
    assert (step.cause, clocked(step.at)) == (None, "Mon 12:00")
    assert advancing(picture, rules, mon("11:59:59.999999")) == ()
    assert advanced(step.picture, rules, tue("12:00")) is step.picture
    same = fold([*facts, resolved(mon("12:00"))], rules)
    assert (bound_to(clock(same)), clock(same).outcome) == ("fast", Outcome.BREACHED)


def test_an_entry_that_binds_an_unbound_open_ticket() -> None:
    since = {
        mode: rulebook(default(FAST, mon("12:00"), mode=mode), slas=[FAST])
        for mode in ("keep", "from_effective_instant", "from_start")
    }
    used = {
        mode: [
            read(one, rules.agreements, mon("12:30")).elapsed // MINUTE
            for one in view([opened(mon("11:00"))], rules, mon("12:30")).cycles
        ]
        for mode, rules in since.items()
    }
    assert used == {"keep": [], "from_effective_instant": [30], "from_start": [90]}


def test_an_agreement_taken_away_ends_the_promise() -> None:
    gone = default(None, mon("12:00"), recorded=2, mode="from_effective_instant")
    rules = rulebook(default(FAST), gone, slas=[FAST])
    one = clock(view([opened(mon("11:30"))], rules, mon("15:00")))
    assert read(one, rules.agreements, mon("15:00")).outcome is Outcome.CANCELLED
    assert [crossing.threshold for crossing in one.crossings] == []


def test_an_entry_for_others_does_not_touch_a_clock() -> None:
    other = entry("assignment", mon("12:00"), 2, sla=FAST, match={"group": "x"}, mode="from_start")
    rules = rulebook(default(SLOW), other, slas=[SLOW, FAST])
    picture = fold([opened(mon("09:00"), group="y")], rules)
    assert advanced(picture, rules, tue("12:00")) is picture
    moved = [opened(mon("09:00"), group="y"), updated(mon("10:00"), group="x")]
    assert bound_to(clock(view(moved, rules, mon("13:00")))) == "slow", "bound as it was opened"


def test_each_clock_keeps_what_it_saw_at_its_opening_beside_what_reached_it() -> None:
    entries = [
        default(SLOW, recorded=1),
        default(FAST, mon("10:00"), recorded=2, mode="keep"),
        entry("assignment", mon("12:00"), 3, sla=FAST, match={"group": "x"}, mode="from_start"),
    ]
    rules = rulebook(*entries, slas=[SLOW, FAST])
    assert bound_to(clock(view([opened(mon("09:00"))], rules, mon("13:00")))) == "slow"


def test_terms_reach_a_paused_clock_and_their_pause_rules_hold() -> None:
    strict = sla(("resolution", None, 120, "24x7"), sla_id="fast", pause={"resolution": []})
    rules = rulebook(
        default(SLOW, recorded=1),
        default(strict, mon("12:00"), recorded=2, mode="from_effective_instant"),
        slas=[SLOW, strict],
    )
    facts = [opened(mon("09:00")), waits(mon("10:00"))]
    picture = advanced(fold(facts, rules), rules, mon("12:00"))
    assert (clock(picture).state, clocked(clock(picture).since)) == (State.ACTIVE, "Mon 12:00")


def test_prefix_law_holds_across_new_terms() -> None:
    rules = switched("from_start")
    facts = [opened(mon("07:00")), resolved(mon("11:59"))]
    before = judged(fold(facts[:1], rules), rules, mon("11:59"))
    after = fold(facts, rules)
    assert clock(before).crossings == clock(after).crossings == ()


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


def test_falling_back_to_older_terms_measures_nothing_anew() -> None:
    match = {"group": "x"}
    gone = entry("assignment", mon("12:00"), 3, match=match, mode="from_effective_instant")
    rules = rulebook(
        default(FAST, recorded=1, mode="from_start"),
        entry("assignment", recorded=2, sla=SLOW, match=match),
        gone,
        slas=[SLOW, FAST],
    )
    one = clock(view([opened(mon("07:00"), group="x")], rules, mon("12:00:01")))
    assert (bound_to(one), one.elapsed) == ("fast", 3 * HOUR)


def test_a_contract_that_reached_a_clock_is_not_left_when_it_ends() -> None:
    contract = entry(
        "contract",
        mon("10:00"),
        2,
        contract_id="c",
        customer_id="acme",
        sla=FAST,
        mode="from_effective_instant",
        effective_to=mon("11:00"),
    )
    other = entry("assignment", mon("12:00"), 3, sla=SLOW, match={"group": "x"}, mode="from_start")
    rules = rulebook(default(SLOW), contract, other, slas=[SLOW, FAST])
    facts = [opened(mon("09:00"), customer_id="acme")]
    picture = advanced(fold(facts, rules), rules, mon("13:00"))
    assert (bound_to(clock(picture)), clock(picture).binding.contract_id) == ("fast", "c")
