"""A clock as the last event about it told: the row of which every figure is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Metric(StrEnum):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    PERIODIC_UPDATE = "periodic_update"
    RESOLUTION = "resolution"


class State(StrEnum):
    """Whether a clock runs."""

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


class Outcome(StrEnum):
    """The verdict on a cycle so far; an overdue clock that still runs is `breached` already."""

    PENDING = "pending"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Promise(StrEnum):
    """To whom a clock was promised; the value is the type of its agreement."""

    CUSTOMER = "sla"
    GROUP = "ola"
    """Of a group to its colleagues: how long it may have a ticket."""

    SUPPLIER = "underpinning"


@dataclass(frozen=True, slots=True, order=True)
class ClockKey:
    """One cycle of one metric of one ticket. Sorts the way rows are locked."""

    tenant: str
    ticket: str
    metric: Metric
    cycle: str


@dataclass(frozen=True, slots=True, order=True)
class Edition:
    """Which of two events about a clock is the newer: revision first, then sequence."""

    revision: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Held:
    """Who had the ticket when a cycle was decided; empty where nobody had it.

    Attributes:
        at: UTC instant of the breach, or of the end of a cycle that was met; None while nothing
            is decided, and where the publisher did not say.
    """

    assignee: str = ""
    group: str = ""
    at: datetime | None = None


NOBODY = Held()


@dataclass(frozen=True, slots=True)
class Clock:
    """The complete clock after a change.

    Attributes:
        key: which clock.
        edition: of the ticket, when this was said.
        state, outcome: as computed by the ticket-clock service, never here.
        due_on: the period it belongs to: local date of the due instant in the agreement's zone.
        due_at: UTC; None while paused or without a target.
        target_minutes: business minutes; None for a clock without a target.
        elapsed_us: business time used at `changed_at`, microseconds.
        changed_at: UTC instant of the change, as computed (not as noticed).
        timezone: IANA name of the calendar that counts.
        snapshot: hash of the agreement in force; None when unbound.
        warned: a standing announcement says that the end is near, see `risk.is_warning`.
        reached: highest percentage of the target that is announced and stands, 0 if none.
        priority, group, assignee, customer: the publisher's opaque words; empty when unknown.
        status: the publisher's word for the ticket's status; empty when unknown.
        severity: of a breach of it; empty when unknown.
        impact: on the customer, in the publisher's words; empty when unknown.
        held: to whom it counts, once it is decided.
        promise: of what kind its agreement is.
        owner: of an OLA's clock, the group whose time with the ticket it measures; else empty.
    """

    key: ClockKey
    edition: Edition
    state: State
    outcome: Outcome
    due_on: date
    changed_at: datetime
    due_at: datetime | None = None
    target_minutes: int | None = None
    elapsed_us: int = 0
    timezone: str = "UTC"
    snapshot: str | None = None
    warned: bool = False
    reached: int = 0
    priority: str = ""
    group: str = ""
    assignee: str = ""
    customer: str = ""
    status: str = ""
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    breached_at: datetime | None = None
    severity: str = ""
    impact: str = ""
    held: Held = NOBODY
    promise: Promise = Promise.CUSTOMER
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A row that changes: what stood before (None for a new clock) and what stands now."""

    before: Clock | None
    after: Clock


def newest(clocks: Iterable[Clock]) -> dict[ClockKey, Clock]:
    """The highest edition of each clock, sorted by key. The order of *clocks* does not matter."""
    found: dict[ClockKey, Clock] = {}
    for clock in clocks:
        known = found.get(clock.key)
        if known is None or known.edition < clock.edition:
            found[clock.key] = clock
    return dict(sorted(found.items()))


def replacements(
    standing: Mapping[ClockKey, Clock], arrived: Mapping[ClockKey, Clock]
) -> list[Replacement]:
    """What *arrived* changes in *standing*: new clocks, and those with a higher edition."""
    changes = ((standing.get(key), clock) for key, clock in arrived.items())
    return [
        Replacement(before, after)
        for before, after in changes
        if before is None or before.edition < after.edition
    ]
