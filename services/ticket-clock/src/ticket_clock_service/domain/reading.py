"""What a clock shows at an instant: the figures that people and other services see."""

from __future__ import annotations

from datetime import date
from typing import Final

from msgspec import Struct

from slaclock.business_time.errors import InstantOutOfRange, NoBusinessTime
from ticket_clock_service.domain.agreement import BREACH, Calendar
from ticket_clock_service.domain.clock import (
    ACTIVE,
    CLOSED,
    PAUSED,
    Agreements,
    Aim,
    Clock,
    Outcome,
    State,
)

UTC: Final = "UTC"


class Reading(Struct, frozen=True, gc=False):
    """The figures of a clock at an instant. Instants and amounts in microseconds.

    Attributes:
        state: `closed` also for a clock that has lost its target: nothing is promised then.
        outcome: `cancelled` for such a clock, unless it had been breached.
        target: the amount of business time agreed; None if there never was one.
        elapsed: of it used, always `target - remaining`.
        due: when the target is, or was, used up; None while paused.
        due_on: local date of the due instant in the target's zone; while paused, of the instant
            at which it would be due had it gone on.
        stopped: when the cycle ended.
        breached: when the breach was crossed, under the terms that are in force.
    """

    state: State
    outcome: Outcome
    target: int | None
    elapsed: int
    due: int | None
    due_on: date | None
    timezone: str
    started: int
    stopped: int | None
    breached: int | None

    @property
    def remaining(self) -> int | None:
        """Business time left; negative once overdue; None without a target."""
        return None if self.target is None else self.target - self.elapsed

    @property
    def percent(self) -> float | None:
        """Part of the target that is used, cut after one decimal: 100 is never shown early."""
        if not self.target:
            return None
        return self.elapsed * 1000 // self.target / 10


def read(clock: Clock, agreements: Agreements, at: int) -> Reading:
    """What *clock* shows at an instant; nothing in it is shown to be younger than it is."""
    aim, since, elapsed = clock.aims[-1], clock.since, clock.elapsed
    if aim.amount is None or aim.amount <= elapsed:
        return _read(clock, agreements, at)
    state = clock.state  # and from here on as of nearly all
    calendar = calendar_of(aim, agreements)
    due = _after(calendar, since, aim.amount - elapsed)
    if state is ACTIVE and at > since:
        elapsed += calendar.time.elapsed_us(since, at)
    breach = clock.crossing(BREACH, aim) if clock.crossings else None
    return Reading(
        state,
        clock.outcome,
        aim.amount,
        elapsed,
        None if state is PAUSED else due,
        None if due is None else calendar.time.local_date(due),
        calendar.timezone,
        clock.opened,
        since if state is CLOSED else None,
        None if breach is None else breach.at,
    )


def _read(clock: Clock, agreements: Agreements, at: int) -> Reading:
    """The same for a clock that has lost its target, never had one, or has used it up."""
    aim = clock.shown_aim
    state, outcome = shown(clock)
    end = stopped(clock)
    if aim is None or aim.amount is None:
        return Reading(state, outcome, None, 0, None, None, UTC, clock.opened, end, None)
    calendar = calendar_of(aim, agreements)
    due = reached_at(clock, aim.amount, agreements)
    breach = clock.crossing(BREACH, aim)
    return Reading(
        state=state,
        outcome=outcome,
        target=aim.amount,
        elapsed=elapsed_at(clock, agreements, at),
        due=None if state is PAUSED else due,
        due_on=None if due is None else calendar.time.local_date(due),
        timezone=calendar.timezone,
        started=clock.opened,
        stopped=end,
        breached=None if breach is None else breach.at,
    )


def shown(clock: Clock) -> tuple[State, Outcome]:
    """State and outcome as others see them: without a target a clock promises nothing any more."""
    if clock.aims[-1].amount is not None:  # as nearly all have
        return clock.state, clock.outcome
    aim = clock.shown_aim
    if aim is None:
        return clock.state, clock.outcome
    breached = clock.crossing(BREACH, aim) is not None
    return CLOSED, Outcome.BREACHED if breached else Outcome.CANCELLED


def shown_state(clock: Clock) -> State:
    """The state of `shown` alone."""
    return clock.state if clock.aims[-1].amount is not None else shown(clock)[0]


def stopped(clock: Clock) -> int | None:
    """When the cycle ended, or its last target was taken away."""
    aim = clock.shown_aim
    if aim is not None and aim is not clock.aims[-1]:
        return clock.aims[clock.aims.index(aim) + 1].since
    return None if clock.is_open else clock.since


def elapsed_at(clock: Clock, agreements: Agreements, at: int) -> int:
    """Business time used by an instant; by the clock's last movement if that is later."""
    target = clock.target(agreements)
    if clock.state is not ACTIVE or target is None or at <= clock.since:
        return clock.elapsed
    return clock.elapsed + target.calendar.time.elapsed_us(clock.since, at)


def reached_at(clock: Clock, amount: int, agreements: Agreements) -> int | None:
    """The instant at which the clock has, or will have, used *amount* of business time.

    For a clock that does not run: had it gone on from where it stands. None if that lies beyond
    all time that its calendar knows, or the clock has no target.
    """
    used = 0
    if amount <= clock.elapsed:
        for stretch in clock.stretches:
            part = stretch.used or 0
            if part and amount <= used + part:
                return _add(clock.aims[stretch.aim], stretch.start, amount - used, agreements)
            used += part
    aim = clock.shown_aim
    if aim is None:
        return None
    stands_at = clock.since if aim is clock.aim else stopped(clock)
    return _add(aim, stands_at or clock.since, amount - clock.elapsed, agreements)


def calendar_of(aim: Aim, agreements: Agreements) -> Calendar:
    """The calendar that *aim*, which has a target, measures by."""
    return agreements[aim.agreement or ""].calendars[aim.calendar or ""]


def _add(aim: Aim, start: int, amount: int, agreements: Agreements) -> int | None:
    return _after(calendar_of(aim, agreements), start, max(amount, 0))


def _after(calendar: Calendar, start: int, amount: int) -> int | None:
    try:
        return calendar.time.add_us(start, amount)
    except (NoBusinessTime, InstantOutOfRange):
        return None
