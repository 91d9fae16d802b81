"""Joins what wakes tickets: the chosen backend, its armer, its health, and polling beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import asyncpg

from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.service import Late, Loops, Unavailable
from slaclock.settings import PlatformSettings, TimerBackend
from slaclock.store import OUTAGES, Pool
from slaclock.telemetry import Metrics
from ticket_clock_service.handlers.backends import OpenAlarm, Surroundings
from ticket_clock_service.handlers.jetstream import wake_inlet
from ticket_clock_service.handlers.loops import apart
from ticket_clock_service.handlers.timers import PACES, Hints, Pace, keep_armed, watch
from ticket_clock_service.handlers.watermark import Watermark
from ticket_clock_service.ports import Key
from ticket_clock_service.store.armory import PgArmory
from ticket_clock_service.timer_ports import Alarm, BackendDown, Change, SlaBackend
from ticket_clock_service.usecases.arming import Armer
from ticket_clock_service.usecases.reconcile import Reconciler
from ticket_clock_service.usecases.tracking import Tracking
from ticket_clock_service.usecases.waking import Waking

__all__ = ["WakeUps"]

BACKENDS: Final[Mapping[TimerBackend, str]] = MappingProxyType(
    {
        TimerBackend.JETSTREAM: "ticket_clock_service.handlers.jetstream",
        TimerBackend.TEMPORAL: "ticket_clock_service.handlers.temporal.alarm",
    }
)
"""The module of each backend beside polling; its `opened` opens it. Loaded only where chosen."""

LEADER_LOCK: Final = 502_147_731
"""First half of an advisory lock of the database: who holds it arms; the second is the backend."""

TRY_LEAD: Final = "SELECT pg_try_advisory_lock($1::integer, hashtext($2))"
GIVE_UP_LEAD: Final = "SELECT pg_advisory_unlock($1::integer, hashtext($2))"
FOLLOWING: Final = 2.0
"""Seconds between attempts to lead."""


class WakeUps:
    """What wakes tickets of this process.

    Args:
        loops: of the service.
        settings: say which backend.
        backbone: database and bus.
        reconciler: the only writer.
        terms_ready: nobody is woken before.
        metrics: of the service.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a service consists of
        self,
        loops: Loops,
        settings: PlatformSettings,
        backbone: Backbone,
        reconciler: Reconciler,
        terms_ready: Callable[[], bool],
        metrics: Metrics,
    ) -> None:
        self._loops, self._settings, self._backbone = loops, settings, backbone
        self._reconciler, self._terms_ready = reconciler, terms_ready
        self.pace = Pace(settings.chosen_timer_backend, metrics, PACES)
        self.hints = Hints()
        self._alarm: Late[Alarm] | None = None

    def start(self) -> None:
        """Open the chosen backend, arm, and watch it; nothing for polling."""
        module = BACKENDS.get(self.pace.chosen)
        if module is None:
            return
        opened: OpenAlarm = import_module(module).opened

        @asynccontextmanager
        async def opening() -> AsyncIterator[Alarm]:
            pool, client = await self._backbone.pool.wait(), await self._backbone.client.wait()
            around = Surroundings(self._settings, pool, client, self._waking(pool))
            async with opened(around) as alarm:
                yield alarm

        self._alarm = alarm = self._loops.obtain("timer backend", opening)
        self._loops.forever("armer", partial(self._lead, alarm))
        self._loops.forever("timer health", partial(self._watch, alarm))

    def backend(self, tenant: str, status: Callable[[str], Awaitable[Any]]) -> SlaBackend:
        """The backend of this process, as the tracking of one tenant's tickets.

        Args:
            tenant: whose tickets.
            status: the status document of a ticket.
        """

        async def arm_now(key: Key, change: Change) -> None:
            if self._alarm is None:
                return
            self.hints.note([key])
            with suppress(BackendDown, Unavailable):  # the armer comes back to it
                armory = PgArmory(self._backbone.pool.now())
                await Armer(armory, self._alarm.now()).arm([key], change)

        return Tracking(tenant, arm_now, status)

    def inlets(self, pool: Pool, parking: Parking) -> Sequence[Inlet[Any]]:
        """What the chosen backend sends over the bus."""
        if self.pace.chosen is not TimerBackend.JETSTREAM:
            return []
        return [wake_inlet(self._waking(pool).wake_all, parking, self._terms_ready)]

    def _waking(self, pool: Pool) -> Waking:
        watermarks: list[Watermark] = []

        async def judge(keys: Sequence[Key], now: datetime) -> None:
            if not watermarks:
                watermarks.append(Watermark(await self._backbone.client.wait()))
            horizon = await watermarks[0].read(now)

            async def judged(some: Sequence[Key]) -> int:
                return await self._reconciler.judge(
                    some, horizon.at, provisional=horizon.provisional
                )

            await apart(judged, keys, self._reconciler)
            self.hints.note(keys)

        return Waking(PgArmory(pool), judge)

    async def _watch(self, alarm: Late[Alarm]) -> None:
        pool = await self._backbone.pool.wait()
        await watch(await alarm.wait(), PgArmory(pool), self.pace)

    async def _lead(self, late: Late[Alarm]) -> None:
        """Arm while this replica holds the leader's lock; try again later where another does."""
        pool, alarm = await self._backbone.pool.wait(), await late.wait()
        names = (LEADER_LOCK, alarm.manner.name)
        async with pool.acquire() as connection:
            if await connection.fetchval(TRY_LEAD, *names):

                async def still_leading() -> None:
                    await connection.execute("SELECT 1")

                armer = Armer(PgArmory(pool), alarm)
                try:
                    await keep_armed(armer, alarm, self.pace, self.hints, still_leading)
                finally:
                    # A broken connection gave its lock back already.
                    with suppress(*OUTAGES, asyncpg.InterfaceError):
                        await connection.execute(GIVE_UP_LEAD, *names)
        await asyncio.sleep(FOLLOWING)
