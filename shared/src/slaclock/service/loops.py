"""What a service runs beside HTTP: connections held and loops run, for ever, through outages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import structlog

from slaclock.service.late import Late

__all__ = ["Loops"]

log = structlog.get_logger(__name__)

T = TypeVar("T")
FIRST_DELAY: Final = 0.2
LONGEST_DELAY: Final = 15.0
"""Seconds between two attempts, growing from the first to the longest."""
STEADY: Final = 30.0
"""Seconds without a failure after which the delay begins anew."""
PATIENCE: Final = 10.0
"""Seconds that each part has to stop."""


class Loops:
    """Supervises the background of one service; use it as the body of its lifespan.

    ```python
    async with Loops() as loops:
        pool = loops.obtain("database", lambda: opened(dsn))
        loops.forever("relay", lambda: relay(pool))

    Yield:
    ```

    A failure is logged and tried again after a growing delay. At the end the loops are cancelled
    first, then what was obtained is released, the last first.
    """

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._held: list[tuple[Late[Any], asyncio.Event, asyncio.Task[None]]] = []
        self._failing: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await _stop(self._tasks)
        for late, release, task in reversed(self._held):
            release.set()
            if late.is_here:  # else it is being opened, or pauses between two attempts
                await asyncio.wait([task], timeout=PATIENCE)
            await _stop([task])

    def obtain(self, name: str, opened: Callable[[], AbstractAsyncContextManager[T]]) -> Late[T]:
        """Open something and hold it until the end, trying until it opens.

        Args:
            name: of the part that is waited for, such as `database`.
            opened: makes a context manager that opens on entry and closes on exit.

        Returns:
            At once, a place where the value will be.
        """
        late: Late[T] = Late(name)
        release = asyncio.Event()

        async def hold() -> None:
            async with opened() as value:
                late.arrive(value)
                self._failing.pop(name, None)
                try:
                    await release.wait()
                finally:
                    late.leave()

        async def until_released() -> None:
            delays = _Delays()
            while not release.is_set():
                try:
                    await hold()
                except Exception as error:
                    if release.is_set():
                        log.warning("part_did_not_close", part=name, exc_info=error)
                        return
                    await self._tell(name, error, delays)

        self._held.append((late, release, asyncio.create_task(until_released(), name=name)))
        return late

    def forever(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run *work*, and again whenever it fails or ends."""

        async def run() -> None:
            delays = _Delays()
            while True:
                began = asyncio.get_running_loop().time()
                recovering = asyncio.get_running_loop().call_later(
                    2 * delays.last, self._failing.pop, name, None
                )
                try:
                    await work()
                except Exception as error:  # noqa: BLE001 - told of, and tried again for ever
                    recovering.cancel()
                    if asyncio.get_running_loop().time() - began > STEADY:
                        delays = _Delays()
                    await self._tell(name, error, delays)
                else:
                    self._failing.pop(name, None)
                    await asyncio.sleep(FIRST_DELAY)
                finally:
                    recovering.cancel()

        self._tasks.append(asyncio.create_task(run(), name=name))

    def every(self, seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run *work*, pause for *seconds*, and so on."""

        async def run() -> None:
            delays = _Delays()
            while True:
                try:
                    await work()
                except Exception as error:  # noqa: BLE001 - told of, and tried again for ever
                    await self._tell(name, error, delays)
                else:
                    delays = _Delays()
                    self._failing.pop(name, None)
                    await asyncio.sleep(seconds)

        self._tasks.append(asyncio.create_task(run(), name=name))

    def waiting_for(self) -> tuple[str, ...]:
        """Names of what is not there or failing: the service's readiness."""
        absent = {late.name for late, _, _ in self._held if not late.is_here}
        return tuple(sorted(absent | self._failing.keys()))

    async def _tell(self, name: str, error: Exception, delays: _Delays) -> None:
        delay = delays.next()
        reason = f"{type(error).__name__}: {error}"
        repeated = self._failing.get(name) == reason
        self._failing[name] = reason
        log.log(
            30,  # WARNING: whatever goes on failing shows in readiness and its alert
            "part_failed",
            part=name,
            reason=reason,
            retry_in=round(delay, 1),
            exc_info=None if repeated or isinstance(error, OSError) else error,
        )
        await asyncio.sleep(delay)


class _Delays:
    """Growing, with jitter so that replicas do not knock in step."""

    def __init__(self) -> None:
        self.last = FIRST_DELAY

    def next(self) -> float:
        delay, self.last = self.last, min(2 * self.last, LONGEST_DELAY)
        return delay * random.uniform(0.7, 1.3)  # noqa: S311 - jitter, no secret


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel *tasks* until they end: a library that is connecting may swallow a cancellation."""
    stuck = set(tasks)
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while stuck and asyncio.get_running_loop().time() < deadline:
        for task in stuck:
            task.cancel()
        _, stuck = await asyncio.wait(stuck, timeout=1.0)
    for task in stuck:
        log.error("part_does_not_stop", part=task.get_name(), patience=PATIENCE)
