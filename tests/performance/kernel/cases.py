"""The work: what is asked of every engine, and whether their answers agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from tests.performance.kernel.engines import Engine

__all__ = ["Case", "cases"]

FIRST: Final = datetime(2021, 1, 4, tzinfo=UTC)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_US: Final = 60_000_000
TICKETS: Final = 200
BATCH: Final = 1_000_000
PEER_BATCH: Final = 50_000
"""Of the batch, what the peers are asked: they take seconds for it all."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of question.

    Attributes:
        name: For people.
        unit: What one of it is: a call, or a ticket of a batch.
        jobs: For each engine that can do it, a call and how many units it is.
        answers: For each such engine, what it answers to the first questions.
    """

    name: str
    unit: str
    jobs: Sequence[tuple[str, Callable[[], object], int]]
    answers: Sequence[list[object]]

    @property
    def agreed(self) -> bool:
        """Whether all engines answered the same."""
        return all(answer == self.answers[0] for answer in self.answers)


def cases(engines: Sequence[Engine]) -> Iterator[Case]:
    """All questions, the same for every engine."""
    draw = random.Random(20260321)
    starts = [
        FIRST + timedelta(minutes=draw.randrange(5 * 365 * 1440), seconds=draw.randrange(60))
        for _ in range(TICKETS)
    ]
    for minutes in (480, 14_400):
        yield _scalar(
            f"add {minutes:,} min",
            engines,
            [(start, minutes) for start in starts],
            lambda engine: engine.add,
        )
    for name, days in (("1 day", 1), ("1 month", 30), ("5 years", 1826)):
        yield _scalar(
            f"elapsed over {name}",
            engines,
            [(start, start + timedelta(days=days)) for start in starts],
            lambda engine: engine.elapsed,
        )
    yield from _batches(engines)


def _scalar(
    name: str,
    engines: Sequence[Engine],
    questions: list[tuple[Any, Any]],
    method: Callable[[Engine], Callable[[Any, Any], object]],
) -> Case:
    jobs, answers = [], []
    for engine in engines:
        ask = method(engine)
        asked = questions[:4] if _slow(engine) else questions
        jobs.append((engine.name, _all_of(ask, asked), len(asked)))
        answers.append([ask(*question) for question in questions[:4]])
    return Case(name, "call", jobs, answers)


def _slow(engine: Engine) -> bool:
    return engine.elapsed_many is None


def _all_of(ask: Callable[[Any, Any], object], questions: list[tuple[Any, Any]]) -> Any:
    def run() -> None:
        for one, other in questions:
            ask(one, other)

    return run


def _batches(engines: Sequence[Engine]) -> Iterator[Case]:
    draw = np.random.default_rng(20260321)
    first = (FIRST - EPOCH) // timedelta(microseconds=1)
    starts = draw.integers(first, first + 5 * 365 * 1440 * MINUTE_US, BATCH)
    ends = starts + draw.integers(0, 60 * 1440 * MINUTE_US, BATCH)
    minutes = draw.integers(1, 5_000, BATCH)
    able = [engine for engine in engines if not _slow(engine)]
    for name, other, attribute in (("elapsed", ends, "elapsed_many"), ("add", minutes, "add_many")):
        jobs, answers = [], []
        for number, engine in enumerate(able):
            ask = getattr(engine, attribute)
            count = PEER_BATCH if number else BATCH
            jobs.append((engine.name, _once(ask, starts[:count], other[:count]), count))
            answers.append(ask(starts[:1000], other[:1000]).tolist())
        yield Case(f"{name}, a million tickets", "ticket", jobs, answers)


def _once(ask: Callable[[Any, Any], object], one: Any, other: Any) -> Callable[[], object]:
    return lambda: ask(one, other)
