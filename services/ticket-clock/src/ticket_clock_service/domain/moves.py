"""How a clock moves: every move is a function from a clock and an instant to a clock.

The instant lies at or after everything in the clock, and the thresholds before it have been
crossed (`crossed_before`) first.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from slaclock.business_time.errors import InstantOutOfRange, NoBusinessTime
from ticket_clock_service.domain.agreement import BREACH, Mark, Metric, Target
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import (
    ACTIVE,
    CLOSED,
    PAUSED,
    Agreements,
    Aim,
    Clock,
    Crossing,
    Holder,
    State,
    Stretch,
    target_of,
)


def first_crossing(metric: Metric, aim: Aim, opened: int, agreements: Agreements) -> int | None:
    """When a new clock will cross its first threshold; None: never, or without a target."""
    return _next_at(target_of(metric, aim, agreements), (), aim, 0, opened)


def paused(clock: Clock, at: int, reason: str, agreements: Agreements) -> Clock:
    """The clock stands still from *at* on; one that does so already has one more reason to."""
    if clock.state is PAUSED:
        if reason in clock.reasons:
            return clock
        return replace(clock, reasons=(*clock.reasons, reason))
    return _turned(clock, at, PAUSED, (reason,), agreements)


def resumed(clock: Clock, at: int, agreements: Agreements) -> Clock:
    """The clock runs from *at* on, from where it stood."""
    if clock.state is ACTIVE:
        return clock
    return _turned(clock, at, ACTIVE, (), agreements)


def ended(  # noqa: PLR0913  an end has this much to say
    clock: Clock,
    at: int,
    reason: str,
    ticket: Attributes,
    agreements: Agreements,
    *,
    cancelled: bool = False,
) -> Clock:
    """The cycle ends at *at*: fulfilled, or called off.

    A pause closes first, so it never counts. What the present target has left behind is crossed
    at once: the outcome is judged against the terms in force at the end.
    """
    closed = _turned(clock, at, CLOSED, (reason,), agreements, kept=ticket, cancelled=cancelled)
    return crossed_before(closed, at + 1, agreements, ticket)


def reopened(clock: Clock, at: int, aim: Aim, agreements: Agreements) -> Clock:
    """The same cycle goes on from *at*; the time since its end does not count."""
    return aimed(_turned(clock, at, ACTIVE, (), agreements), aim, agreements)


def aimed(clock: Clock, aim: Aim, agreements: Agreements, *, from_start: bool = False) -> Clock:
    """The clock is measured against *aim* from `aim.since` on; what it has used, it keeps.

    Time that an agreement covered without a target for it is measured by the calendar of the
    first target that comes. With *from_start* all of the cycle is measured anew.
    """
    if not from_start and clock.aim.same_as(aim):
        return clock
    running = clock.state is ACTIVE
    stretches, elapsed = clock.stretches, clock.elapsed
    if running:  # a pause or an end goes on whatever the target is
        stretches, elapsed = _finished(clock, aim.since, agreements)
    target = target_of(clock.metric, aim, agreements)
    if target is not None and (from_start or clock.aim.amount is None):
        stretches = tuple(
            _measured(stretch, len(clock.aims), target)
            if stretch.state is ACTIVE and (from_start or _waits(stretch, clock))
            else stretch
            for stretch in stretches
        )
        elapsed = sum(stretch.used or 0 for stretch in stretches)
    told = _told(clock.crossings, aim)
    return replace(
        clock,
        aims=(*clock.aims, aim),
        stretches=stretches,
        since=aim.since if running else clock.since,
        elapsed=elapsed,
        next_at=_next_at(target, told, aim, elapsed, aim.since if running else None),
    )


def crossed_before(clock: Clock, at: int, agreements: Agreements, ticket: Attributes) -> Clock:
    """The clock with every crossing that lies before *at*, if nothing happens until then.

    Of several at one instant only the highest notifies; the others are passed over. Whoever has
    the *ticket* had it at these instants: what happened since then is not in it.
    """
    if clock.next_at is None or clock.next_at >= at:
        return clock
    target = clock.target(agreements)
    if target is None:
        return clock
    aim = clock.aim
    runs_from = clock.since if clock.state is ACTIVE else None
    new: list[tuple[int, Mark]] = []
    told = _told(clock.crossings, aim)
    due: int | None = clock.next_at
    while due is not None and due < at:
        mark = _nearest(target, told)
        if mark is None:
            break
        new.append((due, mark))
        told.add(mark.threshold)
        due = _next_at(target, told, aim, clock.elapsed, runs_from)
    highest = {instant: mark.rank for instant, mark in new}  # ascending: the last one wins
    crossings = tuple(
        Crossing(
            threshold=mark.threshold,
            at=instant,
            agreement=aim.agreement or "",
            priority=aim.priority,
            passed_over=mark.rank < highest[instant],
            holder=Holder.of(ticket) if mark.threshold == BREACH else None,
        )
        for instant, mark in new
    )
    return replace(clock, crossings=clock.crossings + crossings, next_at=due)


def _turned(  # noqa: PLR0913  what differs between an open clock and a closed one
    clock: Clock,
    at: int,
    state: State,
    reasons: tuple[str, ...],
    agreements: Agreements,
    *,
    kept: Attributes | None = None,
    cancelled: bool = False,
) -> Clock:
    stretches, elapsed = _finished(clock, at, agreements)
    aim = clock.aim
    told = _told(clock.crossings, aim)
    runs_from = at if state is ACTIVE else None
    return replace(
        clock,
        state=state,
        since=at,
        reasons=reasons,
        stretches=stretches,
        elapsed=elapsed,
        next_at=_next_at(clock.target(agreements), told, aim, elapsed, runs_from),
        kept=kept,
        cancelled=cancelled,
    )


def _finished(clock: Clock, at: int, agreements: Agreements) -> tuple[tuple[Stretch, ...], int]:
    """The stretches up to *at*, the present one included, and the business time in them."""
    if at == clock.since:
        return clock.stretches, clock.elapsed
    used: int | None = 0
    if clock.state is ACTIVE:
        target = clock.target(agreements)
        used = None if target is None else target.calendar.time.elapsed_us(clock.since, at)
    stretch = Stretch(clock.state, clock.since, at, clock.reasons, len(clock.aims) - 1, used)
    return (*clock.stretches, stretch), clock.elapsed + (used or 0)


def _waits(stretch: Stretch, clock: Clock) -> bool:
    """Whether an agreement covers *stretch*, but no target has measured it yet."""
    return stretch.used is None and clock.aims[stretch.aim].agreement is not None


def _measured(stretch: Stretch, aim: int, target: Target) -> Stretch:
    used = target.calendar.time.elapsed_us(stretch.start, stretch.end)
    return replace(stretch, aim=aim, used=used)


def _next_at(
    target: Target | None,
    told: Collection[str],
    aim: Aim,
    elapsed: int,
    runs_from: int | None,
) -> int | None:
    """When the nearest uncrossed threshold will be crossed if nothing happens; None: never.

    One that the present target has already left behind is crossed where that target took hold,
    whatever the clock does now.

    Args:
        target: of *aim*; without one nothing is crossed.
        told: thresholds that have been crossed under it.
        aim: what the clock is measured against.
        elapsed: business time used before *runs_from*, microseconds.
        runs_from: since when it runs; None while it does not.
    """
    mark = None if target is None else _nearest(target, told)
    if target is None or mark is None:
        return None
    if mark.amount < elapsed:
        return aim.since
    if runs_from is None:
        return None
    try:
        return target.calendar.time.add_us(runs_from, mark.amount - elapsed)
    except (NoBusinessTime, InstantOutOfRange):
        return None  # beyond all time that the calendar knows, so it is never crossed


def _nearest(target: Target, told: Collection[str]) -> Mark | None:
    for mark in target.marks:
        if mark.threshold not in told:
            return mark
    return None


def _told(crossings: tuple[Crossing, ...], aim: Aim) -> set[str]:
    """Thresholds crossed under the terms of *aim*."""
    return {
        crossing.threshold
        for crossing in crossings
        if (crossing.agreement, crossing.priority) == aim.key
    }
