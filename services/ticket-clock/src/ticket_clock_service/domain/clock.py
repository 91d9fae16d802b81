"""One clock: one metric of a ticket in one cycle."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from slaclock.terms import Binding
from ticket_clock_service.domain.agreement import (
    BREACH,
    COURSES,
    Agreement,
    Metric,
    Rules,
    Target,
    default_rules,
)
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.course import Course

Agreements = Mapping[str, Agreement]
"""Agreements by the hash of their snapshot; at least all that the terms and a picture name."""


class State(StrEnum):
    """Whether a clock runs."""

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


ACTIVE, PAUSED, CLOSED = State.ACTIVE, State.PAUSED, State.CLOSED
"""By themselves, for the hot path: they are found in a fifth of the time."""


class Outcome(StrEnum):
    """The verdict on a cycle."""

    PENDING = "pending"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Stretch(Struct, frozen=True, gc=False, array_like=True):
    """Time in which nothing changed for a clock: [start, end), never empty.

    In the order in which pictures store it: another one is another version of the fold.

    Attributes:
        state: of the clock during it; `closed` between an end and a reopening.
        reasons: why it was paused or closed, in the order in which they came up.
        aim: index of the aim it is measured by.
        used: business time in it, microseconds; 0 unless active; None while no target measures it.
    """

    state: State
    start: int
    end: int
    reasons: tuple[str, ...]
    aim: int
    used: int | None


class Aim(Struct, frozen=True, gc=False, array_like=True):
    """What a clock is measured against from an instant on.

    In the order in which pictures store it: another one is another version of the fold.

    Attributes:
        since: the instant; for the first aim the cycle's opening.
        cause: `opened`, `priority`, `terms` or `reopened`.
        agreement: hash of the agreement that decides; None when unbound.
        priority: of the target row; None for the fallback row, or without a target.
        amount: the target, microseconds of business time; None without a target.
        calendar: name of the calendar that measures; None without a target.
        timezone: of that calendar; None without a target.
    """

    since: int
    cause: str
    agreement: str | None = None
    priority: str | None = None
    amount: int | None = None
    calendar: str | None = None
    timezone: str | None = None

    @property
    def key(self) -> tuple[str | None, str | None]:
        """The terms key: thresholds of the same key are crossed once in a cycle."""
        return self.agreement, self.priority

    def same_as(self, other: Aim) -> bool:
        """Whether both say the same, whenever and why ever they came up."""
        return self.key == other.key and (self.amount is None) == (other.amount is None)


class Holder(Struct, frozen=True, gc=False, array_like=True):
    """Who has a ticket at an instant, after every fact at it; None where it has no such one."""

    assignee: str | None
    group: str | None

    @classmethod
    def of(cls, ticket: Attributes) -> Holder | None:
        """Who has *ticket*; None if nobody has."""
        if ticket.assignee is None and ticket.group is None:
            return None
        return cls(ticket.assignee, ticket.group)


class Crossing(Struct, frozen=True, gc=False, array_like=True):
    """The statement that a clock was still active beyond a threshold.

    Attributes:
        threshold: as in the SLA, `percent:100` for the breach.
        at: the instant of the threshold; for one that a new target had already left behind, the
            instant at which that target took hold.
        agreement, priority: the terms key it was crossed under.
        passed_over: a higher threshold was crossed at the same instant, and notifies instead.
        holder: of a breach: who had the ticket then; None where nobody had, and of all others.
    """

    threshold: str
    at: int
    agreement: str
    priority: str | None
    passed_over: bool = False
    holder: Holder | None = None


class Clock(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A clock as it stands after everything up to some instant.

    Attributes:
        cycle: `first`, or the identity of the fact that began it; `ordinal` is for display.
        opened: when the cycle began.
        bound_as: the ticket's fields then, which decide its binding.
        since: start of the present stretch; of a closed clock, its end.
        reasons: why it is paused or closed.
        cancelled: of a closed clock: it was called off, not fulfilled.
        stretches: everything before `since`, without gaps, except stretches of no length.
        aims: what it was measured against, the present aim last.
        elapsed: business time used in all active stretches, microseconds; the present one comes
            on top of it.
        crossings: in the order of their instants.
        next_at: instant of its next crossing unless something happens before; None if none comes.
        kept: the ticket's fields at the end of the cycle; None while it is open.
        owner: of an OLA's clock, the group whose time with the ticket it measures; None for the
            clocks that were promised to the customer.
    """

    metric: Metric
    cycle: str
    ordinal: int
    opened: int
    binding: Binding
    bound_as: Attributes
    state: State
    since: int
    reasons: tuple[str, ...]
    aims: tuple[Aim, ...]
    cancelled: bool = False
    stretches: tuple[Stretch, ...] = ()
    elapsed: int = 0
    crossings: tuple[Crossing, ...] = ()
    next_at: int | None = None
    kept: Attributes | None = None
    owner: str | None = None

    @property
    def aim(self) -> Aim:
        """What it is measured against now."""
        return self.aims[-1]

    @property
    def is_open(self) -> bool:
        """Whether the cycle has not ended."""
        return self.state is not CLOSED

    @property
    def breach(self) -> Crossing | None:
        """The crossing of 100 % under the present terms, if there is one."""
        return self.crossing(BREACH)

    @property
    def outcome(self) -> Outcome:
        """The verdict under the present terms. What was breached stays so, even if called off."""
        if self.crossings and self.breach is not None:
            return Outcome.BREACHED
        if self.is_open:
            return Outcome.PENDING
        return Outcome.CANCELLED if self.cancelled else Outcome.MET

    @property
    def shown_aim(self) -> Aim | None:
        """The present aim if it has a target, else the last that had one, else None."""
        if self.aims[-1].amount is not None:
            return self.aims[-1]
        return next((aim for aim in reversed(self.aims) if aim.amount is not None), None)

    def crossing(self, threshold: str, aim: Aim | None = None) -> Crossing | None:
        """The crossing of *threshold* under the present terms or those of *aim*, if there is."""
        key = (aim or self.aim).key
        for crossing in self.crossings:
            if crossing.threshold == threshold and (crossing.agreement, crossing.priority) == key:
                return crossing
        return None

    def target(self, agreements: Agreements) -> Target | None:
        """The present target; None where there is none."""
        return target_of(self.metric, self.aim, agreements)

    def rules(self, agreements: Agreements) -> Rules:
        """How it pauses and reopens."""
        return rules_of(self.metric, self.aim.agreement, agreements)

    def course(self, agreements: Agreements) -> Course:
        """What begins and fulfils it."""
        return course_of(self.metric, self.aim.agreement, agreements)


def target_of(metric: Metric, aim: Aim, agreements: Agreements) -> Target | None:
    """The target row that *aim* names; None where it names none."""
    if aim.agreement is None or aim.amount is None:
        return None
    return agreements[aim.agreement].targets[metric, aim.priority]


def rules_of(metric: Metric, agreement: str | None, agreements: Agreements) -> Rules:
    """How a metric pauses and reopens under an agreement, or without one."""
    return default_rules(metric) if agreement is None else agreements[agreement].rules[metric]


def course_of(metric: Metric, agreement: str | None, agreements: Agreements) -> Course:
    """What begins and fulfils a metric under an agreement, or without one."""
    return (COURSES if agreement is None else agreements[agreement].courses)[metric]


def aim_at(  # noqa: PLR0913, PLR0917  an aim has this many causes
    metric: Metric,
    binding: Binding,
    priority: str | None,
    at: int,
    cause: str,
    agreements: Agreements,
) -> Aim:
    """What a clock with this binding, on a ticket of this priority, is measured against."""
    if binding.agreement is None:
        return Aim(since=at, cause=cause)
    target = agreements[binding.agreement].target(metric, priority)
    if target is None:
        return Aim(since=at, cause=cause, agreement=binding.agreement)
    return Aim(
        since=at,
        cause=cause,
        agreement=binding.agreement,
        priority=target.priority,
        amount=target.amount,
        calendar=target.calendar.name,
        timezone=target.calendar.timezone,
    )
