"""Annexes to look at in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sla_service.domain.annex.annex import annex_of
from sla_service.domain.annex.blocks import Annex
from sla_service.domain.contract import ContractEntry, Pin
from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, Snapshot, assemble
from slaclock.business_time import PACKAGED

AT = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = ContractEntry(
    tenant="acme",
    contract_id="C-17",
    entry_id=UUID(int=7),
    customer_id="müller",
    pin=Pin("gold", 1, "0" * 64),
    effective_from=datetime(2026, 4, 1, tzinfo=UTC),
    effective_to=None,
    mode="keep",
    cause_kind="quote",
    cause_id="Q-1",
    happened_at=datetime(2026, 3, 17, 9, 12, tzinfo=UTC),
    source="/crm",
    event_id="e1",
)


def sealed(document: dict[str, Any], version: int = 1) -> Snapshot:
    """What publishing *document* makes."""
    calendars = {
        name: SealedCalendar.inline(one, sla_id=document["sla_id"], name=name, files=PACKAGED)
        for name, one in document.get("calendars", {}).items()
    }
    agreement = read_agreement(document)
    return assemble(agreement, calendars, version=version, effective_from=AT)


def annex(document: dict[str, Any], entry: ContractEntry | None = None) -> Annex:
    """Its annex."""
    return annex_of(sealed(document).body, tenant="acme", release="1.2.3", entry=entry)
