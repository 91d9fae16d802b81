"""A cycle whose target became another one: its sum, move by move.

As the fold has it: what is used stays used, each part by the calendar of its time; time without a
target is measured by the first that comes; a target that had been used up before is crossed where
it took hold; and the verdict is that on the last target, crossed at any time of the cycle.
"""

from __future__ import annotations

from slaclock.business_time.errors import InstantOutOfRange, NoBusinessTime
from ticket_clock_service.domain.agreement import BusinessTime, Target
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.simulation import Figures
from ticket_clock_service.domain.spans import ACTIVE, AIMED, CLOSED, PAUSED, Span

__all__ = ["figures_of_aimed", "outcome_of"]


def figures_of_aimed(span: Span, target: Target, as_of: int) -> Figures:
    """What *span* shows at an instant.

    Args:
        span: of a cycle that ended, or whose last move lies before *as_of*.
        target: its last one.
        as_of: the instant of judging.
    """
    clock = _Clock(span)
    for at, what, aim in span.moves:
        clock.cross_before(at)
        if what == AIMED:
            clock.aim(aim, at)
        else:
            clock.turn(what, at)
    clock.cross_before(as_of)
    elapsed, due = clock.elapsed, None
    if clock.state != PAUSED:
        due = clock.reached(target)
    if clock.state == ACTIVE:
        elapsed += target.calendar.time.elapsed_us(clock.since, as_of)
    is_breached = any(crossed is target for crossed in clock.crossed)
    return Figures(outcome_of(span, is_breached=is_breached), due, elapsed, target.amount)


def outcome_of(span: Span, *, is_breached: bool) -> Outcome:
    """The verdict on a cycle."""
    if is_breached:
        return Outcome.BREACHED
    if span.state != CLOSED:
        return Outcome.PENDING
    return Outcome.CANCELLED if span.cancelled else Outcome.MET


class _Clock:
    """A clock with nothing but what its breach needs.

    Attributes:
        parts: runs that are over: start, end, business time (None: not measured yet), by what.
        crossed: targets that were used up while they held.
    """

    __slots__ = ("_aim", "_aimed", "_breach", "crossed", "elapsed", "parts", "since", "state")

    def __init__(self, span: Span) -> None:
        self._aim, self._aimed = span.first, span.opened
        self.state, self.since, self.elapsed = ACTIVE, span.opened, 0
        self.parts: list[tuple[int, int, int | None, BusinessTime | None]] = []
        self.crossed: list[Target] = []
        self._breach = self._next()

    def cross_before(self, at: int) -> None:
        """Its target is used up, if that happens before *at*."""
        if self._aim is not None and self._breach is not None and self._breach < at:
            self.crossed.append(self._aim)
            self._breach = None

    def turn(self, state: int, at: int) -> None:
        """It is *state* from *at* on; an end crosses at once what was left behind."""
        self._finish(at)
        self.state, self.since = state, at
        self._breach = self._next()
        if state == CLOSED:
            self.cross_before(at + 1)

    def aim(self, target: Target | None, at: int) -> None:
        """It is measured against *target* from *at* on."""
        if self.state == ACTIVE:
            self._finish(at)
            self.since = at
        if target is not None and self._aim is None:
            time = target.calendar.time
            self.parts = [
                (start, end, time.elapsed_us(start, end), time) if used is None else part
                for part in self.parts
                for start, end, used, _ in (part,)
            ]
            self.elapsed = sum(used or 0 for _, _, used, _ in self.parts)
        self._aim, self._aimed = target, at
        self._breach = self._next()

    def reached(self, target: Target) -> int | None:
        """When its target was used up, or will be if it goes on from where it stands."""
        used = 0
        if target.amount <= self.elapsed:
            for start, _, part, time in self.parts:
                if part and time is not None and target.amount <= used + part:
                    return _add(time, start, target.amount - used)
                used += part or 0
        return _add(target.calendar.time, self.since, max(target.amount - self.elapsed, 0))

    def _finish(self, at: int) -> None:
        if self.state != ACTIVE or at == self.since:
            return
        time = None if self._aim is None else self._aim.calendar.time
        used = None if time is None else time.elapsed_us(self.since, at)
        self.parts.append((self.since, at, used, time))
        self.elapsed += used or 0

    def _next(self) -> int | None:
        """When its target will be used up if nothing happens; None: never, or it was before."""
        aim = self._aim
        if aim is None or any(crossed is aim for crossed in self.crossed):
            return None
        if aim.amount < self.elapsed:
            return self._aimed
        if self.state != ACTIVE:
            return None
        return _add(aim.calendar.time, self.since, aim.amount - self.elapsed)


def _add(time: BusinessTime, start: int, amount: int) -> int | None:
    try:
        return time.add_us(start, amount)
    except (NoBusinessTime, InstantOutOfRange):
        return None
