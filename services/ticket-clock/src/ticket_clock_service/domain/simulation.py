"""A simulation: what tickets would have come to under a candidate, beside what they came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ticket_clock_service.domain.agreement import MINUTE, Metric
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.event import instant

__all__ = [
    "Candidate",
    "Comparison",
    "Counts",
    "Difference",
    "Example",
    "Figures",
    "Kind",
    "MetricComparison",
    "Question",
    "Scope",
    "Simulation",
    "TicketFault",
    "Tickets",
    "simulation_document",
]

SECOND = 1_000_000


class Kind(StrEnum):
    """What is tried."""

    SLA = "sla"
    CALENDAR = "calendar"


class Scope(StrEnum):
    """Which of the tickets that were opened in the window are simulated."""

    BOUND = "bound"
    ALL = "all"


class Difference(StrEnum):
    """How a cycle comes out otherwise than it did."""

    NEWLY_BREACHED = "newly_breached"
    NEWLY_MET = "newly_met"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is tried: a sealed snapshot of an SLA, or of a calendar. `digest` is its hash."""

    kind: Kind
    digest: str
    snapshot: Mapping[str, Any]

    @property
    def id(self) -> str | None:
        """The id of the SLA, or of the calendar."""
        found: str | None = self.snapshot.get(f"{self.kind.value}_id")
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """What to simulate.

    Attributes:
        tenant: whose tickets.
        candidate: what is tried.
        from_us, to_us: tickets whose first opening was reported for [from, to), microseconds
            since 1970.
        scope: `bound`: tickets with a clock that is bound to a version of the candidate's SLA, or
            to an agreement with a version of the candidate's calendar. If there is none in the
            window: all of them.
        examples: how many example tickets to show at most.
    """

    tenant: str
    candidate: Candidate
    from_us: int
    to_us: int
    scope: Scope = Scope.BOUND
    examples: int = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """Cycles by outcome."""

    met: int = 0
    breached: int = 0
    pending: int = 0
    cancelled: int = 0

    @property
    def compliance(self) -> float | None:
        """Met of those judged; None while nothing is judged."""
        judged = self.met + self.breached
        return self.met / judged if judged else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Cycles in force and simulated.

    Attributes:
        key: the priority or customer; None where tickets have none, or for all of a metric.
        newly_breached: breached under the candidate and not in force.
        newly_met: met under the candidate and not in force.
        others: of the row that stands for all other keys: how many they are.
    """

    key: str | None
    in_force: Counts
    simulated: Counts
    newly_breached: int
    newly_met: int
    others: int | None = None


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """A metric: in all, by priority, and by customer (those that change most first)."""

    metric: Metric
    total: Comparison
    by_priority: tuple[Comparison, ...]
    by_customer: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a cycle shows: instants and amounts in microseconds, `due` None while paused."""

    outcome: Outcome
    due: int | None
    elapsed: int
    target: int


@dataclass(frozen=True, slots=True)
class Example:
    """A cycle that comes out otherwise; None where there is no such cycle, or no target for it."""

    ticket_id: str
    metric: Metric
    cycle: str
    priority: str | None
    customer_id: str | None
    difference: Difference
    in_force: Figures | None
    simulated: Figures | None


@dataclass(frozen=True, slots=True)
class TicketFault:
    """A ticket that could not be compared, and why."""

    ticket_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Tickets:
    """What became of the tickets of the window.

    Attributes:
        considered: opened in the window; the sum of the next three.
        simulated: compared; the sum of `by_batch` and `by_fold`.
        unbound: left out, since none of their clocks is bound to what the candidate replaces.
        faulted: could not be compared; `Simulation.faults` names the first of them.
        by_batch: simulated by summing up spans.
        by_fold: simulated by folding, because their history asks for it.
    """

    considered: int = 0
    simulated: int = 0
    unbound: int = 0
    faulted: int = 0
    by_batch: int = 0
    by_fold: int = 0


@dataclass(frozen=True, slots=True)
class Simulation:
    """The result. `as_of` is the instant at which everything is judged, microseconds.

    Attributes:
        scope: what was simulated; `all` although `bound` was asked for where nothing was bound.
    """

    question: Question
    as_of: int
    scope: Scope
    tickets: Tickets
    metrics: tuple[MetricComparison, ...]
    examples: tuple[Example, ...]
    faults: tuple[TicketFault, ...]


def simulation_document(simulation: Simulation) -> dict[str, Any]:
    """*simulation* as JSON."""
    question = simulation.question
    candidate = question.candidate
    tickets = simulation.tickets
    return {
        "as_of": instant(simulation.as_of),
        "from": instant(question.from_us),
        "to": instant(question.to_us),
        "scope": simulation.scope.value,
        "scope_asked": question.scope.value,
        "candidate": {
            "kind": candidate.kind.value,
            "id": candidate.id,
            "version": candidate.snapshot.get("version"),
            "name": candidate.snapshot.get("name"),
            "hash": candidate.digest,
        },
        "tickets": {
            "considered": tickets.considered,
            "simulated": tickets.simulated,
            "unbound": tickets.unbound,
            "faulted": tickets.faulted,
            "by_batch": tickets.by_batch,
            "by_fold": tickets.by_fold,
        },
        "metrics": [
            {
                "metric": one.metric.value,
                **_comparison(one.total),
                "by_priority": [_keyed(row) for row in one.by_priority],
                "by_customer": [_keyed(row) for row in one.by_customer],
            }
            for one in simulation.metrics
        ],
        "examples": [_example(one) for one in simulation.examples],
        "faults": [
            {"ticket_id": one.ticket_id, "code": one.code, "message": one.message}
            for one in simulation.faults
        ],
    }


def _keyed(row: Comparison) -> dict[str, Any]:
    more = {} if row.others is None else {"others": row.others}
    return {"key": row.key, **_comparison(row), **more}


def _comparison(row: Comparison) -> dict[str, Any]:
    return {
        "in_force": _counts(row.in_force),
        "simulated": _counts(row.simulated),
        "newly_breached": row.newly_breached,
        "newly_met": row.newly_met,
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "met": counts.met,
        "breached": counts.breached,
        "pending": counts.pending,
        "cancelled": counts.cancelled,
        "compliance": counts.compliance,
    }


def _example(one: Example) -> dict[str, Any]:
    return {
        "ticket_id": one.ticket_id,
        "metric": one.metric.value,
        "cycle": one.cycle,
        "priority": one.priority,
        "customer_id": one.customer_id,
        "difference": one.difference.value,
        "in_force": _figures(one.in_force),
        "simulated": _figures(one.simulated),
    }


def _figures(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    return {
        "outcome": figures.outcome.value,
        "due_at": instant(figures.due),
        "elapsed_seconds": figures.elapsed // SECOND,
        "target_minutes": figures.target // MINUTE,
    }
