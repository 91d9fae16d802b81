"""Which backend wakes tickets now: the chosen one while it does, else polling.

The due loop runs under every backend. Beside a healthy one it only looks every 30 seconds for
what that one has missed; without one it looks four times a second. So falling back needs no
hand-over: both may run at once, and `reconcile` does everything once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from slaclock.settings import TimerBackend
from slaclock.telemetry import Metrics
from ticket_clock_service.ports import Key
from ticket_clock_service.timer_ports import Alarm, Armory, BackendDown
from ticket_clock_service.usecases.arming import Armer

__all__ = ["PACES", "Hints", "Pace", "Seconds", "keep_armed", "watch"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long things take.

    Attributes:
        tick: between looks at what is due, at most, while polling.
        slow: the same beside a healthy backend.
        grace: what is due for longer when the slow loop looks was missed by the backend.
        check: between looks at a backend's health.
        answer: until a backend that does not answer counts as down.
        recovery: a backend must have been well before it takes over (again).
        walk: between the armer's walks through all tickets; a walk that takes long rests longer.
        near: what is due within them is armed without waiting for a walk.
        next: what is due within them is armed at the next tick.
    """

    tick: float = 0.25
    slow: float = 30.0
    grace: float = 5.0
    check: float = 2.0
    answer: float = 4.0
    recovery: float = 15.0
    walk: float = 10.0
    near: float = 25.0
    next: float = 3.0


PACES: Final = Seconds()

FAILURES: Final = 2
"""Failed checks in a row after which a backend counts as down."""

MISSES: Final = 2
"""Looks in a row that found tickets the backend had missed, after which it counts as down."""

WALKING: Final = 20.0
"""A walk through all tickets rests so many times longer than it took."""

NEAR_TICKS: Final = 8
"""Of so many ticks one looks as far ahead as the next walk may take; `next` bridges the others."""

MOST_HINTS: Final = 10_000


class Pace:
    """What wakes tickets now, and how often the due loop looks therefore.

    Args:
        chosen: the backend of this process.
        metrics: of the service.
        seconds: how long things take.
    """

    def __init__(self, chosen: TimerBackend, metrics: Metrics, seconds: Seconds) -> None:
        self.chosen, self.seconds = chosen, seconds
        self._state = metrics.gauge(
            "timer_backend_state", "1 for the backend that wakes tickets now, else 0", ["backend"]
        )
        self._missed = metrics.counter(
            "missed_wakes_total", "tickets that the due loop found long after their instant"
        )
        self._relied_on = False
        self._warned = False
        self._misses = 0
        self._down = asyncio.Event()
        self._down.set()
        self._show()

    @property
    def relied_on(self) -> bool:
        """Whether the chosen backend wakes tickets, so that the due loop need not."""
        return self._relied_on

    async def rest(self, seconds: float) -> None:
        """Pause the due loop: *seconds* while polling, long beside a healthy backend."""
        if not self._relied_on:
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds.slow):
                await self._down.wait()

    def rely(self) -> None:
        """The backend is well: it wakes tickets from now on."""
        if self._relied_on:
            return
        self._relied_on, self._warned, self._misses = True, False, 0
        self._down.clear()
        self._show()
        log.info("timer_backend_up", backend=self.chosen.value)

    def fall_back(self, reason: str) -> None:
        """The backend is not: polling takes over. Tells once, however often it is called."""
        was_relied_on, self._relied_on = self._relied_on, False
        self._down.set()
        self._show()
        if was_relied_on or not self._warned:
            self._warned = True
            log.warning("timer_backend_down", backend=self.chosen.value, reason=reason)

    def found(self, tickets: int) -> None:
        """The slow loop found so many tickets that the backend should have woken."""
        self._misses = self._misses + 1 if tickets else 0
        self._missed.inc(tickets)
        if self._misses >= MISSES:
            self.fall_back("tickets are not woken in time")

    def _show(self) -> None:
        for backend in {self.chosen, TimerBackend.POLLING}:
            active = (backend is self.chosen) == (
                self._relied_on or self.chosen is TimerBackend.POLLING
            )
            self._state.labels(backend.value).set(active)


class Hints:
    """Tickets that were reconciled in this process since somebody asked."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()

    def note(self, keys: Iterable[Key]) -> None:
        """These may need another alarm. Nothing is lost if they are forgotten."""
        if len(self._keys) < MOST_HINTS:
            self._keys.update(keys)

    def take(self) -> set[Key]:
        """All that was noted; they are forgotten."""
        keys, self._keys = self._keys, set()
        return keys


async def watch(alarm: Alarm, armory: Armory, pace: Pace) -> None:
    """Decide, for ever, whether the backend can be relied on.

    It can when it has answered well for a while, and all that is due soon has been armed, by
    whichever replica leads.
    """
    now, seconds = asyncio.get_running_loop().time, pace.seconds
    well_since: float | None = None
    failures = 0
    while True:
        relied_on = pace.relied_on
        try:
            async with asyncio.timeout(seconds.answer):
                await alarm.healthy()
                if not relied_on:
                    near = await armory.near(
                        alarm.manner, await alarm.place(), seconds=seconds.near / 2
                    )
        except (BackendDown, TimeoutError) as down:
            failures, well_since = failures + 1, None
            if failures >= FAILURES or not relied_on:
                pace.fall_back(str(down) or "it does not answer")
        else:
            failures = 0
            if relied_on or near:
                well_since = None
            else:
                well_since = well_since or now()
                if now() - well_since >= seconds.recovery:
                    pace.rely()
        await asyncio.sleep(seconds.check)


async def keep_armed(
    armer: Armer,
    alarm: Alarm,
    pace: Pace,
    hints: Hints,
    still_leading: Callable[[], Awaitable[None]],
) -> None:
    """Keep the backend's alarms equal to the tickets' rows, for ever.

    Args:
        armer: arms.
        alarm: the backend.
        pace: is told when the backend takes no alarms.
        hints: tickets to look at without waiting for the next walk.
        still_leading: raises if another replica may have begun to arm.
    """
    now, seconds = asyncio.get_running_loop().time, pace.seconds
    near, walk_at, ticks = seconds.near, now(), 0
    while True:
        await still_leading()
        hinted = hints.take()
        try:
            if now() >= walk_at:
                began = now()
                await armer.walk(near)
                rest = max(seconds.walk, WALKING * (now() - began))
                walk_at, near = now() + rest, max(seconds.near, 2.5 * rest)
            if hinted and alarm.manner.exact:
                await armer.arm(hinted)
            ticks += 1
            if not await armer.near(near if ticks % NEAR_TICKS == 0 else seconds.next):
                await asyncio.sleep(seconds.tick)
        except BackendDown as down:
            hints.note(hinted)
            pace.fall_back(str(down))
            await asyncio.sleep(1.0)
