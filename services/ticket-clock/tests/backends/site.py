"""A running ticket-clock as these tests speak to it: events in by HTTP, rows and messages out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import httpx

from slaclock.contracts.instants import parse_instant, rfc3339
from slaclock.testing import eventually

from ..desk import Desk

LATE = timedelta(seconds=10)
"""A wake-up may be so late on a busy machine."""


def event(kind: str, ticket: str, at: datetime, name: str = "", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name or f"{kind}-{ticket}-{at.isoformat()}-{sorted(data)}",
        "source": "/helpdesk",
        "type": f"sla.ticket.{kind}",
        "subject": ticket,
        "time": rfc3339(at),
        "tenant": "acme",
        "data": {"ticket_id": ticket, **data},
    }


def opened(ticket: str, at: datetime, **data: Any) -> dict[str, Any]:
    return event("opened", ticket, at, **{"priority": "P2", "status": "open", **data})


def status(ticket: str, at: datetime, name: str) -> dict[str, Any]:
    return event("updated", ticket, at, changes={"status": name})


def replied(ticket: str, at: datetime) -> dict[str, Any]:
    return event("replied", ticket, at, author="agent", person=None, public=True)


class Site:
    """The service and its database.

    Attributes:
        desk: for terms, and for looking.
    """

    def __init__(self, desk: Desk, client: httpx.AsyncClient, backend: str) -> None:
        self.desk, self._client, self._backend = desk, client, backend

    async def is_woken_by_its_backend(self, backend: str | None = None) -> None:
        """Return when the metric says that the backend wakes tickets."""
        wanted = backend or self._backend

        async def relied_on() -> bool:
            return await self.active_backends() == {wanted}

        await eventually(relied_on)

    async def active_backends(self) -> set[str]:
        """By the metric."""
        text = (await self._client.get("/metrics")).text
        pattern = r'^sla_ticket_clock_timer_backend_state\{backend="(\w+)"\} 1\.0$'
        return set(re.findall(pattern, text, re.MULTILINE))

    async def report(self, *events: dict[str, Any]) -> None:
        """Send events, and return when they have been taken in."""
        for start in range(0, len(events), 500):
            answer = await self._client.post(
                "/ticket-clock/v1/events",
                json=list(events[start : start + 500]),
                headers={"Content-Type": "application/cloudevents-batch+json"},
            )
            assert answer.status_code == 202, answer.text
        names = [one["id"] for one in events]

        async def all_kept() -> bool:
            query = "SELECT count(*) AS n FROM fact WHERE event_id = ANY ($1::text[])"
            return bool((await self.desk.rows(query, names))[0]["n"] == len(set(names)))

        await eventually(all_kept)

    async def next_due(self, ticket: str) -> datetime | None:
        """The instant whose passing the service looks at by itself: just beyond it."""
        query = "SELECT next_due_at FROM ticket WHERE ticket_id = $1"
        found: datetime | None = (await self.desk.rows(query, ticket))[0]["next_due_at"]
        return None if found is None else found - timedelta(microseconds=1)

    async def changes(self, ticket: str, metric: str = "resolution") -> list[dict[str, Any]]:
        """What was told of a clock, in order."""
        events = await self.desk.events(ticket=ticket)
        return [one["data"]["change"] for one in events if one["data"]["metric"] == metric]

    async def kinds(self, ticket: str, metric: str = "resolution") -> list[str]:
        """Kinds of what was told of a clock, in order."""
        return [change["kind"] for change in await self.changes(ticket, metric)]

    async def has_told(self, ticket: str, threshold: str, metric: str = "resolution") -> datetime:
        """Return when a threshold has been announced, in time; answers the computed instant."""

        async def found() -> dict[str, Any] | None:
            told = await self.changes(ticket, metric)
            return next(
                (
                    one
                    for one in told
                    if one["threshold"] == threshold and one["kind"] != "retracted"
                ),
                None,
            )

        change = await eventually(found)
        crossed_at = parse_instant(change["crossed_at"])
        late = parse_instant(change["noticed_at"]) - crossed_at
        assert timedelta(0) <= late < LATE, f"{ticket} {threshold}: {late} late"
        return crossed_at
