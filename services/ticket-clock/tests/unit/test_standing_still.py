"""Created in a state, and several things at one instant: what runs, and what stands still."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.reading import read

from .builders import (
    MINUTE,
    RESOLUTION,
    clocked,
    default,
    entry,
    goes_on,
    mon,
    opened,
    resolved,
    rulebook,
    sla,
    status,
    view,
    waits,
)
from .test_corrections import (
    BEGUN,
    BOOK,
    KINDS,
    PROMISED,
    Kind,
    asked,
    hours,
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_created_paused_burns_nothing(kind: Kind) -> None:
    paused = [opened(mon("09:00"), status="Pending", group="l1"), asked(mon("09:00"))]
    picture = view(paused, BOOK, mon("16:00"))
    (clock,) = [one for one in picture.clocks if (one.metric, one.owner) == kind]
    reading = read(clock, BOOK.agreements, mon("16:00"))
    assert (clock.state, reading.elapsed, clock.crossings) == (State.PAUSED, 0, ())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["Resolved", "Closed", "Cancelled"])
def test_a_ticket_created_closed_burns_nothing(kind: Kind, word: str) -> None:
    closed = [opened(mon("09:00"), status=word, group="l1"), asked(mon("09:00"))]
    picture = view(closed, BOOK, mon("16:00"))
    for clock in (*picture.past, *picture.clocks):
        if (clock.metric, clock.owner) == kind:
            reading = read(clock, BOOK.agreements, mon("16:00"))
            assert (clock.is_open, reading.elapsed, clock.crossings) == (False, 0, ())
    begins = kind not in {(Metric.NEXT_REPLY, None), (RESOLUTION, "l1")}
    assert any((one.metric, one.owner) == kind for one in picture.clocks) is begins


@pytest.mark.parametrize("kind", KINDS)
def test_waiting_and_resolving_at_one_instant_is_the_end_and_no_pause(kind: Kind) -> None:
    """In one event, and in two: pauses close before what fulfils, at the instant itself."""
    one = fold([*BEGUN, resolved(mon("10:00"), priority="P1", group="l1")], BOOK)
    two = fold([*BEGUN, waits(mon("10:00")), resolved(mon("10:00"), sequence=1)], BOOK)
    for picture in (one, two):
        (clock,) = [c for c in picture.clocks if (c.metric, c.owner) == kind]
        assert (clock.state, clocked(clock.since)) == (State.CLOSED, "Mon 10:00")
        assert clock.elapsed == 60 * MINUTE
    (clock,) = [c for c in two.clocks if (c.metric, c.owner) == kind]
    assert (clock.outcome, [one.state.value for one in clock.stretches]) == (
        Outcome.MET,
        ["active"],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_resolving_out_of_a_pause_ends_the_pause_first(kind: Kind) -> None:
    facts = [*BEGUN, waits(mon("09:40")), resolved(mon("15:00"))]
    (clock,) = [one for one in fold(facts, BOOK).clocks if (one.metric, one.owner) == kind]
    assert (clock.outcome, clock.elapsed) == (Outcome.MET, 40 * MINUTE)
    assert [one.state.value for one in clock.stretches] == ["active", "paused"]


PAUSING = hours(
    "pausing", 60, pause={metric.value: ["waiting_on_customer", "on_hold"] for metric in PROMISED}
)
PAUSING_OLA = sla(
    ("resolution", None, 60, "office"),
    sla_id="ola",
    agreement_type="ola",
    group="l1",
    pause={"resolution": ["waiting_on_customer", "on_hold"]},
)


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_to_pause_overlap_and_the_last_one_to_go_lets_it_run(kind: Kind) -> None:
    book = rulebook(
        default(PAUSING),
        entry("assignment", recorded=2, sla=PAUSING_OLA, match={"group": "l1"}),
        slas=[PAUSING, PAUSING_OLA],
    )
    facts = [
        *BEGUN,
        waits(mon("09:20")),
        status(mon("09:30"), "On Hold"),
        waits(mon("09:50")),
        goes_on(mon("10:30")),
    ]
    picture = fold(facts, book)
    (clock,) = [one for one in picture.clocks if (one.metric, one.owner) == kind]
    assert [
        (one.state.value, clocked(one.start), clocked(one.end), one.reasons)
        for one in clock.stretches
    ] == [
        ("active", "Mon 09:00", "Mon 09:20", ()),
        ("paused", "Mon 09:20", "Mon 10:30", ("waiting_on_customer", "on_hold")),
    ]
    assert clocked(read(clock, book.agreements, mon("10:30")).due) == "Mon 11:10"
