"""The whole platform as `slaclock up` runs it: how long it takes to start, what it needs then."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil

from slaclock_local.testing import PlatformProcess

__all__ = ["Embedded", "measure_embedded"]

MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was measured.

    Attributes:
        first_start_s: seconds until everything is ready, in an empty home (databases are made).
        next_start_s: the same where the platform ran before.
        start_cpu_s: CPU seconds of all processes until then, at the next start.
        memory: bytes by part, shared pages counted once (PSS), once it is idle.
        idle: milliseconds of CPU per second by part, without traffic.
    """

    first_start_s: float
    next_start_s: float
    start_cpu_s: float
    memory: Mapping[str, int]
    idle: Mapping[str, float]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "first_start_s": round(self.first_start_s, 2),
            "next_start_s": round(self.next_start_s, 2),
            "start_cpu_s": round(self.start_cpu_s, 2),
            "memory_mib": {part: round(size / MIB, 1) for part, size in self.memory.items()},
            "memory_mib_total": round(sum(self.memory.values()) / MIB, 1),
            "idle_cpu_ms_per_s": {part: round(used, 1) for part, used in self.idle.items()},
            "idle_cpu_ms_per_s_total": round(sum(self.idle.values()), 1),
        }


def measure_embedded(*, idle_s: float, say: Callable[[str], None]) -> Embedded:
    """Start the platform twice in one home and look at it for *idle_s* seconds."""
    with TemporaryDirectory(prefix="slaclock-bench-") as directory:
        home = Path(directory) / "home"
        say("the platform's first start")
        begun = time.perf_counter()
        with PlatformProcess(home):
            first = time.perf_counter() - begun
        say("the platform's next start")
        begun = time.perf_counter()
        with PlatformProcess(home) as platform:
            following = time.perf_counter() - begun
            at_start = _cpu(platform)
            time.sleep(min(idle_s, 2))  # what is left of starting is not idleness
            before, begun = _cpu(platform), time.perf_counter()
            say("the platform at rest")
            time.sleep(idle_s)
            seconds, after = time.perf_counter() - begun, _cpu(platform)
            memory = dict(platform.memory())
    return Embedded(
        first_start_s=first,
        next_start_s=following,
        start_cpu_s=sum(at_start.values()),
        memory=memory,
        idle={part: (used - before[part]) * 1000 / seconds for part, used in after.items()},
    )


def _cpu(platform: PlatformProcess) -> dict[str, float]:
    """CPU seconds by part; the parent's own without its children, PostgreSQL's with them."""
    found = {}
    for part, mark in platform.marks().items():
        process = psutil.Process(mark.pid)
        times = process.cpu_times()
        used = times.user + times.system
        if part == "postgres":
            used += times.children_user + times.children_system
            for child in process.children(recursive=True):
                of_child = child.cpu_times()
                used += of_child.user + of_child.system
        found[part] = used
    return found
