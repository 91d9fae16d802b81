"""How close a clock is to its breach, in one word."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.reading import Reading


class Risk(IntEnum):
    """The risk that a clock runs.

    An open clock is LOW below 50 % of its target, MEDIUM from 50 %, HIGH from 75 %, CRITICAL from
    90 % on and once breached. A closed clock, or one without a target, has none. A pause changes
    nothing: what is used stays used.
    """

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """As documents have it."""
        return "none" if self is Risk.NONE else self.name


def risk_of(reading: Reading) -> Risk:
    """The risk of a clock that reads so."""
    if reading.state is State.CLOSED or not reading.target:
        return Risk.NONE
    if reading.outcome is Outcome.BREACHED or reading.elapsed * 10 >= reading.target * 9:
        return Risk.CRITICAL
    if reading.elapsed * 4 >= reading.target * 3:
        return Risk.HIGH
    return Risk.MEDIUM if reading.elapsed * 2 >= reading.target else Risk.LOW


def highest(risks: Iterable[Risk]) -> Risk:
    """The risk of a ticket: that of its worst clock."""
    return max(risks, default=Risk.NONE)
