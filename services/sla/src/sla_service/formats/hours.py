"""Which calendar the business hours of a policy are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN, PublishedCalendar
from slaclock.foreign.findings import CalendarFound, SetFound
from slaclock.foreign.holidays import combined

__all__ = ["NAMED", "Hours", "written_in"]

NAMED: Final = "business-hours"
"""What files call the published calendar that stands for all business hours."""
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Calendars by the ids of their schedules.

    Attributes:
        published: stands for every schedule, whatever the export says; None to take theirs.
        schedules: calendars by the id of their schedule.
        default: the schedule of policies that name none.
        always: schedules that never close.
    """

    published: PublishedCalendar | None = None
    schedules: Mapping[str, CalendarFound] = field(default_factory=dict)
    default: str | None = None
    always: frozenset[str] = frozenset()

    def of(self, schedule: str | None) -> tuple[str, Mapping[str, Any] | None] | None:
        """Name and content of a calendar for a file; no content for `24x7`.

        Args:
            schedule: an id; None for the default one.

        Returns:
            None where the export has no such schedule.
        """
        if self.published is not None:
            one = self.published
            return NAMED, {"calendar_id": one.calendar_id, "version": one.version}
        source = self.default if schedule is None else schedule
        if source in self.always:
            return ALWAYS_OPEN, None
        found = self.schedules.get(source) if source is not None else None
        return None if found is None else (found.calendar_id, found.document)

    def usual_day(self, name: str) -> int | None:
        """Minutes of an ordinary open day of a calendar of the export; None if unknown."""
        for one in self.schedules.values():
            windows = one.document["windows"] if one.calendar_id == name else ()
            if windows and self.published is None:
                days = {window["weekday"] for window in windows}
                return sum(map(_length, windows)) // len(days)
        return None


def written_in(
    calendars: Iterable[CalendarFound], sets: Collection[SetFound]
) -> tuple[CalendarFound, ...]:
    """*calendars* as an SLA file carries them: with the holidays of their sets among their own."""
    shared = {one.set_id: one.document["holidays"] for one in sets}
    found = []
    for one in calendars:
        document = {key: one.document[key] for key in ("name", "timezone", "windows")}
        days = [
            *one.document.get("holidays", ()),
            *(
                day
                for name in one.document.get("holiday_sets", ())
                for day in shared[name["set_id"]]
            ),
        ]
        if days:
            document["holidays"] = list(combined(days).holidays)
        found.append(CalendarFound(one.calendar_id, document, one.source))
    return tuple(found)


def _length(window: Mapping[str, Any]) -> int:
    start, end = (60 * int(text[:2]) + int(text[3:]) for text in (window["start"], window["end"]))
    return (end - start) % _DAY or _DAY
