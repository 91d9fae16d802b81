from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from slaclock.messaging.provisioning import ensure_topology
from slaclock.testing.bus import Bus, bus_from_wheel
from slaclock.testing.databases import Databases, run_aside
from slaclock.testing.fuzzing import asking
from ticket_clock_service.main import service


@pytest.fixture(scope="module")
def asked(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service with a bus of its own, asked as an admin, with a ticket."""
    dsn = databases.create(service())
    bus = bus_from_wheel(tmp_path_factory.mktemp("bus"))
    try:
        run_aside(_provision(bus))
        with asking(service(), dsn, tmp_path_factory.mktemp("fuzz"), bus) as client:
            _furnish(client)
            yield client
    finally:
        bus.kill()
        databases.drop(dsn)


async def _provision(bus: Bus) -> None:
    client = await bus.connect("provisioner")
    try:
        await ensure_topology(client)
    finally:
        await client.close()


def _furnish(client: httpx.Client) -> None:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "/desk",
        "type": "sla.ticket.opened",
        "subject": "T-1",
        "time": "2026-03-02T09:00:00Z",
        "tenant": "acme",
        "data": {"ticket_id": "T-1", "status": "open", "priority": "P1"},
    }
    taken = client.post(
        "/ticket-clock/v1/events",
        json=event,
        headers={"Content-Type": "application/cloudevents+json"},
    )
    assert taken.status_code == 202, taken.text
    deadline = time.monotonic() + 60
    while client.get("/ticket-clock/v1/tickets/T-1/sla").status_code != 200:
        assert time.monotonic() < deadline, "the ticket did not arrive"
        time.sleep(0.05)
