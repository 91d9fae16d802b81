"""Defects that are put into a replica on purpose, to see that the fault run catches them.

Each is a mistake that somebody could make and that no ordinary test need notice: without a fault
at the wrong moment, or two replicas at once, the service behaves. They replace functions of the
running process; the product has no switch for any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog

from slaclock.messaging import outbox
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.outbox import Outgoing
from slaclock.store import pool as pools
from slaclock.store.pool import Connection, Pool
from ticket_clock_service.domain.ledger import Announcement
from ticket_clock_service.ports import Key, Reported, Ticket
from ticket_clock_service.store import work
from ticket_clock_service.store.wakes import PgWakes
from ticket_clock_service.store.work import PgWork

__all__ = ["AHEAD", "DEFECTS", "TRIES", "Defect"]

log = structlog.get_logger(__name__)

AHEAD: Final = timedelta(seconds=5)
"""How far the clock of a replica with the defect `application-clock` is ahead."""

TRIES: Final = 3
"""Deliveries after which the defect `bare-retry-limit` gives a message up."""

BETWEEN: Final = 2.0
"""Seconds between the two transactions of the defect `outbox-apart`.

Long, since few thresholds fall due in a second: whenever a replica is killed, it has just committed
something that it had yet to promise.
"""

HELD: Final = 0.1
"""Seconds for which the defect `locking-join` holds its locks beyond what the work takes."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake.

    Attributes:
        name: how it is asked for.
        breaks: the rule that it breaks.
        loses: what comes of it.
        shows: findings (kind and promise) of which the oracle must have one.
        put_in: replaces what is right in this process, for good.
    """

    name: str
    breaks: str
    loses: str
    shows: frozenset[tuple[str, str]]
    put_in: Callable[[], None]


def _of(*found: str) -> frozenset[tuple[str, str]]:
    kinds = (one.partition(" ") for one in found)
    return frozenset((kind, where) for kind, _, where in kinds)


def _acknowledge_before_the_commit() -> None:
    async def settle(self: Inlet[Any], batch: list[tuple[Any, Any]]) -> None:
        for message, _ in batch:
            await message.ack()
        waiting: Collection[Any] = [value for _, value in batch]
        while waiting:
            try:
                waiting = await self._apply(list(waiting)) or ()
            except Exception:
                log.exception("batch_lost", durable=self.durable, messages=len(batch))
                return
            await asyncio.sleep(0.3 if waiting else 0)

    Inlet._settle = settle  # type: ignore[method-assign]  # the defect


def _promise_outside_the_transaction() -> None:
    transaction, add = pools._transaction, outbox.add
    promised: dict[int, list[Outgoing]] = {}

    async def remember(connection: Connection, messages: Sequence[Outgoing]) -> None:
        promised[id(connection)] += messages

    @asynccontextmanager
    async def apart(pool: Pool, *, steady: bool = False) -> AsyncIterator[Connection]:
        async with transaction(pool, steady=steady) as connection:
            found = promised[id(connection)] = []
            try:
                yield connection
            finally:
                del promised[id(connection)]
        if not found:
            return
        await asyncio.sleep(BETWEEN)
        async with transaction(pool) as connection:
            tenants = ",".join(sorted({message.tenant for message in found}))
            await connection.execute("SELECT set_config('app.tenants', $1, true)", tenants)
            await add(connection, found)

    as_manager: Callable[..., AbstractAsyncContextManager[Connection]] = apart
    pools._transaction = as_manager  # type: ignore[assignment]  # the defect
    outbox.add = remember


def _name_announcements_without_n() -> None:
    parts = Announcement.parts

    def without_n(self: Announcement, tenant: str, ticket_id: str) -> tuple[str | int | None, ...]:
        return parts(self, tenant, ticket_id)[:-1]

    Announcement.parts = without_n  # type: ignore[method-assign]  # the defect
    once = work.SQL["keep_announcements"].rstrip().rstrip(";")
    again = (
        f"{once} ON CONFLICT (tenant_id, ticket_id, announcement_id)"
        " DO UPDATE SET crossed_us = excluded.crossed_us, flags = excluded.flags,"
        " retracted_at = NULL"
    )
    work.SQL = MappingProxyType({**work.SQL, "keep_announcements": again})


JOINED: Final = """
SELECT t.*, f.known
  FROM ticket t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
  LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(f.source, f.event_id)) AS known
                       FROM fact f
                      WHERE f.tenant_id = t.tenant_id AND f.ticket_id = t.ticket_id) f ON true
 ORDER BY t.tenant_id, t.ticket_id
   FOR UPDATE OF t
"""


def _read_facts_in_the_locking_statement() -> None:
    """The rows of `fact` are those from before the wait for the lock."""
    lock, keep_facts, history = PgWork.lock, PgWork.keep_facts, PgWork.history
    known: WeakKeyDictionary[PgWork, set[tuple[str, str, str, str]]] = WeakKeyDictionary()

    async def claimed(self: PgWork, keys: Collection[Key], new: Collection[Key]) -> list[Ticket]:
        """It waits for all of *keys*, which *new* is part of."""
        return await joined(self, keys, create=True)

    async def joined(
        self: PgWork, keys: Collection[Key], *, create: bool, wait: bool = False
    ) -> list[Ticket]:
        if not (create or wait):  # waits for nobody, so it reads nothing stale
            known[self] = set()
            found = await lock(self, keys, create=create, wait=wait)
            for key, facts in (await history(self, keys)).items():
                known[self] |= {(*key, f["source"], f["event_id"]) for f in facts}
            return found
        known[self] = set()
        columns = work._columns(sorted(keys))
        if create:
            await self._connection.execute(work.SQL["ensure_tickets"], *columns)
        tickets = []
        for row in await self._connection.fetch(JOINED, *columns):
            tickets.append(work.ticket_of(row))
            known[self] |= {(*tickets[-1].key, *fact) for fact in row["known"] or ()}
        await asyncio.sleep(HELD)
        return tickets

    async def kept(
        self: PgWork, facts: Sequence[Reported], recorded_at: Mapping[Key, datetime]
    ) -> tuple[list[Reported], list[Reported]]:
        fresh, contradicting = await keep_facts(self, facts, recorded_at)
        known[self] |= {(*fact.key, fact.source, fact.event_id) for fact in fresh}
        return fresh, contradicting

    async def stale(self: PgWork, keys: Collection[Key]) -> dict[Key, list[Mapping[str, Any]]]:
        return {
            key: [f for f in facts if (*key, f["source"], f["event_id"]) in known[self]]
            for key, facts in (await history(self, keys)).items()
        }

    PgWork.claim = claimed  # type: ignore[method-assign]  # the defect
    PgWork.lock = joined  # type: ignore[method-assign]  # the defect
    PgWork.keep_facts = kept  # type: ignore[method-assign]  # the defect
    PgWork.history = stale  # type: ignore[method-assign]  # the defect


DUE: Final = """
SELECT tenant_id, ticket_id
  FROM ticket
 WHERE next_due_at <= $1 AND tenant_id <> ALL ($2::text[])
 ORDER BY next_due_at
 LIMIT $3
"""


def _judge_by_the_clock_of_the_machine() -> None:
    """Which is ahead. It knows the tenants that it has worked for."""
    claim, now_and_terms, next_due = PgWork.claim, PgWork.now_and_terms, PgWakes.next_due
    served: set[str] = set()

    def now() -> datetime:
        return datetime.now(UTC) + AHEAD

    async def noted(self: PgWork, keys: Collection[Key], new: Collection[Key]) -> list[Ticket]:
        served.update(tenant for tenant, _ in keys)
        return await claim(self, keys, new)

    async def own_and_terms(
        self: PgWork, tenants: Collection[str]
    ) -> tuple[datetime, dict[str, int]]:
        _, revisions = await now_and_terms(self, tenants)
        return now(), revisions

    async def own_next_due(self: PgWakes) -> tuple[datetime | None, datetime]:
        return (await next_due(self))[0], now()

    async def own_due(
        self: PgWakes, horizon: datetime | None, *, without: Collection[str], most: int
    ) -> list[Key]:
        if not served:
            return []
        async with pools.begin(self._pool, served) as connection:
            until = now() if horizon is None else min(horizon, now())
            rows = await connection.fetch(DUE, until, list(without), most)
        return [(row["tenant_id"], row["ticket_id"]) for row in rows]

    PgWork.claim = noted  # type: ignore[method-assign]  # the defect
    PgWork.now_and_terms = own_and_terms  # type: ignore[method-assign]  # the defect
    PgWakes.next_due = own_next_due  # type: ignore[method-assign]  # the defect
    PgWakes.due = own_due  # type: ignore[method-assign]  # the defect


def _give_up_after_a_few_tries() -> None:
    """As `max_deliver` would: nobody is told, and nothing is parked."""
    ask_again = Inlet._ask_again

    async def limited(self: Inlet[Any], messages: Sequence[Any], outage: BaseException) -> None:
        tired = [one for one in messages if (one.metadata.num_delivered or 1) >= TRIES]
        for one in tired:
            await one.term()
        if tired:
            log.error("messages_given_up", durable=self.durable, messages=len(tired))
        await ask_again(self, [one for one in messages if one not in tired], outage)

    Inlet._ask_again = limited  # type: ignore[method-assign]  # the defect


DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType(
    {
        defect.name: defect
        for defect in (
            Defect(
                "ack-before-commit",
                "messages are acknowledged after the commit",
                "facts are lost, and what they would have begun",
                _of("lost facts"),
                _acknowledge_before_the_commit,
            ),
            Defect(
                "outbox-apart",
                "messages are promised in the transaction of the change that they tell",
                "announcements stand in the ledger, and nobody hears of them",
                _of("lost bus"),
                _promise_outside_the_transaction,
            ),
            Defect(
                "announcement-without-n",
                "a crossing that is due again after its retraction is a new announcement",
                "what is announced again escalates no more",
                _of("lost bus", "twice bus"),
                _name_announcements_without_n,
            ),
            Defect(
                "locking-join",
                "tickets are locked in one statement, and read in the next",
                "clocks lack facts that another replica kept meanwhile",
                _of("unexplained clocks", "lost clocks"),
                _read_facts_in_the_locking_statement,
            ),
            Defect(
                "application-clock",
                "due instants are judged by the clock of the database",
                "people are told before the instant has come",
                _of("early bus"),
                _judge_by_the_clock_of_the_machine,
            ),
            Defect(
                "bare-retry-limit",
                "outages are waited for, however long they last",
                "what came during an outage is lost",
                _of("lost facts"),
                _give_up_after_a_few_tries,
            ),
        )
    }
)
"""Every defect by name."""
