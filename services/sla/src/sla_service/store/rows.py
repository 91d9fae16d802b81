"""Rows become domain values here, and go no further."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import orjson

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry, Pin
from sla_service.domain.terms import TermsEntry, Wanted
from sla_service.domain.version import SlaVersion
from sla_service.ports import Draft

__all__ = ["as_contract_entry", "as_draft", "as_news", "as_terms_entry", "as_version"]


def as_draft(sla_id: str, row: asyncpg.Record) -> Draft:
    """From `sla_drafts`."""
    return Draft(
        sla_id=sla_id,
        document=orjson.loads(row["document"]),
        etag=row["etag"],
        updated_at=_utc(row["updated_at"]),
        updated_by=row["updated_by"],
    )


def as_version(row: asyncpg.Record) -> SlaVersion:
    """From `sla_versions`, without the snapshot."""
    return SlaVersion(
        tenant=row["tenant_id"],
        sla_id=row["sla_id"],
        version=row["version"],
        name=row["name"],
        hash=row["hash"],
        content=row["content"],
        effective_from=_utc(row["effective_from"]),
        published_at=_utc(row["published_at"]),
        published_by=row["published_by"],
        note=row["note"],
        status=row["status"],
        agreement_type=row["agreement_type"],
        owner_group=row["owner_group"],
    )


def as_contract_entry(row: asyncpg.Record) -> ContractEntry:
    """From `contract_sla_snapshots`."""
    until = row["effective_to"]
    return ContractEntry(
        tenant=row["tenant_id"],
        contract_id=row["contract_id"],
        entry_id=row["entry_id"],
        customer_id=row["customer_id"],
        pin=_pin(row),
        effective_from=_utc(row["effective_from"]),
        effective_to=None if until is None else _utc(until),
        mode=row["mode"],
        cause_kind=row["cause_kind"],
        cause_id=row["cause_id"],
        happened_at=_utc(row["happened_at"]),
        source=row["source"],
        event_id=row["event_id"],
        recorded_at=_utc(row["recorded_at"]),
    )


def as_news(row: asyncpg.Record) -> ContractNews:
    """From `waiting_commerce`."""
    until = row["effective_to"]
    return ContractNews(
        tenant=row["tenant_id"],
        contract_id=row["contract_id"],
        customer_id=row["customer_id"],
        sla_id=row["sla_id"],
        sla_version=row["sla_version"],
        effective_from=_utc(row["effective_from"]),
        effective_to=None if until is None else _utc(until),
        mode=row["mode"],
        cause_kind=row["cause_kind"],
        cause_id=row["cause_id"],
        happened_at=_utc(row["happened_at"]),
        source=row["source"],
        event_id=row["event_id"],
    )


def as_terms_entry(row: asyncpg.Record) -> TermsEntry:
    """From `terms_entries`."""
    return TermsEntry(
        tenant=row["tenant_id"],
        revision=row["revision"],
        wanted=Wanted(
            kind=row["kind"],
            effective_from=_utc(row["effective_from"]),
            mode=row["mode"],
            pin=_pin(row),
            match=row["match"],
            statuses=row["statuses"],
            settings=row["settings"],
        ),
        recorded_at=_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


def _pin(row: asyncpg.Record) -> Pin | None:
    if row["agreement"] is None:
        return None
    return Pin(row["sla_id"], row["sla_version"], row["agreement"])


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
