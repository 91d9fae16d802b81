"""Takes the times, engines in turn, so that whatever else runs slows all of them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import process_time_ns
from typing import Any, Final

from tests.performance.kernel.cases import Case, cases
from tests.performance.kernel.engines import desk, engines
from tests.performance.measuring import machine, median

from slaclock.business_time import BusinessCalendar

__all__ = ["Goal", "Row", "measured"]

ROUNDS: Final = 7
ENOUGH_NS: Final = 20_000_000
"""A round lasts at least as long, so that the clock's grain does not show."""
SPANS_DAYS: Final = (1, 365, 3_652, 36_524)


@dataclass(frozen=True, slots=True)
class Row:
    """Nanoseconds of CPU per unit, the median of all rounds, by engine."""

    case: str
    unit: str
    agreed: bool
    nanoseconds: dict[str, float]

    def document(self) -> dict[str, Any]:
        """For JSON, with how many times longer than the first engine each takes."""
        own = next(iter(self.nanoseconds.values()))
        return {
            "case": self.case,
            "unit": self.unit,
            "answers_agree": self.agreed,
            "nanoseconds": {name: round(took, 1) for name, took in self.nanoseconds.items()},
            "times_ours": {name: round(took / own, 1) for name, took in self.nanoseconds.items()},
        }


@dataclass(frozen=True, slots=True)
class Goal:
    """What was set out to be reached."""

    name: str
    limit: str
    measured: str
    reached: bool


@dataclass(slots=True)
class Result:
    """Everything measured."""

    rows: list[Row] = field(default_factory=list)
    own: dict[str, float] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)

    def goals(self) -> Iterator[Goal]:
        """The goals and what became of them."""
        for row in self.rows:
            times = list(row.nanoseconds.values())
            if row.unit == "call":
                yield Goal(row.case, "2 µs", f"{times[0] / 1000:.2f} µs", times[0] <= 2000)
                ratio = times[1] / times[0]
                yield Goal(f"{row.case}: workclock", "5 times", f"{ratio:.1f} times", ratio >= 5)
            else:
                yield Goal(row.case, "60 ns", f"{times[0]:.0f} ns", times[0] <= 60)
        spans = [self.own[f"elapsed_us_{days}_days_ns"] for days in SPANS_DAYS]
        flat = max(spans) / min(spans)
        yield Goal("1 day to 100 years", "at most double", f"{flat:.2f} times", flat <= 2)
        build = self.own["build_10_years_ms"]
        yield Goal("laying out 10 years", "40 ms", f"{build:.1f} ms", build <= 40)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine,
            "cases": [row.document() for row in self.rows],
            "own": {name: round(value, 2) for name, value in self.own.items()},
            "goals": [
                {"name": goal.name, "limit": goal.limit, "measured": goal.measured,
                 "reached": goal.reached}
                for goal in self.goals()
            ],
        }  # fmt: skip


def measured(progress: Callable[[str], object]) -> Result:
    """Measure everything; *progress* is told what comes next."""
    result = Result(machine=dict(machine()))
    for case in cases(engines()):
        progress(case.name)
        result.rows.append(_row(case))
    progress("spans, building, memory")
    result.own = dict(_own())
    return result


def _row(case: Case) -> Row:
    times: dict[str, list[float]] = {name: [] for name, _, _ in case.jobs}
    repeats = {name: _repeats(job) for name, job, _ in case.jobs}
    for _ in range(ROUNDS):
        for name, job, units in case.jobs:
            times[name].append(_took_ns(job, repeats[name]) / (repeats[name] * units))
    return Row(
        case.name, case.unit, case.agreed, {name: median(taken) for name, taken in times.items()}
    )


def _repeats(job: Callable[[], object]) -> int:
    job()  # the first time lays out years, and is measured apart
    return max(1, ENOUGH_NS // max(_took_ns(job, 1), 1))


def _took_ns(job: Callable[[], object], repeats: int) -> int:
    start = process_time_ns()
    for _ in range(repeats):
        job()
    return process_time_ns() - start


def _own() -> Iterator[tuple[str, float]]:
    """What only our own engine is asked."""
    snapshot = dict(desk())
    at = datetime(2021, 1, 4, 15, tzinfo=UTC)
    start = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    calendar = BusinessCalendar.from_snapshot(snapshot)
    ends = [start + days * 86_400_000_000 for days in SPANS_DAYS]
    calendar.elapsed_us(start, ends[-1])
    jobs: dict[str, Callable[[], object]] = {
        f"elapsed_us_{days}_days_ns": lambda end=end: calendar.elapsed_us(start, end)  # type: ignore[misc]  # mypy cannot infer the default
        for days, end in zip(SPANS_DAYS, ends, strict=True)
    }
    jobs["add_us_ns"] = lambda: calendar.add_us(start, 28_800_000_000)
    jobs["is_business_time_ns"] = lambda: calendar.is_business_time(at)
    for name, job in jobs.items():
        repeats = _repeats(job)
        yield name, median([_took_ns(job, repeats) / repeats for _ in range(ROUNDS)])
    yield "read_snapshot_ms", _milliseconds(lambda: BusinessCalendar.from_snapshot(snapshot))
    ten_years = start, start + 3_650 * 86_400_000_000

    def build() -> None:
        BusinessCalendar.from_snapshot(snapshot).elapsed_us(*ten_years)

    yield "build_10_years_ms", _milliseconds(build)
    last = at + timedelta(days=3_650)
    uses: dict[str, Callable[[BusinessCalendar], object]] = {
        "integers": lambda calendar: calendar.elapsed_us(*ten_years),
        "datetimes": lambda calendar: calendar.elapsed(at, last),
    }
    for name, use in uses.items():
        fresh = BusinessCalendar.from_snapshot(snapshot)
        tracemalloc.start()
        use(fresh)
        used = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        yield f"memory_per_year_{name}_kib", used / 11 / 1024


def _milliseconds(job: Callable[[], object]) -> float:
    return median([_took_ns(job, 1) / 1e6 for _ in range(ROUNDS)])
