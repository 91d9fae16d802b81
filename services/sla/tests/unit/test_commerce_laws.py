"""Commercial events in any order, any number, any batches: one history, and one answer for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractConflict, ContractEntry, Mode, Pin, in_force
from sla_service.usecases.bind import bind, bind_waiting
from slaclock.contracts.envelope import Event
from slaclock.contracts.instants import to_us
from slaclock.terms import Entry, Terms

from .memory import MemoryWork, version_of

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 12
CONTRACTS = ("c1", "c2")
SLAS = ("gold", "silver")


def day(number: int) -> datetime:
    return START + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Ticket:
    contract_id: str | None = None
    customer_id: str | None = None
    service: str | None = None
    category: str | None = None
    group: str | None = None


@st.composite
def commerce(draw: st.DrawFn, number: int) -> ContractNews:
    """Something that happened to a contract; *number* makes it unlike all others."""
    kind = draw(st.sampled_from(["quote", "quote", "change_order", "change_order", "ended"]))
    contract_id = draw(st.sampled_from(CONTRACTS))
    since = draw(st.integers(0, DAYS - 2))
    news = ContractNews(
        tenant="acme",
        contract_id=contract_id,
        customer_id=None,
        sla_id=None,
        sla_version=None,
        effective_from=day(since),
        effective_to=None,
        mode="keep",
        cause_kind="ended",
        cause_id=f"e{number}",
        happened_at=day(draw(st.integers(0, 3))),
        source="/crm",
        event_id=f"e{number}",
    )
    if kind == "ended":
        return news
    named = replace(
        news,
        sla_id=draw(st.sampled_from(SLAS)),
        sla_version=draw(st.sampled_from([None, None, 1])),
        cause_id=f"n{number}",
    )
    if kind == "quote":
        until = draw(st.none() | st.integers(since + 1, DAYS))
        return replace(
            named,
            cause_kind="quote",
            customer_id=f"customer of {contract_id}",
            effective_to=None if until is None else day(until),
        )
    mode: Mode = draw(st.sampled_from(get_args(Mode)))
    return replace(named, cause_kind="change_order", mode=mode)


@st.composite
def stories(draw: st.DrawFn) -> list[ContractNews]:
    return [draw(commerce(number)) for number in range(draw(st.integers(1, 7)))]


@st.composite
def tellings(draw: st.DrawFn, story: Sequence[ContractNews]) -> list[list[ContractNews]]:
    """*story* in any order, each part at least once, in batches."""
    more = draw(st.lists(st.sampled_from(story), max_size=4))
    told = draw(st.permutations([*story, *more]))
    sizes = draw(st.lists(st.integers(1, 4), min_size=len(told)))
    batches: list[list[ContractNews]] = []
    rest = list(told)
    for size in sizes:
        if rest:
            batches.append(rest[:size])
            rest = rest[size:]
    return batches


async def tell(batches: Iterable[Sequence[ContractNews]]) -> MemoryWork:
    work = MemoryWork()
    for sla_id in SLAS:
        work.publish(sla_id)
    for batch in batches:
        await bind(work, batch)  # type: ignore[arg-type] # the part of Work that contracts need
    return work


def histories(work: MemoryWork) -> list[ContractEntry]:
    return sorted((entry for entry, _ in work.entries.values()), key=lambda one: one.entry_id)


def instants() -> list[datetime]:
    """Every instant at which something may change, just before it, and just after."""
    step = timedelta(microseconds=1)
    return [day(number) + shift for number in range(DAYS + 1) for shift in (-step, 0 * step, step)]


def answers(entries: Sequence[ContractEntry], contract_id: str) -> list[Pin | None]:
    """What `GET /contracts/{id}/sla?at=` says at every instant."""
    own = [entry for entry in entries if entry.contract_id == contract_id]
    found = (in_force(own, at) for at in instants())
    return [None if entry is None else entry.pin for entry in found]


@given(st.data())
def test_any_telling_of_the_same_events_ends_in_the_same_history(data: st.DataObject) -> None:
    story = data.draw(stories())
    first = asyncio.run(tell([story]))
    second = asyncio.run(tell(data.draw(tellings(story))))
    assert histories(second) == histories(first)
    assert second.aside == first.aside
    for contract_id in CONTRACTS:
        assert answers(histories(second), contract_id) == answers(histories(first), contract_id)
    # and whoever hears of it decides the same, in whatever order it is heard
    heard = second.told("sla.contract.bound")
    data.draw(st.randoms()).shuffle(heard)
    assert as_heard(heard) == [answers_hashes(histories(first), one) for one in CONTRACTS]


def answers_hashes(entries: Sequence[ContractEntry], contract_id: str) -> list[str | None]:
    return [None if pin is None else pin.hash for pin in answers(entries, contract_id)]


def as_heard(events: Sequence[Event[Any]]) -> list[list[str | None]]:
    """What tickets of each contract are bound to by ticket-clock, opened at every instant."""
    terms = Terms.of(
        Entry.from_body(
            "contract",
            event.data.model_dump(mode="json"),
            recorded=number,
            said=to_us(event.time),
        )
        for number, event in enumerate(events)
    )
    return [
        [
            terms.binding(Ticket(contract_id=contract_id), opened=to_us(at)).agreement
            for at in instants()
        ]
        for contract_id in CONTRACTS
    ]


@given(stories(), st.randoms())
def test_what_waited_is_bound_once_its_sla_is_published(
    story: list[ContractNews], random: Random
) -> None:
    """Events first, in any order; then the SLAs: the same history as the other way round."""

    async def late() -> MemoryWork:
        work = MemoryWork()
        told = story.copy()
        random.shuffle(told)
        for news in told:
            await bind(work, [news])  # type: ignore[arg-type] # as above
        assert not work.entries
        assert len(work.told("sla.advisory.raised")) == len(work.aside) == len(story)
        for sla_id in SLAS:
            work.publish(sla_id)
            await bind_waiting(work, "acme", sla_id)  # type: ignore[arg-type] # as above
        return work

    first, second = asyncio.run(tell([story])), asyncio.run(late())
    assert histories(second) == histories(first)
    assert second.aside == first.aside


class Contracts(RuleBasedStateMachine):
    """Publications and commercial events in any mixture, against a model of a few lines."""

    def __init__(self) -> None:
        super().__init__()
        self.work = MemoryWork()
        self.number = 0
        self.told: list[ContractNews] = []
        # the model: what waits, and what is bound to which version
        self.waits: list[ContractNews] = []
        self.bound: list[tuple[ContractNews, Pin | None]] = []
        self.newest: dict[str, int] = {}

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        news = data.draw(commerce(self.number))
        self.number += 1
        self.told.append(news)
        self._tell(news)
        self.waits.append(news)
        self._settle()

    @rule(data=st.data())
    def it_is_told_again(self, data: st.DataObject) -> None:
        if self.told:
            self._tell(data.draw(st.sampled_from(self.told)))

    @rule(data=st.data())
    def it_is_told_with_other_content(self, data: st.DataObject) -> None:
        if not self.told:
            return
        news = data.draw(st.sampled_from(self.told))
        try:
            self._tell(replace(news, effective_from=news.effective_from + timedelta(hours=1)))
        except ContractConflict:
            return
        raise AssertionError("taken, although it says something else")

    @rule(data=st.data())
    def another_customer_claims_it(self, data: st.DataObject) -> None:
        quotes = [news for news in self.told if news.cause_kind == "quote"]
        if not quotes:
            return
        news = data.draw(st.sampled_from(quotes))
        try:
            self._tell(replace(news, cause_id="theirs", customer_id="somebody else"))
        except ContractConflict:
            return
        raise AssertionError("taken, although the contract is another customer's")

    @rule(sla_id=st.sampled_from(SLAS))
    def a_version_is_published(self, sla_id: str) -> None:
        self.newest[sla_id] = self.newest.get(sla_id, 0) + 1
        self.work.publish(sla_id)
        asyncio.run(bind_waiting(self.work, "acme", sla_id))  # type: ignore[arg-type] # as above
        self._settle()

    def _tell(self, news: ContractNews) -> None:
        asyncio.run(bind(self.work, [news]))  # type: ignore[arg-type] # as above

    def _settle(self) -> None:
        """Bind whatever can be, until nothing can."""
        moved = True
        while moved:
            moved = False
            for news in self.waits:
                begun = any(
                    one.contract_id == news.contract_id and one.cause_kind == "quote"
                    for one, _ in self.bound
                )
                number = news.sla_version or self.newest.get(news.sla_id or "", 0)
                there = news.sla_id is None or 1 <= number <= self.newest.get(news.sla_id, 0)
                if there and (begun or news.cause_kind == "quote"):
                    pin = None if news.sla_id is None else version_of(news.sla_id, number).pin
                    self.bound.append((news, pin))
                    self.waits.remove(news)
                    moved = True
                    break

    def _answer(self, contract_id: str, at: datetime) -> Pin | None:
        """Quotes begin and ends end; change orders alter what runs."""
        found, until, runs = None, None, False
        told = [(n, pin) for n, pin in self.bound if n.contract_id == contract_id]
        for news, pin in sorted(
            told, key=lambda one: (one[0].effective_from, one[0].happened_at, one[0].entry_id.hex)
        ):
            if news.effective_from > at:
                break
            if news.cause_kind != "change_order":
                found, until, runs = pin, news.effective_to, pin is not None
            elif runs and (until is None or until > news.effective_from):
                found = pin
        return found if until is None or at < until else None

    @invariant()
    def the_histories_agree(self) -> None:
        assert {news.entry_id for news in self.waits} == set(self.work.aside)
        kept = {entry.entry_id: entry.pin for entry, _ in self.work.entries.values()}
        assert kept == {news.entry_id: pin for news, pin in self.bound}
        for contract_id in CONTRACTS:
            expected = [self._answer(contract_id, at) for at in instants()]
            assert answers(histories(self.work), contract_id) == expected

    @invariant()
    def every_entry_was_told_once(self) -> None:
        told = [event.id for event in self.work.told("sla.contract.bound")]
        assert sorted(told) == sorted(str(entry_id) for entry_id in self.work.entries)


TestContracts = Contracts.TestCase
TestContracts.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
