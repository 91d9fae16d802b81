"""Comparing tickets under a trial with what they came to, a slice at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from slaclock.errors import Refusal
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.codec import picture_of
from ticket_clock_service.domain.fact import AnyFact, fact_of
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.picture import FOLD_VERSION, Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.simulation import (
    Difference,
    Example,
    Figures,
    MetricComparison,
    TicketFault,
    Tickets,
)
from ticket_clock_service.domain.spans import Span, Spans, StoredFact
from ticket_clock_service.domain.summing import figures_of
from ticket_clock_service.domain.tallies import Tallies
from ticket_clock_service.domain.trial import Trial
from ticket_clock_service.domain.verdicts import (
    Cycle,
    agreements_of,
    figures_in,
    verdicts_in,
    verdicts_on,
)

__all__ = ["Comparing", "StoredTicket"]

FAULTS_KEPT: Final = 50
SLICE: Final = 200
"""Tickets that are summed up at once: enough for arrays, too few for the garbage collector."""
FAULTED: Final = "ticket.faulted"

_SPOILT: Final = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """All that is stored of a ticket, as it lies in the database.

    Attributes:
        state: its picture; None before the first fold.
        fault: why the last fold failed, if it did.
        facts: JSON array of [at_us, sequence, kind, data, source, event_id], in no order.
    """

    ticket_id: str
    state: bytes | None
    fault: str | None
    facts: str


@dataclass(slots=True)
class _Case:
    """A ticket while it is compared.

    Attributes:
        state: its stored picture, if that is of use.
        spans: None where the fold has to be asked.
    """

    ticket_id: str
    facts: list[StoredFact]
    state: bytes | None
    priority: str | None
    customer: str | None
    in_force: dict[Cycle, Outcome]
    spans: list[Span] | None
    simulated: dict[Cycle, Figures] | None = None


class Comparing:
    """Takes tickets in, and knows what they have come to so far.

    Args:
        known: the rulebook in force.
        trial: what is simulated.
        as_of: the instant of judging, microseconds since 1970.
        bound_only: leave out tickets of which no clock is bound to what the trial concerns.
        examples: how many to keep of each metric and difference.
    """

    def __init__(
        self, known: Rulebook, trial: Trial, as_of: int, *, bound_only: bool, examples: int
    ) -> None:
        self._known, self._trial, self._as_of = known, trial, as_of
        self._bound_only, self._most = bound_only, examples
        self._spans = Spans(trial, as_of)
        self._tallies = Tallies()
        self._examples: dict[tuple[str, Difference], list[Example]] = defaultdict(list)
        self._faults: list[TicketFault] = []
        self.surprise: Exception | None = None
        self._considered = self._unbound = self._faulted = 0
        self._by_batch = self._by_fold = 0

    def take(self, tickets: Sequence[StoredTicket]) -> None:
        """Compare some more tickets; one that cannot be is a fault, and no other suffers."""
        for low in range(0, len(tickets), SLICE):
            self._take(tickets[low : low + SLICE])

    def _take(self, tickets: Sequence[StoredTicket]) -> None:
        self._considered += len(tickets)
        cases = []
        for stored in tickets:
            if stored.fault is not None:
                self._blame(stored.ticket_id, FAULTED, stored.fault)
            elif (case := self._tried(stored.ticket_id, self._case, stored)) is not None:
                cases.append(case)
        self._sum([case for case in cases if case.spans is not None])
        for case in cases:
            if case.spans is None:
                case.simulated = self._tried(case.ticket_id, self._folded, case)
            if case.simulated is not None:
                self._tried(case.ticket_id, self._count, case)

    @property
    def tickets(self) -> Tickets:
        """What became of them so far."""
        return Tickets(
            considered=self._considered,
            simulated=self._by_batch + self._by_fold,
            unbound=self._unbound,
            faulted=self._faulted,
            by_batch=self._by_batch,
            by_fold=self._by_fold,
        )

    @property
    def faults(self) -> tuple[TicketFault, ...]:
        """The first of those that could not be compared."""
        return tuple(self._faults)

    def metrics(self) -> tuple[MetricComparison, ...]:
        """The comparison so far."""
        return self._tallies.metrics()

    def examples(self, most: int) -> tuple[Example, ...]:
        """At most so many: of each metric and difference in turn the earliest opened."""
        found: list[Example] = []
        left = [iter(examples) for _, examples in sorted(self._examples.items())]
        while left and len(found) < most:
            going = []
            for examples in left:
                if (example := next(examples, None)) is not None:
                    found.append(example)
                    going.append(examples)
            left = going
        return tuple(found[:most])

    def _case(self, stored: StoredTicket) -> _Case | None:
        """What is known of a ticket; None if it is left out."""
        facts: list[StoredFact] = orjson.loads(stored.facts)
        try:
            read = self._read(stored.state)
        except _SPOILT:  # what is stored is of no use: the facts are folded instead
            read = None
        if read is not None:
            document, in_force = read
            state, ticket = stored.state, document["ticket"]
            agreements = agreements_of(document)
        else:
            picture = fold(_facts(facts), self._known)
            in_force = verdicts_in(picture, self._known, self._as_of)
            state, ticket = None, _ticket(picture)
            agreements = (one.binding.agreement for one in (*picture.past, *picture.clocks))
        if self._bound_only and self._trial.concerned.isdisjoint(agreements):
            self._unbound += 1
            return None
        return _Case(
            ticket_id=stored.ticket_id,
            facts=facts,
            state=state,
            priority=ticket.get("priority"),
            customer=ticket.get("customer_id"),
            in_force=in_force,
            spans=self._spans.read(facts),
        )

    def _read(self, state: bytes | None) -> tuple[Mapping[str, Any], dict[Cycle, Outcome]] | None:
        """A stored picture and its verdicts; None if it is none of this release's."""
        if state is None:
            return None
        document = orjson.loads(state)
        if document["fold"] != FOLD_VERSION:
            return None
        verdicts = verdicts_on(document, self._known, self._as_of)
        if verdicts is None:
            verdicts = verdicts_in(picture_of(state), self._known, self._as_of)
        return document, verdicts

    def _sum(self, cases: Sequence[_Case]) -> None:
        """Simulate what spans are enough for."""
        spans = [span for case in cases for span in case.spans or ()]
        figures = iter(figures_of(spans, self._as_of))
        for case in cases:
            case.simulated = {
                (span.plan.metric.value, span.cycle): next(figures) for span in case.spans or ()
            }

    def _folded(self, case: _Case) -> dict[Cycle, Figures]:
        picture = fold(_facts(case.facts), self._trial.rulebook)
        return figures_in(picture, self._trial.rulebook, self._as_of)

    def _count(self, case: _Case) -> None:
        """Add what a ticket has come to."""
        simulated = case.simulated or {}
        for cycle in dict.fromkeys((*case.in_force, *simulated)):
            figures = simulated.get(cycle)
            change = self._tallies.add(
                cycle[0],
                case.priority,
                case.customer,
                case.in_force.get(cycle),
                None if figures is None else figures.outcome,
            )
            if change is not None:
                kept = self._examples[cycle[0], change]
                if len(kept) < self._most:
                    kept.append(self._example(case, cycle, change))
        if case.spans is None:
            self._by_fold += 1
        else:
            self._by_batch += 1

    def _example(self, case: _Case, cycle: Cycle, difference: Difference) -> Example:
        if case.state is None:
            picture: Picture = fold(_facts(case.facts), self._known)
        else:
            picture = picture_of(case.state)
        return Example(
            ticket_id=case.ticket_id,
            metric=Metric(cycle[0]),
            cycle=cycle[1],
            priority=case.priority,
            customer_id=case.customer,
            difference=difference,
            in_force=figures_in(picture, self._known, self._as_of).get(cycle),
            simulated=(case.simulated or {}).get(cycle),
        )

    def _tried(self, ticket_id: str, work: Callable[[Any], Any], given: Any) -> Any:
        """What *work* answers; None if it raises, which is this ticket's fault."""
        try:
            return work(given)
        except Refusal as refusal:
            self._blame(ticket_id, refusal.code, str(refusal))
        except Exception as error:  # noqa: BLE001  told with the ticket, counted, and logged
            self.surprise = self.surprise or error
            self._blame(ticket_id, FAULTED, f"{type(error).__name__}: {error}")
        return None

    def _blame(self, ticket_id: str, code: str, message: str) -> None:
        self._faulted += 1
        if len(self._faults) < FAULTS_KEPT:
            self._faults.append(TicketFault(ticket_id, code, message))


def _ticket(picture: Picture) -> Mapping[str, str | None]:
    return {"priority": picture.ticket.priority, "customer_id": picture.ticket.customer_id}


def _facts(rows: Sequence[StoredFact]) -> Iterator[AnyFact]:
    for at, sequence, kind, data, source, identity in rows:
        yield fact_of(kind, data, source=source, id=identity, at=at, sequence=sequence)
