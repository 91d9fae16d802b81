"""What people are told of a ticket over HTTP and on the bus: advisories, feed, explanation, audit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from nats.aio.client import Client

from slaclock.auth import Role
from slaclock.contracts.instants import rfc3339
from slaclock.contracts.registry import decode
from slaclock.store import begin
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

from ..desk import Desk, ago, fact, opened, sla, status

BASE = "/ticket-clock/v1"


@pytest.fixture
async def bus(topology: Bus) -> AsyncIterator[Client]:
    client = await topology.connect()
    yield client
    await client.close()


async def asked(client: httpx.AsyncClient, route: str, **params: Any) -> dict[str, Any]:
    found = await client.get(f"{BASE}/{route}", params=params)
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


async def walked(client: httpx.AsyncClient, route: str, **params: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    page = await asked(client, route, **params)
    items: list[dict[str, Any]] = page["items"]
    while page["next"] is not None:
        page = await asked(client, route, cursor=page["next"], **params)
        items += page["items"]
    return items


async def test_operators_hear_on_the_bus_of_tickets_that_nothing_binds(
    client: httpx.AsyncClient, bus: Client
) -> None:
    """Two hundred at once are one advisory."""
    at = rfc3339(datetime.now(UTC) - timedelta(minutes=1))
    events = [
        {
            "specversion": "1.0",
            "id": f"{number}",
            "source": "/helpdesk",
            "type": "sla.ticket.opened",
            "subject": f"T-{number:03}",
            "time": at,
            "tenant": "acme",
            "data": {"ticket_id": f"T-{number:03}", "status": "open"},
        }
        for number in range(200)
    ]
    kind = {"content-type": "application/cloudevents-batch+json"}
    answer = await client.post(f"{BASE}/events", content=orjson.dumps(events), headers=kind)
    assert answer.json()["accepted"] == 200
    jetstream = bus.jetstream()

    async def advisories() -> int:
        return (await jetstream.stream_info("ADVISORY")).state.messages

    await eventually(advisories, 60)
    stored = await jetstream.get_msg("ADVISORY", seq=1)
    assert stored.subject == "sla.advisory.raised.v1.acme"
    event = decode(stored.data or b"", stored.subject)
    assert (event.data.kind, event.data.detail["count"]) == ("ticket.unbound", 200)
    assert await advisories() == 1


def escalation(ticket: str, kind: str, at: datetime, **more: Any) -> tuple[str, bytes]:
    event = {
        "specversion": "1.0",
        "id": f"{ticket}-{kind}",
        "source": "/slaclock/escalation",
        "type": f"sla.escalation.{kind}",
        "subject": ticket,
        "time": rfc3339(at),
        "tenant": "acme",
        "data": {
            "ticket_id": ticket,
            "metric": "resolution",
            "cycle": "first",
            "threshold": "percent:50",
            "announcement_id": "a1",
            "effect_id": "e1",
            "rule_id": "r1",
            "action": {"channel": "email", "to": "somebody@example.com"},
            "repeat": 0,
            "at": rfc3339(at),
            **more,
        },
    }
    return f"sla.escalation.{kind}.v1.acme", orjson.dumps(event)


async def test_the_feed_the_text_and_the_audit_of_a_ticket_that_is_gone(
    served: Served, desk: Desk, bus: Client
) -> None:
    # given a ticket of which people were told, and that was deleted since
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, minutes=150)
    await desk.take(opened("a/b", start), opened("OTHER", start))
    await desk.judge()
    await desk.take(status("a/b", start + timedelta(minutes=100), "waiting_on_customer"))
    await desk.take(fact("deleted", "a/b", now, reason="merged"))
    told = [
        escalation("a/b", "raised", ago(now, minutes=29)),
        escalation("a/b", "delivered", ago(now, minutes=28), attempt=1),
        escalation("a/b", "withdrawn", now, reason="retracted"),
    ]
    for subject, body in [*told, told[0]]:  # the first one twice
        await bus.jetstream().publish(subject, body)
    viewer = await served.client("acme", Role.VIEWER)

    # then the feed tells facts, clocks, and what escalation did, without addresses
    async def escalations() -> list[dict[str, Any]]:
        items = (await asked(viewer, "ticket-activity", ticket_id="a/b", limit=200))["items"]
        found = [item for item in items if item["about"] == "escalation"]
        return found if len(found) == 3 else []

    deeds = await eventually(escalations, 60)
    assert [(one["kind"], one["channel"]) for one in deeds] == [
        ("escalation_raised", "email"),
        ("escalation_delivered", "email"),
        ("escalation_withdrawn", "email"),
    ]
    assert deeds[1]["text"] == "Escalation because resolution crossed percent:50 delivered by email"
    assert deeds[2]["reason"] == "retracted"
    whole = await asked(viewer, "ticket-activity", ticket_id="a/b", limit=200)
    assert "example.com" not in orjson.dumps(whole).decode()
    assert {item["about"] for item in whole["items"]} == {"fact", "clock", "escalation"}
    late = [item["text"] for item in whole["items"] if item.get("late")]
    assert len(late) == 1
    assert "told late" in late[0]
    kinds = [item["kind"] for item in whole["items"]]
    assert {"threshold_crossed", "retracted", "ticket_deleted"} <= set(kinds)

    # and the explanation comes as text for those who prefer it
    path = f"{BASE}/ticket-explain"
    wish = {"Accept": "text/plain, application/json;q=0.5"}
    text = await viewer.get(path, params={"ticket_id": "a/b"}, headers=wish)
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text.startswith("Ticket a/b\n")
    assert "told late" in text.text
    for accept in ("*/*", "application/json", "application/json, text/plain;q=0.9"):
        plain = await viewer.get(path, params={"ticket_id": "a/b"}, headers={"Accept": accept})
        assert plain.json()["ticket_id"] == "a/b"

    # and the audit has every change, page by page, of the ticket and of the tenant
    rows = await walked(viewer, "ticket-audit", limit=1, ticket_id="a/b")
    assert [row["cause"] for row in rows] == ["facts", "due", "facts", "facts"]
    assert rows[-1]["facts"][0]["kind"] == "deleted"
    everything = await walked(viewer, "audit", limit=2)
    assert [row for row in everything if row["ticket_id"] == "a/b"] == rows
    assert {row["ticket_id"] for row in everything} == {"a/b", "OTHER"}
    written = [row["recorded_at"] for row in everything]
    assert written == sorted(written)
    part = await asked(
        viewer, "audit", **{"from": rows[1]["recorded_at"], "to": rows[2]["recorded_at"]}
    )
    assert rows[1] in part["items"]
    assert rows[2] not in part["items"]
    empty = await viewer.get(f"{BASE}/audit", params={"from": written[-1], "to": written[0]})
    assert (empty.status_code, empty.json()["code"]) == (422, "audit.empty-period")

    # and nobody else's
    stranger = await served.client("globex", Role.VIEWER)
    assert (await asked(stranger, "audit"))["items"] == []
    for route in ("ticket-audit", "ticket-activity", "ticket-explain"):
        found = await stranger.get(f"{BASE}/{route}", params={"ticket_id": "a/b"})
        assert found.status_code == 404


async def test_a_ticket_that_could_never_be_folded_has_an_empty_audit(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    async with begin(desk.pool, {"acme"}) as connection:
        await connection.execute(
            "INSERT INTO ticket (tenant_id, ticket_id, fact_count, fault)"
            " VALUES ('acme', 'ODD', 1, 'odd figures')"
        )
    assert await walked(client, "tickets/ODD/audit") == []
    assert (await client.get(f"{BASE}/tickets/EVEN/audit")).status_code == 404
