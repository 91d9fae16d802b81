"""`Work` on PostgreSQL: each method is one statement, whatever the size of the batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import Any, cast
from uuid import UUID

import asyncpg
from msgspec.structs import fields

from slaclock.contracts.canonical import canonical
from slaclock.contracts.instants import from_us, to_us
from slaclock.messaging import outbox
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from slaclock.store import Connection, Pool, begin, load_queries
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.ledger import Announcement, Ledger
from ticket_clock_service.domain.ledger import Key as LedgerKey
from ticket_clock_service.ports import Key, Reported, Revision, Sought, TermsRow, Ticket, Told
from ticket_clock_service.store.sealed import SealedReads

FLAGS = ("historical", "provisional", "passed_over", "superseded")

SQL = load_queries("ticket_clock_service.store")

_COLUMNS = tuple(field.name for field in fields(Ticket))  # in the order of save_tickets, too
_TICKET = itemgetter(*_COLUMNS)


def ticket_of(row: asyncpg.Record) -> Ticket:
    """A row as the use cases know it."""
    return Ticket(*_TICKET(row))


def announcement_of(row: asyncpg.Record) -> Announcement:
    """A row of the ledger."""
    retracted_at = row["retracted_at"]
    return Announcement(
        key=LedgerKey(
            Metric(row["metric"]), row["cycle"], row["agreement"], row["priority"], row["threshold"]
        ),
        n=row["n"],
        crossed_at=row["crossed_us"],
        noticed_at=to_us(row["announced_at"]),
        retracted_at=None if retracted_at is None else to_us(retracted_at),
        **{flag: row["flags"].get(flag, False) for flag in FLAGS},
    )


class PgWork(SealedReads):
    """One transaction.

    Args:
        connection: inside a transaction that sees the tenants concerned.
        parking: for messages to set aside in the same transaction.
    """

    def __init__(self, connection: Connection, parking: Parking) -> None:
        super().__init__(connection)
        self._parking = parking

    async def lock(
        self, keys: Collection[Key], *, create: bool, wait: bool = False
    ) -> list[Ticket]:
        """See `Work.lock`."""
        tenants, tickets = _columns(sorted(keys))
        if create:
            await self._connection.execute(SQL["ensure_tickets"], tenants, tickets)
        query = SQL["lock_tickets" if create or wait else "lock_free_tickets"]
        return [ticket_of(row) for row in await self._connection.fetch(query, tenants, tickets)]

    async def claim(self, keys: Collection[Key], new: Collection[Key]) -> list[Ticket]:
        """See `Work.claim`."""
        if new:
            await self._connection.execute(SQL["ensure_tickets"], *_columns(sorted(new)))
        rows = await self._connection.fetch(SQL["lock_free_tickets"], *_columns(sorted(keys)))
        return [ticket_of(row) for row in rows]

    async def now_and_terms(self, tenants: Collection[str]) -> tuple[datetime, dict[str, int]]:
        """See `Work.now_and_terms`."""
        rows = await self._connection.fetch(SQL["read_clock_and_terms"], sorted(tenants))
        revisions = {row["tenant_id"]: row["terms_revision"] for row in rows}
        return rows[0]["now"].astimezone(UTC), revisions

    async def keep_facts(
        self, facts: Sequence[Reported], recorded_at: Mapping[Key, datetime]
    ) -> tuple[list[Reported], list[Reported]]:
        """See `Work.keep_facts`."""
        rows = await self._connection.fetch(
            SQL["keep_facts"],
            *_columns([fact.key for fact in facts]),
            *_all(facts, "fact_key", "source", "event_id", "kind", "at_us"),
            [fact.sequence for fact in facts],
            [(fact.spelled or canonical(fact.data)).decode() for fact in facts],
            *_all(facts, "content_hash", "origin", "correlation_id"),
            [recorded_at[fact.key] for fact in facts],
        )
        if len(rows) == len(facts):
            return list(facts), []
        new = {(row["tenant_id"], row["ticket_id"], bytes(row["fact_key"])) for row in rows}
        fresh = [fact for fact in facts if fact.identity in new]
        repeated = [fact for fact in facts if fact.identity not in new]
        if not repeated:
            return fresh, []
        content = await self.contents(repeated)
        return fresh, [f for f in repeated if content[f.identity] != f.content_hash]

    async def contents(self, facts: Sequence[Reported]) -> dict[tuple[str, str, bytes], bytes]:
        """See `Work.contents`."""
        rows = await self._connection.fetch(
            SQL["contents_of_facts"],
            *_columns([fact.key for fact in facts]),
            [fact.fact_key for fact in facts],
        )
        return {
            (row["tenant_id"], row["ticket_id"], bytes(row["fact_key"])): bytes(row["content_hash"])
            for row in rows
        }

    async def last_imported(
        self, runs: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], datetime]:
        """See `Work.last_imported`."""
        rows = await self._connection.fetch(SQL["last_imported"], *_columns(sorted(runs)))
        return {(row["tenant_id"], row["run_id"]): row["at"].astimezone(UTC) for row in rows}

    async def history(self, keys: Collection[Key]) -> dict[Key, list[Mapping[str, Any]]]:
        """See `Work.history`."""
        found: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
        for row in await self._connection.fetch(SQL["history_of_tickets"], *_columns(sorted(keys))):
            found[row["tenant_id"], row["ticket_id"]].append(cast("Mapping[str, Any]", row))
        return found

    async def ledger(self, keys: Collection[Key]) -> dict[Key, Ledger]:
        """See `Work.ledger`."""
        found: dict[Key, list[Announcement]] = defaultdict(list)
        for row in await self._connection.fetch(SQL["ledger_of_tickets"], *_columns(sorted(keys))):
            found[row["tenant_id"], row["ticket_id"]].append(announcement_of(row))
        return {key: Ledger.of(announcements) for key, announcements in found.items()}

    async def save(
        self,
        tickets: Sequence[Ticket],
        *,
        revisions: Sequence[Revision],
        announced: Sequence[Told],
        amended: Sequence[Told],
        outgoing: Sequence[Outgoing],
    ) -> None:
        """See `Work.save`."""
        if tickets:
            await self._connection.execute(SQL["save_tickets"], *_all(tickets, *_COLUMNS))
        if revisions:
            await self._connection.execute(
                SQL["keep_revisions"],
                *_columns([revision.ticket for revision in revisions]),
                *_all(revisions, "revision", "recorded_at", "terms_revision", "cause"),
                [revision.because.decode() for revision in revisions],
                [revision.changes.decode() for revision in revisions],
                [revision.seal for revision in revisions],
            )
        if amended:  # before what is new: at most one of a key stands
            await self._connection.execute(
                SQL["amend_announcements"],
                *_columns([key for key, _ in amended]),
                [one.id(*key) for key, one in amended],
                [one.crossed_at for _, one in amended],
                [_flags(one) for _, one in amended],
                [None if (at := one.retracted_at) is None else from_us(at) for _, one in amended],
            )
        if announced:
            told = [one.key for _, one in announced]
            await self._connection.execute(
                SQL["keep_announcements"],
                *_columns([key for key, _ in announced]),
                [one.id(*key) for key, one in announced],
                *_all(told, "metric", "cycle", "agreement", "priority", "threshold"),
                [one.n for _, one in announced],
                [one.crossed_at for _, one in announced],
                [_flags(one) for _, one in announced],
                [from_us(one.noticed_at) for _, one in announced],
            )
        await outbox.add(self._connection, outgoing)

    async def note_unbound(self, found: Sequence[Key], healed: Sequence[Key]) -> None:
        """See `Work.note_unbound`."""
        if found:
            await self._connection.execute(SQL["keep_unbound"], *_columns(found))
        if healed:
            await self._connection.execute(SQL["heal_unbound"], *_columns(healed))

    async def park(self, durable: str, found: Sequence[tuple[Received, BaseException]]) -> None:
        """See `Work.park`."""
        await self._parking.park_in(self._connection, durable, found)

    async def terms(self, tenants: Collection[str]) -> dict[str, list[TermsRow]]:
        """See `Work.terms`."""
        found: dict[str, list[TermsRow]] = {tenant: [] for tenant in tenants}
        for row in await self._connection.fetch(SQL["terms_of_tenants"], sorted(tenants)):
            found[row["tenant_id"]].append(TermsRow(*row.values()))
        return found

    async def snapshots(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """See `Work.snapshots`."""
        rows = await self._connection.fetch(SQL["snapshots_of"], *_columns(sorted(wanted)))
        return {(row["tenant_id"], row["hash"]): bytes(row["body"]) for row in rows}

    async def read(self, tenant: str, ticket_ids: Collection[str]) -> list[Ticket]:
        """Tickets as they stand, without locking them; those unknown are left out."""
        rows = await self._connection.fetch(SQL["tickets_of"], tenant, sorted(ticket_ids))
        return [ticket_of(row) for row in rows]

    async def page(self, tenant: str, state: str | None, after: str, limit: int) -> list[Ticket]:
        """Tickets in the order of their ids, from behind *after* on."""
        rows = await self._connection.fetch(SQL["page_of_tickets"], tenant, state, after, limit)
        return [ticket_of(row) for row in rows]

    async def search(
        self, tenant: str, sought: Sought, after: str, limit: int
    ) -> tuple[list[Ticket], str | None]:
        """See `Reading.search`."""
        until = None
        if sought.window is not None:
            last = sought.window - 1
            until = await self._connection.fetchval(SQL["end_of_window"], tenant, after, last)
        rows = await self._connection.fetch(
            SQL["search_tickets"], tenant, sought.state, after, limit, until, list(sought.texts)
        )
        tickets = [ticket_of(row) for row in rows]
        return tickets, tickets[-1].ticket_id if len(tickets) == limit else until

    async def open_page(self, tenant: str, after: str, limit: int) -> list[Ticket]:
        """Tickets with an open clock, bound or not, in the order of their ids, behind *after*."""
        rows = await self._connection.fetch(SQL["page_of_open_tickets"], tenant, after, limit)
        return [ticket_of(row) for row in rows]

    async def names_told(self, keys: Collection[Key]) -> dict[Key, list[tuple[UUID, Announcement]]]:
        """See `Sealed.names_told`."""
        found: dict[Key, list[tuple[UUID, Announcement]]] = defaultdict(list)
        for row in await self._connection.fetch(SQL["ledger_of_tickets"], *_columns(sorted(keys))):
            told = row["announcement_id"], announcement_of(row)
            found[row["tenant_id"], row["ticket_id"]].append(told)
        return found

    async def count(self, tenant: str) -> int:
        """How many tickets a tenant has."""
        found: int = await self._connection.fetchval(SQL["count_tickets"], tenant)
        return found

    async def facts_by(self, key: Key, known_at: datetime) -> list[Mapping[str, Any]]:
        """Facts of a ticket that were recorded by an instant, in folding order."""
        rows = await self._connection.fetch(SQL["facts_of_ticket"], *key, known_at)
        return [cast("Mapping[str, Any]", row) for row in rows]

    async def revision_by(self, key: Key, known_at: datetime) -> int:
        """The ticket's revision as recorded by an instant; 0 before the first."""
        found: int = await self._connection.fetchval(SQL["revision_of_ticket"], *key, known_at)
        return found

    async def snapshots_by(
        self, tenant: str, hashes: Collection[str], known_at: datetime
    ) -> set[str]:
        """Those of a tenant's snapshots that were recorded by an instant."""
        rows = await self._connection.fetch(SQL["snapshots_by"], tenant, sorted(hashes), known_at)
        return {row["hash"] for row in rows}


@asynccontextmanager
async def begin_work(
    pool: Pool, parking: Parking, tenants: Collection[str], *, steady: bool = False
) -> AsyncIterator[PgWork]:
    """A transaction that sees *tenants* only, as `Work`; a *steady* one for `Reading`."""
    async with begin(pool, tenants, steady=steady) as connection:
        yield PgWork(connection, parking)


def _flags(announcement: Announcement) -> dict[str, bool]:
    return {flag: True for flag in FLAGS if getattr(announcement, flag)}


def _columns(keys: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [key[0] for key in keys], [key[1] for key in keys]


def _all(items: Sequence[Any], *names: str) -> list[list[Any]]:
    """One list a column, as `unnest` takes them."""
    return [list(map(attrgetter(name), items)) for name in names]
