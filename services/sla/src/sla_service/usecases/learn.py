"""Calendars that others published: our own copies, which SLA files name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.snapshot import SealedCalendar
from sla_service.ports import Work
from slaclock.contracts.canonical import content_hash
from slaclock.errors import Fault, Refusal

__all__ = ["Lesson", "Retirement", "TamperedCalendar", "learn_calendars"]


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
            which = f"{self.calendar.calendar_id} version {self.calendar.version}"
            raise _tampered(which, self.calendar.hash, "its content has another hash", found)


@dataclass(frozen=True, slots=True)
class Retirement:
    """A version of a calendar of *tenant* went out of use; `hash` names its content."""

    tenant: str
    calendar: PublishedCalendar
    hash: str


async def learn_calendars(work: Work, news: Sequence[Lesson | Retirement]) -> None:
    """Keep them. A version that is there already stays as it is; both come in any order.

    Raises:
        TamperedCalendar: the same version is there with other content.
    """
    for one in news:
        match one:
            case Lesson(calendar=calendar):
                kept: str | None = await work.keep_calendar(one.tenant, calendar)
                which, said = f"{calendar.calendar_id} version {calendar.version}", calendar.hash
            case Retirement(calendar=named):
                kept = await work.retire_calendar(one.tenant, named, one.hash)
                which, said = f"{named.calendar_id} version {named.version}", one.hash
        if kept not in {None, said}:
            raise _tampered(which, said, "this version is kept with another hash", kept)


def _tampered(which: str, said: str, message: str, found: str | None) -> TamperedCalendar:
    return TamperedCalendar(
        faults=[
            Fault(
                "data.hash",
                said,
                f"{which}: {message}, {found}",
                "publish the calendar again as a new version",
                TamperedCalendar.code,
            )
        ]
    )
