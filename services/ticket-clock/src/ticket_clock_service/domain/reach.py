"""Whether terms that are not in force yet would bind the open clocks of a ticket otherwise."""

from __future__ import annotations

from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.step import binding_of

__all__ = ["would_reach"]


def would_reach(picture: Picture, before: Rulebook, after: Rulebook, now: int) -> bool:
    """Whether a clock of *picture* that is open is bound otherwise by *after* than by *before*.

    Args:
        picture: of a ticket.
        before: the terms that are known.
        after: the same, and an entry that might be made.
        now: the instant at which the entry has taken effect, microseconds since 1970.
    """
    return any(
        binding_of(clock, now, before) != binding_of(clock, now, after)
        for clock in picture.clocks
        if clock.is_open and clock.opened <= now
    )
