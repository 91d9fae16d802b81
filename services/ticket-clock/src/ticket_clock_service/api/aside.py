"""Answers about tickets with long histories: they take seconds, in which clocks must not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ticket_clock_service.usecases.answers import SHORT

__all__ = ["Aside"]

Answer = TypeVar("Answer")


class Aside:
    """Computes long answers beside the event loop, one at a time."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def told(self, size: int, compute: Callable[[], Answer]) -> Answer:
        """What *compute* answers.

        Args:
            size: facts, or cycles, that it goes through.
            compute: uses no connection, and nothing that changes.
        """
        if size <= SHORT:
            return compute()
        async with self._one:
            return await asyncio.to_thread(compute)
