"""Clocks that new terms reach while they run, or leave alone."""

from __future__ import annotations

import pytest

from slaclock.terms import Reason
from ticket_clock_service.domain.clock import Clock, Outcome, State
from ticket_clock_service.domain.fold import advanced, advancing, fold, judged
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
    told,
    tue,
    updated,
    view,
    waits,
)

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
