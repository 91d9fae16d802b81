"""A sink for webhooks, messages of other services, and what to ask escalation."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from slaclock.auth.roles import Role
from slaclock.contracts.canonical import canonical, content_hash, uuid_of
from slaclock.contracts.envelope import message_id, nats_subject
from slaclock.contracts.instants import rfc3339
from slaclock.contracts.registry import decode
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served
from slaclock.testing.waiting import eventually

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ESCALATION = Schema("escalation", "escalation_service.store.migrations")


@dataclass
class Sink:
    """A webhook receiver; refuses the first *refuse* posts."""

    port: int = 0
    refuse: int = 0
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Sink]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, json.loads(body)))
        self.refuse -= 1
        status = b"500 No" if self.refuse >= 0 else b"204 No Content"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    @property
    def told(self) -> Counter[tuple[str, str, int]]:
        return Counter((doc["ticket_id"], doc["type"], doc["n"]) for _, doc in self.got)


def agreement(sink: Sink) -> dict[str, Any]:
    hook = {"channel": "webhook", "to": f"http://127.0.0.1:{sink.port}/hook"}
    return {
        "schema": "slaclock.sla/1",
        "sla_id": "gold",
        "version": 1,
        "calendar_snapshots": {},
        "escalations": [
            {
                "rule_id": "r1",
                "threshold": "percent:90",
                "metric": "resolution",
                "deliver": [hook, {"channel": "log", "to": "noc"}],
            },
            {"rule_id": "r2", "threshold": "percent:100", "metric": None, "deliver": [hook]},
        ],
    }


def published(snapshot: dict[str, Any], tenant: str = "acme") -> tuple[str, str, bytes]:
    data = {
        "sla_id": "gold",
        "version": 1,
        "hash": content_hash(snapshot),
        "effective_from": rfc3339(AT),
        "snapshot": snapshot,
    }
    return message("sla.agreement.published", "gold", tenant, str(uuid4()), "/slaclock/sla", data)


def clock_event(
    kind: str,
    snapshot: dict[str, Any],
    *,
    ticket: str = "INC-1",
    n: int = 1,
    threshold: str | None = None,
    tenant: str = "acme",
    reason: str | None = None,
    **flags: bool,
) -> tuple[str, str, bytes]:
    """A CLOCK event of *kind*: threshold_crossed, breached, retracted, or cancelled with *reason*.

    One that is cancelled stands where the threshold was announced.
    """
    threshold = threshold or ("percent:100" if kind == "breached" else "percent:90")
    name = str(uuid_of(tenant, ticket, "resolution", "first", threshold, n))
    said = kind if kind in {"retracted", "cancelled"} else "announced"
    cancelled = kind == "cancelled"
    standing = {"id": name, "threshold": threshold, "n": n, "crossed_at": rfc3339(AT)}
    data = {
        "ticket_id": ticket,
        "revision": 1,
        "sequence": 1,
        "metric": "resolution",
        "cycle": "first",
        "state": "active",
        "outcome": "pending",
        "target_minutes": 240,
        "elapsed_us": 1,
        "due_at": rfc3339(AT + timedelta(hours=1)),
        "snapshot": content_hash(snapshot),
        "announcements": [standing] if cancelled else [],
        "change": {
            "kind": kind,
            "threshold": None if cancelled else threshold,
            "n": None if cancelled else n,
            "announcement_id": None if cancelled else name,
            "crossed_at": None if cancelled else rfc3339(AT),
            "noticed_at": rfc3339(AT),
            "flags": flags,
            "reason": reason,
        },
        "priority": "P1",
    }
    event_id = str(uuid_of(name, said))
    return message(f"sla.clock.{kind}", ticket, tenant, event_id, "/slaclock/ticket-clock", data)


def message(
    kind: str, subject: str, tenant: str, event_id: str, source: str, data: dict[str, Any]
) -> tuple[str, str, bytes]:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": rfc3339(AT),
        "tenant": tenant,
        "data": data,
    }
    return nats_subject(kind, tenant), message_id(tenant, source, event_id), canonical(event)


Publish = Callable[..., Awaitable[None]]


async def all_of(served: Served, tenant: str = "acme") -> list[dict[str, Any]]:
    client = await served.client(tenant, Role.VIEWER)
    answer = await client.get("/escalation/v1/escalations?limit=200")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def settled(served: Served, count: int, *tenants: str) -> list[dict[str, Any]]:
    """All escalations, once there are *count* and none is on its way."""

    async def look() -> list[dict[str, Any]]:
        found = [one for tenant in tenants or ("acme",) for one in await all_of(served, tenant)]
        assert len(found) == count, found
        assert all(one["state"] != "raised" for one in found), found
        return found

    return await eventually(look, 60)


async def events_of(bus: Bus, count: int) -> list[Any]:
    """The events on ESCALATION, once there are at least *count*."""
    client = await bus.connect()
    try:
        subscription = await client.jetstream().subscribe("sla.escalation.>", stream="ESCALATION")
        return [
            decode(found.data, found.subject)
            for found in [await subscription.next_msg(timeout=20) for _ in range(count)]
        ]
    finally:
        await client.close()
