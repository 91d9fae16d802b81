"""How cycles begin, follow their ticket's status, and make way for the next ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from slaclock.contracts.canonical import canonical
from slaclock.terms import Binding, Category
from ticket_clock_service.domain import moves
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import Clock, State, aim_at, course_of
from ticket_clock_service.domain.course import Moment
from ticket_clock_service.domain.fact import FactKey
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.rulebook import Rulebook

FIRST: Final = "first"
"""The name of the cycles that a ticket begins with."""


class Now(Struct, frozen=True, gc=False):
    """A ticket at the instant of a fact, and after it.

    Attributes:
        key: the fact.
        at: when it takes effect, microseconds since 1970.
        category: what the ticket's status means.
    """

    key: FactKey
    at: int
    ticket: Attributes
    category: Category
    rulebook: Rulebook


class Slot(Struct, frozen=True, gc=False):
    """A clock that a ticket may have.

    Attributes:
        owner: of an OLA's clock, the group that has the ticket.
        binding: what decides a cycle that begins now.
    """

    metric: Metric
    owner: str | None
    binding: Binding

    @property
    def key(self) -> tuple[Metric, str | None]:
        """At most one cycle of a key is open."""
        return self.metric, self.owner


def promised(now: Now) -> Iterator[Slot]:
    """The clocks of the customer's agreement, or of none."""
    binding = now.rulebook.binding(now.ticket, opened=now.at)
    for metric in now.rulebook.metrics:
        yield Slot(metric, None, binding)


def owned(now: Now) -> Iterator[Slot]:
    """The clocks of the OLA of the group that has the ticket."""
    binding = now.rulebook.owner_binding(now.ticket, opened=now.at)
    if binding.agreement is not None:
        measured = now.rulebook.agreements[binding.agreement].metrics
        for metric in now.rulebook.metrics:
            if metric in measured:
                yield Slot(metric, now.ticket.group, binding)


def with_begun(picture: Picture, now: Now, moment: Moment, slots: Iterable[Slot]) -> Picture:
    """The picture with a new cycle in each of *slots* that begins at *moment* and has none open.

    Args:
        picture: after the fact, as far as it concerns cycles that are there.
        now: the ticket.
        moment: what happens.
        slots: where a cycle may begin.
    """
    agreements = now.rulebook.agreements
    clocks = {(clock.metric, clock.owner): clock for clock in picture.clocks}
    past, found = picture.past, False
    for slot in slots:
        before = clocks.get(slot.key)
        if before is not None and before.is_open:
            continue
        if moment in course_of(slot.metric, slot.binding.agreement, agreements).begins:
            clocks[slot.key] = begun(slot, now, cycle_name(now.key, slot.owner), before)
            past = past if before is None else with_past(past, before)
            found = True
    return replace(picture, clocks=in_order(clocks.values()), past=past) if found else picture


def begun(slot: Slot, now: Now, cycle: str, before: Clock | None) -> Clock:
    """A new cycle, in the state that the ticket's status asks for.

    Args:
        slot: which clock it is.
        now: the ticket.
        cycle: its name.
        before: the cycle before it; None for the first.
    """
    agreements = now.rulebook.agreements
    aim = aim_at(slot.metric, slot.binding, now.ticket.priority, now.at, "opened", agreements)
    clock = Clock(
        metric=slot.metric,
        cycle=cycle,
        ordinal=1 if before is None else before.ordinal + 1,
        opened=now.at,
        binding=slot.binding,
        bound_as=now.ticket,
        state=State.ACTIVE,
        since=now.at,
        reasons=(),
        aims=(aim,),
        next_at=moves.first_crossing(slot.metric, aim, now.at, agreements),
        owner=slot.owner,
    )
    return following(clock, now)


def following(clock: Clock, now: Now) -> Clock:
    """An open clock, in the state that the ticket's status asks for."""
    agreements, category = now.rulebook.agreements, now.category
    if category.ends:
        solves = Moment.SOLVED in clock.course(agreements).ends
        cancelled = category is Category.CANCELLED or not solves
        return moves.ended(
            clock, now.at, category.value, now.ticket, agreements, cancelled=cancelled
        )
    if category in clock.rules(agreements).pauses:
        return moves.paused(clock, now.at, category.value, agreements)
    return moves.resumed(clock, now.at, agreements)


def with_past(past: tuple[Clock, ...], clock: Clock) -> tuple[Clock, ...]:
    """Earlier cycles and one more; one that was never promised anything is forgotten."""
    return past if clock.shown_aim is None else (*past, clock)


def in_order(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """Clocks in the order in which they are listed: the customer's first, then by metric."""
    return tuple(sorted(clocks, key=_place))


def cycle_name(key: FactKey, owner: str | None = None) -> str:
    """The name of a cycle after the first: 32 hex digits of the identity of what began it.

    The cycle that the same fact begins for the group that has the ticket has another name.
    """
    parts = [*key] if owner is None else [*key, "owner", owner]
    return hashlib.sha256(canonical(parts)).hexdigest()[:32]


def _place(clock: Clock) -> tuple[bool, int]:
    return clock.owner is not None, _METRICS[clock.metric]


_METRICS: Final = {metric: place for place, metric in enumerate(Metric)}
