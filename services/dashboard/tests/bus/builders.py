"""Messages as other services publish them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from slaclock.contracts.canonical import canonical, content_hash, uuid_of
from slaclock.contracts.envelope import message_id, nats_subject
from slaclock.contracts.instants import rfc3339
from slaclock.store.migrate import Schema

DASHBOARD = Schema("dashboard", "dashboard_service.store.migrations")
OFFICE: dict[str, Any] = {
    "schema": "slaclock.calendar/1",
    "calendar_id": "always-open",
    "version": 1,
    "name": "Always open",
    "type": "business",
    "timezone": "Asia/Kolkata",
    "windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)],
}
GOLD: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "version": 1,
    "name": "Gold",
    "targets": [{"metric": "resolution", "priority": None, "minutes": 240, "calendar": "office"}],
    "calendars": {"office": {"hash": content_hash(OFFICE), "calendar_id": "a", "version": 1}},
    "calendar_snapshots": {content_hash(OFFICE): OFFICE},
}

Message = tuple[str, str, bytes]
"""Subject, message id, body."""
Publish = Callable[..., Awaitable[None]]


def message(
    kind: str, subject: str, tenant: str, event_id: str, at: datetime, data: dict[str, Any]
) -> Message:
    publisher = {"clock": "ticket-clock", "agreement": "sla"}.get(kind.split(".")[1], "escalation")
    source = f"/slaclock/{publisher}"
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": rfc3339(at),
        "tenant": tenant,
        "data": data,
    }
    return nats_subject(kind, tenant), message_id(tenant, source, event_id), canonical(event)


def published(at: datetime, tenant: str = "acme", **more: Any) -> Message:
    snapshot = GOLD | more
    data: dict[str, Any] = {
        "sla_id": "gold",
        "version": 1,
        "hash": content_hash(snapshot),
        "effective_from": rfc3339(at),
        "snapshot": snapshot,
    }
    event_id = str(uuid_of(tenant, data["hash"]))
    return message("sla.agreement.published", "gold", tenant, event_id, at, data)


def clock(
    kind: str,
    ticket: str,
    at: datetime,
    *,
    tenant: str = "acme",
    revision: int = 1,
    reached: tuple[int, ...] = (),
    **more: Any,
) -> Message:
    """A CLOCK event of *kind*, 240 minutes of which 40 are left at *at*."""
    due = at + timedelta(minutes=40)
    data = {
        "ticket_id": ticket,
        "revision": revision,
        "sequence": revision,
        "metric": "resolution",
        "cycle": "first",
        "state": "active",
        "outcome": "pending",
        "target_minutes": 240,
        "elapsed_us": 200 * 60 * 10**6,
        "due_at": rfc3339(due),
        "due_on": due.date().isoformat(),
        "snapshot": content_hash(GOLD),
        "timezone": "Asia/Kolkata",
        "announcements": [
            {
                "id": str(uuid_of(ticket, part)),
                "threshold": f"percent:{part}",
                "n": 1,
                "crossed_at": rfc3339(at),
            }
            for part in reached
        ],
        "change": {"kind": kind, "noticed_at": rfc3339(at)},
        "priority": "P1",
        "group": "l1",
    }
    event_id = str(uuid_of(tenant, ticket, revision, kind))
    return message(f"sla.clock.{kind}", ticket, tenant, event_id, at, data | more)


def met(ticket: str, at: datetime, **more: Any) -> Message:
    return clock("met", ticket, at, state="closed", outcome="met", stopped_at=rfc3339(at), **more)


def breached(ticket: str, at: datetime, **more: Any) -> Message:
    """A clock that breached at *at* and goes on."""
    said = {"breached_at": rfc3339(at), "due_at": rfc3339(at), "reached": (100,)}
    return clock("breached", ticket, at, outcome="breached", **(said | more))


def effect(kind: str, number: int, at: datetime, *, tenant: str = "acme", **more: Any) -> Message:
    """An ESCALATION event of *kind*."""
    data: dict[str, Any] = {
        "ticket_id": f"INC-{number}",
        "metric": "resolution",
        "cycle": "first",
        "threshold": "percent:100",
        "announcement_id": str(uuid_of("announcement", number)),
        "effect_id": str(uuid_of("effect", number)),
        "rule_id": "r1",
        "action": {"channel": "webhook", "to": "https://sink.example/secret"},
        "repeat": 0,
        "at": rfc3339(at),
    } | more
    event_id = str(uuid_of(tenant, number, kind))
    return message(f"sla.escalation.{kind}", str(data["ticket_id"]), tenant, event_id, at, data)
