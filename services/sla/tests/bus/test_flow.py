"""Messages in and out on a real bus, each published by the identity that may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest_asyncio
from nats.aio.client import Client

from slaclock.business_time import seal
from slaclock.contracts import decode, nats_subject
from slaclock.contracts.canonical import content_hash
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

Eventually = Callable[..., Awaitable[Any]]
SLA = "/sla/v1"


@pytest_asyncio.fixture
async def crm(topology: Bus) -> AsyncIterator[Client]:
    """The commercial system of acme."""
    client = await topology.connect("acme.commerce")
    yield client
    await client.close()


@pytest_asyncio.fixture
async def admin(on_the_bus: Served) -> httpx.AsyncClient:
    return await on_the_bus.client()


async def send(client: Client, kind: str, event_id: str, data: dict[str, Any], **more: Any) -> None:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/crm",
        "type": kind,
        "subject": data.get("contract_id") or data.get("calendar_id"),
        "time": "2026-02-01T00:00:00Z",
        "tenant": "acme",
        "data": data,
        **more,
    }
    await client.jetstream().publish(nats_subject(kind, "acme"), orjson.dumps(event))


def quote(**more: Any) -> dict[str, Any]:
    return {
        "quote_id": "q1",
        "contract_id": "c1",
        "customer_id": "customer",
        "sla_id": "gold",
        "sla_version": None,
        "effective_from": "2026-03-01T00:00:00Z",
        "effective_to": None,
        **more,
    }


async def events(client: Client, kind: str, wanted: int, eventually: Eventually) -> list[Any]:
    jetstream = client.jetstream()

    async def there() -> bool:
        info = await jetstream.stream_info("AGREEMENT", subjects_filter=f"{kind}.>")
        return sum((info.state.subjects or {}).values()) >= wanted

    await eventually(there)
    subscription = await jetstream.pull_subscribe(f"{kind}.>", stream="AGREEMENT")
    messages = await subscription.fetch(100, timeout=2)
    assert len(messages) == wanted
    return [decode(message.data, message.subject) for message in messages]


async def test_contracts_are_bound_whatever_comes_first(
    admin: httpx.AsyncClient,
    crm: Client,
    nats_admin: Client,
    gold: dict[str, Any],
    eventually: Eventually,
) -> None:
    end = {"contract_id": "c1", "effective_from": "2026-09-01T00:00:00Z"}
    await send(crm, "sla.contract.ended", "e2", end)
    for _ in range(2):
        await send(crm, "sla.quote.accepted", "e1", quote())

    async def waits() -> bool:
        return len((await admin.get(f"{SLA}/waiting-contracts")).json()["items"]) == 2

    await eventually(waits)
    done = (await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})).json()
    assert done["bound_contracts"] == ["c1"]
    bound = await events(nats_admin, "sla.contract.bound", 2, eventually)
    assert [event.data.agreement for event in bound] == [done["hash"], None]
    assert [event.data.cause.kind for event in bound] == ["quote", "ended"]
    (published,) = await events(nats_admin, "sla.agreement.published", 1, eventually)
    assert published.data.hash == done["hash"] == content_hash(published.data.snapshot)
    for at, agreement in (
        ("2026-02-28T23:59:59Z", None),
        ("2026-03-01T00:00:00Z", done["hash"]),
        ("2026-08-31T23:59:59Z", done["hash"]),
        ("2026-09-01T00:00:00Z", None),
    ):
        found = (await admin.get(f"{SLA}/contracts/c1/sla", params={"at": at})).json()
        assert found["hash"] == agreement, at
        assert (found["snapshot"] is None) == (agreement is None)
    whole = (await admin.get(f"{SLA}/contracts/c1")).json()
    assert [entry["cause"]["id"] for entry in whole["entries"]] == ["q1", "e2"]
    (listed,) = (await admin.get(f"{SLA}/contracts")).json()["items"]
    assert listed["contract_id"] == "c1"
    assert (await admin.get(f"{SLA}/waiting-contracts")).json()["items"] == []


async def test_a_change_order_that_comes_first_waits_and_is_bound_with_its_mode(
    admin: httpx.AsyncClient,
    crm: Client,
    nats_admin: Client,
    gold: dict[str, Any],
    eventually: Eventually,
) -> None:
    order = {
        "change_order_id": "co1",
        "contract_id": "c1",
        "sla_id": "silver",
        "sla_version": None,
        "effective_from": "2026-06-01T00:00:00Z",
        "running_tickets": "from_start",
    }
    for sla_id in ("gold", "silver"):
        await admin.post(f"{SLA}/slas/{sla_id}/publish", json={"sla": {**gold, "sla_id": sla_id}})
    await send(crm, "sla.changeorder.approved", "e2", order, time="2026-05-01T00:00:00Z")

    async def waits() -> Any:
        return (await admin.get(f"{SLA}/waiting-contracts")).json()["items"]

    (waiting,) = await eventually(waits)
    assert waiting["cause"] == {"kind": "change_order", "id": "co1"}
    assert waiting["waits_for"] == "contract"
    await send(crm, "sla.quote.accepted", "e1", quote(effective_to="2026-12-01T00:00:00Z"))
    bound = await events(nats_admin, "sla.contract.bound", 2, eventually)
    assert [event.data.mode for event in bound] == ["keep", "from_start"]
    expected: dict[str, tuple[str | None, str | None]] = {
        "2026-05-31T23:59:59Z": ("gold", "2026-12-01T00:00:00Z"),
        "2026-06-01T00:00:00Z": ("silver", "2026-12-01T00:00:00Z"),
        "2026-12-01T00:00:00Z": (None, None),
    }
    for at, answer in expected.items():
        found = (await admin.get(f"{SLA}/contracts/c1/sla", params={"at": at})).json()
        assert (found["sla_id"], found["effective_to"]) == answer, at
    entries = (await admin.get(f"{SLA}/contracts/c1")).json()["entries"]
    assert [entry["has_effect"] for entry in entries] == [True, True]
    assert entries[1]["effective_to"] == "2026-12-01T00:00:00Z"
    other = {**order, "running_tickets": "keep"}
    await send(crm, "sla.changeorder.approved", "e3", other)

    async def parked() -> Any:
        items = (await admin.get(f"{SLA}/parked")).json()["items"]
        return [item["code"] for item in items] == ["contract.conflict"]

    await eventually(parked)


async def test_what_cannot_be_taken_is_parked_and_blocks_nothing(
    admin: httpx.AsyncClient,
    crm: Client,
    gold: dict[str, Any],
    eventually: Eventually,
) -> None:
    await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    jetstream = crm.jetstream()
    await jetstream.publish("sla.quote.accepted.v1.acme", b"{nonsense")
    await send(crm, "sla.quote.accepted", "e1", quote(effective_to="2026-01-01T00:00:00Z"))
    await send(crm, "sla.quote.accepted", "e2", quote())
    await send(crm, "sla.quote.accepted", "e3", quote(customer_id="another"))
    await send(crm, "sla.quote.accepted", "e4", quote(quote_id="q2", contract_id="c2"))

    async def settled() -> bool:
        contracts = (await admin.get(f"{SLA}/contracts")).json()["items"]
        parked = (await admin.get(f"{SLA}/parked")).json()["items"]
        return len(contracts) == 2 and len(parked) == 3

    await eventually(settled)
    parked = (await admin.get(f"{SLA}/parked")).json()["items"]
    assert sorted(item["code"] for item in parked) == [
        "contract.conflict",
        "event.malformed",
        "event.malformed",
    ]


async def test_published_calendars_are_learnt_and_embedded(
    admin: httpx.AsyncClient,
    topology: Bus,
    gold: dict[str, Any],
    eventually: Eventually,
) -> None:
    snapshot = seal(gold["calendars"]["office"], calendar_id="uk", version=2)
    name = content_hash(snapshot)
    data = {"calendar_id": "uk", "version": 2, "hash": name, "snapshot": snapshot}
    gold["calendars"] = {"office": {"calendar_id": "uk", "version": 2}}
    early = await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    assert early.json()["errors"][0]["code"] == "sla.calendar-unknown"
    calendar = await topology.connect("calendar")
    for number in range(2):
        await send(calendar, "sla.calendar.published", f"e{number}", data)
    forged = {**data, "version": 3, "hash": "0" * 64}
    await send(calendar, "sla.calendar.published", "e9", forged)

    async def published() -> httpx.Response | None:
        answer = await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
        return answer if answer.is_success else None

    done = await eventually(published)
    assert done.status_code == 201
    document = (await admin.get(f"{SLA}/slas/gold/versions/1/snapshot")).json()
    assert document["calendars"] == {"office": {"hash": name, "calendar_id": "uk", "version": 2}}
    assert document["calendar_snapshots"] == {name: snapshot}

    async def parked() -> bool:
        items = (await admin.get(f"{SLA}/parked")).json()["items"]
        return [item["code"] for item in items] == ["calendar.tampered"]

    await eventually(parked)
    retired = {"calendar_id": "uk", "version": 2, "hash": name}
    await send(calendar, "sla.calendar.retired", "e10", retired)
    await calendar.close()

    async def refused() -> httpx.Response | None:
        body = {"sla": {**gold, "name": "Other"}, "dry_run": True}
        answer = await admin.post(f"{SLA}/slas/gold/publish", json=body)
        return None if answer.is_success else answer

    refusal = (await eventually(refused)).json()
    assert [fault["code"] for fault in refusal["errors"]] == ["sla.calendar-retired"]
    again = await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    assert (again.status_code, again.json()["version"]) == (200, 1), "what was published stays"
    assert [one["code"] for one in again.json()["warnings"]] == ["sla.calendar-retired"]


async def test_terms_are_told_in_the_order_of_their_revision(
    admin: httpx.AsyncClient,
    nats_admin: Client,
    gold: dict[str, Any],
    eventually: Eventually,
) -> None:
    body = {"sla": gold, "default": True, "effective_from": "1970-01-01T00:00:00Z"}
    done = (await admin.post(f"{SLA}/slas/gold/publish", json=body)).json()
    await admin.post(f"{SLA}/status-map", json={"statuses": {"Geparkt": "on_hold"}})
    await admin.post(
        f"{SLA}/assignments",
        json={"match": {"group": "l1"}, "sla_id": "gold", "mode": "from_start"},
    )
    await admin.put(f"{SLA}/settings", json={"binding_required": True})
    told = await events(nats_admin, "sla.assignment.changed", 4, eventually)
    assert [event.data.kind for event in told] == [
        "default",
        "status_map",
        "assignment",
        "settings",
    ]
    assert [event.order for event in told] == [1, 2, 3, 4]
    default, statuses, assignment, settings = (event.data for event in told)
    assert (default.agreement, default.sla_version) == (done["hash"], 1)
    assert default.effective_from.year == 1970
    assert statuses.statuses == {"Geparkt": "on_hold"}
    assert assignment.match.group == "l1"
    assert assignment.match.category is None
    assert assignment.mode == "from_start"
    assert settings.settings.binding_required is True
