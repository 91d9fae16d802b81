"""The help desks: they publish what a trace says when it says so, and insist until it is stored."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import time

import httpx
import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from slaclock.testing.bus import Bus

from .stage import Stage
from .trace import Message, Trace

LANES = 6
"""Messages under way at once; lanes overtake each other."""

OUTAGES = (nats.errors.Error, JetStreamError, TimeoutError, OSError)


async def tell(stage: Stage, trace: Trace, dice: random.Random) -> float:
    """Publish all messages; answers how many seconds behind its time the last one was.

    A publisher that gets no answer cannot know what was stored, and says it again.
    """
    lanes: list[list[Message]] = [[] for _ in range(LANES)]
    for message in trace.messages:
        lanes[dice.randrange(LANES)].append(message)
    behind = await asyncio.gather(
        *(_lane(stage, trace, lane, random.Random(dice.random())) for lane in lanes)
    )
    return max(behind)


async def _lane(
    stage: Stage, trace: Trace, messages: Sequence[Message], dice: random.Random
) -> float:
    clients = {name: await _connected(stage.bus, f"{name}.helpdesk") for name in stage.keys}
    clients["admin"] = await _connected(stage.bus, "admin")
    streams = {name: client.jetstream(timeout=2) for name, client in clients.items()}
    behind = 0.0
    async with httpx.AsyncClient(timeout=5) as http:
        for message in messages:
            due = trace.began / 1_000_000 + message.offset
            await asyncio.sleep(max(0.0, due - time()))
            if message.by_http:
                await _post(http, stage, message, dice, contested=trace.is_contested(message))
            else:
                # Poison has subjects that no help desk may publish to.
                await _publish(streams["admin" if message.poison else message.tenant], message)
            behind = max(behind, time() - due)
    for client in clients.values():
        with suppress(*OUTAGES):
            await client.close()
    return behind


async def _publish(stream: JetStreamContext, message: Message) -> None:
    headers = None if message.msg_id is None else {"Nats-Msg-Id": message.msg_id}
    while True:
        try:
            await stream.publish(message.subject, message.body, headers=headers)
        except OUTAGES:
            await asyncio.sleep(0.2)
        else:
            return


async def _post(
    http: httpx.AsyncClient,
    stage: Stage,
    message: Message,
    dice: random.Random,
    *,
    contested: bool,
) -> None:
    """Post a message until it is taken, or refused because another one has its identity."""
    headers = {
        "content-type": "application/cloudevents+json",
        "authorization": f"Bearer {stage.keys[message.tenant]}",
    }
    while True:
        replica = dice.choice(stage.of("ticket-clock"))
        url = f"{replica.url}/ticket-clock/v1/events"
        with suppress(httpx.HTTPError):
            answer = await http.post(url, content=message.body, headers=headers)
            if answer.status_code == httpx.codes.ACCEPTED:
                return
            if contested and _is_conflict(answer):
                return
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                raise AssertionError(f"the intake refused a good event: {answer.text}")
        await asyncio.sleep(0.2)


def _is_conflict(answer: httpx.Response) -> bool:
    if answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        return False
    return [one["code"] for one in answer.json()["rejected"]] == ["fact.conflict"]


async def _connected(bus: Bus, identity: str) -> Client:
    while True:
        try:
            return await bus.connect(identity)
        except OUTAGES:
            await asyncio.sleep(0.2)


async def agree(stage: Stage, trace: Trace) -> Mapping[tuple[str, str], str]:
    """Publish the agreements of all tenants; the hash of each by tenant and id."""
    found: dict[tuple[str, str], str] = {}
    url = stage.of("sla")[0].url
    async with httpx.AsyncClient(timeout=30) as http:
        for tenant in trace.tenants.values():
            for file, since in tenant.files:
                wish = {"sla": file, "default": True, "effective_from": _instant(since)}
                answer = await http.post(
                    f"{url}/sla/v1/slas/{file['sla_id']}/publish",
                    json=wish,
                    headers={"authorization": f"Bearer {stage.keys[tenant.name]}"},
                )
                if not answer.is_success:
                    raise AssertionError(f"an agreement was refused: {answer.text}")
                found[tenant.name, file["sla_id"]] = answer.json()["hash"]
    return found


def _instant(us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).isoformat()
