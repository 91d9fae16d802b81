"""Which histories are summed up and which are folded; how what is found is counted."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaclock.terms import Category
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.codec import picture_bytes
from ticket_clock_service.domain.fact import AnyFact, data_of, kind_of
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.simulation import Difference
from ticket_clock_service.domain.spans import Spans
from ticket_clock_service.domain.summing import figures_of
from ticket_clock_service.domain.tallies import Tallies
from ticket_clock_service.domain.trial import Trial, calendar_trial, sla_trial
from ticket_clock_service.domain.verdicts import figures_in, verdicts_on

from .builders import (
    GOLD,
    MINUTE,
    agreement,
    calendar,
    default,
    deleted,
    goes_on,
    mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    status,
    statuses,
    tue,
    updated,
    waits,
)

RESTARTS = sla(
    ("resolution", "P1", 60, "office"),
    ("resolution", None, 120, "office"),
    reopen={"resolution": "restart"},
)


def summed(*facts: AnyFact, snapshot: dict[str, object] = GOLD) -> list[str] | None:
    """Outcomes of what is summed up; None where the fold is asked."""
    trial = sla_trial(rulebook(statuses(geheim="on_hold")), agreement(snapshot))
    rows = [[f.at, f.sequence, kind_of(f), data_of(f), f.source, f.id] for f in facts]
    spans = Spans(trial, tue("12:00")).read(list(rows))
    if spans is None:
        return None
    return [one.outcome.value for one in figures_of(spans, tue("12:00"))]


BEGUN = opened(mon("09:00"))


@pytest.mark.parametrize(
    ("facts", "outcomes"),
    [
        pytest.param([BEGUN], ["breached", "breached"], id="open"),
        pytest.param([BEGUN, resolved(mon("10:00"))], ["met", "met"], id="in time to the microsecond"),
        pytest.param([BEGUN, resolved(mon("10:00") + 1)], ["breached", "met"], id="one too late"),
        pytest.param(
            [BEGUN, replied(mon("09:30")), waits(mon("10:00")), goes_on(mon("16:00"))],
            ["met", "pending"],
            id="a pause",
        ),
        pytest.param([BEGUN, status(mon("09:30"), "unheard of"), resolved(mon("09:40"))], ["met", "met"], id="a word nobody knows"),
        pytest.param([BEGUN, deleted(mon("09:30")), replied(mon("12:00"))], ["cancelled", "cancelled"], id="deleted"),
        pytest.param([BEGUN, updated(mon("09:10"), priority="P9"), resolved(mon("09:40"))], ["met", "met"], id="another priority with the same targets"),
        pytest.param([BEGUN, resolved(mon("09:40")), updated(mon("09:50"), priority="P1")], ["met", "met"], id="another priority after the end"),
        pytest.param([BEGUN, resolved(mon("09:40")), goes_on(mon("10:00")), resolved(mon("10:10"))], ["met", "met"], id="reopened"),
        pytest.param([BEGUN, waits(mon("10:00")), goes_on(mon("11:00")), replied(mon("11:00"))], ["met", "breached"], id="used up exactly at a pause"),
        pytest.param([BEGUN, waits(mon("10:00")), goes_on(mon("11:00")), replied(mon("11:00") + 1)], ["breached", "breached"], id="and goes on"),
        pytest.param([BEGUN, updated(mon("11:30"), priority="P1"), resolved(mon("11:30"))], ["breached", "breached"], id="another target, used up before"),
        pytest.param([BEGUN, updated(mon("10:30"), priority="P1"), updated(mon("12:00"), priority="P2"), resolved(mon("12:30"))], ["breached", "met"], id="a target that was crossed and holds no more"),
        pytest.param(
            [BEGUN, resolved(mon("09:40"), priority="P1"), goes_on(mon("10:00")), resolved(mon("11:20"))],
            ["met", "met"],
            id="another target at once with the end",
        ),
        pytest.param([BEGUN, resolved(mon("09:40")), updated(mon("09:50"), priority="P1"), goes_on(mon("10:00")), resolved(mon("11:30"))], ["met", "breached"], id="reopened with another target"),
        pytest.param([replied(mon("08:00")), BEGUN], None, id="a fact before the opening"),
        pytest.param([opened(mon("09:00"), "unheard of")], None, id="opened with a word nobody knows"),
        pytest.param([BEGUN, deleted(mon("10:00")), opened(mon("11:00"))], None, id="opened after its deletion"),
        pytest.param([BEGUN, resolved(tue("12:00"))], None, id="a fact at the instant of judging"),
        pytest.param([], None, id="nothing"),
    ],
)  # fmt: skip
def test_what_is_summed_up(facts: list[AnyFact], outcomes: list[str] | None) -> None:
    assert summed(*facts) == outcomes


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        pytest.param([BEGUN, waits(mon("10:00")), goes_on(mon("11:00"))], mon("10:00"), id="used up at a pause, which was where it was due"),
        pytest.param([BEGUN, waits(mon("10:30"))], None, id="used up before a pause that goes on"),
        pytest.param([BEGUN, waits(mon("09:30"))], None, id="paused before"),
        pytest.param([BEGUN, waits(mon("09:30")), replied(mon("16:40"))], tue("09:10"), id="answered in a pause: had it gone on"),
    ],
)  # fmt: skip
def test_when_a_response_was_due(facts: list[AnyFact], due: int | None) -> None:
    """An office hour from nine."""
    trial = sla_trial(rulebook(), agreement(GOLD))
    rows = [[f.at, f.sequence, kind_of(f), data_of(f), f.source, f.id] for f in facts]
    spans = Spans(trial, tue("12:00")).read(list(rows))
    assert spans is not None
    assert figures_of(spans, tue("12:00"))[0].due == due
    folded = figures_in(fold(facts, trial.rulebook), trial.rulebook, tue("12:00"))
    assert folded["first_response", "first"].due == due


def test_a_new_cycle_is_named_and_aimed_as_the_fold_does() -> None:
    found = summed(
        BEGUN,
        resolved(mon("10:30")),
        updated(mon("11:00"), priority="P1"),
        goes_on(mon("12:00")),
        resolved(mon("13:30")),
        snapshot=RESTARTS,
    )
    assert found == ["met", "breached"]


def test_time_without_a_target_is_measured_by_the_first_that_comes() -> None:
    urgent = sla(("resolution", "P1", 120, "office"))
    facts = [BEGUN, updated(mon("10:00"), priority="P1"), resolved(mon("11:30"))]
    assert summed(*facts, snapshot=urgent) == ["breached"]


def test_a_calendar_replaces_its_own_versions_only() -> None:
    office, nights = ({"calendar_id": name, **calendar()} for name in ("office", "nights"))
    mixed = sla(
        ("first_response", None, 60, "office"),
        ("resolution", "P1", 60, "24x7"),
        ("resolution", None, 60, "nights"),
        calendars={"office": office, "nights": nights},
    )
    terms = rulebook(default(mixed), slas=[mixed])
    later = agreement(sla(calendars={"office": {**office, "timezone": "Asia/Tokyo"}}))
    tried = next(one for one in later.calendars.values() if one.calendar_id == "office")
    trial = calendar_trial(terms, tried)
    (found,) = trial.rulebook.agreements.values()
    zones = {
        priority: target.calendar.timezone
        for (metric, priority), target in found.targets.items()
        if metric is Metric.RESOLUTION
    }
    assert zones == {"P1": "UTC", None: "Europe/London"}
    assert found.targets[Metric.FIRST_RESPONSE, None].calendar is tried
    assert trial.concerned == {found.digest}


def test_meanings_are_looked_up_at_the_facts_own_time() -> None:
    trial = sla_trial(
        rulebook(statuses(mon("12:00"), 2, open="on_hold", parked="on_hold")), agreement(GOLD)
    )
    spans = Spans(trial, tue("12:00"))
    numbers = {category: number for number, category in enumerate(Category)}
    assert spans.category("open", mon("11:59")) == numbers[Category.OPEN]
    assert spans.category("open", mon("12:00")) == numbers[Category.ON_HOLD]
    assert spans.category("Parked", mon("12:00")) == numbers[Category.ON_HOLD]
    assert spans.category("parked", mon("11:59")) is None


SILVER = sla(("resolution", None, 30, "24x7"), sla_id="silver")


@pytest.mark.parametrize(
    ("facts", "is_folded"),
    [
        pytest.param([BEGUN, replied(mon("09:30"))], True, id="open when terms reach it"),
        pytest.param([BEGUN, resolved(mon("16:00"))], True, id="ended afterwards"),
        pytest.param([BEGUN, resolved(mon("09:30"))], False, id="ended before"),
    ],
)
def test_terms_that_reach_an_open_cycle_are_for_the_fold(
    facts: list[AnyFact], is_folded: bool
) -> None:
    reaching = default(SILVER, mon("12:00"), recorded=2, mode="from_start")
    terms = rulebook(default(GOLD), reaching, slas=[GOLD, SILVER])
    rows = [[f.at, f.sequence, kind_of(f), data_of(f), f.source, f.id] for f in facts]
    spans = Spans(Trial(terms, frozenset()), tue("12:00")).read(list(rows))
    assert (spans is None) == is_folded


def test_a_verdict_waits_for_terms_that_reach_its_cycle() -> None:
    reaching = default(SILVER, mon("12:00"), recorded=2, mode="from_start")
    terms = rulebook(default(GOLD), reaching, slas=[GOLD, SILVER])
    stored = orjson.loads(picture_bytes(fold([BEGUN, replied(mon("09:30"))], terms)))
    assert verdicts_on(stored, terms, mon("11:59")) is not None
    assert verdicts_on(stored, terms, mon("12:00")) is None, "the domain knows"


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        pytest.param(mon("10:00"), Outcome.PENDING, id="exactly due is still in time"),
        pytest.param(mon("10:00") + 1, Outcome.BREACHED, id="beyond it is not"),
    ],
)
def test_a_running_clock_is_judged_to_the_microsecond(at: int, outcome: Outcome) -> None:
    terms = rulebook()
    found = verdicts_on(orjson.loads(picture_bytes(fold([BEGUN], terms))), terms, at)
    assert found is not None
    assert found["first_response", "first"] is outcome


outcomes = st.none() | st.sampled_from(Outcome)
MET, BREACHED = Outcome.MET, Outcome.BREACHED


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        pytest.param(MET, BREACHED, Difference.NEWLY_BREACHED, id="breached"),
        pytest.param(BREACHED, MET, Difference.NEWLY_MET, id="met"),
        pytest.param(None, BREACHED, Difference.NEWLY_BREACHED, id="not measured before"),
        pytest.param(Outcome.CANCELLED, MET, Difference.NEWLY_MET, id="cancelled before"),
        pytest.param(BREACHED, Outcome.PENDING, None, id="not decided any more"),
        pytest.param(BREACHED, None, None, id="not measured any more"),
        pytest.param(MET, MET, None, id="the same"),
    ],
)
def test_what_counts_as_a_difference(
    before: Outcome | None, after: Outcome | None, difference: Difference | None
) -> None:
    assert Tallies().add("resolution", None, None, before, after) is difference


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 90).map(str), outcomes, outcomes),
        min_size=1,
        max_size=200,
    )
)
def test_every_cycle_is_in_one_row_of_each_kind(
    cycles: list[tuple[str | None, Outcome | None, Outcome | None]],
) -> None:
    tallies = Tallies()
    for key, before, after in cycles:
        tallies.add("resolution", key, key, before, after)
    (found,) = tallies.metrics()
    keys = len({key for key, _, _ in cycles})
    for rows in (found.by_priority, found.by_customer):
        assert len(rows) == min(keys, 51)
        assert sum(one.others or 0 for one in rows) == max(keys - 50, 0)
        for side in ("in_force", "simulated"):
            for outcome in Outcome:
                total = sum(getattr(getattr(one, side), outcome.value) for one in rows)
                assert total == getattr(getattr(found.total, side), outcome.value)
        for what in Difference:
            assert sum(getattr(one, what.value) for one in rows) == getattr(found.total, what.value)
    changes = [one.newly_breached + one.newly_met for one in found.by_customer[:50]]
    assert changes == sorted(changes, reverse=True)


def test_a_due_instant_beyond_all_time_is_none_for_its_own_cycle_only() -> None:
    """A calendar that has closed for good, and one that has not, in the same sum."""
    closed = {
        "timezone": "UTC",
        "windows": [],
        "overrides": [{"date": "2026-03-02", "windows": [{"start": "09:00", "end": "10:00"}]}],
    }
    once = sla(
        ("first_response", None, 30, "once"),
        ("resolution", None, 90, "once"),
        calendars={"once": closed},
    )
    trial = sla_trial(rulebook(), agreement(once))
    row = [BEGUN.at, 0, "opened", {"status": "open"}, "desk", "a"]
    spans = Spans(trial, tue("12:00")).read([row])
    assert spans is not None
    first, last = figures_of(spans, tue("12:00"))
    assert (first.outcome, first.due) == (Outcome.BREACHED, mon("09:30"))
    assert (last.outcome, last.due, last.elapsed) == (Outcome.PENDING, None, 60 * MINUTE)
