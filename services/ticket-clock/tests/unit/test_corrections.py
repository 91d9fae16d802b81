"""What is learnt late, for every metric: taken back, told again, measured anew, or left alone.

One ticket has a clock of every metric, and one of an OLA: each has an office hour, and each is
breached on Monday at ten unless something is learnt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Clock, Outcome, State
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import advanced, judged
from ticket_clock_service.domain.reading import read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    RESOLUTION,
    Desk,
    Snapshot,
    clocked,
    default,
    deleted,
    entry,
    goes_on,
    mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    status,
    updated,
    waits,
    words,
)

PROMISED = (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.PERIODIC_UPDATE, Metric.RESOLUTION)
Kind = tuple[Metric, str | None]
"""A metric, and of an OLA's clock its group."""

KINDS = [
    *(pytest.param((metric, None), id=metric.value) for metric in PROMISED),
    pytest.param((RESOLUTION, "l1"), id="ola"),
]


def hours(sla_id: str, minutes: int, calendar: str = "office", **more: Any) -> Snapshot:
    """An SLA with so many minutes for every metric; half for P1, four times as many for P3."""
    rows = [
        (metric.value, priority, amount, calendar)
        for metric in PROMISED
        for priority, amount in (("P1", minutes // 2), ("P3", minutes * 4), (None, minutes))
    ]
    return sla(*rows, sla_id=sla_id, **more)


def ola(minutes: int, *, version: int = 1, calendar: str = "office") -> Snapshot:
    rows = [
        ("resolution", priority, amount, calendar)
        for priority, amount in (("P1", minutes // 2), ("P3", minutes * 4), (None, minutes))
    ]
    return sla(*rows, sla_id="ola", version=version, agreement_type="ola", group="l1")


GOLD, OLA = hours("gold", 60), ola(60)
FIRST = (default(GOLD), entry("assignment", recorded=2, sla=OLA, match={"group": "l1"}))
BOOK = rulebook(*FIRST, slas=[GOLD, OLA])


def asked(at: int) -> AnyFact:
    return replied(at, "customer")


BEGUN = (opened(mon("09:00"), group="l1"), asked(mon("09:00")))


def overdue(book: Rulebook = BOOK) -> Desk:
    """Every clock was told to be breached at ten."""
    desk = Desk(book)
    desk.report(*BEGUN)
    desk.wake_until(mon("10:30"))
    return desk


def clock_of(desk: Desk, kind: Kind) -> Clock:
    """The first cycle of a kind of clock, as it was seen when it was looked at last."""
    return next(one for one in cycles(desk) if (one.metric, one.owner) == kind)


def cycles(desk: Desk) -> list[Clock]:
    assert desk.picture is not None
    at = max(desk.judged_to, desk.picture.at)
    seen = judged(advanced(desk.picture, desk.rules, at), desk.rules, at)
    return [*seen.past, *seen.clocks]


def told(desk: Desk, kind: Kind) -> list[str]:
    """The ledger of that cycle: `100 #1 Mon 10:00`, and what became of it."""
    clock = clock_of(desk, kind)
    return [
        f"{one.key.threshold.removeprefix('percent:')} #{one.n} {clocked(one.crossed_at)}"
        + ("" if one.stands else " taken back")
        for one in sorted(desk.ledger.told, key=lambda one: (one.noticed_at, one.crossed_at))
        if one.key.clock == (clock.metric, clock.cycle)
    ]


def standing(desk: Desk, kind: Kind) -> list[str]:
    return [one for one in told(desk, kind) if not one.endswith("taken back")]


HALF, MOST, NEARLY, ALL = (
    "50 #1 Mon 09:30",
    "75 #1 Mon 09:45",
    "90 #1 Mon 09:54",
    "100 #1 Mon 10:00",
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_of_them_is_breached_at_ten(kind: Kind) -> None:
    assert told(overdue(), kind) == [HALF, MOST, NEARLY, ALL]


# --- a pause that comes late --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_late_pause_takes_back_what_it_disproves_and_the_threshold_comes_again(
    kind: Kind,
) -> None:
    # given breaches that were told, when a pause from before them is told at half past ten
    desk = overdue()
    desk.report(waits(mon("09:40")), now=mon("10:30"))
    # then what lay behind it is taken back
    assert told(desk, kind) == [HALF, *(f"{one} taken back" for one in (MOST, NEARLY, ALL))]
    clock = clock_of(desk, kind)
    assert (clock.state, clock.outcome) == (State.PAUSED, Outcome.PENDING)
    # and when the ticket goes on, each comes again, as the second of its kind
    desk.report(goes_on(mon("10:40")))
    desk.wake_until(mon("12:00"))
    assert standing(desk, kind) == [
        HALF,
        "75 #2 Mon 10:45",
        "90 #2 Mon 10:54",
        "100 #2 Mon 11:00",
    ]
    assert clock_of(desk, kind).outcome is Outcome.BREACHED


@pytest.mark.parametrize("kind", KINDS)
def test_a_pause_that_began_with_a_threshold_takes_back_what_was_told_of_it(kind: Kind) -> None:
    """Paused at the very instant of the threshold is in time; a microsecond later is not."""
    just, after = overdue(), overdue()
    just.report(waits(mon("10:00")), now=mon("10:30"))
    after.report(waits(mon("10:00:00.000001")), now=mon("10:30"))
    assert told(just, kind)[-1] == f"{ALL} taken back"
    assert told(after, kind)[-1] == ALL


@pytest.mark.parametrize("kind", KINDS)
def test_a_pause_that_is_told_with_its_end_corrects_what_merely_moved(kind: Kind) -> None:
    desk = overdue()
    desk.report(waits(mon("09:40")), goes_on(mon("09:50")), now=mon("10:30"))
    assert told(desk, kind) == [HALF, "75 #1 Mon 09:55", "90 #1 Mon 10:04", "100 #1 Mon 10:10"]


@pytest.mark.parametrize("kind", KINDS)
def test_two_late_pauses_are_two_corrections(kind: Kind) -> None:
    desk = overdue()
    desk.report(waits(mon("09:40")), goes_on(mon("10:20")), now=mon("10:30"))
    desk.wake_until(mon("11:00"))
    desk.report(waits(mon("09:10")), goes_on(mon("09:20")), now=mon("11:00"))
    desk.wake_until(mon("12:00"))
    assert standing(desk, kind)[-1] == "100 #2 Mon 10:50"
    assert len([one for one in told(desk, kind) if one.startswith("100 ")]) == 2


# --- an end that comes late ---------------------------------------------------------------------

ENDS: list[tuple[Kind, Callable[[int], AnyFact]]] = [
    ((Metric.FIRST_RESPONSE, None), replied),
    ((Metric.NEXT_REPLY, None), replied),
    ((Metric.PERIODIC_UPDATE, None), replied),
    ((RESOLUTION, None), resolved),
    ((RESOLUTION, "l1"), resolved),
    ((RESOLUTION, "l1"), lambda at: updated(at, group="l2")),
]
ENDED = [
    pytest.param(kind, end, id=name)
    for (kind, end), name in zip(
        ENDS,
        ["first_response", "next_reply", "periodic_update", "resolution", "ola", "handed over"],
        strict=True,
    )
]


@pytest.mark.parametrize(("kind", "end"), ENDED)
def test_an_earlier_end_that_is_told_late_withdraws_the_breach(
    kind: Kind, end: Callable[[int], AnyFact]
) -> None:
    desk = overdue()
    found = desk.report(end(mon("09:40")), now=mon("10:30"))
    assert told(desk, kind) == [HALF, *(f"{one} taken back" for one in (MOST, NEARLY, ALL))]
    clock = clock_of(desk, kind)
    assert (clock.outcome, clocked(clock.since)) == (Outcome.MET, "Mon 09:40")
    last = [one for one in found if one.clock.cycle == clock.cycle and one.clock.metric is kind[0]]
    assert last[-1].clock.outcome is Outcome.MET, "the last word about it is the verdict"
    assert {one.kind.value for one in last} == {"retracted", "met"}


@pytest.mark.parametrize(("kind", "end"), ENDED)
def test_an_end_after_the_breach_leaves_what_was_told(
    kind: Kind, end: Callable[[int], AnyFact]
) -> None:
    desk = overdue()
    desk.report(end(mon("10:20")), now=mon("10:30"))
    assert told(desk, kind) == [HALF, MOST, NEARLY, ALL]
    assert clock_of(desk, kind).outcome is Outcome.BREACHED


@pytest.mark.parametrize(("kind", "end"), ENDED)
def test_the_first_of_several_ends_counts_whichever_is_told_first(
    kind: Kind, end: Callable[[int], AnyFact]
) -> None:
    late, at_once = overdue(), overdue()
    late.report(end(mon("10:10")), now=mon("10:30"))
    assert clock_of(late, kind).outcome is Outcome.BREACHED
    late.report(end(mon("09:50")), now=mon("10:31"))
    at_once.report(end(mon("09:50")), end(mon("10:10")), now=mon("10:31"))
    assert clock_of(late, kind) == clock_of(at_once, kind)
    assert standing(late, kind) == [HALF, MOST]


# --- another priority, told late ----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_back_dated_priority_measures_by_its_own_target_from_then_on(kind: Kind) -> None:
    """Half an hour for P1, of which twenty minutes were used when it took hold."""
    desk = overdue()
    desk.report(updated(mon("09:20"), priority="P1"), now=mon("10:30"))
    assert [one for one in told(desk, kind) if "taken back" in one] == [
        f"{one} taken back" for one in (HALF, MOST, NEARLY, ALL)
    ]
    desk.wake_until(mon("11:00"))
    assert standing(desk, kind) == [
        "50 #1 Mon 09:20",
        "75 #1 Mon 09:22+30000000µs",
        "90 #1 Mon 09:27",
        "100 #1 Mon 09:30",
    ]
    assert {
        one.key.priority
        for one in desk.ledger.standing.values()
        if one.key.clock == (kind[0], clock_of(desk, kind).cycle)
    } == {"P1"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_back_dated_lower_priority_withdraws_the_breach_without_another(kind: Kind) -> None:
    desk = overdue()
    desk.report(updated(mon("09:20"), priority="P3"), now=mon("10:30"))
    desk.wake_until(mon("10:30"))
    assert standing(desk, kind) == []
    clock = clock_of(desk, kind)
    assert clock.outcome is Outcome.PENDING
    due = read(clock, BOOK.agreements, mon("10:30")).due
    assert clocked(due) == "Mon 13:00"


@pytest.mark.parametrize("kind", KINDS)
def test_a_priority_that_changes_after_the_breach_leaves_it_in_the_ledger(kind: Kind) -> None:
    """What was rightly crossed stays; whether the cycle is breached is judged by the new target."""
    desk = overdue()
    desk.report(updated(mon("10:15"), priority="P3"), now=mon("10:30"))
    assert told(desk, kind) == [HALF, MOST, NEARLY, ALL]
    assert clock_of(desk, kind).outcome is Outcome.PENDING
    desk.wake_until(mon("14:00"))
    assert clock_of(desk, kind).outcome is Outcome.BREACHED


@pytest.mark.parametrize("kind", KINDS)
def test_a_priority_that_is_corrected_twice_comes_back_as_the_second(kind: Kind) -> None:
    """First P3 since 09:20, then it turns out that it lasted until 09:40 only."""
    desk = overdue()
    desk.report(updated(mon("09:20"), priority="P3"), now=mon("10:30"))
    desk.report(updated(mon("09:40"), priority=None), now=mon("10:31"))
    desk.wake_until(mon("10:31"))
    assert standing(desk, kind) == [
        "50 #2 Mon 09:40",
        "75 #2 Mon 09:45",
        "90 #2 Mon 09:54",
        "100 #2 Mon 10:00",
    ]


# --- a ticket that is gone ----------------------------------------------------------------------

GONE: list[Callable[[int], AnyFact]] = [
    deleted,
    lambda at: deleted(at, "merged"),
    lambda at: status(at, "Cancelled"),
]
GOES = [
    pytest.param(gone, id=name)
    for gone, name in zip(GONE, ["deleted", "merged", "cancelled"], strict=True)
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gone", GOES)
def test_a_ticket_that_is_gone_calls_its_clocks_off_and_nothing_more_comes_due(
    kind: Kind, gone: Callable[[int], AnyFact]
) -> None:
    desk = Desk(BOOK)
    desk.report(*BEGUN)
    desk.wake_until(mon("09:40"))
    desk.report(gone(mon("09:40")))
    clock = clock_of(desk, kind)
    assert (clock.outcome, clocked(clock.since)) == (Outcome.CANCELLED, "Mon 09:40")
    assert told(desk, kind) == [HALF]
    assert desk.next_due is None
    assert desk.wake(mon("12:00")) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gone", GOES)
def test_what_was_told_of_a_ticket_that_was_gone_by_then_is_taken_back(
    kind: Kind, gone: Callable[[int], AnyFact]
) -> None:
    desk = overdue()
    desk.report(gone(mon("09:40")), now=mon("10:30"))
    assert standing(desk, kind) == [HALF]
    assert clock_of(desk, kind).outcome is Outcome.CANCELLED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gone", GOES)
def test_a_ticket_that_goes_after_the_breach_stays_breached(
    kind: Kind, gone: Callable[[int], AnyFact]
) -> None:
    desk = overdue()
    desk.report(gone(mon("10:20")), now=mon("10:30"))
    assert told(desk, kind) == [HALF, MOST, NEARLY, ALL]
    assert clock_of(desk, kind).outcome is Outcome.BREACHED


# --- an OLA's group gives the ticket away, and gets it back ------------------------------------


def test_a_hand_over_that_is_told_late_splits_the_time_with_the_group() -> None:
    """Given a breach of the group, when it turns out that it had the ticket twice, none is left."""
    desk = overdue()
    desk.report(
        updated(mon("09:40"), group="l2"), updated(mon("10:10"), group="l1"), now=mon("10:30")
    )
    desk.wake_until(mon("10:30"))
    first = clock_of(desk, (RESOLUTION, "l1"))
    assert (first.outcome, clocked(first.since)) == (Outcome.MET, "Mon 09:40")
    assert standing(desk, (RESOLUTION, "l1")) == [HALF]
    (again,) = [one for one in cycles(desk) if one.owner == "l1" and one.is_open]
    assert (clocked(again.opened), again.outcome) == ("Mon 10:10", Outcome.PENDING)
    assert again.cycle != first.cycle
    assert standing(desk, (RESOLUTION, None)) == [HALF, MOST, NEARLY, ALL], "the customer waited"


def test_a_hand_over_to_itself_changes_nothing() -> None:
    desk = overdue()
    assert desk.report(updated(mon("10:20"), group="l1"), now=mon("10:30")) == []


def test_a_hand_over_that_turns_out_to_be_none_goes_on_with_the_first_cycle() -> None:
    """Told to l2 at 09:40; later it turns out that it came back at the same instant."""
    desk = Desk(BOOK)
    desk.report(*BEGUN, updated(mon("09:40"), group="l2", id="away"))
    desk.report(updated(mon("09:40"), group="l1", id="back", sequence=1), now=mon("09:45"))
    desk.wake_until(mon("11:30"))
    spans = [
        (clocked(one.opened), None if one.is_open else clocked(one.since), one.outcome.value)
        for one in cycles(desk)
        if one.owner == "l1"
    ]
    assert spans == [("Mon 09:00", "Mon 09:40", "met"), ("Mon 09:40", None, "breached")]


def test_repeating_late_news_changes_nothing_more() -> None:
    desk = overdue()
    news = [waits(mon("09:40")), updated(mon("09:20"), priority="P1"), replied(mon("09:50"))]
    desk.report(*news, now=mon("10:30"))
    published = len(desk.published)
    assert words(desk.report(*reversed(news), now=mon("10:31"))) == []
    assert len(desk.published) == published
