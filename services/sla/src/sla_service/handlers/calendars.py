"""Calendars of the calendar service: `sla.calendar.published`, `sla.calendar.retired`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.snapshot import SealedCalendar
from sla_service.ports import Begin
from sla_service.usecases.learn import Lesson, Retirement, learn_calendars
from slaclock.contracts.calendars import CalendarPublished, CalendarRetired
from slaclock.contracts.envelope import Event
from slaclock.contracts.registry import decode
from slaclock.errors import Refusal
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received

__all__ = ["calendars_inlet", "read_calendar"]

DURABLE: Final = "sla--calendars"


class NotACalendar(Refusal):
    """An event that says nothing of calendars."""

    code = "event.unknown-type"


def read_calendar(message: Received) -> Lesson | Retirement:
    """What a message says of a calendar.

    Raises:
        Refusal: malformed, of another kind, or not what its hash names.
    """
    event: Event[Any] = decode(message.data, message.subject)
    match event.data:
        case CalendarPublished() as data:
            sealed = SealedCalendar(data.snapshot, data.hash, data.calendar_id, data.version)
            return Lesson(event.tenant, sealed)
        case CalendarRetired() as data:
            calendar = PublishedCalendar(data.calendar_id, data.version)
            return Retirement(event.tenant, calendar, data.hash)
        case _:
            raise NotACalendar(f"{event.type} says nothing of a calendar")


def calendars_inlet(begin: Begin, parking: Parking) -> Inlet[Lesson | Retirement]:
    """Keeps what arrives, one transaction a batch."""

    async def apply(news: Sequence[Lesson | Retirement]) -> None:
        async with begin({one.tenant for one in news}) as work:
            await learn_calendars(work, news)

    return Inlet(DURABLE, read_calendar, apply, parking)
