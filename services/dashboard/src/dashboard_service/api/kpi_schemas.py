"""What the HTTP interface shows of KPIs."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Self
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from dashboard_service.api.schemas import Stamped
from dashboard_service.domain.clock import Metric, Outcome, State
from dashboard_service.domain.kpi import By, Line, Span, Standing, Verdict
from dashboard_service.ports import Judged
from slaclock.contracts.instants import Instant

WORDS: Final = {
    "met": "cycles that ended in time",
    "breached": "cycles that were active beyond their due instant, whether they have ended or not",
    "compliance": "met / (met + breached); null without either: no data is not 100 %",
    "pending": "cycles that are not decided yet; not in the fraction",
    "cancelled": "cycles that were called off; not in the fraction",
    "unattributed": "cycles that are decided, but nobody is known who had the ticket then; not in "
    "the fraction",
    "period": "a cycle belongs to the day of its due instant in the zone of its agreement",
    "attribution": "breached: who had the ticket at the instant of the breach; met: who had it at "
    "the end; who gets it afterwards has no part in it",
}
"""What the words mean, for whoever reads an answer without this document."""


class KpiOut(BaseModel):
    """One KPI, in all versions of an SLA that hold it alike."""

    kpi_id: str = Field(description="within the SLA: role, metric, priority and period")
    sla_id: str
    sla: str = Field(description="the agreement's name")
    versions: list[int]
    role: str
    metric: Metric
    priority: str | None = Field(description="null for every priority")
    period: Span
    first: date | None = Field(serialization_alias="from")
    to: date | None = Field(description="included")
    technician: str | None = Field(description="by person: whose part of it")
    target: str = Field(description="percent, two decimals", examples=["97.50"])
    met: int
    breached: int
    compliance: float | None = Field(description="null where nothing is judged")
    verdict: Verdict
    pending: int
    cancelled: int
    unattributed: int
    definition: str = Field(description="what is counted, in one sentence")
    tickets: str = Field(description="path of the cycles behind the figure")

    @classmethod
    def of(cls, line: Line, by: By) -> Self:
        """From what the desk counted."""
        kpi, score = line.kpi, line.score
        return cls(
            kpi_id=kpi.kpi_id,
            sla_id=kpi.sla_id,
            sla=kpi.name,
            versions=list(line.versions),
            role=kpi.role,
            metric=kpi.metric,
            priority=kpi.priority,
            period=kpi.span,
            first=line.first,
            to=line.last,
            technician=line.technician,
            target=str(kpi.target),
            met=score.met,
            breached=score.breached,
            compliance=score.compliance,
            verdict=line.verdict,
            pending=score.pending,
            cancelled=score.cancelled,
            unattributed=score.unattributed,
            definition=line.definition,
            tickets=f"/dashboard/v1/kpis/tickets?{urlencode(_share(line, by))}",
        )


def _share(line: Line, by: By) -> dict[str, Any]:
    share = {
        "sla_id": line.kpi.sla_id,
        "kpi_id": line.kpi.kpi_id,
        "target": line.kpi.target,
        "from": line.first,
        "to": line.last,
        "by": by.value,
        "technician": line.technician,
    }
    if by is By.TECHNICIAN and line.technician is None:
        share["standing"] = Standing.UNATTRIBUTED.value
    return {name: value for name, value in share.items() if value is not None}


class KpisOut(Stamped):
    """A page of KPIs; `next` is null on the last one."""

    by: By
    words: dict[str, str] = WORDS
    items: list[KpiOut]
    next: str | None


class AttributedOut(BaseModel):
    """Who had the ticket when the cycle was decided; nulls where nobody had it."""

    assignee: str | None
    group: str | None
    at: Instant


class KpiCycleOut(BaseModel):
    """A cycle behind a KPI's figure."""

    ticket_id: str
    metric: Metric
    cycle: str
    standing: Standing = Field(description="what it is to the KPI")
    state: State
    outcome: Outcome
    due_on: date = Field(description="the day it belongs to")
    due_at: Instant | None
    breached_at: Instant | None
    stopped_at: Instant | None
    attributed_to: AttributedOut | None
    assignee: str | None = Field(description="who has, or last had, the ticket")
    group: str | None
    priority: str | None
    sla_id: str | None
    sla_version: int | None

    @classmethod
    def of(cls, judged: Judged) -> Self:
        """From what the desk read."""
        clock, held = judged.listed.clock, judged.listed.clock.held
        attributed = None
        if held.at is not None:
            attributed = AttributedOut(
                assignee=held.assignee or None, group=held.group or None, at=held.at
            )
        return cls(
            ticket_id=clock.key.ticket,
            metric=clock.key.metric,
            cycle=clock.key.cycle,
            standing=judged.standing,
            state=clock.state,
            outcome=clock.outcome,
            due_on=clock.due_on,
            due_at=clock.due_at,
            breached_at=clock.breached_at,
            stopped_at=clock.stopped_at,
            attributed_to=attributed,
            assignee=clock.assignee or None,
            group=clock.group or None,
            priority=clock.priority or None,
            sla_id=judged.listed.sla_id,
            sla_version=judged.listed.sla_version,
        )


class KpiCyclesOut(Stamped):
    """A page of cycles; `next` is null on the last one."""

    items: list[KpiCycleOut]
    next: str | None
