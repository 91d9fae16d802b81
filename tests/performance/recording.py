"""What each batch of facts makes the service write: learnt once, from itself, and not measured.

The baseline sends the same statements with the same values, without knowing why.
"""

from __future__ import annotations

import pickle
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from tests.performance.workload import BATCH, Workload

from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from ticket_clock_service.handlers.facts import DURABLE, reported
from ticket_clock_service.handlers.terms import told
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.store.work import PgWork, begin_work
from ticket_clock_service.usecases.learn_terms import learn
from ticket_clock_service.usecases.reconcile import Reconciler
from ticket_clock_service.usecases.rulebooks import Rulebooks

__all__ = ["Batch", "Statement", "record"]

OF_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass(frozen=True, slots=True)
class Statement:
    """What was sent to the database.

    Attributes:
        text: SQL.
        values: with every JSON document as text.
        fetches: whether rows were asked for.
    """

    text: str
    values: tuple[Any, ...]
    fetches: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction: how many facts came in, and the statements about them."""

    facts: int
    statements: list[Statement] = field(default_factory=list)


class _Recording(asyncpg.Connection):
    """A connection that keeps what it is told to do, once it has somewhere to keep it."""

    kept: list[Statement] | None = None

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        self._keep(query, args, fetches=False)
        return await super().execute(query, *args, timeout=timeout)

    async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
        self._keep(query, args, fetches=True)
        return await super().fetch(query, *args, **more)

    def _keep(self, query: str, values: tuple[Any, ...], *, fetches: bool) -> None:
        if _Recording.kept is not None and not query.startswith(OF_TRANSACTION):
            raw = tuple([_raw(value) for value in values])
            _Recording.kept.append(Statement(query, raw, fetches))


async def record(dsn: str, traffic: Workload, plan: Path) -> None:
    """Process *traffic* in batches, and keep in *plan* what each made the service send.

    Args:
        dsn: an empty, migrated database of ticket-clock.
        traffic: terms and facts.
        plan: file for the pickled list of `Batch`, those of the warm-up first.
    """
    batches: list[Batch] = []
    async with asyncpg.create_pool(
        dsn, min_size=1, max_size=2, init=_prepare, connection_class=_Recording
    ) as pool:
        async with begin_terms(pool, {message.tenant for message in traffic.terms}) as work:
            await learn(work, [told(_received(message)) for message in traffic.terms])
        parking = Parking(pool, "ticket-clock")

        def begin(tenants: Collection[str]) -> AbstractAsyncContextManager[PgWork]:
            return begin_work(pool, parking, tenants)

        reconciler = Reconciler(begin, Rulebooks(), lambda: True)
        for messages in (traffic.warm_up, traffic.facts):
            for first in range(0, len(messages), BATCH):
                facts = [reported(_received(one)) for one in messages[first : first + BATCH]]
                batches.append(Batch(len(facts)))
                _Recording.kept = batches[-1].statements
                await reconciler.take_facts(facts, DURABLE)
                _Recording.kept = None
    plan.write_bytes(pickle.dumps(batches))


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.loads,
        schema="pg_catalog",
    )


def _raw(value: Any) -> Any:
    """A value, or a column of them, without anything that would have to be encoded."""
    if isinstance(value, list):
        return [
            orjson.dumps(item).decode() if isinstance(item, dict | list) else item for item in value
        ]
    return value


def _received(message: Outgoing) -> Received:
    now = datetime.now(UTC)
    return Received(message.stream, message.subject, 1, 1, now, message.msg_id, message.body)
