"""A simulation that runs beside the request that asked for it, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, TypeAlias

from ticket_clock_service.domain.simulation import Question, Simulation
from ticket_clock_service.usecases.simulate import Simulator

__all__ = ["Done", "Running"]

LOOKING: Final = 0.5
"""Seconds after which `steps` yields although nothing has moved."""

Done: TypeAlias = tuple[int, int]
"""Tickets done, and of how many."""


class Running:
    """Begins at once; whoever makes it must `stop` it.

    Args:
        simulator: the process's.
        question: what to simulate.
    """

    def __init__(self, simulator: Simulator, question: Question) -> None:
        self._moved = asyncio.Event()
        self._latest: Done | None = None
        self._task = asyncio.create_task(simulator.run(question, self._tell), name="simulation")
        self._task.add_done_callback(self._end)

    async def begun(self) -> None:
        """Returns once it has counted its tickets.

        Raises:
            Exception: it was refused, or failed, before that.
        """
        await self._moved.wait()
        if self._task.done():
            self._task.result()

    async def steps(self) -> AsyncIterator[Done | None]:
        """How far it is, whenever that changes; None now and then where it does not."""
        while not self._task.done():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKING):
                    await self._moved.wait()
            self._moved.clear()
            latest, self._latest = self._latest, None
            yield latest

    async def result(self) -> Simulation:
        """The result; raises what the simulation raised."""
        return await self._task

    def stop(self) -> None:
        """Nobody waits any more: it ends after its present slice. May be called at any time."""
        self._task.cancel()

    def _tell(self, done: int, of: int) -> None:
        self._latest = (done, of)
        self._moved.set()

    def _end(self, task: asyncio.Task[Simulation]) -> None:
        self._moved.set()
        if not task.cancelled():
            task.exception()  # read, so that one whose client has gone is not reported as lost
