"""Whose work a decided cycle was: who had the ticket when it was decided."""

from __future__ import annotations

from dataclasses import dataclass

from ticket_clock_service.domain.agreement import BREACH
from ticket_clock_service.domain.clock import Clock, Holder, Outcome
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.reading import shown


@dataclass(frozen=True, slots=True)
class Attribution:
    """To whom a cycle counts.

    Attributes:
        holder: who had the ticket; None if nobody had.
        at: the instant that decided it, microseconds since 1970.
    """

    holder: Holder | None
    at: int


def attribution(clock: Clock) -> Attribution | None:
    """To whom *clock* counts: breached, to who had the ticket then; met, to who had it at the end.

    Who gets the ticket afterwards has no part in it. None while it is pending, and for a clock that
    was called off.
    """
    match shown(clock)[1]:
        case Outcome.BREACHED:
            breach = clock.crossing(BREACH, clock.shown_aim)
            return None if breach is None else Attribution(breach.holder, breach.at)
        case Outcome.MET:
            return Attribution(None if clock.kept is None else Holder.of(clock.kept), clock.since)
        case Outcome.PENDING | Outcome.CANCELLED:
            return None


def breached_with(clock: Clock, picture: Picture) -> Holder | None:
    """To whom a breach of *clock* counts: who had the ticket then, or has it if none is proved.

    So two pictures that differ in it tell a breach otherwise, whether both know of it or not.
    """
    breach = clock.crossing(BREACH, clock.shown_aim)
    if breach is not None:
        return breach.holder
    return None if clock.aim.amount is None else Holder.of(clock.kept or picture.ticket)
