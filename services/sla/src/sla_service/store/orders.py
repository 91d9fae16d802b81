"""What a version orders and owes, row by row, so that SQL can ask for it."""

from __future__ import annotations

import orjson

from sla_service.domain.agreement import Agreement
from sla_service.domain.version import SlaVersion
from slaclock.store import Connection, load_queries

__all__ = ["add_orders"]

SQL = load_queries("sla_service.store", "orders.sql")


async def add_orders(connection: Connection, version: SlaVersion, agreement: Agreement) -> None:
    """Keep the escalation rules and service credits of *version* for ever."""
    key = (version.tenant, version.sla_id, version.version)
    rules = [orjson.dumps(rule.document()).decode() for rule in agreement.escalations]
    credits_ = [orjson.dumps(credit.document()).decode() for credit in agreement.credits]
    await connection.execute(SQL["add_rules"], *key, rules)
    if credits_:
        await connection.execute(SQL["add_credits"], *key, credits_)
