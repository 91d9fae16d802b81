"""Events by HTTP: what is taken, what is refused and why; then where the ticket stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from slaclock.auth import Role, unguarded
from slaclock.contracts.instants import rfc3339
from slaclock.testing import eventually
from slaclock.testing.serving import Served

from ..desk import Desk, sla

EVENTS = "/ticket-clock/v1/events"
ONE = {"content-type": "application/cloudevents+json"}
MANY = {"content-type": "application/cloudevents-batch+json"}


def event(ticket: str = "INC-1", number: int = 1, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{ticket}-{number}"[-200:],
        "source": "/helpdesk",
        "type": "sla.ticket.opened",
        "subject": ticket,
        "time": rfc3339(datetime.now(UTC) - timedelta(minutes=10)),
        "tenant": "acme",
        "data": {"ticket_id": ticket, "priority": "P2", "status": "open"},
    }
    return {**found, **changes}


async def send(client: httpx.AsyncClient, *events: Any) -> httpx.Response:
    if len(events) == 1:
        return await client.post(EVENTS, content=orjson.dumps(events[0]), headers=ONE)
    return await client.post(EVENTS, content=orjson.dumps(list(events)), headers=MANY)


async def test_an_event_becomes_a_clock(client: httpx.AsyncClient, desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    answer = await send(client, event())
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}

    async def clocks() -> list[Any]:
        found = await client.get("/ticket-clock/v1/tickets/INC-1/sla")
        return list(found.json().get("clocks", []))

    await eventually(clocks)
    response, resolution = await clocks()
    assert (response["metric"], response["state"], response["outcome"]) == (
        "first_response",
        "active",
        "pending",
    )
    assert resolution["target_minutes"] == 240
    assert 599 <= resolution["elapsed_seconds"] <= 700
    assert resolution["elapsed_seconds"] + resolution["remaining_seconds"] == 240 * 60


async def test_a_repetition_is_counted_and_another_content_is_refused(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.publish(sla())
    first = event()
    assert (await send(client, first, first)).json() == {
        "accepted": 1,
        "duplicates": 1,
        "rejected": [],
    }
    await eventually(lambda: _known(client, "INC-1"))
    assert (await send(client, first)).json()["duplicates"] == 1
    other = await send(client, {**first, "data": {**first["data"], "priority": "P1"}})
    assert other.status_code == 422
    assert other.json()["rejected"][0]["code"] == "fact.conflict"


async def _known(client: httpx.AsyncClient, ticket: str) -> bool:
    asked = await client.get("/ticket-clock/v1/ticket-sla", params={"ticket_id": ticket})
    return asked.status_code == 200


IN_FUTURE = rfc3339(datetime(2199, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        pytest.param({"time": "2026-03-02T09:00:00"}, "event.malformed", "time", id="naive time"),
        pytest.param({"time": IN_FUTURE}, "fact.in-future", "time", id="the year 2199"),
        pytest.param({"time": "1969-12-31T23:59:59Z"}, "event.malformed", "time", id="before 1970"),
        pytest.param({"tenant": "globex"}, "event.tenant-mismatch", "tenant", id="other tenant"),
        pytest.param({"tenant": "Acme Ltd"}, "event.malformed", "tenant", id="no tenant"),
        pytest.param({"subject": "INC-2"}, "event.subject-mismatch", "subject", id="subject"),
        pytest.param({"type": "sla.ticket.exploded"}, "event.unknown-type", "type", id="type"),
        pytest.param({"type": "sla.clock.breached"}, "event.not-yours", "type", id="one of ours"),
        pytest.param({"origin": "import"}, None, "origin", id="origin, by a technician"),
        pytest.param({"sequence": "-1"}, "event.malformed", "sequence", id="sequence"),
        pytest.param({"id": "x" * 201}, "event.malformed", "id", id="an id too long"),
        pytest.param(
            {"data": {"ticket_id": "INC-1"}}, "event.malformed", "data.status", id="no status"
        ),
        pytest.param({"specversion": "0.3"}, "event.malformed", "specversion", id="specversion"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_the_others_go_on(
    served: Served, change: dict[str, Any], code: str | None, field: str
) -> None:
    client = await served.client(role=Role.TECHNICIAN)
    answer = await send(client, event("INC-9", 9), event(**change))
    assert answer.status_code == 202
    found = answer.json()
    assert found["accepted"] == 1
    (rejected,) = found["rejected"]
    assert rejected["index"] == 1
    assert rejected["message"]
    assert rejected["faults"][0]["remedy"]
    if code is not None:
        assert (rejected["code"], rejected["field"]) == (code, field)
    alone = await send(client, event(**change))
    assert alone.status_code == 422


@pytest.mark.parametrize(
    "ticket", ["INC.1", "INC 1 ☎️", "a*b>c", "x" * 200, "'; DROP TABLE fact; --", "a/b"]
)
async def test_ids_are_opaque(client: httpx.AsyncClient, desk: Desk, ticket: str) -> None:
    await desk.publish(sla())
    assert (await send(client, event(ticket))).status_code == 202
    await eventually(lambda: _known(client, ticket))


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        pytest.param(
            b"{}", {"content-type": "text/plain"}, 415, "content-type.unsupported", id="type"
        ),
        pytest.param(b"{", ONE, 400, "body.malformed", id="no JSON"),
        pytest.param(b"{}", MANY, 400, "body.malformed", id="no array"),
        pytest.param(b"[" + b"{}," * 1000 + b"{}]", MANY, 413, "batch.too-large", id="too many"),
        pytest.param(b'"' + b"x" * 70_000 + b'"', ONE, 413, "body.too-large", id="64 KiB"),
        pytest.param(b'"' + b"x" * 3_000_000 + b'"', MANY, 413, "body.too-large", id="2 MiB"),
    ],
)
async def test_a_body_that_is_no_event_is_a_clear_problem(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post(EVENTS, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_empty_batch_is_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post(EVENTS, content=b"[]", headers=MANY)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)


async def test_rights(served: Served) -> None:
    viewer = await served.client(role=Role.VIEWER)
    assert (await send(viewer, event())).status_code == 403
    service = await served.client(role=Role.SERVICE)
    assert (await send(service, event())).status_code == 202
    stranger = await served.client("globex")
    await eventually(lambda: _known(viewer, "INC-1"))
    answer = await stranger.get("/ticket-clock/v1/tickets/INC-1/sla")
    assert answer.status_code == 404, "a foreign ticket does not exist"


async def test_every_route_says_who_may_call_it(served: Served) -> None:
    assert unguarded(served.app) == ()
