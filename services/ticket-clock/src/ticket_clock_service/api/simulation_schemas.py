"""What HTTP takes and gives of simulations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from slaclock.contracts.fields import Hash
from slaclock.contracts.instants import Instant, to_us
from slaclock.contracts.sealing import SealFinding
from ticket_clock_service.domain.simulation import (
    Difference,
    Kind,
    Question,
    Scope,
    Simulation,
    simulation_document,
)
from ticket_clock_service.usecases.candidates import Candidates, Chosen

__all__ = ["MOST_EXAMPLES", "SimulationIn", "SimulationOut", "document_of"]

MOST_EXAMPLES = 1000


class SimulationIn(BaseModel):
    """One candidate, and the tickets to try it with: those opened in [from, to)."""

    model_config = ConfigDict(extra="forbid")

    sla: dict[str, Any] | None = Field(
        default=None,
        description="an SLA file; or sla_id, with version or draft: true, of an SLA (newest else)",
    )
    calendar: dict[str, Any] | None = Field(
        default=None,
        description="a calendar's document with its calendar_id; or calendar_id, with version or"
        " draft: true",
    )
    snapshot: dict[str, Any] | None = Field(
        default=None, description="a sealed snapshot of an SLA or a calendar; nobody is asked then"
    )
    hash: Hash | None = Field(default=None, description="of the snapshot, if it is to be checked")
    begin: Instant = Field(alias="from", description="included")
    end: Instant = Field(alias="to", description="excluded")
    scope: Scope = Field(
        default=Scope.BOUND,
        description="bound: tickets whose clocks are bound to what the candidate replaces"
        " (all, if there is none); all: all of the window",
    )
    examples: Annotated[int, Field(ge=0, le=MOST_EXAMPLES)] = 20

    @model_validator(mode="after")
    def _one_candidate(self) -> Self:
        given = [self.sla, self.calendar, self.snapshot]
        if sum(one is not None for one in given) != 1:
            raise ValueError("names no candidate, or several; send sla, calendar or snapshot")
        if self.hash is not None and self.snapshot is None:
            raise ValueError("has a hash without a snapshot; send both, or leave the hash out")
        return self

    @field_validator("end")
    @classmethod
    def _some_time(cls, end: datetime, others: ValidationInfo) -> datetime:
        if end <= others.data.get("begin", end - timedelta(1)):
            raise ValueError("is not after `from`; send a `from` that is earlier than `to`")
        return end

    async def chosen(self, candidates: Candidates, tenant: str) -> Chosen:
        """The candidate; raises what `Candidates` raises."""
        if self.sla is not None:
            return await candidates.sla(tenant, self.sla)
        if self.calendar is not None:
            return await candidates.calendar(tenant, self.calendar)
        return candidates.snapshot(self.snapshot or {}, self.hash)

    def question(self, tenant: str, chosen: Chosen) -> Question:
        """What is to be simulated."""
        return Question(
            tenant=tenant,
            candidate=chosen.candidate,
            from_us=to_us(self.begin),
            to_us=to_us(self.end),
            scope=self.scope,
            examples=self.examples,
        )


class CandidateOut(BaseModel):
    """What was tried; `version` is null for a file and a draft."""

    kind: Kind
    id: str | None
    version: int | None
    name: str | None
    hash: str


class TicketsOut(BaseModel):
    """What became of the tickets: considered = simulated + unbound + faulted."""

    considered: int
    simulated: int
    unbound: int = Field(description="no clock is bound to what the candidate replaces")
    faulted: int
    by_batch: int = Field(description="simulated by summing up spans")
    by_fold: int = Field(description="simulated by folding, as their history asks for")


class CountsOut(BaseModel):
    """Cycles by outcome; `compliance` = met / (met + breached), null while nothing is judged."""

    met: int
    breached: int
    pending: int
    cancelled: int
    compliance: float | None


class ComparedOut(BaseModel):
    """Cycles in force and under the candidate."""

    in_force: CountsOut
    simulated: CountsOut
    newly_breached: int
    newly_met: int


class RowOut(ComparedOut):
    """Those of a priority or a customer; the row of `others` stands for that many more."""

    key: str | None
    others: int | None = None


class MetricOut(ComparedOut):
    """Those of a metric, also by priority and by customer (those that change most first)."""

    metric: str
    by_priority: list[RowOut]
    by_customer: list[RowOut]


class FiguresOut(BaseModel):
    """What a cycle shows; `due_at` is null while it is paused."""

    outcome: str
    due_at: Instant | None
    elapsed_seconds: int
    target_minutes: int


class ExampleOut(BaseModel):
    """A cycle that comes out otherwise; null on the side that has no such cycle."""

    ticket_id: str
    metric: str
    cycle: str
    priority: str | None
    customer_id: str | None
    difference: Difference
    in_force: FiguresOut | None
    simulated: FiguresOut | None


class TicketFaultOut(BaseModel):
    """A ticket that could not be compared, and why."""

    ticket_id: str
    code: str
    message: str


class SimulationOut(BaseModel):
    """What tickets would have come to, beside what they came to, judged at `as_of`."""

    as_of: Instant
    begin: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    scope: Scope
    scope_asked: Scope
    candidate: CandidateOut
    findings: list[SealFinding] = Field(description="what publishing it would be told")
    tickets: TicketsOut
    metrics: list[MetricOut]
    examples: list[ExampleOut]
    faults: list[TicketFaultOut]


def document_of(simulation: Simulation, chosen: Chosen) -> Mapping[str, Any]:
    """The result as JSON."""
    document = simulation_document(simulation)
    document["candidate"]["version"] = chosen.version
    document["findings"] = [one.model_dump() for one in chosen.findings]
    return document
