"""What Temporal costs: `python -m tests.performance.temporal [TICKETS]`, on its dev server.

No database of ours and no bus: rows in memory, the real armer's calls, the real workflow and worker.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from slaclock.embedded.sockets import free_port
from slaclock.embedded.temporal import TemporalServer
from slaclock.testing import eventually
from ticket_clock_service.handlers.temporal.activity import wake_activity
from ticket_clock_service.handlers.temporal.alarm import TemporalAlarm
from ticket_clock_service.handlers.temporal.link import Place, linked
from ticket_clock_service.timer_ports import Arming, BackendDown, Woken

SPREAD = timedelta(seconds=30)
"""Over which the first instants are spread; the second ones are all the same."""

HOUR = timedelta(hours=1)


@dataclass
class Rows:
    """Tickets with two instants each; notes how late each wake-up is, in milliseconds."""

    due: dict[str, list[datetime]]
    late: list[float] = field(default_factory=list)

    async def wake(self, _: str, ticket: str, revision: int) -> Woken:
        """See `Waking.wake`."""
        now, due = datetime.now(UTC), self.due[ticket]
        if due and due[0] <= now:
            self.late.append((now - due.pop(0)).total_seconds() * 1000)
        return Woken(revision + 1, due[0] if due else now + HOUR, closed=False, result="judged")


class Cpu:
    """CPU seconds of this process (armer and worker) and of the server since the last look."""

    def __init__(self, server: int) -> None:
        self._processes = (psutil.Process(), psutil.Process(server))
        self._before = self._read()

    def _read(self) -> list[float]:
        return [sum(one.cpu_times()[:2]) for one in self._processes]

    def spent(self, operations: int) -> dict[str, float]:
        """Milliseconds an operation."""
        before, self._before = self._before, self._read()
        used = [
            (now - was) * 1000 / operations for now, was in zip(self._before, before, strict=True)
        ]
        return dict(zip(("worker_ms", "server_ms"), (round(one, 2) for one in used), strict=True))


def percentiles(waits: list[float]) -> dict[str, float]:
    """Of milliseconds."""
    cut = quantiles(waits, n=100)
    return {"p50": round(cut[49]), "p99": round(cut[98]), "max": round(max(waits))}


async def measure(tickets: int) -> dict[str, Any]:
    """Arm, re-arm, wake one after the other, wake all at once."""
    with TemporaryDirectory() as name:
        log = Path(name) / "temporal.log"
        server = TemporalServer(Path(name) / "temporal.db", port=free_port(), log=log)
        server.start()
        try:
            return await _measure(server, tickets)
        finally:
            server.kill()


async def _measure(server: TemporalServer, tickets: int) -> dict[str, Any]:
    names = [f"T{number}" for number in range(tickets)]
    far = datetime.now(UTC) + HOUR
    rows = Rows({name: [] for name in names})
    place = Place(server.address)
    async with linked(place, [wake_activity(rows.wake)]) as link:
        alarm = TemporalAlarm(link)

        async def healthy() -> bool:
            try:
                await alarm.healthy()
            except BackendDown:
                return False
            return True

        async def arm(revision: int) -> dict[str, float]:
            cpu, began = Cpu(server.process.pid if server.process else 0), datetime.now(UTC)
            await alarm.arm(
                [
                    Arming("t", one, revision, (rows.due[one] or [far])[0], False, "rearm")
                    for one in names
                ]
            )
            await asyncio.sleep(0)
            seconds = (datetime.now(UTC) - began).total_seconds()
            await asyncio.sleep(2)  # the workers' share of it
            return {"per_second": round(tickets / seconds, 1), **cpu.spent(tickets)}

        await eventually(healthy, 60)
        found: dict[str, Any] = {"tickets": tickets, "load": os.getloadavg()[0]}
        found["start"] = await arm(1)
        found["signal"] = await arm(2)
        ahead = timedelta(seconds=15 + tickets / 20)
        begin = datetime.now(UTC) + ahead
        herd = begin + SPREAD + timedelta(seconds=10)
        for number, one in enumerate(names):
            rows.due[one] = [begin + SPREAD * number / tickets, herd]
        await arm(3)
        assert datetime.now(UTC) < begin, "too slow: give it fewer tickets"
        cpu = Cpu(server.process.pid if server.process else 0)
        await eventually(lambda: len(rows.late) >= tickets, 120)
        found["spread_over_30_s"] = {"late_ms": percentiles(rows.late), **cpu.spent(tickets)}
        rows.late.clear()
        await eventually(lambda: len(rows.late) >= tickets, 300)
        drained = (datetime.now(UTC) - herd).total_seconds()
        found["all_at_once"] = {
            "late_ms": percentiles(rows.late),
            "per_second": round(tickets / drained, 1),
            **cpu.spent(tickets),
        }
        return found


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    sys.stdout.write(json.dumps(asyncio.run(measure(size)), indent=1) + "\n")
