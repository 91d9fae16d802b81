"""The backends that can be chosen, each opened by its own module and loaded only then."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from nats.aio.client import Client

from slaclock.settings import PlatformSettings
from slaclock.store import Pool
from ticket_clock_service.timer_ports import Alarm
from ticket_clock_service.usecases.waking import Waking

__all__ = ["OpenAlarm", "Surroundings"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a backend may use of its service.

    Attributes:
        settings: the environment.
        pool: the service's database.
        client: the service's own connection to NATS.
        waking: what a wake-up calls.
    """

    settings: PlatformSettings
    pool: Pool
    client: Client
    waking: Waking


OpenAlarm: TypeAlias = Callable[[Surroundings], AbstractAsyncContextManager[Alarm]]
"""Opens a backend, with everything that it runs in this process; closed at the end of the block.

It opens even while the backend's server is away: then `Alarm.healthy` says so.
"""
