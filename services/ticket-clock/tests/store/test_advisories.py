"""Running clocks whose calendar another tzdata release would change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
import pytest

from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.instants import rfc3339
from slaclock.messaging.received import Received
from slaclock.store import begin
from ticket_clock_service.handlers.advisories import advisories_inlet, zone_news
from ticket_clock_service.store.advisories import PgAdvisoryWork, begin_advisory

from ..desk import Desk, ago, opened, sla, status

HORIZON = "2026-06-01T00:00:00Z"


def advisory(
    digest: str, tenant: str = "acme", kind: str = "calendar.tzdata-impact", **detail: Any
) -> Received:
    name = str(uuid_of(kind, tenant, digest))
    told = {
        "calendar_id": "gold.office",
        "version": 1,
        "hash": digest,
        "installed": "2099.1",
        "from": HORIZON,
        "until": None,
        "examples": [],
        **detail,
    }
    event = {
        "specversion": "1.0",
        "id": name,
        "source": "/slaclock/calendar",
        "type": "sla.advisory.raised",
        "subject": name,
        "time": "2026-03-02T09:00:00Z",
        "tenant": tenant,
        "data": {
            "advisory_id": name,
            "kind": kind,
            "severity": "warning",
            "message": "m",
            "detail": told,
        },
    }
    subject = f"sla.advisory.raised.v1.{tenant}"
    return Received("ADVISORY", subject, 1, 1, datetime.now(UTC), None, orjson.dumps(event))


async def hear(desk: Desk, *messages: Received) -> None:
    inlet = advisories_inlet(partial(begin_advisory, desk.pool), desk.parking, lambda: True)
    for message in messages:
        await inlet.replay(message)


async def said(desk: Desk, tenant: str = "acme") -> list[dict[str, Any]]:
    async with begin(desk.pool, {tenant}) as connection:
        rows = await connection.fetch("SELECT body FROM outbox WHERE stream = 'ADVISORY'")
    return [orjson.loads(row["body"]) for row in rows]


@pytest.fixture
async def office(desk: Desk) -> str:
    """Tickets in an office, paused and running, due soon and late; answers the calendar's hash."""
    snapshot = sla(calendar="office", minutes=480)
    await desk.publish(snapshot)
    now = await desk.now()
    facts = [opened(f"INC-{number:02}", now) for number in range(12)]
    facts += [
        opened("PAUSED", ago(now, minutes=1)),
        status("PAUSED", now, "waiting_on_customer"),
        opened("DONE", ago(now, minutes=1)),
        status("DONE", now, "resolved"),
    ]
    await desk.take(*facts)
    await desk.publish(sla("silver", calendar="24x7"), "globex")
    await desk.take(opened("INC-1", now, tenant="globex"))
    (digest,) = snapshot["calendar_snapshots"]
    return str(digest)


async def test_open_tickets_in_the_calendar_are_counted_and_told_once(
    desk: Desk, office: str
) -> None:
    now = await desk.now()
    message = advisory(office, **{"from": rfc3339(now)})
    await hear(desk, message, message)
    (event,) = await said(desk)
    data = event["data"]
    assert (data["kind"], event["causationid"]) == (
        "clocks.tzdata-impact",
        orjson.loads(message.data)["id"],
    )
    detail = data["detail"]
    assert (detail["count"], detail["clocks"]) == (13, 26)
    assert detail["calendar_hash"] == office
    assert detail["tickets"] == [f"INC-{number:02}" for number in range(10)]
    assert [(one["sla_id"], one["tickets"]) for one in detail["by_agreement"]] == [("gold", 13)]
    assert "publish a new version" in detail["recommends"]


@pytest.mark.parametrize(
    ("detail", "count"),
    [
        pytest.param({"from": "2150-01-01T00:00:00Z"}, 1, id="far ahead: the paused one"),
        pytest.param(
            {"from": "1970-01-01T00:00:00Z", "until": "1999-01-01T00:00:00Z"}, None, id="past"
        ),
        pytest.param({"from": None}, None, id="a zone that is not known"),
        pytest.param({"hash": "0" * 64}, None, id="another calendar"),
    ],
)
async def test_clocks_that_it_does_not_touch_are_not_told_of(
    desk: Desk, office: str, detail: dict[str, Any], count: int | None
) -> None:
    await hear(desk, advisory(office, **detail))
    assert [one["data"]["detail"]["count"] for one in await said(desk)] == (
        [] if count is None else [count]
    )


async def test_of_two_deliveries_at_once_one_is_told(desk: Desk, office: str) -> None:
    message = advisory(office, **{"from": "1970-01-01T00:00:00Z"})
    await asyncio.gather(*(hear(desk, message) for _ in range(5)))
    assert len(await said(desk)) == 1
    await hear(desk, advisory(office, **{"from": HORIZON, "installed": "2099.2"}))
    assert len(await said(desk)) == 2


async def test_other_advisories_and_other_tenants_are_passed_over(desk: Desk, office: str) -> None:
    await hear(desk, advisory(office, kind="message.parked"), advisory(office, "globex"))
    assert await said(desk) == await said(desk, "globex") == []


async def test_a_malformed_one_is_refused() -> None:
    with pytest.raises(ValueError, match="hash"):
        zone_news(advisory("no hash"))


async def test_before_all_agreements_are_read_it_waits(desk: Desk, office: str) -> None:
    inlet = advisories_inlet(partial(begin_advisory, desk.pool), desk.parking, lambda: False)
    with pytest.raises(Exception, match="has still not arrived"):
        await inlet.replay(advisory(office))
    assert await said(desk) == []


async def test_the_cost_does_not_grow_with_the_tickets(desk: Desk) -> None:
    snapshot = sla(calendar="office", minutes=480)
    await desk.publish(snapshot)
    (digest,) = snapshot["calendar_snapshots"]
    now = await desk.now()
    statements: list[str] = []

    def keep(record: Any) -> None:
        statements.append(record.query)

    @asynccontextmanager
    async def counted(tenant: str) -> AsyncIterator[PgAdvisoryWork]:
        async with begin_advisory(desk.pool, tenant) as work:
            work._connection.add_query_logger(keep)
            yield work
            work._connection.remove_query_logger(keep)

    inlet = advisories_inlet(counted, desk.parking, lambda: True)
    costs = []
    for number, tickets in enumerate((1, 300)):
        await desk.take(*(opened(f"T{number}-{one}", now) for one in range(tickets)))
        statements.clear()
        detail = {"installed": f"2099.{number}", "from": rfc3339(now)}
        await inlet.replay(advisory(digest, **detail))
        costs.append(len(statements))
        assert (await said(desk))[-1]["data"]["detail"]["count"] >= tickets
    assert costs == [8, 8]


async def test_many_tickets_are_counted(desk: Desk) -> None:
    snapshot = sla(calendar="office", minutes=480)
    await desk.publish(snapshot)
    (digest,) = snapshot["calendar_snapshots"]
    now = await desk.now()
    for first in range(0, 2000, 500):
        await desk.take(*(opened(f"T-{first + one}", now) for one in range(500)))
    await hear(desk, advisory(digest, **{"from": rfc3339(now - timedelta(days=1))}))
    assert (await said(desk))[0]["data"]["detail"]["count"] == 2000
