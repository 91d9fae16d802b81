"""Where messages go that would never succeed: kept with the reason, alarmed, replayable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from slaclock.contracts.canonical import canonical, sha256_hex, uuid_of
from slaclock.contracts.envelope import message_id, nats_subject
from slaclock.contracts.faults import faults_of, shown
from slaclock.contracts.instants import rfc3339
from slaclock.errors import Fault, Refusal
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.received import Received
from slaclock.store.pool import Connection, Pool, begin

log = structlog.get_logger(__name__)

PARK = """
INSERT INTO parked (tenant_id, parked_id, durable, stream, stream_sequence, subject, msg_id, body,
                    code, reason, faults)
SELECT tenant_id, parked_id, durable, stream, stream_sequence, subject, msg_id, body, code, reason,
       faults::jsonb
  FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[],
              $7::text[], $8::bytea[], $9::text[], $10::text[], $11::text[])
       AS v (tenant_id, parked_id, durable, stream, stream_sequence, subject, msg_id, body, code,
             reason, faults)
ON CONFLICT DO NOTHING
RETURNING parked_id
"""
LIST = """
SELECT parked_id, durable, stream, stream_sequence, subject, code, reason, faults, parked_at,
       replayed_at
  FROM parked
 WHERE ($1::text IS NULL OR durable = $1)
   AND ($2::boolean OR replayed_at IS NULL)
   AND ($3::timestamptz IS NULL OR (parked_at, parked_id) > ($3, $4))
 ORDER BY parked_at, parked_id
 LIMIT $5
"""
ONE = "SELECT * FROM parked WHERE parked_id = $1"
REPLAYED = "UPDATE parked SET replayed_at = clock_timestamp() WHERE parked_id = $1"
FAILED_AGAIN = "UPDATE parked SET code = $2, reason = $3, faults = $4 WHERE parked_id = $1"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message was set aside: a stable code, a sentence, and each fault."""

    code: str
    text: str
    faults: tuple[dict[str, Any], ...] = ()

    @classmethod
    def of(cls, error: BaseException) -> Reason:
        """From what was raised."""
        if isinstance(error, ValidationError):
            error = Refusal(faults=faults_of(error), code="event.malformed")
        if isinstance(error, Refusal):
            return cls(error.code, _storable(str(error)), tuple(map(_document, error.faults)))
        return cls("event.failed", _storable(f"{type(error).__name__}: {error}"))


def _document(fault: Fault) -> dict[str, Any]:
    return {
        "field": _storable(fault.field),
        "value": shown(fault.value),
        "message": _storable(fault.message),
        "remedy": fault.remedy,
        "code": fault.code,
    }


def _storable(text: str) -> str:
    """*text* as PostgreSQL takes it, and not longer than a person reads."""
    return text[:2000].encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


class Parking:
    """The parked messages of one service.

    Args:
        pool: the service's database.
        service: its name, the source of the advisories.
    """

    def __init__(self, pool: Pool, service: str) -> None:
        self._pool, self._service = pool, service

    async def park(self, durable: str, found: Sequence[tuple[Received, BaseException]]) -> None:
        """Keep messages of *durable* with their reasons, in one transaction of their own."""
        async with begin(self._pool, {message.tenant for message, _ in found}) as connection:
            await self.park_in(connection, durable, found)

    async def park_in(
        self, connection: Connection, durable: str, found: Sequence[tuple[Received, BaseException]]
    ) -> None:
        """The same inside the caller's transaction. A message is parked, and told of, once."""
        rows = [_Row(durable, message, Reason.of(error)) for message, error in found]
        fresh = await connection.fetch(
            PARK,
            [row.message.tenant for row in rows],
            [row.parked_id for row in rows],
            [durable] * len(rows),
            [row.message.stream for row in rows],
            [row.message.sequence for row in rows],
            [row.message.subject for row in rows],
            [row.msg_id for row in rows],
            [row.message.data for row in rows],
            [row.reason.code for row in rows],
            [row.reason.text for row in rows],
            [canonical(list(row.reason.faults)).decode() for row in rows],
        )
        ids = {record["parked_id"] for record in fresh}
        told = [row for row in rows if row.parked_id in ids]
        await outbox.add(
            connection, [message for row in told for message in row.outgoing(self._service)]
        )
        for row in told:
            log.error(
                "message_parked",
                durable=durable,
                parked_id=str(row.parked_id),
                subject=row.message.subject,
                code=row.reason.code,
                reason=row.reason.text,
            )

    async def page(
        self,
        tenant: str,
        *,
        durable: str | None = None,
        replayed: bool = False,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[dict[str, Any]]:
        """Parked messages of *tenant*, oldest first; without those replayed unless asked for."""
        at, parked_id = after or (None, None)
        async with begin(self._pool, {tenant}) as connection:
            rows = await connection.fetch(LIST, durable, replayed, at, parked_id, limit)
        return [dict(row) for row in rows]

    async def find(self, tenant: str, parked_id: UUID) -> tuple[str, Received] | None:
        """The durable and the message of a parked row; None where *tenant* has no such row."""
        async with begin(self._pool, {tenant}) as connection:
            row = await connection.fetchrow(ONE, parked_id)
        if row is None:
            return None
        message = Received(
            stream=row["stream"],
            subject=row["subject"],
            sequence=row["stream_sequence"],
            delivered=1,
            stored_at=row["parked_at"].astimezone(UTC),
            msg_id=row["msg_id"],
            data=row["body"],
        )
        return row["durable"], message

    async def settle(self, tenant: str, parked_id: UUID, error: BaseException | None) -> None:
        """Note how a replay ended: done, or failed with another reason."""
        async with begin(self._pool, {tenant}) as connection:
            if error is None:
                await connection.execute(REPLAYED, parked_id)
                return
            reason = Reason.of(error)
            await connection.execute(
                FAILED_AGAIN, parked_id, reason.code, reason.text, list(reason.faults)
            )


@dataclass(frozen=True, slots=True)
class _Row:
    durable: str
    message: Received
    reason: Reason

    @property
    def parked_id(self) -> UUID:
        """The same for every delivery of the same message."""
        message = self.message
        return uuid_of(self.durable, message.stream, message.sequence, sha256_hex(message.data))

    @property
    def msg_id(self) -> str | None:
        """The publisher's id, which may be any text."""
        return None if self.message.msg_id is None else _storable(self.message.msg_id)

    def outgoing(self, service: str) -> list[Outgoing]:
        """The dead letter, and an advisory where the tenant is known."""
        message, parked_id = self.message, str(self.parked_id)
        dead = Outgoing(
            message.tenant, "DEAD", f"dead.{self.durable}", f"dead:{parked_id}", message.data
        )
        if message.tenant == "-":
            return [dead]
        event = {
            "specversion": "1.0",
            "id": parked_id,
            "source": f"/slaclock/{service}",
            "type": "sla.advisory.raised",
            "subject": parked_id,
            "time": rfc3339(message.stored_at),
            "tenant": message.tenant,
            "data": {
                "advisory_id": parked_id,
                "kind": "message.parked",
                "severity": "error",
                "message": self.reason.text,
                "detail": {
                    "durable": self.durable,
                    "code": self.reason.code,
                    "subject": message.subject,
                    "faults": list(self.reason.faults)[:20],
                },
            },
        }
        advisory = Outgoing(
            message.tenant,
            "ADVISORY",
            nats_subject("sla.advisory.raised", message.tenant),
            message_id(message.tenant, f"/slaclock/{service}", parked_id),
            canonical(event),
        )
        return [dead, advisory]
