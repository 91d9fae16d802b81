"""When a threshold is crossed, when it is not, and when to look next."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold, judged, next_due
from ticket_clock_service.domain.reading import read

from .builders import (
    RESPONSE,
    clock,
    clocked,
    crossed,
    default,
    entry,
    fri,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sat,
    sla,
    tue,
    under,
    updated,
    view,
    waits,
)

FOUR_OFFICE_HOURS = under(sla(("resolution", None, 240, "office")))
ALWAYS = under(sla(("resolution", None, 240, "24x7")))


def percents(facts: list[AnyFact], until: int) -> set[int]:
    found = clock(view(facts, FOUR_OFFICE_HOURS, until)).crossings
    return {int(one.threshold.removeprefix("percent:")) for one in found}


@pytest.mark.parametrize(
    ("facts", "until", "expected"),
    [
        pytest.param(
            [opened(mon("09:00"))], mon("13:00"), {50, 75, 90}, id="exactly due is still in time"
        ),
        pytest.param(
            [opened(mon("09:00"))], mon("13:00:00.000001"), {50, 75, 90, 100}, id="beyond it is not"
        ),
        pytest.param(
            [opened(mon("09:00")), resolved(mon("13:00"))],
            tue("09:00"),
            {50, 75, 90},
            id="fulfilled exactly then",
        ),
        pytest.param(
            [opened(mon("09:00")), resolved(mon("13:00:00.000001"))],
            tue("09:00"),
            {50, 75, 90, 100},
            id="fulfilled just after",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("13:00"))],
            tue("09:00"),
            {50, 75, 90},
            id="paused exactly then",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("12:59:59.999999"))],
            tue("09:00"),
            {50, 75, 90},
            id="paused just before",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("13:00:00.000001"))],
            tue("09:00"),
            {50, 75, 90, 100},
            id="paused just after",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("13:00")), goes_on(mon("14:00"))],
            mon("14:00"),
            {50, 75, 90},
            id="all used up, but standing: still in time",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("13:00")), goes_on(mon("14:00"))],
            mon("14:00:00.000001"),
            {50, 75, 90, 100},
            id="all used up, and running again: crossed at once",
        ),
        pytest.param(
            [
                opened(mon("09:00")),
                waits(mon("13:00")),
                goes_on(mon("14:00")),
                resolved(mon("14:00"), sequence=1),
            ],
            tue("09:00"),
            {50, 75, 90},
            id="resolved at the very instant it would go on",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("11:00")), goes_on(mon("14:00"))],
            mon("15:00"),
            {50},
            id="a pause delays",
        ),
        pytest.param(
            [opened(mon("09:00"), status="pending")],
            tue("17:00"),
            set(),
            id="created paused, never run",
        ),
        pytest.param(
            [opened(mon("09:00"), status="resolved")], tue("17:00"), set(), id="created closed"
        ),
        pytest.param(
            [opened(fri("13:00"))],
            sat("09:00"),
            {50, 75, 90, 100},
            id="due at the closing bell, open beyond it",
        ),
        pytest.param(
            [opened(fri("13:00")), resolved(fri("17:00"))],
            sat("09:00"),
            {50, 75, 90},
            id="resolved at the closing bell",
        ),
        pytest.param(
            [opened(fri("13:00")), resolved(next_mon("09:00"))],
            next_mon("10:00"),
            {50, 75, 90, 100},
            id="no office hour later, but after it was due",
        ),
        pytest.param(
            [opened(fri("13:00:00.000001"))],
            next_mon("09:00"),
            {50, 75, 90},
            id="due at the opening of Monday, to the microsecond",
        ),
    ],
)
def test_crossings(facts: list[AnyFact], until: int, expected: set[int]) -> None:
    assert percents(facts, until) == expected


def test_crossings_lie_at_their_computed_instants_whenever_they_are_noticed() -> None:
    expected = {
        "percent:50": "Fri 17:00",
        "percent:75": "Mon 10:00",
        "percent:90": "Mon 10:36",
        "percent:100": "Mon 11:00",
    }
    facts = [opened(fri("15:00"))]
    for until in (next_mon("11:01"), next_mon("16:00"), next_mon("16:00") + 10**15):
        assert crossed(clock(view(facts, FOUR_OFFICE_HOURS, until))) == expected


def test_past_the_due_instant_thresholds_go_on() -> None:
    rules = under(
        sla(
            ("resolution", None, 60, "office"),
            thresholds=["before_due:15", "percent:150", "after_due:420"],
        )
    )
    assert crossed(clock(view([opened(mon("16:00"))], rules, next_mon("09:00")))) == {
        "before_due:15": "Mon 16:45",
        "percent:100": "Mon 17:00",
        "percent:150": "Tue 09:30",
        "after_due:420": "Tue 16:00",
    }


def test_a_warning_longer_than_the_target_comes_at_the_start_if_the_clock_runs() -> None:
    rules = under(sla(("resolution", None, 30, "office"), thresholds=["before_due:60"]))
    running = clock(view([opened(mon("09:00"))], rules, mon("09:01")))
    standing = clock(view([opened(mon("09:00"), status="pending")], rules, mon("09:01")))
    assert (crossed(running), crossed(standing)) == ({"before_due:60": "Mon 09:00"}, {})


def test_thresholds_of_equal_amount_all_speak_and_lower_ones_at_one_instant_do_not() -> None:
    rules = under(
        sla(
            ("resolution", None, 120, "office"),
            thresholds=["percent:50", "before_due:60", "before_due:200", "before_due:150"],
        )
    )
    found = clock(view([opened(mon("09:00"))], rules, mon("10:01"))).crossings
    assert {one.threshold: one.passed_over for one in found} == {
        "before_due:200": True,
        "before_due:150": False,
        "percent:50": False,
        "before_due:60": False,
    }


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        pytest.param([opened(mon("09:00"))], "Mon 11:00+1µs", id="just beyond the next threshold"),
        pytest.param([opened(fri("15:00"))], "Fri 17:00+1µs", id="just after closing"),
        pytest.param([opened(fri("15:30"))], "Mon 09:30+1µs", id="on Monday"),
        pytest.param([opened(mon("09:00")), waits(mon("10:00"))], None, id="never while paused"),
        pytest.param([opened(mon("09:00")), resolved(mon("10:00"))], None, id="never once closed"),
        pytest.param([waits(mon("09:00"))], None, id="never before it is opened"),
    ],
)
def test_when_to_judge_again(facts: list[AnyFact], due: str | None) -> None:
    assert clocked(next_due(fold(facts, FOUR_OFFICE_HOURS), FOUR_OFFICE_HOURS)) == due


def test_judging_at_each_due_instant_finds_all_and_then_none() -> None:
    picture, found = fold([opened(mon("09:00"))], FOUR_OFFICE_HOURS), []
    at = next_due(picture, FOUR_OFFICE_HOURS)
    while at is not None:
        before = len(clock(picture).crossings)
        picture = judged(picture, FOUR_OFFICE_HOURS, at)
        assert len(clock(picture).crossings) == before + 1, "each wake-up finds something"
        found.append(clocked(at - 1))
        at = next_due(picture, FOUR_OFFICE_HOURS)
    assert found == ["Mon 11:00", "Mon 12:00", "Mon 12:36", "Mon 13:00"]


def test_terms_that_reach_the_ticket_later_are_a_reason_to_look_again() -> None:
    fast, slow = sla(("resolution", None, 60, "24x7")), sla(("resolution", None, 9000, "24x7"))
    soon = default(fast, mon("10:00"), recorded=2, mode="from_effective_instant")
    rules = rulebook(default(slow), soon, slas=[fast, slow])
    assert clocked(next_due(fold([opened(mon("09:00"))], rules), rules)) == "Mon 10:00"
    other = entry("assignment", mon("10:00"), 2, sla=fast, match={"group": "x"}, mode="from_start")
    rules = rulebook(default(slow), other, slas=[fast, slow])
    later = next_due(fold([opened(mon("09:00"))], rules), rules)
    assert clocked(later) == "Thu 12:00+1µs", "entries for other tickets are none"


def test_a_fact_proves_what_lies_before_it_and_nothing_more() -> None:
    facts = [opened(mon("09:00")), updated(mon("12:36"), group="l2")]
    assert crossed(clock(fold(facts, FOUR_OFFICE_HOURS))) == {
        "percent:50": "Mon 11:00",
        "percent:75": "Mon 12:00",
    }


def test_the_outcome_is_the_breach() -> None:
    late = view([opened(mon("09:00"))], ALWAYS, mon("13:01"))
    assert clock(late).outcome is Outcome.BREACHED
    assert clock(late).is_open
    rules = rulebook()
    answered = fold([opened(mon("09:00")), replied(mon("10:30"))], rules)
    assert clock(answered, RESPONSE).outcome is Outcome.BREACHED


def test_due_at_the_closing_bell_stays_due_then_whatever_follows() -> None:
    facts = [opened(fri("13:00")), waits(sat("12:00")), goes_on(next_mon("09:00"))]
    one = clock(fold(facts, FOUR_OFFICE_HOURS))
    reading = read(one, FOUR_OFFICE_HOURS.agreements, next_mon("09:00"))
    assert (clocked(reading.due), clocked(reading.breached)) == ("Fri 17:00", "Fri 17:00")
