"""An agreement that is not what its hash names is set aside and alarmed; what is true goes on."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from nats.aio.client import Client

from slaclock.contracts import decode
from slaclock.contracts.canonical import content_hash
from slaclock.testing import eventually
from slaclock.testing.bus import Bus

from ..desk import sla

SUBJECT = "sla.agreement.published.v1.acme"


def published(snapshot: dict[str, Any], digest: str, number: int) -> bytes:
    data = {
        "sla_id": snapshot["sla_id"],
        "version": number,
        "hash": digest,
        "effective_from": "2026-03-01T00:00:00Z",
        "snapshot": snapshot,
    }
    event = {
        "specversion": "1.0",
        "id": f"published-{number}",
        "source": "/slaclock/sla",
        "type": "sla.agreement.published",
        "subject": snapshot["sla_id"],
        "time": "2026-03-01T00:00:00Z",
        "tenant": "acme",
        "data": data,
    }
    return orjson.dumps(event)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "Gold!"}, id="another name"),
        pytest.param({"thresholds": ["percent:100"]}, id="another threshold"),
        pytest.param({"version": 2}, id="another version"),
    ],
)
async def test_a_changed_agreement_is_parked_and_told_of(
    client: httpx.AsyncClient, topology: Bus, nats_admin: Client, change: dict[str, Any]
) -> None:
    snapshot = sla()
    digest = content_hash(snapshot)
    publisher = await topology.connect("sla")
    jetstream = publisher.jetstream()
    await jetstream.publish(SUBJECT, published({**snapshot, **change}, digest, 1))
    await jetstream.publish(SUBJECT, published(snapshot, digest, 2))
    await publisher.close()

    async def parked() -> list[str]:
        answer = await client.get("/ticket-clock/v1/parked")
        return [one["code"] for one in answer.json()["items"]]

    await eventually(parked)
    assert await parked() == ["snapshot.tampered"]
    subscription = await nats_admin.jetstream().pull_subscribe(
        "sla.advisory.raised.>", stream="ADVISORY"
    )
    (message,) = await subscription.fetch(1, timeout=20)
    advisory = decode(message.data, message.subject).data
    assert advisory.kind == "message.parked"
    assert "snapshot.tampered" in str(advisory.detail)
