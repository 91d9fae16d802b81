"""A full house: many open tickets as they lie in a help desk's day, and what keeping them takes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import httpx
import psutil
from tests.performance.measuring import median
from tests.performance.rig import SERVICE, Rig, Runner
from tests.performance.workload import STEPS, fact, opening, workload

from slaclock.messaging.outbox import Outgoing
from slaclock.testing import eventually

__all__ = ["Footprint", "House", "measure_footprint", "move_in"]

Say = Callable[[str], None]

AT_ONCE: Final = 5_000
"""Tickets whose facts are published before the service has taken them."""

KINDS: Final = ("ticket", "fact", "announcement", "revision", "outbox")
"""Tables that grow with tickets."""

STREAMS: Final = ("TICKETS", "CLOCK")

GIVE_UP_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class House:
    """Open tickets in the database of a rig.

    Attributes:
        rig: where they lie.
        tickets: (tenant, ticket id) of each.
        facts: how many they have together.
        seconds: that the service took for them, publishing included.
    """

    rig: Rig
    tickets: Sequence[tuple[str, str]]
    facts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Footprint:
    """What open tickets take.

    Attributes:
        tickets: how many are open.
        facts: of all of them.
        tables: bytes with indexes and TOAST, by table, without what an empty one has.
        streams: bytes, by stream.
        memory: bytes (PSS) by (what, when): of a service with an empty database, of one that
            has just started beside the tickets, and of NATS beside their messages.
        ready: seconds from the start of the process to `/health/ready`, by the same.
    """

    tickets: int
    facts: int
    tables: Mapping[str, int]
    streams: Mapping[str, int]
    memory: Mapping[str, int]
    ready: Mapping[str, Sequence[float]]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        tables = {name: round(size / self.tickets) for name, size in self.tables.items()}
        streams = {name: round(size / self.tickets) for name, size in self.streams.items()}
        return {
            "open_tickets": self.tickets,
            "facts": self.facts,
            "disk_bytes_per_ticket": {**tables, **streams},
            "disk_bytes_per_ticket_total": sum(tables.values()) + sum(streams.values()),
            "memory_mib": {name: round(size / 2**20, 1) for name, size in self.memory.items()},
            "memory_bytes_per_ticket": round(
                max(0, self.memory["full"] - self.memory["empty"]) / self.tickets
            ),
            "ready_s": {name: round(median(found), 2) for name, found in self.ready.items()},
        }


async def move_in(rig: Rig, tickets: int, say: Say) -> House:
    """Open so many tickets through the service: new, answered and waiting ones in equal parts.

    One in twenty has passed thresholds already, so that its ledger is not empty.
    """
    traffic = workload(1)
    tenants = sorted({message.tenant for message in traffic.terms})
    dice = random.Random(17)
    await rig.publish(traffic.terms)
    found: list[tuple[str, str]] = []
    facts = 0
    async with rig.running(SERVICE):
        await rig.settled("AGREEMENT", "ticket-clock--terms")
        begun = time.perf_counter()
        for first in range(0, tickets, AT_ONCE):
            say(f"{first:,} of {tickets:,} tickets are open")
            batch: list[Outgoing] = []
            for number in range(first, min(first + AT_ONCE, tickets)):
                tenant, ticket = dice.choice(tenants), f"H{number:07}"
                found.append((tenant, ticket))
                batch += _one(dice, number, tenant, ticket)
            facts += len(batch)
            await rig.publish(batch)
        await rig.settled()
        await _judged(rig)
        await rig.relayed()
        seconds = time.perf_counter() - begun
    return House(rig, found, facts, seconds)


async def measure_footprint(
    rig: Rig, tickets: int, say: Say, *, starts: int = 3
) -> tuple[House, Footprint]:
    """Move in, and weigh before and after; of so many *starts* the median is told."""
    say("starting with an empty database")
    empty = await _start(rig, starts)
    async with rig.admin() as admin:
        before = await _tables(admin)
    house = await move_in(rig, tickets, say)
    async with rig.admin() as admin:
        await admin.execute("VACUUM ANALYZE")
        after = await _tables(admin)
        await admin.execute("CHECKPOINT")
    say(f"starting beside {tickets:,} open tickets")
    full = await _start(rig, starts)
    jetstream = rig.client.jetstream(timeout=30)
    streams = {name: (await jetstream.stream_info(name)).state.bytes for name in STREAMS}
    return house, Footprint(
        tickets=tickets,
        facts=house.facts,
        tables={name: size - before[name] for name, size in after.items()},
        streams=streams,
        memory={"empty": empty.memory, "full": full.memory, "nats": rig.memory_of_nats()},
        ready={"empty": empty.ready, "full": full.ready},
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """Seconds until ready, of each start, and bytes after the last."""

    ready: Sequence[float]
    memory: int


async def _start(rig: Rig, starts: int) -> _Start:
    ready: list[float] = []
    memory = 0
    for _ in range(starts):
        begun = time.perf_counter()
        async with rig.starting(SERVICE) as runner:
            await _ready(runner)
            ready.append(time.perf_counter() - begun)
            await rig.consuming(runner)
            memory = psutil.Process(runner.process.pid).memory_full_info().pss
    return _Start(ready, memory)


async def _ready(runner: Runner) -> None:
    """Ask again and again, without the pause that `eventually` makes: it is what is measured.

    Raises:
        RuntimeError: the process has ended.
        TimeoutError: it is not ready for too long.
    """
    deadline = time.perf_counter() + GIVE_UP_S
    url = f"http://127.0.0.1:{runner.port}/health/ready"
    async with httpx.AsyncClient() as client:
        while time.perf_counter() < deadline:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                runner.check()  # it does not listen yet
            await asyncio.sleep(0.005)
    raise TimeoutError(f"not ready within {GIVE_UP_S} s")


async def _judged(rig: Rig) -> None:
    """Wait until nothing that is due has been left."""
    async with rig.admin() as admin:

        async def done() -> bool:
            found: bool = await admin.fetchval(
                "SELECT NOT EXISTS (SELECT FROM ticket WHERE next_due_at < clock_timestamp())"
            )
            return found

        await eventually(done, GIVE_UP_S)


async def _tables(admin: asyncpg.Connection[asyncpg.Record]) -> dict[str, int]:
    return {
        name: await admin.fetchval("SELECT pg_total_relation_size($1::regclass)", name)
        for name in KINDS
    }


def _one(dice: random.Random, number: int, tenant: str, ticket: str) -> Iterator[Outgoing]:
    """The facts of one ticket."""
    minutes = 35 if number % 20 == 0 else dice.randrange(45, 300)
    at = datetime.now(UTC) - timedelta(minutes=minutes, seconds=dice.randrange(60))
    priority = "P1" if number % 20 == 0 else "P3"
    yield fact(tenant, ticket, 1, "opened", at, opening(dice, priority))
    for sequence, step in enumerate(("", "answer", "wait")[number % 3 : number % 3 + 1], 2):
        if step:
            kind, data = STEPS[step]
            later = at + timedelta(minutes=dice.randrange(1, 30))
            yield fact(tenant, ticket, sequence, kind, later, data)
