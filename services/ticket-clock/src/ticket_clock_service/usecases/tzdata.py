"""Another tzdata release would change a calendar: which running clocks would feel it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from slaclock.business_time import BusinessCalendar
from slaclock.contracts.advising import advisory
from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event
from slaclock.contracts.instants import rfc3339_of_us
from ticket_clock_service.domain.concern import Concerned, OpenClock, Otherwise, concerned
from ticket_clock_service.ports import AdvisoryWork, KnownAgreement

__all__ = ["CLOCKS_KIND", "ZoneNews", "tell_of"]

CLOCKS_KIND: Final = "clocks.tzdata-impact"
SOURCE: Final = "/slaclock/ticket-clock"
_LISTED: Final = 10
_AGREEMENTS: Final = 50
_RECOMMENDS: Final = (
    "nothing changes by itself; publish a new version of the calendar and of the SLAs that embed"
    " it, and decide with it whether running tickets follow"
)


@dataclass(frozen=True, slots=True)
class ZoneNews:
    """What the calendar service says of a version.

    Attributes:
        hash: of its snapshot, by which agreements embed it.
        installed: the tzdata release that it was compared with.
        causation_id: the advisory that says so.
    """

    tenant: str
    calendar_id: str
    version: int
    hash: str
    installed: str
    otherwise: Otherwise
    causation_id: str


async def tell_of(work: AdvisoryWork, news: ZoneNews) -> bool:
    """Advise of the running clocks that *news* concerns; answers whether something was said.

    Once for each calendar and release, and not at all where no clock is concerned. Eight
    statements, however many tickets there are.
    """
    name = str(uuid_of(CLOCKS_KIND, news.tenant, news.hash, news.installed))
    if await work.was_told(name):
        return False
    agreements = await work.agreements_with(news.hash)
    if not agreements:
        return False
    clocks = await work.clocks_in(news.hash)
    if not clocks:
        return False
    body = await work.body(agreements[0].hash)
    found = await asyncio.to_thread(_concerned, body, news, clocks)
    if not found:
        return False
    return await work.emit(_advisory(name, news, agreements, found, await work.now()))


def _concerned(body: bytes, news: ZoneNews, clocks: Sequence[OpenClock]) -> Sequence[Concerned]:
    snapshot = orjson.loads(body)["calendar_snapshots"][news.hash]
    return concerned(clocks, BusinessCalendar.from_snapshot(snapshot), news.otherwise)


def _advisory(
    name: str,
    news: ZoneNews,
    agreements: Sequence[KnownAgreement],
    found: Sequence[Concerned],
    at: datetime,
) -> Event[AdvisoryRaised]:
    tickets = list(dict.fromkeys(one.clock.ticket_id for one in found))
    until = news.otherwise.until_us
    detail: dict[str, Any] = {
        "calendar_id": news.calendar_id,
        "version": news.version,
        "calendar_hash": news.hash,
        "installed": news.installed,
        "from": rfc3339_of_us(news.otherwise.from_us),
        "until": None if until is None else rfc3339_of_us(until),
        "count": len(tickets),
        "clocks": len(found),
        "by_agreement": _by_agreement(agreements, found),
        "tickets": tickets[:_LISTED],
        "recommends": _RECOMMENDS,
    }
    return advisory(
        SOURCE,
        news.tenant,
        at,
        AdvisoryRaised(
            advisory_id=name,
            kind=CLOCKS_KIND,
            severity="warning",
            message=(
                f"{len(tickets)} open tickets have clocks that tzdata {news.installed} would"
                f" measure otherwise in calendar {news.calendar_id} version {news.version};"
                f" {_RECOMMENDS}"
            ),
            detail=detail,
        ),
        causation=news.causation_id,
    )


def _by_agreement(
    agreements: Sequence[KnownAgreement], found: Sequence[Concerned]
) -> list[dict[str, Any]]:
    """Counts, the most concerned agreement first."""
    tickets: dict[str, set[str]] = {}
    for one in found:
        tickets.setdefault(one.clock.agreement, set()).add(one.clock.ticket_id)
    known = {one.hash: one for one in agreements}
    order = sorted(tickets, key=lambda digest: (-len(tickets[digest]), digest))
    return [
        {
            "agreement": digest,
            "sla_id": known[digest].sla_id,
            "sla_version": known[digest].version,
            "tickets": len(tickets[digest]),
        }
        for digest in order[:_AGREEMENTS]
        if digest in known
    ]
