"""The event path: stream -> transaction -> relay -> stream, by the service and by its parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.performance.measuring import Cpu, median
from tests.performance.recording import record
from tests.performance.rig import BASELINE, BASELINE_WITH_JSON, SERVICE, Rig
from tests.performance.workload import Workload, workload

from slaclock.embedded.postgres import PostgresServer
from slaclock.testing.databases import Databases
from ticket_clock_service.main import service

__all__ = ["Comparison", "Run", "compare"]

Say = Callable[[str], None]

SIDES: Final = (
    ("service", SERVICE, 1),
    ("baseline", BASELINE, 1),
    ("baseline_with_json", BASELINE_WITH_JSON, 1),
    ("replicas", SERVICE, 2),
)
"""What is compared: its name, the program, how many of it work at once."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one side took for all facts.

    Attributes:
        facts: how many.
        seconds: from the first delivery until all is acknowledged and relayed.
        cpu: microseconds per fact.
        written: rows and bytes by table, those of the warm-up included.
    """

    facts: int
    seconds: float
    cpu: Cpu
    written: Mapping[str, Any]

    @property
    def rate(self) -> float:
        """Facts per second, with everything on this machine."""
        return self.facts / self.seconds


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs of the service, of the baselines and of two replicas of the service.

    Taken in turns, on the same traffic.

    Attributes:
        baseline: it moves bytes: the messages are not read, the rows are spelled already.
        baseline_with_json: the same, but each message is read, and each JSON document spelled.
    """

    traffic: Workload
    service: Sequence[Run]
    baseline: Sequence[Run]
    baseline_with_json: Sequence[Run]
    replicas: Sequence[Run]

    def ratio(self, part: str = "total", *, to: str = "baseline") -> float:
        """CPU per fact of the service by that of a baseline: the median of the pairs."""
        pairs = zip(self.service, getattr(self, to), strict=True)
        return median([getattr(a.cpu, part) / getattr(b.cpu, part) for a, b in pairs])

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "facts": len(self.traffic.facts),
            "tickets": self.traffic.tickets,
            "tenants": self.traffic.tenants,
            "bytes_per_fact": self.traffic.mean_bytes,
            "service": _summary(self.service),
            "baseline": _summary(self.baseline),
            "baseline_with_json": _summary(self.baseline_with_json),
            "replicas": _summary(self.replicas),
            **{
                name: {part: round(self.ratio(part, to=to), 2) for part in ("total", "python")}
                for name, to in (("ratio", "baseline"), ("ratio_with_json", "baseline_with_json"))
            },
        }


async def compare(
    postgres: PostgresServer, databases: Databases, *, facts: int, runs: int, say: Say
) -> Comparison:
    """Run service, baselines and two replicas of the service in turns.

    Args:
        postgres: durable, as in production.
        databases: on it.
        facts: of each run.
        runs: of each side.
        say: is told what happens.
    """
    traffic = workload(facts)
    sides: dict[str, list[Run]] = {name: [] for name, _, _ in SIDES}
    with TemporaryDirectory(prefix="slaclock-bench-") as directory:
        plan = Path(directory) / "plan"
        say("learning what each batch writes")
        dsn = databases.create(service())
        await record(dsn, traffic, plan)
        databases.drop(dsn)
        for number in range(runs):
            for name, command, workers in SIDES:
                say(f"{name}, run {number + 1} of {runs}")
                async with Rig.built(postgres, databases) as rig:
                    sides[name].append(await _run(rig, command, workers, plan, traffic))
    return Comparison(traffic, **sides)


async def _run(
    rig: Rig, command: Sequence[str], workers: int, plan: Path, traffic: Workload
) -> Run:
    await rig.publish(traffic.terms)
    async with AsyncExitStack() as stack:
        runners = [
            await stack.enter_async_context(rig.running(command, plan)) for _ in range(workers)
        ]
        if command is SERVICE:
            await rig.settled("AGREEMENT", "ticket-clock--terms")
        await rig.publish(traffic.warm_up)
        await rig.settled()
        await rig.relayed()
        await rig.pause()
        await rig.publish(traffic.facts)
        async with rig.admin() as admin:
            await admin.execute("CHECKPOINT")  # both sides begin with the same debts
        meter = rig.meter(*runners)
        before, begun = meter.read(), time.perf_counter()
        await rig.resume()
        await rig.settled()
        await rig.relayed()
        seconds, used = time.perf_counter() - begun, meter.read().since(before)
    facts = len(traffic.facts)
    return Run(facts, seconds, used.per(facts), await rig.written())


def _summary(runs: Sequence[Run]) -> dict[str, Any]:
    parts = ("python", "postgres", "nats", "total")
    return {
        "facts_per_second": round(median([run.rate for run in runs])),
        "cpu_us_per_fact": {
            part: round(median([getattr(run.cpu, part) for run in runs]), 1) for part in parts
        },
        "written": dict(runs[-1].written),
        "runs": [
            {"seconds": round(run.seconds, 2), "cpu_us_per_fact": run.cpu.document()}
            for run in runs
        ],
    }
