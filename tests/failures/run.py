"""One fault run: stage, help desks, faults, and the oracle's verdict.

`verdict = await run(plan)`. Give it the defect of each service, or other victims, by the plan.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time
from typing import Any

import asyncpg
from nats.aio.client import Client

from ..journeys.sink import Sink
from .desk import OUTAGES, agree, tell
from .evidence import IDLE, Evidence, gather, left_to_do
from .faults import Done, Faults
from .findings import KINDS, Finding
from .lateness import Lateness, lateness
from .oracle import Call, Oracle
from .plan import Plan
from .stage import Stage, staged
from .trace import TENANTS, Trace, poison_of, trace

LEAD = 3.0
"""Seconds from the making of a trace to its beginning; a second more for each 10,000 thresholds."""

SAY = 10.0
"""Seconds after which it is said again what is left to do."""

CALM = 2
"""Looks in a row that must find nothing left to do, half a second apart."""


@dataclass(slots=True)
class Verdict:
    """What came of a run.

    Attributes:
        findings: everything that must not be; empty is what is promised.
        left: what was not done in time, by consumer and service; empty is what is promised.
        counts: what happened, by name.
        kills, stops: by victim.
        lateness: of announcements and of escalations.
        behind: seconds by which help desks were late at most, since the broker was away.
        drained: seconds from the last fault, or from the last fact, until nothing was left to do.
        seconds: of the whole run.
        logs: where processes have said what they had to say; None if nothing went wrong.
    """

    plan: Plan
    commit: str
    findings: Sequence[Finding] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    longest_stop: float = 0.0
    lateness: Mapping[str, Lateness] = field(default_factory=dict)
    drained: float = 0.0
    behind: float = 0.0
    seconds: float = 0.0
    logs: Path | None = None

    @property
    def ok(self) -> bool:
        """Whether everything that is promised was kept."""
        return not self.findings and not self.left

    def number_of(self, kind: str) -> int:
        """How many findings are `lost`, `twice`, `early` or `unexplained`."""
        return sum(one.kind == kind for one in self.findings)

    def says(self) -> str:
        """In one line, with what makes the run again."""
        numbers = ", ".join(f"{self.number_of(kind)} {kind}" for kind in KINDS)
        return (
            f"{numbers}; {len(self.left)} queues left; seed={self.plan.seed} commit={self.commit}"
        )


async def run(plan: Plan, say: Callable[[str], None] = print) -> Verdict:
    """Run *plan* on servers of its own.

    Args:
        plan: what happens.
        say: is told what is done.
    """
    begun, commit = monotonic(), _commit()
    say(f"seed={plan.seed} commit={commit}")
    directory = Path(tempfile.mkdtemp(prefix="slaclock-faults-"))
    try:
        with Sink() as sink:
            async with staged(plan, directory, list(TENANTS), sink.address) as stage:
                verdict = await _on_stage(plan, stage, sink, Verdict(plan, commit), say)
    finally:
        for heavy in ("postgres", "jetstream"):
            shutil.rmtree(directory / heavy, ignore_errors=True)
    verdict.seconds = monotonic() - begun
    if verdict.ok:
        shutil.rmtree(directory, ignore_errors=True)
    else:
        verdict.logs = directory
    return verdict


async def _on_stage(
    plan: Plan, stage: Stage, sink: Sink, verdict: Verdict, say: Callable[[str], None]
) -> Verdict:
    dice = random.Random(plan.seed)
    lead = LEAD + plan.thresholds / 10_000
    made = trace(plan, round((time() + lead) * 1_000_000), sink.address)
    hashes = await agree(stage, made)
    faults = Faults(stage, plan, random.Random(dice.random()))
    say(
        f"{len(made.messages)} messages and {plan.kills + plan.stops} faults in {plan.seconds:.0f} s"
    )
    telling = asyncio.create_task(tell(stage, made, random.Random(dice.random())))
    hurting = asyncio.create_task(_hurt(faults, made))
    verdict.behind = await telling
    done = await hurting
    await asyncio.sleep(max(0.0, made.ends / 1_000_000 - time()))
    say("waiting until nothing is left to do")
    calm_from = monotonic()
    client = await stage.bus.connect("admin")
    dsns = {service: stage.admin_dsn(service) for service in IDLE}
    verdict.left = await _drained(dsns, client, plan.patience, say)
    verdict.drained = monotonic() - calm_from
    evidence = await gather(dsns, client)
    await client.close()
    calls = list(_arrived(sink))
    say("judging")
    verdict.findings = Oracle(made, hashes, evidence, calls).judge()
    _note(verdict, made, evidence, calls, done, stage)
    return verdict


async def _hurt(faults: Faults, made: Trace) -> Done:
    await asyncio.sleep(max(0.0, made.began / 1_000_000 - time()))
    return await faults.run()


async def _drained(
    dsns: Mapping[str, str], client: Client, patience: float, say: Callable[[str], None]
) -> Mapping[str, int]:
    """Wait until nothing is left to do; what is left when patience ends."""
    calm, said, until = 0, monotonic(), monotonic() + patience
    left: Mapping[str, int] = {}
    while calm < CALM:
        try:
            left = await left_to_do(dsns, client)
        except (*OUTAGES, asyncpg.PostgresError) as outage:
            left = {f"{type(outage).__name__}: {outage}": 1}
        calm = 0 if left else calm + 1
        if monotonic() > until:
            return left
        if monotonic() > said + SAY:
            said = monotonic()
            say(f"left: {dict(left)}")
        await asyncio.sleep(0.5)
    return {}


def _arrived(sink: Sink) -> Iterator[Call]:
    """Webhooks that came whole: a sender that is killed may leave half of one."""
    for one in sink.calls:
        if len(one.body) == int(one.headers["content-length"]):
            yield Call(one.path, one.headers["webhook-id"], one.document)


def _note(
    verdict: Verdict,
    made: Trace,
    evidence: Evidence,
    calls: Sequence[Call],
    done: Done,
    stage: Stage,
) -> None:
    ledger, effects = evidence.tables["ledger"], evidence.tables["effects"]
    deliveries = evidence.tables["deliveries"]
    standing = [row for row in ledger if row["retracted_at"] is None]
    kinds: dict[str, Any] = {
        "tickets": sum(len(one.tickets) for one in made.tenants.values()),
        "facts": len(evidence.tables["facts"]),
        "messages": len(evidence.streams["TICKETS"]),
        "poison": poison_of(made.messages).total(),
        "thresholds that stand": len(standing),
        "announced": len(ledger),
        "taken back": len(ledger) - len(standing),
        "announced again": sum(row["n"] > 1 for row in ledger),
        "provisional": sum(bool(row["flags"].get("provisional")) for row in ledger),
        "clock events": len(evidence.streams["CLOCK"]),
        "effects": len(effects),
        "notices": sum(row["kind"] == "notice" for row in deliveries),
        "corrections": sum(row["kind"] == "correction" for row in deliveries),
        "webhooks": len(calls),
        "webhooks sent again": len(calls) - len({call.id for call in calls}),
        "redelivered": sum(evidence.redelivered.values()),
        "starts of replicas": sum(one.starts for one in stage.replicas.values()),
    }
    verdict.counts = kinds
    verdict.kills, verdict.stops, verdict.longest_stop = done.kills, done.stops, done.longest_stop
    verdict.lateness = lateness(evidence, made.began)


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
    )
    return answer.stdout.strip() or "unknown"
