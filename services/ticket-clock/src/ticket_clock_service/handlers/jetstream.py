"""The backend `jetstream`: one scheduled message a ticket, in the stream TIMERS.

The broker keeps each message until its instant and then delivers it to `ticket-clock--wake`. A
schedule has a subject of its own, so that arming a ticket again replaces what was armed of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, TypeAlias

import nats.errors
from nats.aio.client import Client
from nats.js.api import PersistMode
from nats.js.errors import Error as JetStreamError

from slaclock.contracts.canonical import canonical_plain, uuid_of
from slaclock.contracts.envelope import Event, nats_subject
from slaclock.contracts.registry import decode
from slaclock.contracts.timers import TimerDue
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.publishing import Headed, PublishRefused, publish_all
from slaclock.messaging.received import Received
from ticket_clock_service.handlers.backends import Surroundings
from ticket_clock_service.timer_ports import Alarm, Arming, BackendDown, Manner, Woken
from ticket_clock_service.usecases.waking import Asked

__all__ = ["JetStreamAlarm", "opened", "wake_inlet"]

MANNER: Final = Manner("jetstream", ahead=timedelta(hours=1), batch=500, per_second=3000)
STREAM: Final = "TIMERS"
DURABLE: Final = "ticket-clock--wake"
SOURCE: Final = "/slaclock/ticket-clock"

FIRED_TTL: Final = "10m"
"""How long a wake-up waits to be taken: while nobody takes any, the due loop works."""

LEAD: Final = timedelta(seconds=0.3)
"""Schedules are set so much early: the broker delivers on a grid of a quarter second, and batches
take a moment to fill. What is here early waits for its instant."""

AT_HAND: Final = 0.6
"""Seconds for which an early wake-up is kept at hand; with more to wait it goes back."""

STEP: Final = 0.05
"""Seconds between two looks at what is at hand, at least."""

SOON: Final = 60.0
"""Seconds for which an early wake-up is given back at most, before it is looked at again."""

HELD: Final = 1.0
"""Seconds after which a wake-up whose verdict must wait comes again."""

BEHIND: Final = 5.0

Due: TypeAlias = tuple[Asked, datetime]
"""A wake-up, and the instant for which it was armed."""

OUTAGES: Final = (nats.errors.Error, JetStreamError, TimeoutError, OSError)


class JetStreamAlarm:
    """Schedules messages.

    Args:
        client: may publish `sla.timer.>` and read the state of TIMERS and of its consumer.
    """

    manner = MANNER

    def __init__(self, client: Client) -> None:
        self._client = client
        self._jetstream = client.jetstream(timeout=2)

    async def place(self) -> str:
        """See `Alarm.place`: a stream that was made anew has none of the old messages.

        Nor may it have the last of them after a restart, where the server does not wait for the
        disk: then each process of the server is a place of its own.
        """
        try:
            info = await self._jetstream.stream_info(STREAM)
        except OUTAGES as outage:
            raise _down(outage) from outage
        created = "" if info.created is None else info.created.isoformat()
        alone = info.cluster is None or info.cluster.name is None
        if info.config.persist_mode != PersistMode.ASYNC or not alone:
            return created  # of several servers replicas know different ones
        server = self._client._server_info["server_id"]  # noqa: SLF001 - told nowhere else
        return f"{created} {server}"

    async def arm(self, armings: Sequence[Arming]) -> None:
        """See `Alarm.arm`: all at once; arming again what was armed changes nothing."""
        if not self._client.is_connected:
            raise BackendDown("not connected to NATS")
        try:
            await publish_all(self._client, [_message(arming) for arming in armings])
        except (*OUTAGES, PublishRefused) as outage:
            raise _down(outage) from outage

    async def healthy(self) -> None:
        """See `Alarm.healthy`."""
        try:
            await self._jetstream.consumer_info(STREAM, DURABLE)
        except OUTAGES as outage:
            raise _down(outage) from outage

    async def close(self) -> None:
        """See `Alarm.close`: the connection is the service's."""


@asynccontextmanager
async def opened(around: Surroundings) -> AsyncIterator[Alarm]:
    """The backend; wake-ups come by `wake_inlet`."""
    yield JetStreamAlarm(around.client)


def wake_inlet(
    wake_all: Callable[[Sequence[Asked]], Awaitable[Sequence[Woken]]],
    parking: Parking,
    terms_ready: Callable[[], bool],
) -> Inlet[Due]:
    """The durable consumer of wake-ups.

    Args:
        wake_all: looks at tickets.
        parking: where malformed wake-ups go.
        terms_ready: nothing is announced before, so nobody is woken.
    """

    def decoded(message: Received) -> Due:
        event: Event[TimerDue] = decode(message.data, message.subject)
        return Asked(event.tenant, event.data.ticket_id, event.data.revision), event.time

    async def apply(due: Sequence[Due]) -> Mapping[Due, float]:
        if not terms_ready():
            return dict.fromkeys(due, HELD)
        again: dict[Due, float] = {}
        left = list(dict.fromkeys(due))
        until = asyncio.get_running_loop().time() + 2 * AT_HAND
        while left:
            found = await wake_all([asked for asked, _ in left])
            waits = {
                one: seconds
                for one, woken in zip(left, found, strict=True)
                if (seconds := comes_again(woken, one[1], datetime.now(UTC))) is not None
            }
            patience = AT_HAND if asyncio.get_running_loop().time() < until else 0.0
            left = [one for one, seconds in waits.items() if seconds <= patience]
            again |= {one: max(STEP, wait) for one, wait in waits.items() if wait > patience}
            if left:
                await asyncio.sleep(max(STEP, min(waits[one] for one in left)))
        return again

    return Inlet(DURABLE, decoded, apply, parking)


def comes_again(woken: Woken, armed_for: datetime, now: datetime) -> float | None:
    """After how many seconds a wake-up is wanted again; None: it has done its work.

    An early one is kept for the rest of the time: it is the only alarm for that instant, also where
    something else has become of the ticket meanwhile. One whose ticket has got another instant is
    not: the armer has set another alarm, or will.
    """
    match woken.result:
        case "held":
            return HELD
        case "behind":
            return BEHIND
        case "early" | "judged" if woken.next_due_at == armed_for:
            return min(max((armed_for - now).total_seconds(), 0.01), SOON)
    return None


def _message(arming: Arming) -> Headed:
    due = arming.next_due_at
    token = sha256(canonical_plain((arming.tenant, arming.ticket_id))).hexdigest()[:32]
    schedule = f"{nats_subject('sla.timer.armed', arming.tenant)}.{token}"
    target = nats_subject("sla.timer.due", arming.tenant)
    if due is None or arming.closed:  # drops the schedule, if there is one; wakes for nothing, once
        headers = {"Nats-Scheduler": schedule, "Nats-Schedule-Next": "purge", "Nats-TTL": FIRED_TTL}
        return Headed(target, _body(arming, datetime.now(UTC)), headers)
    headers = {
        "Nats-Schedule": f"@at {(due - LEAD).astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "Nats-Schedule-Target": target,
        "Nats-Schedule-TTL": FIRED_TTL,
    }
    return Headed(schedule, _body(arming, due), headers)


def _body(arming: Arming, due: datetime) -> bytes:
    event: Event[TimerDue] = Event(
        specversion="1.0",
        id=str(uuid_of(arming.tenant, arming.ticket_id, arming.revision, "due")),
        source=SOURCE,
        type="sla.timer.due",
        subject=arming.ticket_id,
        time=due,
        tenant=arming.tenant,
        data=TimerDue(ticket_id=arming.ticket_id, revision=arming.revision),
    )
    return event.encode()


def _down(outage: BaseException) -> BackendDown:
    return BackendDown(f"JetStream: {str(outage) or type(outage).__name__}")
