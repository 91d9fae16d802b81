"""Turns: what happened to a ticket's clocks between two pictures, their crossings apart."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import ACTIVE, CLOSED, PAUSED, Clock, Outcome, State
from ticket_clock_service.domain.holding import breached_with
from ticket_clock_service.domain.ledger import Announcement, ClockKey
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.reading import shown_state, stopped

CORRECTED: Final = "corrected"
"""The reason of a change that later knowledge made, not something that happened."""


class ChangeKind(StrEnum):
    """The last word of a CLOCK event's type."""

    STARTED = "started"
    RETARGETED = "retargeted"
    THRESHOLD_CROSSED = "threshold_crossed"
    BREACHED = "breached"
    PAUSED = "paused"
    RESUMED = "resumed"
    MET = "met"
    CANCELLED = "cancelled"
    RETRACTED = "retracted"


class Turn(Struct, frozen=True, gc=False):
    """A change before it is known what the whole clock looks like after it.

    Attributes:
        at: the computed instant, microseconds since 1970.
        reason: why, in one word.
        announcement: what is announced, retracted or corrected; None for other changes.
    """

    kind: ChangeKind
    at: int
    key: ClockKey
    reason: str | None
    announcement: Announcement | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        """Order of events: by instant, then by kind, then by metric."""
        return self.at, _KINDS[self.kind], _METRICS[self.key[0]]


_Clocks: TypeAlias = dict[ClockKey, Clock]
_KINDS: Final = {kind: place for place, kind in enumerate(ChangeKind)}
_METRICS: Final = {metric: place for place, metric in enumerate(Metric)}


def turns(before: Picture, after: Picture) -> Iterator[Turn]:
    """What happened to the clocks between two pictures of one ticket.

    Between neighbouring pictures that is what the step did; between others the difference.
    """
    if before.clocks is after.clocks and before.ticket is after.ticket:
        return
    olds, news = _differing(before, after)
    for key, new in news.items():
        old = olds.get(key)
        if old is None:
            yield from _beginning(key, new)
        elif old is not new or before.ticket is not after.ticket:
            moves = [] if old is new else list(_movements(key, old, new))
            if not moves and old is not new and _measures(old) != _measures(new):
                moves.append(Turn(ChangeKind.RETARGETED, after.at, key, CORRECTED))
            elif not moves and _fields(old, before) != _fields(new, after):
                moves.append(Turn(ChangeKind.RETARGETED, after.at, key, "attributes"))
            elif not moves and breached_with(old, before) != breached_with(new, after):
                moves.append(Turn(ChangeKind.RETARGETED, after.at, key, CORRECTED))
            yield from moves
    for key, old in olds.items():
        if key not in news:
            yield Turn(ChangeKind.CANCELLED, old.opened, key, "withdrawn")


def _differing(before: Picture, after: Picture) -> tuple[_Clocks, _Clocks]:
    """The clocks of two pictures by their names, without the past that both have."""
    if after.past is before.past:
        return _by_key(before.clocks), _by_key(after.clocks)
    same = len(before.past) if after.past[: len(before.past)] == before.past else 0
    olds = _by_key((*before.past[same:], *before.clocks))
    return olds, _by_key((*after.past[same:], *after.clocks))


def _by_key(clocks: tuple[Clock, ...]) -> _Clocks:
    """Clocks that were ever promised anything."""
    return {
        (clock.metric, clock.cycle): clock
        for clock in clocks
        if clock.aims[-1].amount is not None or clock.shown_aim is not None
    }


def _beginning(key: ClockKey, clock: Clock) -> Iterator[Turn]:
    """A clock nobody has heard of: it starts, and may stand still or be over at once."""
    first = next(aim for aim in clock.aims if aim.amount is not None)
    reason = clock.binding.reason.value
    yield Turn(ChangeKind.STARTED, max(clock.opened, first.since), key, reason)
    match shown_state(clock):
        case State.PAUSED:
            yield Turn(ChangeKind.PAUSED, clock.since, key, clock.reasons[-1])
        case State.CLOSED:
            yield _end(key, clock)
        case State.ACTIVE:
            pass


def _movements(key: ClockKey, old: Clock, new: Clock) -> Iterator[Turn]:
    """What happened to a clock that is known."""
    was, state = shown_state(old), shown_state(new)
    if new.aims is not old.aims and new.aim.amount is not None and not new.aim.same_as(old.aim):
        yield Turn(ChangeKind.RETARGETED, new.aim.since, key, new.aim.cause)
    if state is CLOSED:
        if was is not CLOSED or _end(key, old).kind is not _end(key, new).kind:
            yield _end(key, new)
    elif state is PAUSED and was is not PAUSED:
        yield Turn(ChangeKind.PAUSED, new.since, key, new.reasons[-1])
    elif state is ACTIVE and was is not ACTIVE:
        reason = "reopened" if was is CLOSED else "continued"
        yield Turn(ChangeKind.RESUMED, new.since, key, reason)


def _end(key: ClockKey, clock: Clock) -> Turn:
    """The end of a cycle. One that comes late has been called a breach before."""
    if clock.aim.amount is None:
        return Turn(ChangeKind.CANCELLED, clock.aim.since, key, "no_target")
    reason = clock.reasons[-1]
    if clock.cancelled:
        return Turn(ChangeKind.CANCELLED, clock.since, key, reason)
    if clock.outcome is Outcome.MET:
        return Turn(ChangeKind.MET, clock.since, key, reason)
    return Turn(ChangeKind.RETARGETED, clock.since, key, "ended")


def _measures(clock: Clock) -> tuple[object, ...]:
    """What must differ for a clock to be another one, its crossings and its fields apart."""
    known = (clock.opened, clock.binding.reason, clock.elapsed)
    if clock.aim.amount is None:  # it promises nothing, so how it moves is no news
        used = [stretch for stretch in clock.stretches if stretch.used]
        return (*known, clock.shown_aim, stopped(clock), used)
    return (*known, clock.state, clock.since, clock.aims, clock.stretches)


def _fields(clock: Clock, picture: Picture) -> tuple[str | None, ...]:
    """The fields by which others group a clock."""
    if clock.aim.amount is None:
        return ()
    of = clock.kept or picture.ticket
    return (
        of.priority,
        of.assignee,
        of.group,
        of.customer_id,
        of.category,
        of.service,
        of.customer_impact,
    )
