"""Back-pressure: while too much waits to be processed, nothing more is let in by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from nats.aio.client import Client

from slaclock.errors import Refusal
from ticket_clock_service.handlers.watermark import DURABLE, OUTAGES, STREAM

MOST_WAITING = 100_000
"""Messages of TICKETS that may wait: about a minute's work of one replica."""

KNOWN_FOR = 1.0
"""Seconds for which an answer of the broker is taken for true."""


class Congested(Refusal):
    """More is waiting than can be processed soon."""

    code = "intake.congested"
    status = 503

    def __init__(self, waiting: int, most: int) -> None:
        super().__init__(
            f"{waiting} events wait to be processed, more than {most}; try again later"
        )
        self.headers = {"Retry-After": "5"}


class Backlog:
    """Knows how much waits, and asks the broker once a second at most.

    Args:
        client: may read the consumer's state.
        most: how much may wait; MOST_WAITING where it is not said.
        seconds: a clock that nobody sets.
    """

    def __init__(
        self,
        client: Callable[[], Client],
        most: int | None = None,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._client, self._most, self._seconds = client, most, seconds
        self._waiting, self._asked_at = 0, float("-inf")

    async def check(self) -> None:
        """Let one request in.

        Raises:
            Congested: not now.
            Unavailable: the broker was never there.
        """
        if self._seconds() - self._asked_at >= KNOWN_FOR:
            self._asked_at = self._seconds()
            try:
                info = await self._client().jetstream(timeout=5).consumer_info(STREAM, DURABLE)
            except OUTAGES:  # whoever publishes is told
                self._waiting = 0
            else:
                self._waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        most = MOST_WAITING if self._most is None else self._most
        if self._waiting > most:
            raise Congested(self._waiting, most)
