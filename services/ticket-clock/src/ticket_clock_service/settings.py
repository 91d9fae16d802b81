"""What the environment says to this service alone."""

from __future__ import annotations

from slaclock.errors import Fault
from slaclock.settings import InvalidSettings, PlatformSettings, TimerBackend


def check_timer_backend(settings: PlatformSettings) -> None:
    """Refuse a wake-up backend that this release does not have.

    Raises:
        InvalidSettings: anything but polling.
    """
    chosen = settings.chosen_timer_backend
    if chosen is TimerBackend.POLLING:
        return
    raise InvalidSettings(
        faults=[
            Fault(
                "SLACLOCK_TIMER_BACKEND",
                chosen.value,
                "this release wakes tickets by polling its database",
                "set it to polling, or unset it together with SLACLOCK_TEMPORAL_ADDRESS",
                "settings.timer-backend",
            )
        ]
    )
