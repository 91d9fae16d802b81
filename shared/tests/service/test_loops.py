"""Parts that fail come back; the end is orderly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from slaclock.service import Late, Loops, Unavailable
from slaclock.service import loops as module
from slaclock.testing.waiting import eventually


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(module, "LONGEST_DELAY", 0.01)


class Part:
    """Something that can be opened, fails a few times first, and remembers what happened."""

    def __init__(self, name: str, events: list[str], *, failures: int = 0) -> None:
        self.name, self.events, self.failures = name, events, failures

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        if self.failures:
            self.failures -= 1
            self.events.append(f"{self.name} fails")
            raise ConnectionError("away")
        self.events.append(f"{self.name} opens")
        try:
            yield self.name
        finally:
            self.events.append(f"{self.name} closes")


async def test_a_part_that_is_away_is_waited_for() -> None:
    events: list[str] = []
    async with Loops() as loops:
        # when
        late = loops.obtain("database", Part("database", events, failures=3).opened)

        # then it is not there at once, and that is visible
        assert loops.waiting_for() == ("database",)
        with pytest.raises(Unavailable, match="database"):
            late.now()

        # and it comes by itself
        assert await asyncio.wait_for(late.wait(), 10) == "database"
        assert late.now() == "database"
        assert loops.waiting_for() == ()

    assert events == ["database fails"] * 3 + ["database opens", "database closes"]


async def test_parts_close_in_reverse_after_the_loops() -> None:
    events: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            events.append("loop stops")

    async with Loops() as loops:
        pool = loops.obtain("pool", Part("pool", events).opened)
        broker = loops.obtain("broker", Part("broker", events).opened)
        loops.forever("relay", work)
        await pool.wait()
        await broker.wait()
        await asyncio.sleep(0)

    assert events[-3:] == ["loop stops", "broker closes", "pool closes"]


async def test_a_part_that_cannot_be_had_does_not_hold_up_the_end() -> None:
    @asynccontextmanager
    async def never() -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    async with asyncio.timeout(20), Loops() as loops:
        loops.obtain("hopeless", Part("hopeless", [], failures=10**6).opened)
        hanging = loops.obtain("hanging", never)
        await asyncio.sleep(0.02)
        assert not hanging.is_here


async def test_a_failing_loop_is_told_of_and_runs_again() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs < 4:
            raise RuntimeError("broken")
        await asyncio.Event().wait()

    with capture_logs() as lines:
        async with Loops() as loops:
            loops.forever("relay", work)
            await eventually(lambda: loops.waiting_for() == ("relay",))
            await eventually(lambda: runs == 4)
            await eventually(lambda: loops.waiting_for() == ())

    told = [line for line in lines if line["event"] == "part_failed"]
    assert [line["part"] for line in told] == ["relay"] * 3
    assert told[0]["exc_info"] is not None, "the first time with the trace"
    assert told[1]["exc_info"] is None, "then without"
    assert "RuntimeError: broken" in told[0]["reason"]


async def test_a_loop_that_ends_begins_again() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1

    async with Loops() as loops:
        loops.forever("relay", work)
        await eventually(lambda: runs > 2)


async def test_a_periodic_job_outlives_its_failures() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs % 2:
            raise ValueError("odd")

    async with Loops() as loops:
        loops.every(0.001, "sweep", work)
        await eventually(lambda: runs > 5)


async def test_a_loop_that_will_not_stop_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    go = asyncio.Event()

    async def stubborn() -> None:
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue

    with capture_logs() as lines:
        async with Loops() as loops:
            loops.forever("stubborn", stubborn)
            await asyncio.sleep(0.01)

    assert [line["part"] for line in lines if line["event"] == "part_does_not_stop"] == ["stubborn"]
    go.set()
    await asyncio.sleep(0.05)


async def test_delays_grow_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_DELAY", 0.2)
    monkeypatch.setattr(module, "LONGEST_DELAY", 15.0)
    delays = module._Delays()

    waits = [delays.next() for _ in range(12)]

    assert 0.1 < waits[0] < 0.3
    assert all(wait <= 15 * 1.3 for wait in waits)
    assert min(waits[8:]) >= 15 * 0.7


async def test_a_value_that_leaves_is_waited_for_again() -> None:
    late: Late[int] = Late("database")
    late.arrive(1)
    late.leave()

    waiting = asyncio.create_task(late.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    late.arrive(2)

    assert await waiting == 2
