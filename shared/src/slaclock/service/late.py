"""Values that are not there yet, because the part that they come from does not answer."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

from slaclock.errors import Refusal

__all__ = ["Late", "Unavailable"]

T = TypeVar("T")


class Unavailable(Refusal):
    """The service is up and waits for another part."""

    code = "unavailable"
    status = 503

    def __init__(self, name: str) -> None:
        super().__init__(f"the service waits for {name}; try again shortly")
        self.headers = {"Retry-After": "1"}


class Late(Generic[T]):
    """A value that arrives while the service is already up; see `Loops.obtain`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._here = asyncio.Event()
        self._values: list[T] = []

    @property
    def is_here(self) -> bool:
        """Whether `now` would answer."""
        return self._here.is_set()

    def now(self) -> T:
        """The value.

        Raises:
            Unavailable: it is not there (503 at the edge).
        """
        if not self._values:
            raise Unavailable(self.name)
        return self._values[0]

    async def wait(self) -> T:
        """The value, as soon as it is there."""
        while not self._values:
            await self._here.wait()
        return self._values[0]

    def arrive(self, value: T) -> None:
        """Let everybody have *value*."""
        self._values = [value]
        self._here.set()

    def leave(self) -> None:
        """The value is no longer good."""
        self._values = []
        self._here.clear()
