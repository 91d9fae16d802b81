"""A platform that answers what a test sets up: SLAs, tickets and their breaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def target(metric: str, priority: str | None, minutes: int) -> dict[str, Any]:
    return {"metric": metric, "priority": priority, "minutes": minutes, "calendar": "24x7"}


def sla(sla_id: str, version: int) -> dict[str, Any]:
    return {
        "sla_id": sla_id,
        "version": version,
        "name": sla_id.title(),
        "targets": [
            target("first_response", None, 15),
            target("resolution", "P1", 60),
            target("resolution", None, 240),
        ],
        "escalations": [
            {
                "rule_id": "late",
                "threshold": "percent:100",
                "metric": "resolution",
                "priority": None,
            }
        ],
    }


def clock(ticket: str, **more: Any) -> dict[str, Any]:
    """A breach of half an hour ago; *ago* is in minutes."""
    breached = NOW - timedelta(minutes=more.pop("ago", 30))
    return {
        "ticket_id": ticket,
        "metric": "resolution",
        "cycle": "first",
        "state": "active",
        "outcome": "breached",
        "priority": "P1",
        "assignee": "u17",
        "customer_id": "umbrella",
        "due_at": breached.isoformat(),
        "breached_at": breached.isoformat(),
        "target_minutes": 60,
        "remaining_seconds": -60,
        "sla_id": "gold",
        "sla_version": 2,
        **more,
    }


def ticket(**more: Any) -> dict[str, Any]:
    started = "2026-03-02T11:00:00Z"
    return {
        "ticket_id": "A",
        "revision": 3,
        "as_of": NOW.isoformat(),
        "priority": "P1",
        "risk": "CRITICAL",
        "faults": [],
        "binding": {"reason": "default", "sla_id": "gold", "sla_version": 2},
        "clocks": [
            {
                "metric": "first_response",
                "cycle": "first",
                "state": "closed",
                "outcome": "breached",
                "remaining_seconds": -60,
                "started_at": started,
            },
            {
                "metric": "resolution",
                "cycle": "first",
                "state": "paused",
                "outcome": "pending",
                "remaining_seconds": 90.5,
                "started_at": started,
            },
        ],
        **more,
    }


def summary(sla_id: str, version: int | None, status: str | None = "published") -> dict[str, Any]:
    return {"sla_id": sla_id, "name": sla_id, "latest_version": version, "status": status}


@dataclass
class Platform:
    """Routes to documents; counts what was asked."""

    breaches: list[dict[str, Any]] = field(default_factory=list)
    at_risk: list[dict[str, Any]] = field(default_factory=list)
    slas: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    change_count: int = 1
    now: datetime = NOW
    size: int = 200
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:  # noqa: PLR0911 - a line a route
        path = request.url.path
        self.asked.append(path)
        for beginning, status in self.failing.items():
            if path.startswith(beginning):
                return httpx.Response(status, json={"code": "made-up", "detail": "made up"})
        match path.strip("/").split("/"):
            case ["dashboard", "v1", "breaches"]:
                only = request.url.params.get("open") == "true"
                rows = [one for one in self.breaches if not only or one["state"] != "closed"]
                rows.sort(key=lambda one: one["breached_at"], reverse=True)
                return self.page(rows, request)
            case ["dashboard", "v1", "at-risk"]:
                return self.page(self.at_risk, request)
            case ["sla", "v1", "slas"]:
                return httpx.Response(200, json={"items": self.slas, "next": None})
            case ["sla", "v1", "slas", name, "versions", number]:
                published = f"2026-01-0{number}T00:00:00Z"
                row = {"status": "published", "name": "n", "hash": "a" * 64, "sla_id": name}
                more = {"effective_from": published, "published_at": published}
                return httpx.Response(200, json={**row, **more, "version": int(number)})
            case ["sla", "v1", "slas", name, "versions", number, "snapshot"]:
                return httpx.Response(200, json=sla(name, int(number)))
            case ["ticket-clock", "v1", "ticket-sla"]:
                found = self.tickets.get(request.url.params["ticket_id"])
                missing = {"code": "ticket.not-found", "detail": "no such ticket"}
                return httpx.Response(200 if found else 404, json=found or missing)
        raise AssertionError(path)

    def page(self, rows: list[dict[str, Any]], request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("cursor", 0))
        end = start + self.size
        stamp = {"as_of": None, "now": self.now.isoformat(), "change_count": self.change_count}
        more = str(end) if end < len(rows) else None
        return httpx.Response(200, json={"items": rows[start:end], "next": more, **stamp})

    def tells(self, *rows: dict[str, Any]) -> None:
        self.breaches += rows
        self.change_count += 1
