"""The HTTP interface of the whole service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from slaclock.auth import unguarded
from slaclock.auth.roles import Role
from slaclock.testing.bus import Bus

from .builders import Publish, Sink, agreement, clock_event, events_of, published, settled


async def test_acknowledging_tells_the_others_once(
    start: Callable[[], Any], publish: Publish, sink: Sink, topology: Bus
) -> None:
    sla = agreement(sink)
    async with start() as served:
        # given
        await publish(published(sla), clock_event("breached", sla))
        (one,) = await settled(served, 1)
        path = f"/escalation/v1/escalations/{one['escalation_id']}/acknowledge"
        technician = await served.client("acme", Role.TECHNICIAN)

        # when
        answers = [await technician.post(path) for _ in range(2)]

        # then
        assert [answer.status_code for answer in answers] == [200, 200]
        seen = answers[0].json()
        assert seen["acknowledged_by"]
        assert seen["acknowledged_at"] == answers[1].json()["acknowledged_at"]
        events = await events_of(topology, 3)
        assert [event.type for event in events][-1] == "sla.escalation.acknowledged"

        # and who may not, or whose it is not, cannot
        assert (await (await served.client("acme", Role.VIEWER)).post(path)).status_code == 403
        assert (await (await served.client("globex")).post(path)).status_code == 404
        assert (await (await served.client("globex")).get(path[:-12])).status_code == 404


async def test_http_answers(start: Callable[[], Any], publish: Publish, sink: Sink) -> None:
    sla = agreement(sink)
    async with start() as served:
        await publish(published(sla))
        await publish(*(clock_event("breached", sla, ticket=f"INC-{n}") for n in range(5)))
        await settled(served, 5)
        viewer = await served.client("acme", Role.VIEWER)

        # pages
        first = (await viewer.get("/escalation/v1/escalations?limit=3")).json()
        rest = (
            await viewer.get(f"/escalation/v1/escalations?limit=3&cursor={first['next']}")
        ).json()
        assert len(first["items"]) == 3
        assert len(rest["items"]) == 2
        assert rest["next"] is None

        # filters
        found = (await viewer.get("/escalation/v1/escalations?ticket_id=INC-2")).json()["items"]
        assert [one["ticket_id"] for one in found] == ["INC-2"]
        assert (await viewer.get("/escalation/v1/escalations?state=failed")).json()["items"] == []

        # refusals
        for path, status in {
            "/escalation/v1/escalations?state=odd": 422,
            "/escalation/v1/escalations?cursor=odd": 400,
            "/escalation/v1/escalations/odd": 422,
            f"/escalation/v1/escalations/{uuid4()}": 404,
            "/escalation/v1/webhook-secret": 403,
        }.items():
            answer = await viewer.get(path)
            assert answer.status_code == status, path
            assert answer.json()["code"]

        # secrets, one for each tenant
        secrets = [
            (await (await served.client(tenant)).get("/escalation/v1/webhook-secret")).json()
            for tenant in ("acme", "acme", "globex")
        ]
        texts: Sequence[str] = [one["secret"] for one in secrets]
        assert texts[0] == texts[1] != texts[2]

        # every route says who may call it
        assert unguarded(served.app) == ()
