"""The part of `Work` that contracts need, in memory: it keeps what it is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry
from sla_service.domain.version import SlaVersion
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.envelope import Event

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def version_of(sla_id: str, number: int) -> SlaVersion:
    digest = content_hash([sla_id, number])
    return SlaVersion(
        tenant="acme",
        sla_id=sla_id,
        version=number,
        name=sla_id,
        hash=digest,
        content=digest,
        effective_from=LONG_AGO,
        published_at=LONG_AGO,
        published_by="somebody",
    )


@dataclass
class MemoryWork:
    """Contracts of the tenant acme. `published` holds the events that it promised."""

    versions: dict[str, list[SlaVersion]] = field(default_factory=dict)
    entries: dict[UUID, tuple[ContractEntry, str]] = field(default_factory=dict)
    aside: dict[UUID, ContractNews] = field(default_factory=dict)
    published: list[Event[Any]] = field(default_factory=list)
    noted: list[tuple[str, str, str, str, dict[str, Any]]] = field(default_factory=list)

    def publish(self, sla_id: str) -> None:
        known = self.versions.setdefault(sla_id, [])
        known.append(version_of(sla_id, len(known) + 1))

    async def lock(self, tenants: Collection[str]) -> None:
        assert set(tenants) == {"acme"}

    async def now(self) -> datetime:
        return LONG_AGO

    async def version(self, tenant: str, sla_id: str, version: int | None) -> SlaVersion | None:
        assert tenant == "acme"
        known = self.versions.get(sla_id, [])
        if version is None:
            return known[-1] if known else None
        return known[version - 1] if version <= len(known) else None

    async def known_news(self, news: ContractNews) -> str | None:
        if news.entry_id in self.entries:
            return self.entries[news.entry_id][1]
        waiting = self.aside.get(news.entry_id)
        return None if waiting is None else waiting.says

    async def customer_of(self, tenant: str, contract_id: str) -> str | None:
        found = (entry.customer_id for entry in await self.contract(tenant, contract_id))
        return next(found, None)

    async def claimed_by(self, tenant: str, contract_id: str) -> str | None:
        waiting = (
            news.customer_id
            for news in self.aside.values()
            if news.contract_id == contract_id and news.customer_id is not None
        )
        return await self.customer_of(tenant, contract_id) or next(waiting, None)

    async def add_entry(self, entry: ContractEntry, says: str) -> None:
        assert entry.entry_id not in self.entries, "an entry is kept for ever"
        self.entries[entry.entry_id] = entry, says

    async def contract(self, tenant: str, contract_id: str) -> Sequence[ContractEntry]:
        kept = [entry for entry, _ in self.entries.values()]
        return [one for one in kept if (one.tenant, one.contract_id) == (tenant, contract_id)]

    async def wait(self, news: ContractNews) -> None:
        assert news.entry_id not in self.aside
        self.aside[news.entry_id] = news

    async def take_waiting(
        self, tenant: str, *, sla_id: str | None = None, contract_id: str | None = None
    ) -> Sequence[ContractNews]:
        taken = [
            news
            for news in self.aside.values()
            if news.tenant == tenant
            and (
                (sla_id is not None and news.sla_id == sla_id)
                or (news.contract_id == contract_id and news.cause_kind != "quote")
            )
        ]
        for news in taken:
            del self.aside[news.entry_id]
        return sorted(taken, key=lambda news: news.order)

    async def emit(self, events: Sequence[Event[Any]]) -> None:
        self.published += events

    async def note(self, tenant: str, actor: str, action: str, subject: str, **detail: Any) -> None:
        self.noted.append((tenant, actor, action, subject, detail))

    def told(self, kind: str) -> list[Event[Any]]:
        return [event for event in self.published if event.type == kind]
