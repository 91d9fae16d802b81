from __future__ import annotations

from datetime import UTC, date, datetime
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_service.domain.clock import (
    Clock,
    ClockKey,
    Edition,
    Metric,
    Outcome,
    Replacement,
    State,
    newest,
    replacements,
)
from dashboard_service.domain.rollup import (
    Dimension,
    RollupKey,
    Rollups,
    Tally,
    added,
    difference,
    recount,
)

MONDAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def clock(
    ticket: str = "INC-1",
    *,
    revision: int = 1,
    sequence: int = 1,
    outcome: Outcome = Outcome.PENDING,
    due_on: date = MONDAY,
    group: str = "l1",
) -> Clock:
    return Clock(
        key=ClockKey("acme", ticket, Metric.RESOLUTION, "first"),
        edition=Edition(revision, sequence),
        state=State.ACTIVE,
        outcome=outcome,
        due_on=due_on,
        changed_at=AT,
        priority="P1",
        group=group,
        assignee="u17",
        customer="acme",
    )


def row(dimension: Dimension, key: str, due_on: date = MONDAY) -> RollupKey:
    return RollupKey("acme", due_on, Metric.RESOLUTION, dimension, key)


def test_a_new_clock_counts_once_in_each_dimension() -> None:
    assert difference([Replacement(None, clock())]) == {
        row(Dimension.PRIORITY, "P1"): Tally(pending=1),
        row(Dimension.GROUP, "l1"): Tally(pending=1),
        row(Dimension.ASSIGNEE, "u17"): Tally(pending=1),
        row(Dimension.CUSTOMER, "acme"): Tally(pending=1),
    }


@pytest.mark.parametrize(
    ("after", "change"),
    [
        pytest.param(clock(revision=2), {}, id="nothing that counts changed"),
        pytest.param(
            clock(revision=2, outcome=Outcome.MET),
            {
                row(dimension, key): Tally(pending=-1, met=1)
                for dimension, key in [
                    (Dimension.PRIORITY, "P1"),
                    (Dimension.GROUP, "l1"),
                    (Dimension.ASSIGNEE, "u17"),
                    (Dimension.CUSTOMER, "acme"),
                ]
            },
            id="a verdict moves one cycle from pending to met",
        ),
        pytest.param(
            clock(revision=2, group="l2"),
            {
                row(Dimension.GROUP, "l1"): Tally(pending=-1),
                row(Dimension.GROUP, "l2"): Tally(pending=1),
            },
            id="another group takes the cycle along, whatever was counted there",
        ),
    ],
)
def test_a_replacement_counts_its_difference(after: Clock, change: Rollups) -> None:
    assert difference([Replacement(clock(), after)]) == change


def test_a_due_instant_on_another_day_moves_the_cycle_to_that_day() -> None:
    tuesday = date(2026, 3, 3)
    change = difference([Replacement(clock(), clock(revision=2, due_on=tuesday))])
    assert change[row(Dimension.PRIORITY, "P1")] == Tally(pending=-1)
    assert change[row(Dimension.PRIORITY, "P1", tuesday)] == Tally(pending=1)


@pytest.mark.parametrize(
    ("tally", "compliance"),
    [
        pytest.param(Tally(), None, id="no data"),
        pytest.param(Tally(pending=5, cancelled=2), None, id="nothing judged yet"),
        pytest.param(Tally(met=3, breached=1, pending=9, cancelled=9), 0.75, id="judged only"),
        pytest.param(Tally(breached=2), 0.0, id="none met"),
        pytest.param(Tally(met=2), 1.0, id="all met"),
    ],
)
def test_compliance(tally: Tally, compliance: float | None) -> None:
    assert tally.compliance == compliance


@st.composite
def histories(draw: st.DrawFn) -> list[Clock]:
    """Editions of a few clocks; each edition is said once."""
    told: list[Clock] = []
    for ticket in ("INC-1", "INC-2", "💥<b>"):
        editions = st.tuples(st.integers(1, 6), st.integers(1, 3))
        for revision, sequence in sorted(draw(st.sets(editions, max_size=8))):
            told.append(
                clock(
                    ticket,
                    revision=revision,
                    sequence=sequence,
                    outcome=draw(st.sampled_from(Outcome)),
                    due_on=draw(st.sampled_from([MONDAY, date(2026, 3, 29)])),
                    group=draw(st.sampled_from(["l1", "l2", ""])),
                )
            )
    return told


@given(histories(), st.data())
def test_any_order_repetition_and_batching_ends_in_the_recount(
    told: list[Clock], data: st.DataObject
) -> None:
    """The law of the dashboard."""
    again = data.draw(st.lists(st.sampled_from(told), max_size=10)) if told else []
    arriving = data.draw(st.permutations(told + again))
    size = data.draw(st.integers(1, max(1, len(arriving))))

    standing: dict[ClockKey, Clock] = {}
    rollups: Rollups = {}
    for start in range(0, len(arriving), size):
        arrived = newest(arriving[start : start + size])
        changed = replacements(standing, arrived)
        rollups = added(rollups, difference(changed))
        standing |= {change.after.key: change.after for change in changed}

    assert standing == newest(told)
    assert rollups == recount(newest(told).values())
    assert all(
        min(tally.met, tally.breached, tally.pending, tally.cancelled) >= 0
        for tally in rollups.values()
    )


@given(st.lists(st.builds(Tally, *[st.integers(-5, 5)] * 4), max_size=5))
def test_tallies_add_up_and_cancel_out(tallies: list[Tally]) -> None:
    total = reduce(Tally.__add__, tallies, Tally())
    assert reduce(Tally.__add__, (-tally for tally in tallies), total) == Tally()
