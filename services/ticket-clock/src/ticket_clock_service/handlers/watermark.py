"""How far facts have been processed: nothing is judged beyond what we may not know yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from slaclock.service import Unavailable

YOUNG = timedelta(seconds=2)
"""A message younger than this holds nothing back: it is about to be processed."""

PATIENCE = timedelta(seconds=120)
"""So long an old message may hold judgement back; then it is judged at now, provisionally."""

OUTAGES = (nats.errors.Error, TimeoutError, OSError)

log = structlog.get_logger(__name__)

STREAM, DURABLE, SUBJECT = "TICKETS", "ticket-clock--reconcile", "sla.ticket.>"


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to where crossings may be judged.

    Attributes:
        at: UTC; None is the database's now.
        provisional: judged at now although older messages are unprocessed.
    """

    at: datetime | None = None
    provisional: bool = False


class Watermark:
    """Reads the oldest unprocessed message of TICKETS.

    Args:
        client: may read the consumer's state and the stream's messages.
        seconds: a clock that nobody sets, for how long judgement has been held back.
    """

    def __init__(self, client: Client, seconds: Callable[[], float] = monotonic) -> None:
        self._jetstream = client.jetstream(timeout=5)
        self._seconds = seconds
        self._held_since: float | None = None
        self._known_at: datetime | None = None
        self._lost = False

    async def read(self, now: datetime) -> Horizon:
        """The horizon at *now* (UTC), read from the database before this is called.

        Never later than *now*: what happens while tickets are fetched is judged next time. A
        broker that does not answer may hold facts that we do not know: beyond the last time that
        it did answer nothing is judged, either, until patience ends.
        """
        try:
            oldest = await self._oldest_unprocessed()
        except OUTAGES as outage:
            log.warning("watermark_unknown", error=str(outage) or type(outage).__name__)
            self._lost = True
            self._known_at = oldest = self._known_at or now - YOUNG
        else:
            self._lost = False
            self._known_at = now
        if oldest is None or now - oldest < YOUNG:
            self._held_since = None
            return Horizon(at=now)
        if self._held_since is None:
            self._held_since = self._seconds()
        if self._seconds() - self._held_since > PATIENCE.total_seconds():
            return Horizon(at=now, provisional=True)
        return Horizon(at=oldest)

    def release(self) -> None:
        """Nothing is due, so nothing is held back: what is next has all of the patience.

        Not while the broker is away: that is one wait for all.
        """
        if not self._lost:
            self._held_since = None

    async def processed(self) -> int:
        """Stream sequence up to which every message has been settled.

        Raises:
            Unavailable: the broker does not answer.
        """
        try:
            info = await self._jetstream.consumer_info(STREAM, DURABLE)
        except OUTAGES as outage:
            raise Unavailable("nats") from outage
        return info.ack_floor.stream_seq if info.ack_floor else 0

    async def _oldest_unprocessed(self) -> datetime | None:
        info = await self._jetstream.consumer_info(STREAM, DURABLE)
        if not (info.num_pending or info.num_ack_pending):
            return None
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        try:
            message = await self._jetstream.get_msg(
                STREAM, seq=floor + 1, next=True, subject=SUBJECT
            )
        except NotFoundError:  # processed or expired meanwhile
            return None
        return message.time.astimezone(UTC) if message.time else None
