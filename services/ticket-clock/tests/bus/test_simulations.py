"""Simulations on a real service: alone, and beside one that seals what is to be tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from slaclock.auth import Role
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.sealing import SlaSealIn, SlaSealOut
from slaclock.messaging.asking import UnusableRequest, responding
from slaclock.messaging.topology import SLA_SEAL
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

from ..desk import Desk, opened, sla, status

PATH = "/ticket-clock/v1/simulations"
EVENTS = "/ticket-clock/v1/events"
WINDOW = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
FILE = {"schema": "slaclock.sla/1", "sla_id": "gold"}


@asynccontextmanager
async def sealing(topology: Bus, snapshot: dict[str, Any]) -> AsyncIterator[None]:
    """The sla service: it seals whatever it is asked for, for acme."""

    async def answer(tenant: str, body: bytes) -> bytes:
        SlaSealIn.model_validate_json(body)
        if tenant != "acme":
            raise UnusableRequest("not here", code="sla-version.not-found", status=404)
        told = SlaSealOut(
            sla_id="gold",
            version=None,
            name="Gold",
            hash=content_hash(snapshot),
            snapshot=snapshot,
            findings=[],
        )
        return told.model_dump_json().encode()

    client = await topology.connect("sla")
    try:
        async with responding(client, SLA_SEAL, answer):
            for _ in range(2):  # the first ping may overtake the subscription, the second cannot
                await client.flush()
            yield
    finally:
        await client.close()


@pytest.mark.parametrize("kind", ["sla", "calendar"])
async def test_while_a_service_is_away_a_snapshot_is_the_way(
    client: httpx.AsyncClient, kind: str
) -> None:
    answer = await client.post(PATH, json={kind: {f"{kind}_id": "gold"}, **WINDOW})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert f"start the {kind} service" in answer.json()["detail"]
    assert "`snapshot`" in answer.json()["detail"]
    snapshot = sla("gold", minutes=60)
    document = snapshot if kind == "sla" else next(iter(snapshot["calendar_snapshots"].values()))
    alone = await client.post(PATH, json={"snapshot": document, **WINDOW})
    assert alone.status_code == 200, alone.text
    assert alone.json()["tickets"]["considered"] == 0


async def test_what_the_sla_service_seals_is_tried_with_the_tickets_of_the_asker(
    client: httpx.AsyncClient, served: Served, desk: Desk, topology: Bus
) -> None:
    await desk.publish(sla("gold", minutes=240))
    await desk.take(
        opened("A", "2026-03-02T09:00:00Z", customer_id="c"),
        status("A", "2026-03-02T11:00:00Z", "resolved"),
        opened("B", "2026-03-02T09:00:00Z"),
        status("B", "2026-03-02T09:40:00Z", "resolved"),
        opened("LATER", "2026-04-01T00:00:00Z"),
        opened("THEIRS", "2026-03-02T09:00:00Z", tenant="globex"),
    )
    body = {"sla": FILE, **WINDOW}
    async with sealing(topology, sla("gold", minutes=60)):
        answer = await client.post(PATH, json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        lines = await client.post(PATH, json=body, headers={"accept": "application/x-ndjson"})
        told = [orjson.loads(line) for line in lines.text.splitlines()]
        theirs = await served.client("globex", Role.MANAGER)
        missing = await theirs.post(PATH, json=body)
    assert found["tickets"]["considered"] == found["tickets"]["simulated"] == 2
    by_metric = {one["metric"]: one for one in found["metrics"]}
    resolution = by_metric["resolution"]
    assert (resolution["in_force"]["met"], resolution["simulated"]["met"]) == (2, 1)
    (example,) = [one for one in found["examples"] if one["metric"] == "resolution"]
    assert (example["ticket_id"], example["customer_id"]) == ("A", "c")
    assert example["simulated"] == {
        "outcome": "breached",
        "due_at": "2026-03-02T10:00:00Z",
        "elapsed_seconds": 7200,
        "target_minutes": 60,
    }
    assert told[0] == {"progress": {"done": 0, "of": 2}}
    assert told[-2] == {"progress": {"done": 2, "of": 2}}
    assert told[-1]["result"]["metrics"] == found["metrics"]
    assert (missing.status_code, missing.json()["code"]) == (404, "sla-version.not-found")


async def test_what_could_never_be_published_is_not_even_asked_about(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(PATH, json={"sla": {**FILE, "name": "x" * 1_100_000}, **WINDOW})
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too-large")
    assert "split it" in answer.json()["detail"]
