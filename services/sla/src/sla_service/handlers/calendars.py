"""Published calendars: `sla.calendar.published`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sla_service.domain.snapshot import SealedCalendar
from sla_service.ports import Begin
from sla_service.usecases.learn import Lesson, learn_calendars
from slaclock.contracts.calendars import CalendarPublished
from slaclock.contracts.envelope import Event
from slaclock.contracts.registry import decode
from slaclock.errors import Refusal
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received

__all__ = ["calendars_inlet", "read_calendar"]

DURABLE: Final = "sla--calendars"


class NotACalendar(Refusal):
    """An event that carries no calendar."""

    code = "event.unknown-type"


def read_calendar(message: Received) -> Lesson:
    """The calendar in a message.

    Raises:
        Refusal: malformed, of another kind, or not what its hash names.
    """
    event: Event[Any] = decode(message.data, message.subject)
    data = event.data
    if not isinstance(data, CalendarPublished):
        raise NotACalendar(f"{event.type} carries no calendar")
    sealed = SealedCalendar(data.snapshot, data.hash, data.calendar_id, data.version)
    return Lesson(event.tenant, sealed)


def calendars_inlet(begin: Begin, parking: Parking) -> Inlet[Lesson]:
    """Keeps what arrives, one transaction a batch."""

    async def apply(lessons: Sequence[Lesson]) -> None:
        async with begin({lesson.tenant for lesson in lessons}) as work:
            await learn_calendars(work, lessons)

    return Inlet(DURABLE, read_calendar, apply, parking)
