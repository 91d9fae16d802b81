"""What a simulation answers, typed."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from slaclock.client.answers import Answer

__all__ = [
    "Compared",
    "OutcomeCounts",
    "SimulatedCandidate",
    "SimulatedClock",
    "SimulatedMetric",
    "SimulatedTickets",
    "Simulation",
    "SimulationExample",
    "SimulationFinding",
    "SimulationRow",
]


class OutcomeCounts(Answer):
    """Cycles by outcome; `compliance` is None while nothing is judged."""

    met: int = 0
    breached: int = 0
    pending: int = 0
    cancelled: int = 0
    compliance: float | None = None


class Compared(Answer):
    """Cycles as they came out, and as they would have."""

    in_force: OutcomeCounts
    simulated: OutcomeCounts
    newly_breached: int = 0
    newly_met: int = 0


class SimulationRow(Compared):
    """Those of a priority or a customer; `others` counts the keys that one row stands for."""

    key: str | None = None
    others: int | None = None


class SimulatedMetric(Compared):
    """Those of a metric."""

    metric: str
    by_priority: tuple[SimulationRow, ...] = ()
    by_customer: tuple[SimulationRow, ...] = ()


class SimulatedCandidate(Answer):
    """What was tried; `version` is None for a file and a draft."""

    kind: str
    id: str | None = None
    version: int | None = None
    name: str | None = None
    hash: str


class SimulatedTickets(Answer):
    """What became of the tickets of the window."""

    considered: int = 0
    simulated: int = 0
    unbound: int = 0
    faulted: int = 0


class SimulatedClock(Answer):
    """One side of an example; `due_at` is None while it is paused."""

    outcome: str
    due_at: AwareDatetime | None = None
    elapsed_seconds: int
    target_minutes: int


class SimulationExample(Answer):
    """A cycle that comes out otherwise; None on the side that has no such cycle."""

    ticket_id: str
    metric: str
    cycle: str
    priority: str | None = None
    customer_id: str | None = None
    difference: str
    in_force: SimulatedClock | None = None
    simulated: SimulatedClock | None = None


class SimulationFinding(Answer):
    """What publishing the candidate would be refused (`error`) or warned (`warning`) for."""

    severity: str
    code: str
    path: str
    message: str
    remedy: str


class Simulation(Answer):
    """What tickets opened in [begin, end) would have come to, judged at `as_of`.

    Attributes:
        scope: `bound`, or `all`, also where `bound` was asked for and nothing was bound.
    """

    as_of: AwareDatetime
    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    scope: str
    candidate: SimulatedCandidate
    tickets: SimulatedTickets
    metrics: tuple[SimulatedMetric, ...] = ()
    examples: tuple[SimulationExample, ...] = ()
    findings: tuple[SimulationFinding, ...] = ()
