"""Laws that hold for every ticket, whatever happens to it and in whatever order it is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ticket_clock_service.domain.changes import Change
from ticket_clock_service.domain.clock import Clock, State
from ticket_clock_service.domain.codec import picture_of
from ticket_clock_service.domain.event import clock_data
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import (
    advanced,
    continued,
    fold,
    judged,
    next_due,
    steps,
)
from ticket_clock_service.domain.ledger import Ledger, difference
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.reading import calendar_of, read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    HOUR,
    MINUTE,
    Desk,
    default,
    deleted,
    entry,
    fri,
    opened,
    replied,
    rulebook,
    sla,
    spelled,
    standing,
    statuses,
    under,
    updated,
)

START = fri("13:00")
LIFE = 80 * 60
"""Minutes from Friday at one to Monday evening: an office weekend."""

A = sla(
    ("first_response", None, 60, "office"),
    ("resolution", "P1", 90, "24x7"),
    ("resolution", "P2", 240, "office"),
    ("resolution", None, 480, "office"),
    sla_id="a",
    thresholds=["percent:50", "before_due:30", "after_due:60"],
)
B = sla(
    ("first_response", "P1", 30, "24x7"),
    ("resolution", "P1", 60, "24x7"),
    ("resolution", "P2", 120, "24x7"),
    sla_id="b",
    reopen={"resolution": "restart", "first_response": "resume"},
    pause={"resolution": ["waiting_on_customer", "on_hold"], "first_response": []},
)
C = sla(
    ("first_response", None, 60, "office"),
    ("next_reply", "P1", 30, "24x7"),
    ("next_reply", None, 60, "office"),
    ("periodic_update", None, 120, "office"),
    ("resolution", None, 480, "office"),
    sla_id="c",
)
D = sla(
    ("first_response", None, 60, "office"),
    ("next_reply", None, 60, "24x7"),
    ("periodic_update", "P1", 90, "24x7"),
    ("resolution", None, 480, "office"),
    sla_id="d",
    reopen={"next_reply": "resume", "periodic_update": "keep", "resolution": "restart"},
    pause={"next_reply": ["on_hold"], "periodic_update": []},
    metrics={
        "first_response": {"starts": ["opened", "customer_reply"], "fulfils": ["agent_reply"]},
        "periodic_update": {"starts": ["agent_reply"], "fulfils": ["agent_reply", "resolved"]},
    },
)
OLA = sla(
    ("first_response", None, 30, "office"),
    ("periodic_update", None, 45, "24x7"),
    ("resolution", "P1", 60, "24x7"),
    ("resolution", None, 120, "office"),
    sla_id="ola-l1",
    agreement_type="ola",
    group="l1",
)


def changing(mode: str, minute: int) -> Rulebook:
    later = default(B, START + minute * MINUTE, recorded=2, mode=mode)
    known = statuses(START + 20 * HOUR, 3, geheim="on_hold")
    contract = entry(
        "contract",
        START + 10 * HOUR,
        4,
        contract_id="c1",
        customer_id="acme",
        sla=A,
        mode=mode,
        effective_to=START + 60 * HOUR,
    )
    return rulebook(default(A), later, known, contract, slas=[A, B])


RULEBOOKS = [
    under(A),
    under(B),
    changing("keep", 300),
    changing("from_effective_instant", 300),
    changing("from_effective_instant", 4000),
    changing("from_start", 90),
    rulebook(default(B, START + 30 * HOUR, mode="from_start"), slas=[A, B]),
    rulebook(ready=False),
    under(C),
    rulebook(
        default(C),
        default(D, START + 300 * MINUTE, recorded=2, mode="from_effective_instant"),
        entry("assignment", recorded=3, sla=OLA, match={"group": "l1"}),
        slas=[C, D, OLA],
    ),
    rulebook(
        default(A),
        default(D, START + 240 * MINUTE, recorded=2, mode="from_start"),
        entry("assignment", START + 60 * MINUTE, 3, sla=OLA, match={"group": "l1"}),
        entry("assignment", START + 30 * HOUR, 4, match={"group": "l1"}, mode="from_start"),
        slas=[A, D, OLA],
    ),
]

minutes = st.one_of(st.integers(-60, LIFE), st.sampled_from([0, 60, 90, 240, 300, 300]))
instants = minutes.map(lambda minute: START + minute * MINUTE)
words = st.sampled_from(
    ["open", "pending", "on hold", "resolved", "closed", "cancelled", "geheim", "unheard of"]
)
sequences = st.sampled_from([0, 1, 10**18 - 1])
priorities = st.sampled_from([None, "P1", "P2", "P3"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "status": words,
        "priority": priorities,
        "group": st.sampled_from(["l1", "l2", None]),
        "assignee": st.sampled_from(["ann", "bob", None]),
        "contract_id": st.sampled_from(["c1", "c2", None]),
        "customer_id": st.sampled_from(["acme", "other"]),
    },
)


def _opening(given: dict[str, str | None]) -> dict[str, Any]:
    return {**given, "status": given.get("status", "open")}


openings = fields.map(_opening)


@st.composite
def facts(draw: st.DrawFn) -> list[AnyFact]:
    """A ticket's facts, each with a name of its own, in any order."""
    found = [opened(START, **{"id": "f0", **draw(openings)})]
    for number in range(1, draw(st.integers(1, 9))):
        at = draw(instants)
        envelope: dict[str, Any] = {"id": f"f{number}", "sequence": draw(sequences)}
        match draw(st.sampled_from(["updated"] * 6 + ["replied", "replied", "deleted", "opened"])):
            case "updated":
                found.append(updated(at, **draw(fields), **envelope))
            case "replied":
                author, public = draw(st.sampled_from(["agent", "customer"])), draw(st.booleans())
                found.append(replied(at, author, public=public, **envelope))
            case "deleted":
                found.append(deleted(at, **envelope))
            case _:
                found.append(opened(at, **{**draw(openings), **envelope}))
    return found


rules = st.sampled_from(RULEBOOKS)
ends = st.integers(0, LIFE + 48 * 60).map(lambda minute: START + minute * MINUTE)
thorough = settings(deadline=None, max_examples=200)


def cycles(picture: Picture) -> list[Clock]:
    return [*picture.past, *picture.clocks]


def said(picture: Picture) -> set[tuple[str, str, str, int]]:
    """All crossings of a picture, as `standing` writes those of a ledger."""
    return {
        (clock.metric.value, clock.cycle, crossing.threshold, crossing.at)
        for clock in cycles(picture)
        for crossing in clock.crossings
    }


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


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[list[AnyFact], int]]:
    """The facts of a ticket in the order in which they arrive, in batches, some of them twice."""
    found = draw(facts())
    arriving = draw(st.permutations([*found, *draw(st.lists(st.sampled_from(found), max_size=3))]))
    now, batches = START, []
    while arriving:
        size = draw(st.integers(1, len(arriving)))
        batch, arriving = arriving[:size], arriving[size:]
        now = max([now, *(fact.at for fact in batch)]) + draw(st.integers(0, 600)) * MINUTE
        batches.append((list(batch), now))
    return batches


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
