"""Everything is overdue when the service starts: how fast it catches up, and in which order."""

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
from tests.performance.workload import fact, opening, terms_of

from slaclock.contracts.instants import parse_instant
from slaclock.embedded.postgres import PostgresServer
from slaclock.testing import eventually
from slaclock.testing.databases import Databases

__all__ = ["Overdue", "measure_overdue"]

TARGET: Final = timedelta(hours=1)
"""Of every ticket, around the clock; its breach is the only threshold."""

TENANTS: Final = 40
TRIED: Final = 3_000
"""Tickets by which the pace of opening is estimated."""

AT_ONCE: Final = 5_000
GIVE_UP_S: Final = 1_800.0


@dataclass(frozen=True, slots=True)
class Overdue:
    """What was measured.

    Attributes:
        tickets: that were overdue when the process was started.
        spread_s: between the first and the last instant at which one was due.
        backend: what wakes tickets.
        first_s: from the start of the process to the first breach told.
        last_s: to the last one.
        cpu: microseconds per ticket.
        overtaken: breaches told after one that was due later.
        ahead: by how many seconds of due time such a one was ahead, each time.
    """

    tickets: int
    spread_s: float
    backend: str
    first_s: float
    last_s: float
    cpu: Cpu
    overtaken: int
    ahead: Sequence[float]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "tickets": self.tickets,
            "spread_s": round(self.spread_s, 1),
            "backend": self.backend,
            "first_s": round(self.first_s, 2),
            "last_s": round(self.last_s, 2),
            "tickets_per_second": round(self.tickets / (self.last_s - self.first_s)),
            "cpu_us_per_ticket": self.cpu.document(),
            "overtaken": self.overtaken,
            "ahead_p99_s": round(percentile(self.ahead, 99), 2) if self.ahead else 0,
            "ahead_max_s": round(max(self.ahead, default=0), 2),
        }


async def measure_overdue(
    postgres: PostgresServer,
    databases: Databases,
    *,
    tickets: int,
    backend: str,
    say: Callable[[str], None],
) -> Overdue:
    """Open tickets, stop the service before the first is due, start it after the last is."""
    spread = timedelta(seconds=tickets / 1000)
    async with Rig.built(postgres, databases) as rig:
        dice = random.Random(29)
        tenants = [f"bench-{number:02}" for number in range(TENANTS)]
        await rig.publish([message for name in tenants for message in _terms(name)])
        async with rig.running(SERVICE):
            await rig.settled("AGREEMENT", "ticket-clock--terms")
            far = datetime.now(UTC)  # these are due in an hour, and wait for nobody
            begun = time.perf_counter()
            tried = min(TRIED, tickets // 2)
            await _open(rig, dice, tenants, [far] * tried, "W")
            pace = (time.perf_counter() - begun) / tried
            first = datetime.now(UTC) + timedelta(seconds=5 + 1.6 * pace * tickets)
            begins = [first + spread * (number / tickets) - TARGET for number in range(tickets)]
            dice.shuffle(begins)
            say(f"opening {tickets:,} tickets that are due within {spread.total_seconds():.0f} s")
            await _open(rig, dice, tenants, begins, "D")
        say("waiting until they are overdue, without the service")
        await asyncio.sleep(max(0.0, (first + spread - datetime.now(UTC)).total_seconds() + 1))
        async with rig.admin() as admin:
            overdue: int = await admin.fetchval(
                "SELECT count(*) FROM ticket WHERE next_due_at <= clock_timestamp()"
            )
            await admin.execute("CHECKPOINT")
        say(f"{overdue:,} are overdue: starting")
        told = await _breaches(rig.client)
        begun = time.perf_counter()
        async with rig.starting(SERVICE, SLACLOCK_TIMER_BACKEND=backend) as runner:
            meter = rig.meter(runner)
            before = meter.read()

            async def done() -> bool:
                runner.check()
                return len(told) >= overdue

            await eventually(done, GIVE_UP_S)
            used = meter.read().since(before)
    ahead = _ahead([due for _, due in told])
    return Overdue(
        tickets=overdue,
        spread_s=spread.total_seconds(),
        backend=backend,
        first_s=told[0][0] - begun,
        last_s=told[-1][0] - begun,
        cpu=used.per(overdue),
        overtaken=len(ahead),
        ahead=ahead,
    )


def _ahead(dues: Sequence[float]) -> list[float]:
    """By how much the latest due so far lay after each one that came too late in the order."""
    found, latest = [], dues[0]
    for due in dues:
        if due < latest:
            found.append(latest - due)
        latest = max(latest, due)
    return found


async def _open(
    rig: Rig, dice: random.Random, tenants: Sequence[str], begins: Sequence[datetime], prefix: str
) -> None:
    for first in range(0, len(begins), AT_ONCE):
        await rig.publish(
            [
                fact(
                    dice.choice(tenants), f"{prefix}{number}", 1, "opened", at, opening(dice, "P3")
                )
                for number, at in enumerate(begins[first : first + AT_ONCE], first)
            ]
        )
    await rig.settled()
    await rig.relayed()


def _terms(tenant: str) -> Sequence[Any]:
    """One clock with one threshold a ticket: what is counted is tickets."""
    minutes = TARGET // timedelta(minutes=1)
    row = {"metric": "resolution", "priority": None, "minutes": minutes, "calendar": "24x7"}
    return tuple(terms_of(tenant, targets=[row], thresholds=["percent:100"]))


async def _breaches(client: Client) -> list[tuple[float, float]]:
    """(arrival, due instant) of every breach from now on, in the order of the stream.

    Arrivals on this process's clock, due instants in seconds since 1970.
    """
    found: list[tuple[float, float]] = []

    async def on_event(message: Msg) -> None:
        at = parse_instant(orjson.loads(message.data)["time"])
        found.append((time.perf_counter(), at.timestamp()))

    await client.jetstream().subscribe(
        "sla.clock.breached.>",
        stream="CLOCK",
        cb=on_event,
        ordered_consumer=True,
        config=api.ConsumerConfig(deliver_policy=api.DeliverPolicy.NEW),
        pending_msgs_limit=2_000_000,
        pending_bytes_limit=2 * 2**30,
    )
    return found
