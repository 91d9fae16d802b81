"""How late thresholds are announced beside many open clocks, under each wake-up backend."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.performance.latency import RESPONSE_DUE, Waits, listen
from tests.performance.measuring import Cpu
from tests.performance.rig import SERVICE, Rig, Runner
from tests.performance.workload import fact, opening, workload

from slaclock.contracts.instants import parse_instant
from slaclock.embedded.postgres import PostgresServer
from slaclock.messaging.outbox import Outgoing
from slaclock.testing import eventually
from slaclock.testing.databases import Databases

__all__ = ["BACKENDS", "Timers", "measure_timers"]

BACKENDS: Final = ("polling", "jetstream")

LEAD: Final = timedelta(seconds=20)
"""Between the publishing of what will be due and the first instant of it."""


@dataclass(frozen=True, slots=True)
class Timers:
    """What was measured.

    Attributes:
        open_clocks: tickets that are open meanwhile.
        per_second: thresholds that come due.
        late: from the instant of a breach to the arrival of its event, by backend.
        cpu: microseconds per second, by backend, while nothing but wake-ups happens.
    """

    open_clocks: int
    per_second: int
    late: Mapping[str, Waits]
    cpu: Mapping[str, Cpu]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "open_clocks": self.open_clocks,
            "due_per_second": self.per_second,
            "late": {backend: waits.document() for backend, waits in self.late.items()},
            "cpu_us_per_second": {name: cpu.document() for name, cpu in self.cpu.items()},
        }


async def measure_timers(
    postgres: PostgresServer,
    databases: Databases,
    *,
    open_clocks: int,
    per_second: int,
    seconds: int,
    say: Callable[[str], None],
) -> Timers:
    """Have so many clocks open, and so many thresholds a second come due, under each backend."""
    late: dict[str, Waits] = {}
    cpu: dict[str, Cpu] = {}
    async with Rig.built(postgres, databases) as rig:
        traffic = workload(1)
        tenants = sorted({message.tenant for message in traffic.terms})
        await rig.publish(traffic.terms)
        say(f"opening {open_clocks:,} clocks")
        dice = random.Random(5)
        async with rig.running(SERVICE):
            await rig.settled("AGREEMENT", "ticket-clock--terms")
            at = datetime.now(UTC)
            for begin in range(0, open_clocks, 5000):
                numbers = range(begin, min(begin + 5000, open_clocks))
                await rig.publish([_opened(dice, tenants, f"O{n}", at, "P3") for n in numbers])
            await rig.settled()
            await rig.relayed()
        for backend in BACKENDS:
            say(f"{per_second} thresholds a second, woken by {backend}")
            async with rig.running(SERVICE, SLACLOCK_TIMER_BACKEND=backend) as runner:
                await eventually(lambda: _wakes(runner, backend), 120)  # noqa: B023 - awaited here
                meter = rig.meter(runner)
                arrived = await _breaches_arrive(rig.client)
                first = datetime.now(UTC) + LEAD
                count = per_second * seconds
                await rig.publish(
                    [
                        _opened(
                            dice,
                            tenants,
                            f"{backend}-{number}",
                            first + timedelta(seconds=number / per_second) - RESPONSE_DUE,
                            "P1",
                        )
                        for number in range(count)
                    ]
                )
                await asyncio.sleep((first - datetime.now(UTC)).total_seconds())
                before = meter.read()
                await asyncio.sleep(seconds)
                cpu[backend] = meter.read().since(before).per(seconds)
                await eventually(lambda: len(arrived) >= count, 120)  # noqa: B023 - awaited here
                late[backend] = Waits(list(arrived.values()))
    return Timers(open_clocks, per_second, late, cpu)


def _opened(
    dice: random.Random, tenants: list[str], ticket: str, at: datetime, priority: str
) -> Outgoing:
    return fact(dice.choice(tenants), ticket, 1, "opened", at, opening(dice, priority))


async def _wakes(runner: Runner, backend: str) -> bool:
    """Whether the service says that this backend wakes its tickets."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{runner.port}/metrics")).text
    return f'sla_ticket_clock_timer_backend_state{{backend="{backend}"}} 1.0' in text


async def _breaches_arrive(client: Client) -> dict[str, float]:
    """Milliseconds from the instant of each breach to its event, filled from now on."""
    waits: dict[str, float] = {}

    async def on_event(message: Msg) -> None:
        now, event = datetime.now(UTC), orjson.loads(message.data)
        waits[event["subject"]] = (now - parse_instant(event["time"])).total_seconds() * 1000

    await listen(client, "sla.clock.breached.>", on_event)
    return waits
