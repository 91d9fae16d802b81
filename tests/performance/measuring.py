"""What is read of processes and of the machine: CPU time, medians, how busy others are."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psutil

__all__ = ["Cpu", "Meter", "machine", "median", "percentile"]

MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds (user and system) of the parts, or CPU microseconds per fact."""

    python: float
    postgres: float
    nats: float

    @property
    def total(self) -> float:
        """Of all parts."""
        return self.python + self.postgres + self.nats

    def since(self, before: Cpu) -> Cpu:
        """What was used from *before* to this."""
        return Cpu(
            self.python - before.python,
            self.postgres - before.postgres,
            self.nats - before.nats,
        )

    def per(self, facts: int) -> Cpu:
        """Microseconds per fact."""
        scale = MICROSECONDS / facts
        return Cpu(self.python * scale, self.postgres * scale, self.nats * scale)

    def document(self) -> dict[str, float]:
        """For JSON."""
        return {
            "python": round(self.python, 1),
            "postgres": round(self.postgres, 1),
            "nats": round(self.nats, 1),
            "total": round(self.total, 1),
        }


class Meter:
    """Reads the CPU time of three parts, each with all its children, living and dead.

    Args:
        python: process id of the service, or of what stands in for it; of each replica.
        postgres: of the server; its sessions are children of it.
        nats: of the server.
    """

    def __init__(self, *python: int, postgres: int, nats: int) -> None:
        self._python = [psutil.Process(pid) for pid in python]
        self._postgres, self._nats = psutil.Process(postgres), psutil.Process(nats)

    def read(self) -> Cpu:
        """CPU seconds since the parts were started."""
        return Cpu(sum(map(_used, self._python)), _used(self._postgres), _used(self._nats))


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    used = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        try:
            of_child = child.cpu_times()
        except psutil.NoSuchProcess:  # it ended just now: next time it counts among the dead
            continue
        used += of_child.user + of_child.system
    return float(used)


def median(values: Sequence[float]) -> float:
    """The middle one; of two middle ones their mean."""
    return float(statistics.median(values))


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that *percent* of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def machine() -> Mapping[str, Any]:
    """Where and when this was measured, and how much else ran on it."""
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - no file of ours
            return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
