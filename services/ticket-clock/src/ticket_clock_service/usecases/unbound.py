"""Telling operators of tickets that nothing binds: each once, many together, once an hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from slaclock.contracts.advising import advisory
from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event
from slaclock.contracts.instants import rfc3339, to_us
from ticket_clock_service.feed_ports import Unbound, Untold

__all__ = ["PAUSE", "SETTLE", "UNBOUND_KIND", "BeginUnbound", "tell_of_unbound"]

UNBOUND_KIND: Final = "ticket.unbound"
SOURCE: Final = "/slaclock/ticket-clock"

SETTLE: Final = timedelta(seconds=5)
"""What is bound again so soon (its terms came a moment later) is not told of."""

PAUSE: Final = timedelta(hours=1)
"""Between two advisories of one tenant. Those found meanwhile are in the next one."""

LISTED: Final = 10
"""Tickets named in an advisory; of the others it has the number."""

_REMEDY: Final = (
    "publish a default SLA, or an assignment or contract for them, effective from their opening;"
    " or set binding_required to false"
)

BeginUnbound: TypeAlias = Callable[[str], AbstractAsyncContextManager[Unbound]]


async def tell_of_unbound(
    tenants: Sequence[str], begin: BeginUnbound, settle: timedelta = SETTLE
) -> int:
    """Advise each of *tenants* of its tickets that nothing binds; answers how many advisories.

    Nothing is said where another replica has just done so, or nothing is left to tell. Tickets
    found less than *settle* ago are left for the next advisory.
    """
    said = 0
    for tenant in tenants:
        async with begin(tenant) as work:
            if await work.may_tell(PAUSE) and (told := await work.take_untold(settle, LISTED)):
                await work.emit(_advisory(tenant, told, await work.now()))
                said += 1
    return said


def _advisory(tenant: str, told: Untold, at: datetime) -> Event[AdvisoryRaised]:
    name = str(uuid_of(UNBOUND_KIND, tenant, told.tickets[0], to_us(told.first), to_us(at)))
    count = told.count
    one = count == 1
    detail: dict[str, Any] = {
        "count": count,
        "tickets": list(told.tickets),
        "from": rfc3339(told.first),
        "until": rfc3339(told.last),
        "recommends": _REMEDY,
    }
    return advisory(
        SOURCE,
        tenant,
        at,
        AdvisoryRaised(
            advisory_id=name,
            kind=UNBOUND_KIND,
            severity="warning",
            message=(
                f"{count} ticket{'' if one else 's'} {'is' if one else 'are'} bound by no"
                f" agreement, so nothing is promised and nothing measured; {_REMEDY}"
            ),
            detail=detail,
        ),
    )
