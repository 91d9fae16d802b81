"""The platform's answers, typed. What later versions add is ignored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = [
    "Binding",
    "ClockPage",
    "ClockStatus",
    "Compliance",
    "ComplianceGroup",
    "Kpi",
    "ListedClock",
    "PauseSpan",
    "Published",
    "RejectedEvent",
    "SlaSummary",
    "SlaVersion",
    "ThresholdStatus",
    "TicketSla",
]


class Answer(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RejectedEvent(Answer):
    """An event that was not taken; `index` counts from 0 in what was published."""

    index: int
    code: str
    field: str | None = None
    value: Any = None
    message: str = ""


class Published(Answer):
    """How many events were taken, were known already, or were refused, and which."""

    accepted: int = 0
    duplicates: int = 0
    rejected: tuple[RejectedEvent, ...] = ()


class Binding(Answer):
    """Which SLA a ticket follows, and why."""

    reason: str | None = None
    contract_id: str | None = None
    sla_id: str | None = None
    sla_version: int | None = None
    snapshot: str | None = None


class ThresholdStatus(Answer):
    """A point of a clock, and whether it was crossed."""

    threshold: str
    due_at: AwareDatetime | None = None
    fired_at: AwareDatetime | None = None
    retracted_at: AwareDatetime | None = None


class PauseSpan(Answer):
    """A time that did not count; `to` is None while it lasts."""

    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime | None = Field(default=None, alias="to")
    reasons: tuple[str, ...] = ()


class ClockStatus(Answer):
    """One clock. Seconds are business time, except `wall_remaining_seconds`; negative after due."""

    metric: str
    cycle: str
    state: str
    outcome: str
    target_minutes: int | None = None
    elapsed_seconds: float | None = None
    remaining_seconds: float | None = None
    wall_remaining_seconds: float | None = None
    percent: float | None = None
    started_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    stopped_at: AwareDatetime | None = None
    breached_at: AwareDatetime | None = None
    timezone: str | None = None
    risk: str | None = None
    agreement_type: str | None = None
    owner_group: str | None = None
    thresholds: tuple[ThresholdStatus, ...] = ()
    pauses: tuple[PauseSpan, ...] = ()


class TicketSla(Answer):
    """A ticket and its clocks at `as_of`."""

    ticket_id: str
    revision: int
    as_of: datetime
    status: str | None = None
    category: str | None = None
    priority: str | None = None
    risk: str | None = None
    terms: str | None = None
    faults: tuple[Any, ...] = ()
    binding: Binding | None = None
    clocks: tuple[ClockStatus, ...] = ()


class ListedClock(Answer):
    """A clock in a list of those at risk, or in breach.

    `severity` and `customer_impact` are None where the platform does not say.
    """

    ticket_id: str
    metric: str
    cycle: str
    state: str
    outcome: str
    priority: str | None = None
    group: str | None = None
    assignee: str | None = None
    customer_id: str | None = None
    status: str | None = None
    due_at: AwareDatetime | None = None
    breached_at: AwareDatetime | None = None
    stopped_at: AwareDatetime | None = None
    target_minutes: int | None = None
    remaining_seconds: float | None = None
    timezone: str | None = None
    agreement_type: str | None = None
    sla_id: str | None = None
    sla_version: int | None = None
    snapshot: str | None = None
    severity: str | None = None
    customer_impact: str | None = None


class ClockPage(Answer):
    """A page of clocks, read at `now`; an equal `change_count` means that nothing was told."""

    items: tuple[ListedClock, ...] = ()
    next: str | None = None
    as_of: AwareDatetime | None = None
    now: AwareDatetime
    change_count: int


class SlaSummary(Answer):
    """An SLA in a list; None until a version is published."""

    sla_id: str
    name: str | None = None
    latest_version: int | None = None
    status: str | None = None
    has_draft: bool = False


class SlaVersion(Answer):
    """A published version."""

    sla_id: str
    version: int
    status: str
    name: str
    hash: str
    effective_from: AwareDatetime
    published_at: AwareDatetime


class ComplianceGroup(Answer):
    """Cycles of one group by outcome; `compliance` is None without data."""

    key: str | None
    met: int = 0
    breached: int = 0
    pending: int = 0
    cancelled: int = 0
    compliance: float | None = None


class Compliance(Answer):
    """Compliance by group at `as_of`."""

    as_of: datetime | None = None
    groups: tuple[ComplianceGroup, ...] = ()


class Kpi(Answer):
    """What was done in time of what a role, or one person of it, answers for.

    Attributes:
        target: percent.
        compliance: met / (met + breached); None, and the verdict `no_data`, without either.
        pending, cancelled, unattributed: cycles that stand beside that fraction.
        begin, end: days of due instants, both included; None is open.
        technician: None for the whole, and for what counts to nobody.
        definition: what is counted, in one sentence.
    """

    kpi_id: str
    sla_id: str
    role: str
    metric: str
    priority: str | None = None
    period: str
    begin: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    technician: str | None = None
    target: Decimal
    met: int = 0
    breached: int = 0
    pending: int = 0
    cancelled: int = 0
    unattributed: int = 0
    compliance: float | None = None
    verdict: Literal["kept", "missed", "no_data"]
    definition: str = ""
