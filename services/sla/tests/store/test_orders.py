"""What a version orders and owes stands in rows that SQL can ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sla_service.store.work import beginner
from sla_service.usecases.publish import Rules, Wish, publish
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Pool, begin


async def test_rules_and_credits_are_kept_row_by_row(pool: Pool, platinum: dict[str, Any]) -> None:
    async with beginner(pool)({"acme"}) as work:
        await publish(work, Wish("acme", "platinum", "a", document=platinum), Rules(SNAPSHOT_BYTES))
    async with begin(pool, {"acme"}) as connection:
        rules = await connection.fetch("SELECT * FROM sla_escalation_rules ORDER BY ordinal")
        (credit,) = await connection.fetch("SELECT * FROM sla_service_credit_rules")
    assert [(one["rule_id"], one["level"]) for one in rules] == [
        ("warn", None),
        ("lead", 1),
        ("manager", 2),
    ]
    asked = platinum["escalations"][1]
    for key in ("conditions", "recipients", "actions", "repeat", "quiet_hours"):
        assert rules[1][key] == asked[key]
        assert rules[0][key] is None
    assert rules[2]["delivery_calendar"] == "office"
    assert (credit["metric"], credit["period"], credit["cap"]) == (
        "resolution",
        "month",
        Decimal("15.00"),
    )
    assert credit["tiers"] == platinum["credits"][0]["tiers"]
