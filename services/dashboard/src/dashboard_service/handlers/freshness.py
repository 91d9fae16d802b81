"""How far the projections are behind the bus."""

from __future__ import annotations

from time import monotonic

from nats.aio.client import Client

from dashboard_service.usecases.projecting import CLOCKS
from slaclock.messaging.topology import CONSUMERS
from slaclock.service import Late


class BusFreshness:
    """Asks the broker, again and again, whether the consumer of clocks has taken everything.

    Args:
        client: the service's own connection.
    """

    def __init__(self, client: Late[Client]) -> None:
        self._client = client
        self._level_at: float | None = None

    def lag(self) -> float | None:
        """Seconds since the consumer was seen level with its stream; None before the first time.

        Measured on this machine's monotonic clock: no clock of another is asked.
        """
        return None if self._level_at is None else monotonic() - self._level_at

    async def look(self) -> None:
        """Ask once. What is pending or unacknowledged keeps the consumer from being level."""
        client = await self._client.wait()
        began = monotonic()
        consumer = CONSUMERS[CLOCKS]
        jetstream = client.jetstream(timeout=5)
        info = await jetstream.consumer_info(consumer.stream, consumer.durable)
        if not info.num_pending and not info.num_ack_pending:
            self._level_at = began
