"""What business time refuses, and why."""

from __future__ import annotations

from collections.abc import Iterable

from slaclock.errors import Fault, Refusal

__all__ = ["InstantOutOfRange", "InvalidCalendar", "NoBusinessTime"]


class InvalidCalendar(Refusal):
    """A calendar that cannot be computed with; `faults` holds everything that is wrong with it."""

    code = "calendar.invalid"
    default_message = "the calendar is not valid"

    def __init__(self, faults: Iterable[Fault] = (), *, message: str = "") -> None:
        found = tuple(faults)
        listed = "; ".join(map(str, found))
        super().__init__(message or f"{self.default_message}: {listed}", faults=found)


class NoBusinessTime(InvalidCalendar):
    """A calendar never opens, or does not open where a search needs it to."""

    code = "calendar.no-business-time"
    default_message = "the calendar has no business time"


class InstantOutOfRange(Refusal):
    """An instant, given or computed, lies outside 1970-01-01 to 2200-01-01 (UTC)."""

    code = "instant.out-of-range"
    default_message = "an instant lies outside 1970-01-01T00:00:00Z to 2200-01-01T00:00:00Z"
