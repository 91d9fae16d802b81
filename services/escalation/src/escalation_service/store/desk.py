"""Everything that HTTP asks for, on PostgreSQL."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from escalation_service.domain.signature import Secret
from escalation_service.store.queries import SQL
from escalation_service.store.reading import PgAcknowledging, PgReading, begin_acknowledging
from escalation_service.store.secrets import PgSecrets
from slaclock.store.pool import Pool, begin


class PgDesk:
    """See `escalation_service.ports.Desk`."""

    def __init__(self, pool: Pool, secrets: PgSecrets) -> None:
        self._pool, self._secrets = pool, secrets
        self.reading = PgReading(pool)

    def acknowledging(self, tenant: str) -> AbstractAsyncContextManager[PgAcknowledging]:
        """A transaction; commits when the block ends."""
        return begin_acknowledging(self._pool, tenant)

    async def show_secret(self, tenant: str, to: str) -> Secret:
        """The tenant's signing secret, and a line for the auditors."""
        secret = await self._secrets.of(tenant)
        async with begin(self._pool, {tenant}) as connection:
            await connection.execute(SQL["audit"], tenant, to, "webhook-secret.shown", tenant)
        return secret
