"""Batches by HTTP: large ones, mixed ones, alike ids, and parts that are away."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
from nats.aio.client import Client

from slaclock.auth import Role
from slaclock.testing import eventually
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

from ..desk import Desk, sla
from .test_intake import EVENTS, MANY, event, send


async def tickets(desk: Desk) -> int:
    rows = await desk.rows("SELECT count(*) AS n FROM ticket WHERE fact_count > 0")
    found: int = rows[0]["n"]
    return found


async def test_a_thousand_events_leave_at_once_and_one_more_is_too_many(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.publish(sla())
    answer = await send(client, *(event(f"INC-{number}", number) for number in range(1000)))
    assert answer.json() == {"accepted": 1000, "duplicates": 0, "rejected": []}

    async def all_there() -> bool:
        return await tickets(desk) == 1000

    await eventually(all_there)
    again = await send(client, *(event(f"INC-{number}", number) for number in range(1000)))
    counted = again.json()
    assert counted["duplicates"] + len(counted["rejected"]) == 1000, "other instants: conflicts"
    assert {one["code"] for one in counted["rejected"]} <= {"fact.conflict"}


async def test_tickets_that_number_their_events_alike_lose_none(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    """An id is unique within ticket and source; the broker's window knows nothing of tickets."""
    await desk.publish(sla())
    alike = [event(f"INC-{number}", id="1") for number in range(20)]
    assert (await send(client, *alike)).json()["accepted"] == 20
    assert (await send(client, event("INC-20", id="1"))).json()["accepted"] == 1

    async def all_there() -> bool:
        return await tickets(desk) == 21

    await eventually(all_there)
    assert await desk.parked() == []


async def test_streams_are_mixed_by_role_and_each_event_is_counted_once(
    served: Served, nats_admin: Client
) -> None:
    quote = event(
        "C-1",
        id="quote-1",
        type="sla.quote.accepted",
        data={
            "contract_id": "C-1",
            "customer_id": "cust",
            "quote_id": "Q-1",
            "sla_id": "gold",
            "sla_version": None,
            "effective_from": "2026-01-01T00:00:00Z",
            "effective_to": None,
        },
    )
    bad = event("INC-2", time="yesterday")
    technician = await served.client(role=Role.TECHNICIAN)
    answer = (await send(technician, event("INC-1"), quote, bad)).json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
        (1, "event.role-insufficient"),
        (2, "event.malformed"),
    ]
    service = await served.client(role=Role.SERVICE)
    answer = (await send(service, event("INC-3"), quote, bad)).json()
    assert answer["accepted"] == 2, answer
    assert [one["index"] for one in answer["rejected"]] == [2]
    states = [
        (await nats_admin.jetstream().stream_info(name)).state for name in ("TICKETS", "COMMERCE")
    ]
    assert [state.messages for state in states] == [2, 1]


async def test_an_event_that_is_too_large_is_named_and_the_others_go_on(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.publish(sla())

    def sized(ticket: str, characters: int) -> dict[str, Any]:
        found = event(ticket)
        found["data"]["attributes"] = {"text": "x" * characters}
        return found

    answer = await send(client, event("INC-1"), sized("INC-2", 66_000), sized("INC-3", 64_500))
    found = answer.json()
    assert (found["accepted"], [one["index"] for one in found["rejected"]]) == (2, [1])
    assert found["rejected"][0]["code"] == "event.too-large"

    async def both() -> bool:
        return await tickets(desk) == 2

    await eventually(both)
    room = 65_536 - len(orjson.dumps(sized("INC-4", 0)))
    nearly = sized("INC-4", room)  # at the limit as it is sent, beyond it as it is published
    alone = await send(client, nearly)
    assert (alone.status_code, alone.json()["rejected"][0]["code"]) == (422, "event.too-large")


async def test_without_the_broker_nothing_is_accepted_and_afterwards_everything(
    served: Served, client: httpx.AsyncClient, desk: Desk, topology: Bus
) -> None:
    await desk.publish(sla())
    topology.kill()
    answer = await client.post(EVENTS, content=orjson.dumps([event()]), headers=MANY, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    position = await client.get("/ticket-clock/v1/intake/position", timeout=60)
    assert position.status_code == 503
    await asyncio.to_thread(topology.start)

    async def taken() -> bool:
        return (await send(client, event())).status_code == 202

    await eventually(taken, timeout=60)

    async def there() -> bool:
        return await tickets(desk) == 1

    await eventually(there, timeout=60)
