"""How many people can look at tickets at once: a thousand connections beside a full house."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.performance.house import House
from tests.performance.latency import Waits
from tests.performance.measuring import Cpu, percentile
from tests.performance.rig import ROOT, SERVICE, Runner

__all__ = ["RATES", "Readers", "measure_readers"]

GOAL_MS: Final = 100.0
"""What 99 of 100 answers should take at most."""

RATES: Final = (100, 200, 300, 400, 500, 600, 700, 800, 1000, 1200, 1400, 1600, 2000, 2400, 3000)
"""Questions a second of all readers together."""

QUESTIONS: Final = 5_000
"""Different tickets that are asked for."""

MISSED: Final = 2
"""Rates in a row beyond the goal after which no higher one is tried."""


@dataclass(frozen=True, slots=True)
class Round:
    """All readers for some seconds.

    Attributes:
        rate: questions a second that were to be asked; 0 where each reader asks as soon as it has
            an answer.
        pause_s: of each reader from one question to the next.
        answered: answers a second.
        waits: of each answer; at a rate, from the instant at which it was to be asked.
        failed: answers other than 200, by what they were.
        cpu: microseconds per answer.
        bytes_per_answer: of a body.
    """

    rate: int
    pause_s: float
    answered: float
    waits: Waits
    failed: Sequence[str]
    cpu: Cpu
    bytes_per_answer: int

    @property
    def good(self) -> bool:
        """Whether the goal was reached, without a single failure."""
        return not self.failed and percentile(self.waits.milliseconds, 99) <= GOAL_MS

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rate": self.rate,
            "pause_s": round(self.pause_s, 3),
            "answers_per_second": round(self.answered),
            **self.waits.document(),
            "failed": len(self.failed),
            "cpu_us_per_answer": self.cpu.document(),
            "bytes_per_answer": self.bytes_per_answer,
        }


@dataclass(frozen=True, slots=True)
class Readers:
    """What was measured.

    Attributes:
        readers: connections.
        open_tickets: beside which they read.
        paced: rounds with a pause, rate by rate.
        greedy: the round without one.
    """

    readers: int
    open_tickets: int
    paced: Sequence[Round]
    greedy: Round

    def document(self) -> dict[str, Any]:
        """For JSON."""
        good = [one.rate for one in self.paced if one.good]
        return {
            "readers": self.readers,
            "open_tickets": self.open_tickets,
            "goal_ms": GOAL_MS,
            "highest_rate": max(good, default=0),
            "paced": [one.document() for one in self.paced],
            "greedy": self.greedy.document(),
        }


async def measure_readers(
    house: House,
    *,
    readers: int,
    seconds: float,
    say: Callable[[str], None],
    rates: Sequence[int] = RATES,
) -> Readers:
    """Let them read slowly, then faster, until the goal is missed twice; then as fast as can be."""
    keys = {tenant: house.rig.admit(tenant) for tenant in {tenant for tenant, _ in house.tickets}}
    paced: list[Round] = []
    async with house.rig.running(SERVICE) as runner:
        questions = _questions(house, keys, runner.port)
        await _round(house, runner, questions, 50, 10, 2)  # rulebooks are read once
        for rate in rates:
            say(f"{readers:,} readers, {rate} questions a second")
            paced.append(await _round(house, runner, questions, readers, readers / rate, seconds))
            if len(paced) >= MISSED and not any(one.good for one in paced[-MISSED:]):
                break
        say(f"{readers:,} readers as fast as they can")
        greedy = await _round(house, runner, questions, readers, 0, seconds)
    return Readers(readers, len(house.tickets), paced, greedy)


def _questions(house: House, keys: dict[str, str], port: int) -> list[str]:
    chosen = random.Random(19).sample(house.tickets, min(QUESTIONS, len(house.tickets)))
    return [
        f"GET /ticket-clock/v1/tickets/{ticket}/sla HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {keys[tenant]}\r\n\r\n"
        for tenant, ticket in chosen
    ]


async def _round(
    house: House,
    runner: Runner,
    questions: Sequence[str],
    readers: int,
    pause_s: float,
    seconds: float,
) -> Round:
    plan = {
        "port": runner.port,
        "questions": questions,
        "readers": readers,
        "pause_s": pause_s,
        "seconds": seconds,
    }
    meter = house.rig.meter(runner)
    with TemporaryDirectory(prefix="slaclock-bench-") as directory:
        path = Path(directory) / "plan.json"
        await asyncio.to_thread(path.write_text, json.dumps(plan), "utf-8")
        before = meter.read()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.performance.crowd", str(path)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        used = meter.read().since(before)
    if process.returncode:
        raise RuntimeError(f"the readers ended with {process.returncode}")
    found = json.loads(output)
    waits: list[float] = found["milliseconds"]
    if not waits:
        raise RuntimeError(f"nobody was answered: {found['failed'][:3]}")
    return Round(
        rate=round(readers / pause_s) if pause_s else 0,
        pause_s=pause_s,
        answered=len(waits) / found["seconds"],
        waits=Waits(waits),
        failed=found["failed"],
        cpu=used.per(len(waits)),
        bytes_per_answer=found["bytes"] // len(waits),
    )
