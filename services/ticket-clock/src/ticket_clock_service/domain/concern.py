"""Which running clocks it would touch if their calendar's hours were others for a while."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slaclock.errors import Refusal
from ticket_clock_service.domain.agreement import BusinessTime

__all__ = ["Concerned", "OpenClock", "Otherwise", "concerned"]


@dataclass(frozen=True, slots=True)
class Otherwise:
    """When the hours would be others: from an instant, until another one or for good."""

    from_us: int
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class OpenClock:
    """A clock that has not ended, as far as its due instant needs it; all in microseconds.

    Attributes:
        agreement: hash of the agreement whose target measures it now.
        opened: when its cycle began.
        since: when it began to run again; of a paused clock, to pause.
        elapsed: business time used before `since`.
        amount: the target.
    """

    ticket_id: str
    metric: str
    is_paused: bool
    opened: int
    since: int
    elapsed: int
    amount: int
    agreement: str


@dataclass(frozen=True, slots=True)
class Concerned:
    """A clock that may come out differently; a paused one has no due instant."""

    clock: OpenClock
    due_us: int | None


def concerned(
    clocks: Iterable[OpenClock], calendar: BusinessTime, otherwise: Otherwise
) -> Sequence[Concerned]:
    """Those of *clocks* that would be measured otherwise: the next due first, paused ones last.

    A clock is, if it is due at or after the difference begins, or is paused, and has been opened
    before the difference ends.
    """
    found = []
    for clock in clocks:
        if otherwise.until_us is not None and clock.opened >= otherwise.until_us:
            continue
        due = None if clock.is_paused else _due(clock, calendar)
        if due is None or due >= otherwise.from_us:
            found.append(Concerned(clock, due))
    return sorted(found, key=_order)


def _due(clock: OpenClock, calendar: BusinessTime) -> int | None:
    try:
        return calendar.add_us(clock.since, clock.amount - clock.elapsed)
    except Refusal:  # beyond what can be computed, so it lies ahead of everything
        return None


def _order(one: Concerned) -> tuple[bool, int, str, str]:
    return one.due_us is None, one.due_us or 0, one.clock.ticket_id, one.clock.metric
