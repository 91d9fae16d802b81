"""Long answers leave the event loop to the clocks, and do not crowd each other."""

from __future__ import annotations

import asyncio
import threading

from ticket_clock_service.api.aside import Aside
from ticket_clock_service.usecases.answers import SHORT


async def test_a_short_answer_is_computed_at_once() -> None:
    assert await Aside().told(SHORT, threading.current_thread) is threading.current_thread()


async def test_the_loop_goes_on_while_a_long_answer_is_computed() -> None:
    asked = threading.Event()
    task = asyncio.create_task(Aside().told(SHORT + 1, lambda: asked.wait(60)))
    await asyncio.sleep(0)
    asked.set()  # by the loop, which would not get here if the answer held it up
    assert await task


async def test_long_answers_are_computed_one_at_a_time() -> None:
    aside, present, most = Aside(), 0, 0
    turn = threading.Lock()

    def compute() -> None:
        nonlocal present, most
        with turn:
            present += 1
            most = max(most, present)
        threading.Event().wait(0.01)
        with turn:
            present -= 1

    await asyncio.gather(*(aside.told(SHORT + 1, compute) for _ in range(4)))
    assert most == 1
