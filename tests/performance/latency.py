"""How long people wait: from a published fact, and from a crossed threshold, to the CLOCK event."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api
from tests.performance.measuring import Cpu, percentile
from tests.performance.rig import SERVICE, Rig
from tests.performance.workload import fact, opening, workload

from slaclock.contracts.instants import parse_instant
from slaclock.embedded.postgres import PostgresServer
from slaclock.messaging.publishing import publish_one
from slaclock.testing import eventually
from slaclock.testing.databases import Databases

__all__ = ["Latency", "Waits", "measure_latency"]

RESPONSE_DUE: Final = timedelta(minutes=15)
"""Of P1 tickets in the workload's SLA, around the clock."""

LEAD_S: Final = 3.0
"""Seconds between the publishing of tickets and the first breach among them."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds that each of many took."""

    milliseconds: Sequence[float]

    def document(self) -> dict[str, float]:
        """For JSON."""
        found = {
            f"p{percent}_ms": round(percentile(self.milliseconds, percent), 1)
            for percent in (50, 90, 99)
        }
        return {
            "count": len(self.milliseconds),
            **found,
            "max_ms": round(max(self.milliseconds), 1),
        }


@dataclass(frozen=True, slots=True)
class Latency:
    """What was measured.

    Attributes:
        rate: facts published per second.
        facts: from before the publishing of a fact to the arrival of its first event.
        breaches: from the instant of a breach to the arrival of its event.
        cpu: microseconds per fact at that rate, idle loops included.
    """

    rate: int
    facts: Waits
    breaches: Waits
    cpu: Cpu

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "facts_per_second": self.rate,
            "fact_to_event": self.facts.document(),
            "breach_to_event": self.breaches.document(),
            "cpu_us_per_fact": self.cpu.document(),
        }


async def measure_latency(
    postgres: PostgresServer,
    databases: Databases,
    *,
    rate: int,
    seconds: float,
    say: Callable[[str], None],
) -> Latency:
    """Publish new tickets at an even *rate* for some *seconds*, then as many to be breached."""
    traffic = workload(1)
    tenants = sorted({message.tenant for message in traffic.terms})
    count = max(1, int(rate * seconds))
    async with Rig.built(postgres, databases) as rig:
        await rig.publish(traffic.terms)
        async with rig.running(SERVICE) as runner:
            await rig.settled("AGREEMENT", "ticket-clock--terms")
            await rig.publish(traffic.warm_up)
            await rig.settled()
            await rig.relayed()
            meter = rig.meter(runner)
            say(f"latency at {rate} facts/s")
            before = meter.read()
            facts = await _facts(rig.client, tenants, count, rate)
            used = meter.read().since(before).per(count)
            say("latency of breaches")
            breaches = await _breaches(rig.client, tenants, count // 4 or 1, rate / 4)
    return Latency(rate, Waits(facts), Waits(breaches), used)


async def _facts(
    client: Client, tenants: Sequence[str], count: int, rate: float
) -> Sequence[float]:
    sent: dict[str, float] = {}
    arrived: dict[str, float] = {}

    async def on_event(message: Msg) -> None:
        arrived.setdefault(orjson.loads(message.data)["subject"], time.perf_counter())

    dice = random.Random(11)

    async def publish(number: int) -> None:
        ticket = f"L{number:06}"
        body = opening(dice, "P3")
        message = fact(
            dice.choice(tenants),
            ticket,
            1,
            "opened",
            datetime.now(UTC) - timedelta(seconds=1),
            body,
        )
        sent[ticket] = time.perf_counter()
        await publish_one(client, message)

    await listen(client, "sla.clock.started.>", on_event)
    await _evenly(publish, count, rate)
    await eventually(lambda: sent.keys() <= arrived.keys(), 120)
    return [(arrived[ticket] - sent[ticket]) * 1000 for ticket in sent]


async def _breaches(
    client: Client, tenants: Sequence[str], count: int, rate: float
) -> Sequence[float]:
    waits: dict[str, float] = {}

    async def on_event(message: Msg) -> None:
        now = datetime.now(UTC)
        event = orjson.loads(message.data)
        waits[event["subject"]] = (now - parse_instant(event["time"])).total_seconds() * 1000

    dice = random.Random(13)
    first = datetime.now(UTC) - RESPONSE_DUE + timedelta(seconds=LEAD_S)

    async def publish(number: int) -> None:
        begins = first + timedelta(seconds=number / rate)
        body = opening(dice, "P1")
        await publish_one(
            client, fact(dice.choice(tenants), f"B{number:06}", 1, "opened", begins, body)
        )

    await listen(client, "sla.clock.breached.>", on_event)
    await _evenly(publish, count, count)  # all within a second
    await eventually(lambda: len(waits) == count, 120)
    return list(waits.values())


async def listen(client: Client, subject: str, on_event: Callable[[Msg], Any]) -> None:
    """Hear of what is stored from now on, as any consumer of the stream does."""
    await client.jetstream().subscribe(
        subject,
        stream="CLOCK",
        cb=on_event,
        manual_ack=True,
        config=api.ConsumerConfig(
            ack_policy=api.AckPolicy.NONE, deliver_policy=api.DeliverPolicy.NEW
        ),
    )


async def _evenly(publish: Callable[[int], Any], count: int, rate: float) -> None:
    """Start *publish* at even distances, whether or not the ones before are done."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            ahead = begun + number / rate - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            group.create_task(publish(number))
