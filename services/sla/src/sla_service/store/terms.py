"""Contracts and the other terms on PostgreSQL: histories that only grow, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry
from sla_service.domain.terms import EntryKind, TermsEntry
from sla_service.ports import Waiting
from sla_service.store.rows import as_contract_entry, as_news, as_terms_entry
from slaclock.store import Connection, load_queries

__all__ = ["PgTerms"]

SQL = load_queries("sla_service.store", "terms.sql")


class PgTerms:
    """That part of a transaction; see `sla_service.ports.Work` for what each method means."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def known_news(self, news: ContractNews) -> str | None:
        """See `Work.known_news`."""
        says: str | None = await self._connection.fetchval(
            SQL["known_news"], news.tenant, news.contract_id, news.entry_id
        )
        return says

    async def customer_of(self, tenant: str, contract_id: str) -> str | None:
        """See `Work.customer_of`."""
        found: str | None = await self._connection.fetchval(SQL["customer_of"], tenant, contract_id)
        return found

    async def claimed_by(self, tenant: str, contract_id: str) -> str | None:
        """See `Work.claimed_by`."""
        found: str | None = await self._connection.fetchval(SQL["claimed_by"], tenant, contract_id)
        return found

    async def add_entry(self, entry: ContractEntry, says: str) -> None:
        """See `Work.add_entry`."""
        pin = entry.pin
        await self._connection.execute(
            SQL["add_entry"],
            entry.tenant,
            entry.contract_id,
            entry.entry_id,
            entry.customer_id,
            None if pin is None else pin.sla_id,
            None if pin is None else pin.version,
            None if pin is None else pin.hash,
            entry.effective_from,
            entry.effective_to,
            entry.mode,
            entry.cause_kind,
            entry.cause_id,
            says,
            entry.happened_at,
            entry.source,
            entry.event_id,
        )

    async def contract(self, tenant: str, contract_id: str) -> Sequence[ContractEntry]:
        """See `Work.contract`."""
        rows = await self._connection.fetch(SQL["contract"], tenant, contract_id)
        return [as_contract_entry(row) for row in rows]

    async def contracts_about(
        self, tenant: str, contract_id: str | None, customer_id: str | None
    ) -> Sequence[ContractEntry]:
        """See `Work.contracts_about`."""
        rows = await self._connection.fetch(
            SQL["contracts_about"], tenant, contract_id, customer_id
        )
        return [as_contract_entry(row) for row in rows]

    async def contracts(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[ContractEntry]:
        """See `Work.contracts`."""
        rows = await self._connection.fetch(SQL["contracts"], tenant, after, limit)
        return [as_contract_entry(row) for row in rows]

    async def histories(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[ContractEntry]:
        """See `Work.histories`."""
        rows = await self._connection.fetch(SQL["histories"], tenant, after, limit)
        return [as_contract_entry(row) for row in rows]

    async def wait(self, news: ContractNews) -> None:
        """See `Work.wait`."""
        await self._connection.execute(
            SQL["wait"],
            news.tenant,
            news.contract_id,
            news.entry_id,
            news.customer_id,
            news.sla_id,
            news.sla_version,
            news.effective_from,
            news.effective_to,
            news.mode,
            news.cause_kind,
            news.cause_id,
            news.says,
            news.happened_at,
            news.source,
            news.event_id,
        )

    async def take_waiting(
        self, tenant: str, *, sla_id: str | None = None, contract_id: str | None = None
    ) -> Sequence[ContractNews]:
        """See `Work.take_waiting`."""
        taken = []
        if sla_id is not None:
            taken += await self._connection.fetch(SQL["take_waiting_for_sla"], tenant, sla_id)
        if contract_id is not None:
            taken += await self._connection.fetch(
                SQL["take_waiting_for_contract"], tenant, contract_id
            )
        return sorted(map(as_news, taken), key=lambda news: news.order)

    async def waiting(self, tenant: str, *, limit: int) -> Sequence[Waiting]:
        """See `Work.waiting`."""
        rows = await self._connection.fetch(SQL["waiting"], tenant, limit)
        return [Waiting(as_news(row), contract_known=row["contract_known"]) for row in rows]

    async def terms(self, tenant: str, kind: EntryKind | None = None) -> Sequence[TermsEntry]:
        """See `Work.terms`."""
        rows = await self._connection.fetch(SQL["terms_entries"], tenant, kind)
        return [as_terms_entry(row) for row in rows]

    async def add_terms(self, entry: TermsEntry) -> None:
        """See `Work.add_terms`."""
        wanted, pin = entry.wanted, entry.wanted.pin
        await self._connection.execute(
            SQL["add_terms"],
            entry.tenant,
            entry.revision,
            entry.entry_id,
            wanted.kind,
            wanted.effective_from,
            wanted.mode,
            None if pin is None else pin.sla_id,
            None if pin is None else pin.version,
            None if pin is None else pin.hash,
            wanted.match,
            wanted.statuses,
            wanted.settings,
            entry.recorded_at,
            entry.recorded_by,
        )

    async def noted(self, tenant: str, action: str, subject: str, *, since: datetime) -> bool:
        """See `Work.noted`."""
        found: bool = await self._connection.fetchval(SQL["noted"], tenant, action, subject, since)
        return found
