"""Laws that hold for every ticket, whatever happens to it and in whatever order it is told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ticket_clock_service.domain.changes import Change
from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.codec import picture_of
from ticket_clock_service.domain.event import clock_data
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import advanced, continued, fold, judged, next_due, steps
from ticket_clock_service.domain.ledger import Ledger, difference
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.reading import calendar_of, read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import MINUTE, Desk, spelled, standing
from .lives import START, cycles, deliveries, ends, facts, rules, said, thorough


@thorough
@given(facts(), rules, st.randoms(use_true_random=False))
def test_any_order_repetition_and_batching_gives_the_same_bytes(
    found: list[AnyFact], book: Rulebook, chance: Any
) -> None:
    expected = spelled(fold(found, book))
    shuffled = [*found, *chance.choices(found, k=3)]
    chance.shuffle(shuffled)
    assert spelled(fold(shuffled, book)) == expected

    ordered, picture = sorted(found, key=lambda fact: fact.order), BLANK
    while ordered:
        size = chance.randint(1, len(ordered))
        picture = picture_of(spelled(continued(picture, ordered[:size], book)))
        ordered = ordered[size:]
    assert spelled(picture) == expected, "continued from its bytes, batch after batch"


@thorough
@given(facts(), rules, ends)
def test_a_picture_survives_being_stored(found: list[AnyFact], book: Rulebook, until: int) -> None:
    picture = fold(found, book, until)
    assert picture_of(spelled(picture)) == picture


@thorough
@given(deliveries(), rules, st.data())
def test_whatever_arrives_when_the_ledger_and_the_world_end_up_with_the_fold(
    batches: list[tuple[list[AnyFact], int]], book: Rulebook, data: st.DataObject
) -> None:
    desk = Desk(book)
    now = START
    for batch, now in batches:
        desk.report(*batch, now=now)
        if data.draw(st.booleans(), label="looked at"):
            desk.wake(now)
    now += data.draw(st.integers(0, 3000), label="minutes later") * MINUTE
    desk.wake_until(now)

    everything = [fact for batch, _ in batches for fact in batch]
    expected = fold(everything, book, now)
    assert desk.stored == spelled(advanced(fold(everything, book), book, now))
    assert standing(desk) == said(expected)
    assert desk.wake(now) == [], "nothing is left to say"
    _agrees(desk, expected)


def _agrees(desk: Desk, expected: Picture) -> None:
    """The last event of each clock says what the fold says."""
    last: dict[tuple[str, str], Change] = {
        (one.clock.metric.value, one.clock.cycle): one for one in desk.published
    }
    present = {(clock.metric.value, clock.cycle): clock for clock in expected.cycles}
    assert present.keys() <= last.keys()
    for key, change in last.items():
        if key not in present:
            assert (change.kind.value, change.reason) == ("cancelled", "withdrawn") or (
                change.kind.value == "retracted"
            )
            assert change.clock.state is State.CLOSED
            assert change.clock.outcome is Outcome.CANCELLED, "what never was has breached nothing"
            assert not change.standing
            continue
        clock = present[key]
        ticket = clock.kept or expected.ticket
        true = replace(
            change,
            clock=clock,
            ticket=ticket if clock.aim.amount is not None else change.ticket,
            standing=tuple(
                one
                for one in desk.ledger.standing.values()
                if one.key.clock == (clock.metric, clock.cycle)
            ),
        )
        told, right = _document(change, desk), _document(true, desk)
        assert told == right


def _document(change: Change, desk: Desk) -> dict[str, Any]:
    """What the event says of the clock; how it came by it, and words for the status, aside."""
    document = clock_data(
        change,
        desk.rules.agreements,
        tenant="t",
        ticket_id="i",
        revision=1,
        sequence=1,
        noticed_at=0,
    )
    for key in ("change", "status", "status_category"):
        del document[key]
    document["announcements"].sort(key=lambda one: one["id"])
    return document


@thorough
@given(facts(), rules, ends, ends)
def test_what_is_crossed_by_an_instant_depends_only_on_what_happened_by_then(
    found: list[AnyFact], book: Rulebook, first: int, second: int
) -> None:
    early, late = sorted((first, second))
    known = [fact for fact in found if fact.at <= early]
    then = {one for one in said(fold(known, book, early + 1)) if one[3] <= early}
    now = {one for one in said(fold(found, book, late + 1)) if one[3] <= early}
    assert then == now


@thorough
@given(facts(), rules, ends)
def test_stretches_are_ordered_without_gaps_and_add_up(
    found: list[AnyFact], book: Rulebook, until: int
) -> None:
    for clock in cycles(fold(found, book, until)):
        ends_of = [clock.opened, *(stretch.end for stretch in clock.stretches)]
        starts = [*(stretch.start for stretch in clock.stretches), clock.since]
        assert ends_of == starts
        assert all(stretch.start < stretch.end for stretch in clock.stretches)
        assert sum(stretch.used or 0 for stretch in clock.stretches) == clock.elapsed
        assert all(
            not stretch.used for stretch in clock.stretches if stretch.state is not State.ACTIVE
        )
        for stretch in clock.stretches:
            aim = clock.aims[stretch.aim]
            if stretch.used is not None and stretch.state is State.ACTIVE:
                time = calendar_of(aim, book.agreements).time
                assert time.elapsed_us(stretch.start, stretch.end) == stretch.used


@thorough
@given(facts(), rules, ends)
def test_elapsed_and_remaining_are_the_target_and_elapsed_is_never_more_than_wall_time(
    found: list[AnyFact], book: Rulebook, until: int
) -> None:
    picture = fold(found, book, until)
    until = max(until, picture.at)
    for clock in picture.cycles:
        reading = read(clock, book.agreements, until)
        assert reading.remaining is not None
        assert reading.elapsed + reading.remaining == reading.target
        assert 0 <= reading.elapsed <= until - clock.opened


@thorough
@given(facts(), rules, ends)
def test_between_now_and_the_next_due_instant_nothing_changes(
    found: list[AnyFact], book: Rulebook, until: int
) -> None:
    def seen(at: int) -> Picture:
        return judged(advanced(picture, book, at), book, at)

    picture = fold(found, book)
    until = max(until, picture.at + 1)
    view = seen(until)
    due = next_due(view, book)
    if due is None:
        assert spelled(seen(until + 10**13)) == spelled(view)
    else:
        assert due >= until
        assert spelled(seen(due - 1)) == spelled(view)
        assert spelled(seen(due)) != spelled(view)


@thorough
@given(facts(), rules, ends, ends)
def test_with_time_alone_crossings_are_only_added(
    found: list[AnyFact], book: Rulebook, first: int, second: int
) -> None:
    early, late = sorted((first, second))
    assert said(fold(found, book, early)) <= said(fold(found, book, late))


@thorough
@given(facts(), rules, ends)
def test_each_threshold_of_the_same_terms_is_crossed_once_in_a_cycle(
    found: list[AnyFact], book: Rulebook, until: int
) -> None:
    for clock in cycles(fold(found, book, until)):
        keys = [(one.threshold, one.agreement, one.priority) for one in clock.crossings]
        assert len(keys) == len(set(keys))
        assert all(one.at <= two.at for one, two in pairwise(clock.crossings))


@thorough
@given(facts(), rules, ends)
def test_what_has_been_told_need_not_be_told_again(
    found: list[AnyFact], book: Rulebook, until: int
) -> None:
    view = fold(found, book, until)
    told = difference(Ledger(), announce=view, standing=view, noticed_at=until)
    ledger = Ledger().after(told)
    assert not difference(ledger, announce=view, standing=view, noticed_at=until)
    assert not told.retracted
    assert ledger.horizon <= max(until, view.at + 1)


@thorough
@given(facts(), rules)
def test_one_clock_of_a_metric_is_open_at_a_time(found: list[AnyFact], book: Rulebook) -> None:
    for step in steps(BLANK, found, book):
        assert not any(clock.is_open for clock in step.picture.past)
        names = [(clock.metric, clock.cycle) for clock in cycles(step.picture)]
        assert len(names) == len(set(names))
        metrics = [(clock.metric, clock.owner) for clock in step.picture.clocks]
        assert len(metrics) == len(set(metrics))
