"""From messages to KPIs over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from slaclock.auth.roles import Role
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.instants import rfc3339
from slaclock.testing.waiting import eventually

from .builders import GOLD, Publish, breached, clock, met, published
from .test_service import Start, asked

ROLES: dict[str, Any] = {
    "roles": {
        "duty": {"recipients": [{"channel": "email", "to": "duty@example.com"}], "kpis": []},
        "lead": {"recipients": [{"person": "ann"}, {"group": "l2"}], "kpis": []},
    },
    "kpi_templates": [
        {
            "kpi_id": f"{role}.resolution.month",
            "role": role,
            "measure": "compliance",
            "metric": "resolution",
            "target": target,
            "period": "month",
            "priority": None,
        }
        for role, target in (("duty", "50.00"), ("lead", "97.50"))
    ],
}
SNAPSHOT = content_hash(GOLD | ROLES)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def held(at: datetime, assignee: str | None, group: str | None = None) -> dict[str, Any]:
    to = {"assignee": assignee, "group": group, "at": rfc3339(at)}
    return {"attributed_to": to, "snapshot": SNAPSHOT, "due_on": at.date().isoformat()}


def figures(item: dict[str, Any]) -> tuple[Any, ...]:
    names = ("met", "breached", "pending", "cancelled", "unattributed", "compliance", "verdict")
    return (item["technician"] or item["role"], *(item[name] for name in names))


async def test_kpis_of_roles_and_people_with_the_tickets_behind_them(
    start: Start, publish: Publish, now: datetime
) -> None:
    await publish(
        met("INC-1", now, **held(now, "ann")),
        met("INC-2", now, **held(now, "bob", "l2")),
        breached("INC-3", now, assignee="bob", **held(now, "ann", "l1")),
        breached("INC-4", now, **held(now, None)),
        clock("started", "INC-5", now, assignee="ann", **held(now, None) | {"attributed_to": None}),
        met("INC-6", now, **held(now, "cay", "l9")),
        published(now, **ROLES),
    )
    month = {"from": now.date().isoformat(), "to": now.date().isoformat()}
    async with start() as served:
        viewer = await served.client("acme", Role.VIEWER)

        async def counted() -> dict[str, Any]:
            answer = await asked(viewer, "kpis")
            assert [one["met"] for one in answer["items"]] == [3, 2]
            return answer

        answer = await eventually(counted, 60)
        assert list(map(figures, answer["items"])) == [
            ("duty", 3, 2, 1, 0, 0, 0.6, "kept"),
            ("lead", 2, 1, 1, 0, 1, 2 / 3, "missed"),
        ]
        duty, lead = answer["items"]
        assert "names no person and no group" in duty["definition"]
        assert (lead["target"], lead["versions"], lead["period"]) == ("97.50", [1], "month")
        assert lead["from"] <= now.date().isoformat() <= lead["to"]
        assert "no data is not 100 %" in answer["words"]["compliance"]

        people = await asked(viewer, "kpis", by="technician", role="lead", **month)
        assert list(map(figures, people["items"])) == [
            ("lead", 0, 0, 0, 0, 1, None, "no_data"),
            ("ann", 1, 1, 1, 0, 0, 0.5, "missed"),
            ("bob", 1, 0, 0, 0, 0, 1.0, "kept"),
        ]

        assert await behind(viewer, lead) == [
            ("INC-1", "met"),
            ("INC-2", "met"),
            ("INC-3", "breached"),
            ("INC-4", "unattributed"),
            ("INC-5", "pending"),
        ]
        nobody, ann, _ = people["items"]
        assert await behind(viewer, nobody) == [("INC-4", "unattributed")]
        assert await behind(viewer, ann) == [
            ("INC-1", "met"),
            ("INC-3", "breached"),
            ("INC-5", "pending"),
        ]
        await _pages_and_refusals(viewer, month)


async def behind(client: httpx.AsyncClient, item: dict[str, Any]) -> list[tuple[str, str]]:
    """The tickets that a figure links to, two at a time."""
    found, cursor = [], ""
    while cursor is not None:
        more = f"&limit=2&cursor={cursor}" if cursor else "&limit=2"
        answer = await client.get(item["tickets"] + more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [(one["ticket_id"], one["standing"]) for one in page["items"]]
        cursor = page["next"]
    return sorted(found)


async def _pages_and_refusals(viewer: httpx.AsyncClient, month: dict[str, str]) -> None:
    first = await asked(viewer, "kpis", by="technician", limit=2, **month)
    second = await asked(viewer, "kpis", by="technician", limit=9, cursor=first["next"], **month)
    every = await asked(viewer, "kpis", by="technician", **month)
    assert [*first["items"], *second["items"]] == every["items"]
    assert second["next"] is None

    empty = await asked(viewer, "kpis", **{"from": "2020-01-01", "to": "2020-01-31"})
    assert {(one["compliance"], one["verdict"]) for one in empty["items"]} == {(None, "no_data")}

    for query, status, code in [
        ("kpis?from=2026-02-01&to=2026-01-01", 422, "period.reversed"),
        ("kpis?rolle=lead", 422, "request.invalid"),
        ("kpis?by=group", 422, "request.invalid"),
        ("kpis?cursor=x", 400, "cursor.malformed"),
        ("kpis/tickets?sla_id=gold&kpi_id=none", 404, "kpi.not-found"),
        ("kpis/tickets?sla_id=gold", 422, "request.invalid"),
        ("kpis/tickets?sla_id=gold&kpi_id=x&target=95.001", 422, "request.invalid"),
        ("kpis/tickets?sla_id=gold&kpi_id=x&cursor=x", 400, "cursor.malformed"),
    ]:
        answer = await viewer.get(f"/dashboard/v1/{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), query
