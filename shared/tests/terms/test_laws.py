"""What must hold of terms, whatever entries there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slaclock.terms import (
    Binding,
    Category,
    CauseKind,
    Entry,
    Kind,
    Mode,
    Reason,
    Terms,
    Verdict,
    considered,
    course_of,
    in_force,
)


@dataclass(frozen=True, slots=True)
class Ticket:
    contract_id: str | None = None
    customer_id: str | None = None
    service: str | None = None
    category: str | None = None
    group: str | None = None


INSTANTS = st.integers(0, 12)
WORDS = st.sampled_from(["x", "y"])
AGREEMENTS = st.sampled_from(["gold", "silver", "bronze"])
MODES = st.sampled_from(Mode)
TICKETS = st.builds(
    Ticket,
    contract_id=st.none() | st.sampled_from(["c1", "c2", "nobody-knows"]),
    customer_id=st.none() | WORDS,
    service=st.none() | WORDS,
    category=st.none() | WORDS,
    group=st.none() | WORDS,
)


@st.composite
def contract_entries(draw: st.DrawFn) -> Entry:
    cause = draw(st.sampled_from(CauseKind))
    since = draw(INSTANTS)
    until = draw(st.none() | st.integers(since + 1, 14)) if cause is CauseKind.QUOTE else None
    return Entry(
        entry_id="",
        kind=Kind.CONTRACT,
        effective_from=since,
        effective_to=until,
        recorded=0,
        said=draw(st.integers(0, 3)),
        mode=Mode.KEEP if cause is not CauseKind.CHANGE_ORDER else draw(MODES),
        agreement=None if cause is CauseKind.ENDED else draw(AGREEMENTS),
        contract_id=draw(st.sampled_from(["c1", "c2", "c3"])),
        customer_id=draw(WORDS),
        cause=cause,
    )


@st.composite
def other_entries(draw: st.DrawFn) -> Entry:
    kind = draw(st.sampled_from([Kind.DEFAULT, Kind.ASSIGNMENT, Kind.STATUS_MAP, Kind.SETTINGS]))
    entry = Entry(
        entry_id="",
        kind=kind,
        effective_from=draw(INSTANTS),
        recorded=0,
        said=draw(st.integers(0, 3)),
        mode=draw(MODES),
    )
    match kind:
        case Kind.DEFAULT:
            return replace(entry, agreement=draw(st.none() | AGREEMENTS))
        case Kind.ASSIGNMENT:
            part = st.none() | WORDS
            match = draw(st.tuples(part, part, part).filter(any))
            return replace(entry, agreement=draw(st.none() | AGREEMENTS), match=match)
        case Kind.STATUS_MAP:
            categories = st.sampled_from(Category)
            words = st.sampled_from(["parked", "open"])
            return replace(entry, statuses=draw(st.dictionaries(words, categories, min_size=1)))
        case _:
            return replace(entry, binding_required=draw(st.booleans()))


@st.composite
def timelines(draw: st.DrawFn) -> list[Entry]:
    told = draw(st.lists(contract_entries() | other_entries(), max_size=10))
    return [
        replace(entry, entry_id=f"e{number:02}", recorded=number)
        for number, entry in enumerate(told)
    ]


VIEWS = st.tuples(INSTANTS, INSTANTS).map(sorted)


def bound(entries: Sequence[Entry], ticket: Ticket, view: Sequence[int]) -> Binding:
    return Terms.of(entries).binding(ticket, opened=view[0], now=view[1])


@given(timelines(), TICKETS, VIEWS, st.randoms())
def test_the_order_of_arrival_does_not_matter(
    entries: list[Entry], ticket: Ticket, view: list[int], random: Random
) -> None:
    arrived = entries.copy()
    random.shuffle(arrived)
    numbered = [replace(entry, recorded=number) for number, entry in enumerate(arrived)]
    assert bound(numbered, ticket, view) == bound(entries, ticket, view)
    terms, again = Terms.of(entries), Terms.of(numbered)
    for status in ("parked", "open"):
        assert terms.category(status, view[0]) == again.category(status, view[0])
    assert verdicts(numbered, ticket, view) == verdicts(entries, ticket, view)


def verdicts(
    entries: Sequence[Entry], ticket: Ticket, view: Sequence[int]
) -> list[tuple[str, Verdict, str | None]]:
    found = considered(entries, ticket, opened=view[0], now=view[1])
    return [(one.entry.entry_id, one.verdict, one.by) for one in found]


@given(timelines(), contract_entries() | other_entries(), TICKETS, VIEWS)
def test_an_entry_changes_nothing_before_its_instant(
    entries: list[Entry], later: Entry, ticket: Ticket, view: list[int]
) -> None:
    assume(later.effective_from > view[1])
    told = [*entries, replace(later, entry_id="later", recorded=99)]
    assert bound(told, ticket, view) == bound(entries, ticket, view)
    terms, again = Terms.of(entries), Terms.of(told)
    for status in ("parked", "open"):
        assert terms.category(status, view[1]) == again.category(status, view[1])


@given(timelines(), TICKETS, VIEWS)
def test_an_entry_that_keeps_open_tickets_changes_nothing_for_them(
    entries: list[Entry], ticket: Ticket, view: list[int]
) -> None:
    opened, now = view
    kept = [
        entry
        for entry in entries
        if entry.kind is Kind.CONTRACT
        or entry.mode is not Mode.KEEP
        or entry.effective_from <= opened
    ]
    assert bound(kept, ticket, (opened, now)) == bound(entries, ticket, (opened, now))


@given(timelines(), TICKETS, VIEWS)
def test_the_reasons_are_complete(entries: list[Entry], ticket: Ticket, view: list[int]) -> None:
    opened, now = view
    binding = bound(entries, ticket, view)
    found = considered(entries, ticket, opened=opened, now=now)
    # every entry about the ticket is listed, once
    theirs = {
        entry.contract_id
        for entry in entries
        if entry.kind is Kind.CONTRACT
        and (
            (ticket.contract_id is not None and entry.contract_id == ticket.contract_id)
            or (ticket.customer_id is not None and entry.customer_id == ticket.customer_id)
        )
    }
    about = [
        entry.entry_id
        for entry in entries
        if entry.kind in (Kind.DEFAULT, Kind.ASSIGNMENT)
        or (entry.kind is Kind.CONTRACT and entry.contract_id in theirs)
    ]
    assert sorted(one.entry.entry_id for one in found) == sorted(about)
    # one applies, and it is the one that binds
    applies = [one for one in found if one.verdict is Verdict.APPLIES]
    if binding.agreement is None:
        assert (applies, binding.reason) == ([], Reason.NONE)
    else:
        (winner,) = applies
        assert found[0] is winner
        assert (winner.entry.entry_id, winner.reason) == (binding.entry_id, binding.reason)
        assert (winner.entry.agreement, winner.entry.mode) == (binding.agreement, binding.mode)
    # what stands in the way of the others is named, and is there
    for one in found:
        assert (one.by is not None) == (one.verdict in {Verdict.OUTRANKED, Verdict.SUPERSEDED})
        assert one.by is None or one.by in about


RANK = {reason: rank for rank, reason in enumerate(Reason)}


@given(timelines(), TICKETS, VIEWS)
def test_contract_beats_assignment_beats_default(
    entries: list[Entry], ticket: Ticket, view: list[int]
) -> None:
    opened, now = view
    binding = bound(entries, ticket, view)
    for one in considered(entries, ticket, opened=opened, now=now):
        if one.verdict is Verdict.OUTRANKED:
            assert RANK[binding.reason] <= RANK[one.reason]
    for reason, kind in (
        (Reason.DEFAULT, Kind.DEFAULT),
        (Reason.ASSIGNMENT, Kind.ASSIGNMENT),
        (Reason.CUSTOMER_CONTRACT, Kind.CONTRACT),
    ):
        if binding.reason is reason:  # taking away what decided never promotes what ranks higher
            rest = [entry for entry in entries if entry.kind is not kind]
            assert RANK[bound(rest, ticket, view).reason] > RANK[reason]


ONE_CONTRACT = st.lists(contract_entries(), max_size=8).map(
    lambda told: [
        replace(entry, entry_id=f"e{number:02}", contract_id="c1", customer_id="x")
        for number, entry in enumerate(told)
    ]
)


@given(ONE_CONTRACT, INSTANTS)
def test_a_change_order_neither_begins_nor_prolongs_nor_revives_a_contract(
    entries: list[Entry], at: int
) -> None:
    quotes = [entry for entry in entries if entry.cause is not CauseKind.CHANGE_ORDER]

    def runs(told: list[Entry]) -> bool:
        entry = in_force(course_of(told), at)
        return entry is not None and entry.agreement is not None

    assert runs(entries) == runs(quotes)


@given(ONE_CONTRACT, INSTANTS)
def test_a_contract_is_in_force_when_it_binds_a_ticket_that_names_it(
    entries: list[Entry], at: int
) -> None:
    """`GET /contracts/{id}/sla?at=` and a ticket opened at that instant agree."""
    binding = Terms.of(entries).binding(Ticket(contract_id="c1"), opened=at)
    entry = in_force(course_of(entries), at)
    assert binding.agreement == (entry.agreement if entry is not None else None)


@pytest.mark.parametrize(
    ("since", "found"),
    [
        pytest.param(2, Verdict.NOT_RUNNING, id="before the quote"),
        pytest.param(3, Verdict.APPLIES, id="with the quote"),
        pytest.param(5, Verdict.APPLIES, id="while it runs"),
        pytest.param(6, Verdict.NOT_RUNNING, id="at its end"),
        pytest.param(9, Verdict.NOT_RUNNING, id="long after it"),
    ],
)
def test_a_change_order_needs_a_contract_that_runs(since: int, found: Verdict) -> None:
    quote = Entry(
        entry_id="q",
        kind=Kind.CONTRACT,
        cause=CauseKind.QUOTE,
        contract_id="c1",
        customer_id="x",
        effective_from=3,
        effective_to=6,
        recorded=1,
        agreement="gold",
    )
    order = replace(
        quote,
        entry_id="o",
        cause=CauseKind.CHANGE_ORDER,
        effective_from=since,
        effective_to=None,
        said=1,
        agreement="silver",
        mode=Mode.FROM_START,
    )
    listed = considered([order, quote], Ticket(contract_id="c1"), opened=5, now=12)
    verdict = next(one.verdict for one in listed if one.entry.entry_id == "o")
    assert verdict is found


def test_a_contract_that_changed_hands_binds_its_new_customer_only() -> None:
    first = Entry(
        entry_id="q1",
        kind=Kind.CONTRACT,
        cause=CauseKind.QUOTE,
        contract_id="c1",
        customer_id="x",
        effective_from=0,
        recorded=1,
        agreement="gold",
    )
    second = replace(first, entry_id="q2", customer_id="y", effective_from=5, recorded=2)
    terms = Terms.of([first, second])
    for customer, at, reason in (
        ("x", 4, Reason.CUSTOMER_CONTRACT),
        ("x", 5, Reason.NONE),
        ("y", 4, Reason.NONE),
        ("y", 5, Reason.CUSTOMER_CONTRACT),
    ):
        assert terms.binding(Ticket(customer_id=customer), opened=at).reason is reason


@given(timelines(), st.sampled_from(["parked", "PARKED", "open", "unknown"]), INSTANTS)
def test_meanings_are_all_that_a_status_ever_means(
    entries: list[Entry], status: str, at: int
) -> None:
    terms = Terms.of(entries)
    holds = [what for since, what in terms.meanings(status) if since is None or since <= at]
    assert holds[-1] is terms.category(status, at)


@given(timelines(), TICKETS, VIEWS)
def test_terms_with_one_agreement_only_bind_everything_to_it(
    entries: list[Entry], ticket: Ticket, view: list[int]
) -> None:
    known = Terms.of(entries)
    terms = known.only("platinum")
    found = terms.binding(ticket, opened=view[0], now=view[1])
    assert (found.reason, found.agreement) == (Reason.DEFAULT, "platinum")
    assert not terms.reaching(-1)
    for status in ("parked", "open"):
        assert terms.category(status, view[0]) == known.category(status, view[0])
