"""`IntakeParts` on PostgreSQL and NATS."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import nats.errors
from nats.aio.client import Client

from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.publishing import PublishRefused, publish_each
from slaclock.service import Unavailable
from slaclock.store import Pool, begin
from ticket_clock_service.store.work import SQL
from ticket_clock_service.usecases.intake import FactId


class PgIntake:
    """What is known already, from the database; what is new, to the bus."""

    def __init__(self, pool: Pool, client: Client) -> None:
        self._pool, self._client = pool, client

    async def known(self, tenant: str, wanted: Collection[FactId]) -> Mapping[FactId, bytes]:
        """See `IntakeParts.known`."""
        pairs = sorted(wanted)
        async with begin(self._pool, {tenant}) as connection:
            rows = await connection.fetch(
                SQL["known_facts"], tenant, [one[0] for one in pairs], [one[1] for one in pairs]
            )
        return {
            (row["ticket_id"], bytes(row["fact_key"])): bytes(row["content_hash"]) for row in rows
        }

    async def publish(self, messages: Sequence[Outgoing]) -> Mapping[int, str]:
        """See `IntakeParts.publish`; raises `Unavailable` while the broker does not answer."""
        try:
            refused = await publish_each(self._client, messages, copies=True)
        except (nats.errors.Error, TimeoutError, OSError, PublishRefused) as outage:
            raise Unavailable("nats") from outage
        return {index: str(refusal) for index, refusal in refused.items()}
