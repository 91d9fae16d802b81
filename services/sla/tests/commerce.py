"""What a commercial system says, as the use cases take it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sla_service.domain.commerce import ContractNews


def accepted_quote(at: datetime, **changes: Any) -> ContractNews:
    """A customer accepts a quote for the newest `gold` at *at*, from when on it binds, for good."""
    news = ContractNews(
        tenant="acme",
        contract_id="c1",
        customer_id="customer",
        sla_id="gold",
        sla_version=None,
        effective_from=at,
        effective_to=None,
        mode="keep",
        cause_kind="quote",
        cause_id="q1",
        happened_at=at,
        source="/crm",
        event_id="e1",
    )
    return replace(news, **changes)
