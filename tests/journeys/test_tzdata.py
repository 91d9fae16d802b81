"""Another tzdata release is installed: from the calendar's version to the tickets concerned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from calendar_service.main import service as calendar_service
from sla_service.main import service as sla_service
from slaclock.contracts import decode
from slaclock.service import ServiceSpec
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving
from slaclock.testing.zones import OtherRelease
from ticket_clock_service.main import service as ticket_clock_service

Eventually = Callable[..., Awaitable[Any]]
OFFICE = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "00:00", "end": "23:00"} for day in range(7)],
}
SLA: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold",
    "calendars": {"office": {"calendar_id": "uk", "version": 1}},
    "targets": [
        {"metric": "resolution", "priority": None, "minutes": 500_000, "calendar": "office"}
    ],
}


def ticket(kind: str, ticket_id: str, at: str, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{kind}-{ticket_id}",
        "source": "/test",
        "type": f"sla.ticket.{kind}",
        "subject": ticket_id,
        "time": at,
        "tenant": "acme",
        "data": {"ticket_id": ticket_id, **data},
    }


async def test_running_clocks_are_told_of_when_a_zone_changes(
    database: Callable[[ServiceSpec], str],
    topology: Bus,
    nats_admin: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    calendar_dsn = database(calendar_service())
    jetstream = nats_admin.jetstream()

    async def advisories() -> int:
        return (await jetstream.stream_info("ADVISORY")).state.messages

    async with (
        serving(sla_service(), database(sla_service()), tmp_path, topology) as sla,
        serving(
            ticket_clock_service(), database(ticket_clock_service()), tmp_path, topology
        ) as served,
    ):
        # Given open tickets under an SLA that embeds a calendar in London
        async with serving(calendar_service(), calendar_dsn, tmp_path, topology) as calendars:
            admin = await calendars.client()
            published = await admin.post(
                "/calendar/v1/calendars/uk/publish", json={"calendar": OFFICE}
            )
            await publish_sla(sla, eventually)
        now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        desk = await served.client()
        answer = await desk.post(
            "/ticket-clock/v1/events",
            json=[
                ticket("opened", f"INC-{number}", now, priority="P2", status="open")
                for number in range(3)
            ],
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 202, answer.text

        async def bound() -> bool:
            found = await desk.get("/ticket-clock/v1/tickets/INC-2/sla")
            clocks = found.json()["clocks"] if found.is_success else []
            return bool(clocks) and clocks[0]["due_at"] is not None

        await eventually(bound)
        before = (await desk.get("/ticket-clock/v1/tickets/INC-2/sla")).json()
        assert await advisories() == 0

        # When a tzdata release without summer time is installed, and the service starts twice
        release = OtherRelease("2099.1", {"Europe/London": "Africa/Abidjan"})
        monkeypatch.setattr("calendar_service.main.PACKAGED", release)
        for _ in range(2):
            async with serving(calendar_service(), calendar_dsn, tmp_path, topology):

                async def both_told() -> bool:
                    return await advisories() >= 2

                await eventually(both_told)

        # Then operators are told once of the version, and once of the tickets; no clock has moved
        assert await advisories() == 2
        subscription = await jetstream.pull_subscribe("sla.advisory.raised.>", stream="ADVISORY")
        events = {
            event.data.kind: event
            for event in (
                decode(message.data, message.subject)
                for message in await subscription.fetch(2, timeout=5)
            )
        }
        calendar, concerned = events["calendar.tzdata-impact"], events["clocks.tzdata-impact"]
        assert calendar.data.detail["hash"] == published.json()["hash"]
        assert concerned.causationid == calendar.id
        detail = concerned.data.detail
        assert detail["calendar_hash"] == published.json()["hash"]
        assert (detail["count"], detail["tickets"]) == (3, ["INC-0", "INC-1", "INC-2"])
        assert [(one["sla_id"], one["tickets"]) for one in detail["by_agreement"]] == [("gold", 3)]
        after = (await desk.get("/ticket-clock/v1/tickets/INC-2/sla")).json()
        assert after["clocks"][0]["due_at"] == before["clocks"][0]["due_at"]


async def publish_sla(sla: Served, eventually: Eventually) -> None:
    """As the tenant's default, once the calendar has arrived."""
    admin = await sla.client()

    async def published() -> bool:
        body = {"sla": SLA, "default": True, "effective_from": "2020-01-01T00:00:00Z"}
        return (await admin.post("/sla/v1/slas/gold/publish", json=body)).is_success

    await eventually(published)
