"""The secrets that webhooks are signed with, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

from escalation_service.domain.signature import Secret, make_secret
from escalation_service.store.queries import SQL
from slaclock.store.pool import Pool, begin


class PgSecrets:
    """Makes a tenant's secret when it is first asked for.

    Args:
        pool: the service's database.
        random_bytes: of the given number; unpredictable.
    """

    def __init__(self, pool: Pool, random_bytes: Callable[[int], bytes]) -> None:
        self._pool, self._random_bytes = pool, random_bytes

    async def of(self, tenant: str) -> Secret:
        """The secret of *tenant*."""
        async with begin(self._pool, {tenant}) as connection:
            row = await connection.fetchrow(SQL["secret"], tenant)
            if row is None:
                made = make_secret(self._random_bytes(32))
                await connection.execute(SQL["make_secret"], tenant, made)
                row = await connection.fetchrow(SQL["secret"], tenant)
        if row is None:
            raise LookupError(f"the secret of {tenant} was just made and is gone")
        return Secret(row["secret"], row["created_at"])

    async def text_of(self, tenant: str) -> str:
        """The same, the text alone."""
        return (await self.of(tenant)).text
