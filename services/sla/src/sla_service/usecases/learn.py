"""Calendars that others published: our own copies, which SLA files name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sla_service.domain.snapshot import SealedCalendar
from sla_service.ports import Work
from slaclock.contracts.canonical import content_hash
from slaclock.errors import Fault, Refusal

__all__ = ["Lesson", "TamperedCalendar", "learn_calendars"]


class TamperedCalendar(Refusal):
    """A calendar whose content is not what its name says, or not what we have."""

    code = "calendar.tampered"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A version of a calendar of *tenant*."""

    tenant: str
    calendar: SealedCalendar

    def __post_init__(self) -> None:
        found = content_hash(dict(self.calendar.document))
        if found != self.calendar.hash:
            raise _tampered(self.calendar, "its content has another hash", found)


async def learn_calendars(work: Work, lessons: Sequence[Lesson]) -> None:
    """Keep them. A version that is there already stays as it is.

    Raises:
        TamperedCalendar: the same version is there with other content.
    """
    for lesson in lessons:
        kept = await work.keep_calendar(lesson.tenant, lesson.calendar)
        if kept != lesson.calendar.hash:
            raise _tampered(lesson.calendar, "this version is kept with another hash", kept)


def _tampered(calendar: SealedCalendar, message: str, found: str) -> TamperedCalendar:
    return TamperedCalendar(
        faults=[
            Fault(
                "data.hash",
                calendar.hash,
                f"{calendar.calendar_id} version {calendar.version}: {message}, {found}",
                "publish the calendar again as a new version",
                TamperedCalendar.code,
            )
        ]
    )
