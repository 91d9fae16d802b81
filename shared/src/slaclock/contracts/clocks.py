"""What ticket-clock publishes: one shape, the complete clock after a change. Stream CLOCK.

Consumers of state keep the highest `revision` of a ticket; consumers of effects act per
announcement id, in any order.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from slaclock.contracts.fields import Amount, Count, Data, Hash, Id, Metric, Part, Text, Threshold
from slaclock.contracts.instants import Instant
from slaclock.contracts.statuses import Category

__all__ = ["AttributedTo", "ChangeFlags", "ClockChange", "ClockChanged", "StandingAnnouncement"]

ChangeKind = Literal[
    "started",
    "paused",
    "resumed",
    "retargeted",
    "threshold_crossed",
    "breached",
    "met",
    "cancelled",
    "retracted",
]


class StandingAnnouncement(Part):
    """A crossing that has been told and not retracted."""

    id: Id
    threshold: Threshold
    n: Count
    crossed_at: Instant


class ChangeFlags(Part):
    """How an announcement is to be taken."""

    historical: bool = Field(default=False, description="from an import: notifies nobody")
    provisional: bool = Field(default=False, description="judged while facts were still missing")
    passed_over: bool = Field(default=False, description="a higher threshold notifies instead")
    superseded: bool = Field(default=False, description="crossed under earlier terms")


class ClockChange(Part):
    """What changed; the threshold's fields are null where none is concerned."""

    kind: ChangeKind
    threshold: Threshold | None = None
    n: Count | None = None
    announcement_id: Id | None = None
    crossed_at: Instant | None = None
    noticed_at: Instant
    flags: ChangeFlags = ChangeFlags()
    reason: Text | None = None


class AttributedTo(Part):
    """Who had the ticket when a cycle was decided; nulls where nobody had it."""

    assignee: Id | None = None
    group: Id | None = None
    at: Instant = Field(description="of the breach; of the end, where the cycle was met")


class ClockChanged(Data):
    """One clock after a change; the envelope's `time` is the instant that was computed."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    revision: Count
    sequence: Count = Field(description="contiguous per ticket")
    metric: Metric
    cycle: Id = Field(description="`first`, or the identity of the fact that began it")
    state: Literal["active", "paused", "closed"]
    outcome: Literal["pending", "met", "breached", "cancelled"]
    target_minutes: Amount
    elapsed_us: Amount
    due_at: Instant | None = Field(description="null while paused")
    snapshot: Hash | None = Field(description="the agreement that decides")
    announcements: list[StandingAnnouncement] = Field(description="those that stand")
    change: ClockChange

    priority: Id | None = None
    group: Id | None = None
    assignee: Id | None = None
    customer_id: Id | None = None
    status: Id | None = None
    category: Id | None = None
    status_category: Category | None = None
    service: Id | None = None
    customer_impact: Id | None = Field(
        default=None, description="by the ticket's attributes `customer_impact`, else `impact`"
    )
    severity: Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"] | None = Field(
        default=None,
        description="how bad it is to miss the target, by its rank among those of the agreement",
    )
    timezone: Id | None = Field(default=None, description="of the target's calendar")
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    breached_at: Instant | None = None
    due_on: date | None = Field(default=None, description="local date of the due instant")
    sla_id: Id | None = None
    sla_version: Count | None = None
    binding_reason: Text | None = None
    agreement_type: Literal["sla", "ola", "underpinning"] | None = None
    owner_group: Id | None = Field(
        default=None, description="of an OLA's clock: the group whose time it measures"
    )
    attributed_to: AttributedTo | None = Field(
        default=None, description="to whom the cycle counts; null while nothing is decided"
    )
