"""A tenant's systems: what they send, and what they ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import nats
import orjson
from nats.js import JetStreamContext

from slaclock_local.testing import PlatformProcess, json_of, run_slaclock


class Systems:
    """Help desk, commerce and people of one tenant, on a running platform."""

    def __init__(self, platform: PlatformProcess, tenant: str) -> None:
        self.platform, self.tenant = platform, tenant
        home = platform.layout.path
        self.credentials: dict[str, Any] = json_of(
            run_slaclock("tenant", "add", tenant, "--json", home=home)
        )
        self.http = httpx.Client(
            base_url=platform.runtime.http,
            headers={"authorization": f"Bearer {self.credentials['api_keys']['admin']}"},
            timeout=30,
        )
        self._number = 0

    @asynccontextmanager
    async def bus(self, kind: str = "helpdesk") -> AsyncIterator[JetStreamContext]:
        """JetStream as one of the tenant's outside systems."""
        login = self.credentials["nats"][kind]
        client = await nats.connect(
            self.platform.runtime.nats, user=login["user"], password=login["password"]
        )
        try:
            yield client.jetstream(timeout=20)
        finally:
            await client.close()

    def event(self, kind: str, about: str, at: str, **data: Any) -> dict[str, Any]:
        self._number += 1
        return {
            "specversion": "1.0",
            "id": f"{about}-{self._number}",
            "source": "/journey",
            "type": f"sla.{kind}",
            "subject": about,
            "time": at,
            "tenant": self.tenant,
            "sequence": str(self._number),
            "data": data,
        }

    def ticket(self, kind: str, ticket: str, at: str, **data: Any) -> dict[str, Any]:
        body = {"changes": data} if kind == "updated" else data
        return self.event(f"ticket.{kind}", ticket, at, ticket_id=ticket, **body)

    async def publish(self, *events: dict[str, Any], kind: str = "helpdesk") -> None:
        async with self.bus(kind) as jetstream:
            for one in events:
                await jetstream.publish(f"{one['type']}.v1.{self.tenant}", orjson.dumps(one))

    def publish_sla(self, document: dict[str, Any], **more: Any) -> dict[str, Any]:
        wish = {"default": True, "effective_from": "1970-01-01T00:00:00Z", **more}
        answer = self.http.post(
            f"/sla/v1/slas/{document['sla_id']}/publish", json={"sla": document, **wish}
        )
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def default_agreement(self) -> str | None:
        found = self.http.get("/ticket-clock/v1/terms").json()["default"]
        return found["agreement"] if found else None

    def status(self, ticket: str) -> dict[str, Any] | None:
        answer = self.http.get(f"/ticket-clock/v1/tickets/{quote(ticket, safe='')}/sla")
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found

    def clock(self, ticket: str, metric: str = "resolution") -> dict[str, Any]:
        status = self.status(ticket)
        if status is None:
            return {}
        return next((one for one in status["clocks"] if one["metric"] == metric), {})

    def compliance(self, metric: str, day: str, by: str = "priority") -> dict[str, dict[str, Any]]:
        query = {"metric": metric, "from": day, "to": day, "by": by}
        answer = self.http.get("/dashboard/v1/compliance", params=query)
        assert answer.is_success, answer.text
        return {group["key"]: group for group in answer.json()["groups"]}
