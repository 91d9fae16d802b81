"""Advisories in: of a calendar that another tzdata release would change. Others are passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from pydantic import Field

from slaclock.contracts.fields import Count, Hash, Id, Part
from slaclock.contracts.instants import Instant, to_us
from slaclock.contracts.registry import decode
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from ticket_clock_service.domain.concern import Otherwise
from ticket_clock_service.ports import AdvisoryWork
from ticket_clock_service.usecases.tzdata import ZoneNews, tell_of

__all__ = ["CALENDAR_KIND", "DURABLE", "advisories_inlet", "zone_news"]

DURABLE = "ticket-clock--advisories"
CALENDAR_KIND = "calendar.tzdata-impact"
BeginAdvisory: TypeAlias = Callable[[str], AbstractAsyncContextManager[AdvisoryWork]]


class _Detail(Part):
    calendar_id: Id
    version: Count
    hash: Hash
    installed: Id
    first: Instant | None = Field(alias="from")
    until: Instant | None = None


def zone_news(message: Received) -> ZoneNews | None:
    """What an advisory says of a calendar; None where it says something else.

    Raises:
        EventRefused: it is malformed.
        ValidationError: its detail is.
    """
    event = decode(message.data, message.subject)
    if event.data.kind != CALENDAR_KIND:
        return None
    detail = _Detail.model_validate(event.data.detail)
    if detail.first is None:  # the zone is not known any more: there is nothing to compare
        return None
    until = None if detail.until is None else to_us(detail.until)
    return ZoneNews(
        tenant=event.tenant,
        calendar_id=detail.calendar_id,
        version=detail.version,
        hash=detail.hash,
        installed=detail.installed,
        otherwise=Otherwise(to_us(detail.first), until),
        causation_id=event.id,
    )


def advisories_inlet(
    begin: BeginAdvisory, parking: Parking, ready: Callable[[], bool]
) -> Inlet[ZoneNews | None]:
    """The durable consumer of advisories.

    Args:
        begin: opens a transaction of one tenant.
        parking: where malformed ones go.
        ready: whether all agreements have been read; before that none can be looked for.
    """

    async def apply(batch: Sequence[ZoneNews | None]) -> Sequence[ZoneNews]:
        wanted = [news for news in batch if news is not None]
        if not ready():
            return wanted
        for news in wanted:
            async with begin(news.tenant) as work:
                await tell_of(work, news)
        return ()

    return Inlet(DURABLE, zone_news, apply, parking)
