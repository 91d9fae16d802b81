"""Answers to requests with an Idempotency-Key, in the table of the piece `idempotency_1`."""

from __future__ import annotations

from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from slaclock.http.idempotency import Claim, KeptAnswer, Slot
from slaclock.store.pool import Connection, Pool, begin

__all__ = ["PgAnswers", "SessionKeeper", "fill"]

# One statement, so that of two equal requests one takes the slot. Takes over a slot whose request
# died (no answer for a minute), and one that is older than a day.
CLAIM: Final = """
INSERT INTO idempotency AS kept (tenant_id, route, key, request_hash)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, route, key) DO UPDATE
   SET request_hash = excluded.request_hash, created_at = clock_timestamp(),
       status = NULL, headers = NULL, body = NULL
 WHERE kept.created_at < clock_timestamp() - interval '24 hours'
    OR (kept.status IS NULL AND kept.created_at < clock_timestamp() - interval '1 minute')
RETURNING request_hash
"""
KEPT: Final = """
SELECT request_hash, status, headers, body
  FROM idempotency
 WHERE tenant_id = $1 AND route = $2 AND key = $3
"""
FILL: Final = """
UPDATE idempotency SET status = $4, headers = $5, body = $6
 WHERE tenant_id = $1 AND route = $2 AND key = $3
"""
FILL_IN_SESSION: Final = text(
    "UPDATE idempotency SET status = :status, headers = CAST(:headers AS jsonb), body = :body"
    " WHERE tenant_id = :tenant AND route = :route AND key = :key"
)
FREE: Final = "DELETE FROM idempotency WHERE tenant_id = $1 AND route = $2 AND key = $3"
FORGET: Final = "DELETE FROM idempotency WHERE created_at < clock_timestamp() - interval '24 hours'"


async def fill(connection: Connection, slot: Slot, answer: KeptAnswer) -> None:
    """Keep the answer of the request that took *slot*, in the transaction of *connection*."""
    where = (slot.tenant, slot.route, slot.key)
    await connection.execute(FILL, *where, answer.status, dict(answer.headers), answer.body)


class SessionKeeper:
    """Keeps an answer in the transaction of a session; fits `slaclock.http.AnswerKeeper`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep_answer(self, slot: Slot, answer: KeptAnswer) -> None:
        """Keep the answer of the request that took *slot*."""
        said = {
            "tenant": slot.tenant,
            "route": slot.route,
            "key": slot.key,
            "status": answer.status,
            "headers": orjson.dumps(dict(answer.headers)).decode(),
            "body": answer.body,
        }
        await self._session.execute(FILL_IN_SESSION, said)


class PgAnswers:
    """Keeps answers for a day; fits `slaclock.http.Answers`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(self, slot: Slot) -> Claim:
        """Take *slot* if it is free, and forget what this tenant's older ones held."""
        async with begin(self._pool, {slot.tenant}) as connection:
            taken = await connection.fetchval(
                CLAIM, slot.tenant, slot.route, slot.key, slot.request_hash
            )
            if taken is not None:
                await connection.execute(FORGET)
                return Claim(mine=True, request_hash=slot.request_hash)
            row = await connection.fetchrow(KEPT, slot.tenant, slot.route, slot.key)
        if row is None:  # freed between the two statements: the client may simply repeat
            return Claim(mine=False, request_hash=slot.request_hash)
        answer = None
        if row["status"] is not None:
            answer = KeptAnswer(row["status"], row["headers"], row["body"])
        return Claim(mine=False, request_hash=row["request_hash"], answer=answer)

    async def fill(self, slot: Slot, answer: KeptAnswer) -> None:
        """Keep the answer of the request that took the slot."""
        async with begin(self._pool, {slot.tenant}) as connection:
            await fill(connection, slot, answer)

    async def free(self, slot: Slot) -> None:
        """Give the slot back."""
        async with begin(self._pool, {slot.tenant}) as connection:
            await connection.execute(FREE, slot.tenant, slot.route, slot.key)
