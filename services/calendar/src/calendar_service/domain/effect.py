"""What a change of a calendar does to business time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from slaclock.business_time import BusinessCalendar

__all__ = ["Effect", "effect_of"]

_AHEAD: Final = timedelta(days=366)
_MINUTE: Final = timedelta(minutes=1)
_NOTHING: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Effect:
    """Two calendars compared over a year ahead.

    Attributes:
        start, end: the span that was compared (UTC), the second excluded.
        before, after: business time within.
        different: time that is open in one of the two only.
        first_difference: the first such instant; None if there is none in the span.
    """

    start: datetime
    end: datetime
    before: timedelta
    after: timedelta
    different: timedelta
    first_difference: datetime | None

    @property
    def words(self) -> str:
        """What whoever signs the contract reads: ``2,040 h become 2,295 h``."""
        if self.first_difference is None:
            return f"{_hours(self.before)} stay as they are"
        if self.before == self.after:
            return f"{_hours(self.before)} stay as many, {_hours(self.different)} lie elsewhere"
        return f"{_hours(self.before)} become {_hours(self.after)}"


def effect_of(before: BusinessCalendar, after: BusinessCalendar, at: datetime) -> Effect:
    """What changes in the 366 days from *at* if *after* takes the place of *before*.

    Args:
        before: the calendar until now.
        after: the calendar from now on.
        at: UTC.
    """
    end = at + _AHEAD
    # Opening and closing instants that both have cancel each other out: what is left opens and
    # closes the spans in which they differ.
    edges = sorted(_edges(before, at, end) ^ _edges(after, at, end))
    spans = zip(edges[::2], edges[1::2], strict=True)
    return Effect(
        start=at,
        end=end,
        before=before.elapsed(at, end),
        after=after.elapsed(at, end),
        different=sum((close - opening for opening, close in spans), _NOTHING),
        first_difference=edges[0] if edges else None,
    )


def _hours(amount: timedelta) -> str:
    """Hours, with minutes where there are some; seconds are left out."""
    hours, minutes = divmod(amount // _MINUTE, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def _edges(calendar: BusinessCalendar, start: datetime, end: datetime) -> set[datetime]:
    """Instants at which business time begins or ends; windows that touch are one."""
    edges: set[datetime] = set()
    for part in calendar.explain(start, end).parts:
        edges ^= {part.start}
        edges ^= {part.end}
    return edges
