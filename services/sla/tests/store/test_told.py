"""Everything that this service says on the bus fits the schemas that others build on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema

from sla_service.domain.terms import Wanted
from sla_service.store.work import beginner
from sla_service.usecases.assign import change_terms
from sla_service.usecases.bind import bind
from sla_service.usecases.publish import Rules, Wish, publish, retire
from slaclock.contracts import content_hash, decode
from slaclock.messaging.topology import SNAPSHOT_BYTES, STREAMS
from slaclock.store import Pool, begin

from ..commerce import accepted_quote

SCHEMAS = Path(__file__).parents[4] / "docs" / "schemas"
AT = datetime(2026, 3, 1, tzinfo=UTC)
QUOTE = accepted_quote(AT, sla_id="platinum", effective_to=AT + timedelta(days=365))
ORDER = replace(
    QUOTE,
    customer_id=None,
    effective_from=AT + timedelta(days=30),
    effective_to=None,
    mode="from_effective_instant",
    cause_kind="change_order",
    cause_id="o1",
    event_id="e2",
)
END = replace(
    ORDER,
    sla_id=None,
    mode="keep",
    cause_kind="ended",
    event_id="e3",
    effective_from=AT + timedelta(days=90),
)


async def test_all_of_it(pool: Pool, platinum: dict[str, Any]) -> None:
    del platinum["agreement_type"], platinum["group"]  # as an OLA it would bind no customer
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [QUOTE])  # waits: an advisory
        wish = Wish("acme", "platinum", "somebody", document=platinum, default=True)
        done = await publish(work, wish, Rules(SNAPSHOT_BYTES))
        await bind(
            work, [ORDER, END, replace(ORDER, cause_id="o2", effective_from=AT - timedelta(days=1))]
        )
        for wanted in (
            Wanted("default", AT, "from_start", None),
            Wanted("assignment", AT, "keep", done.version.pin, match={"group": "l1"}),
            Wanted("assignment", AT, match={"group": "l1", "category": "c", "service": "s"}),
            Wanted("status_map", AT, statuses={"parked": "on_hold"}),
            Wanted("settings", AT, settings={"binding_required": True}),
        ):
            await change_terms(work, "acme", wanted, "somebody", stated=True)
        await retire(work, "acme", "platinum", 1, "somebody")
    async with begin(pool, {"acme"}) as connection:
        rows = await connection.fetch("SELECT stream, subject, body FROM outbox ORDER BY position")

    for row in rows:
        event, document = decode(row["body"], row["subject"]), json.loads(row["body"])
        assert event.type in STREAMS[row["stream"]].types
        schema = json.loads((SCHEMAS / f"{event.type}.v1.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        ).validate(document)
        assert document["tenant"] == "acme"
    said = [json.loads(row["body"]) for row in rows]
    assert {one["type"] for one in said} == {*STREAMS["AGREEMENT"].types, "sla.advisory.raised"}
    (version,) = (one["data"] for one in said if one["type"] == "sla.agreement.published")
    assert content_hash(version["snapshot"]) == version["hash"] == done.version.hash
    for named, calendar in version["snapshot"]["calendar_snapshots"].items():
        assert content_hash(calendar) == named
    kinds = {one["data"]["kind"] for one in said if one["type"] == "sla.assignment.changed"}
    assert kinds == {"default", "assignment", "status_map", "settings"}
    causes = {one["data"]["cause"]["kind"] for one in said if one["type"] == "sla.contract.bound"}
    assert causes == {"quote", "change_order", "ended"}
