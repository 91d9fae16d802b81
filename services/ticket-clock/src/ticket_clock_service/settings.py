"""What the environment says to this service alone."""

from __future__ import annotations

from slaclock.errors import Fault
from slaclock.settings import InvalidSettings, PlatformSettings, TimerBackend


def check_timer_backend(settings: PlatformSettings) -> None:
    """Refuse a wake-up backend that this release does not have.

    Raises:
        InvalidSettings: anything but polling or jetstream.
    """
    chosen = settings.chosen_timer_backend
    if chosen in {TimerBackend.POLLING, TimerBackend.JETSTREAM}:
        return
    raise InvalidSettings(
        faults=[
            Fault(
                "SLACLOCK_TIMER_BACKEND",
                chosen.value,
                "this release wakes tickets by polling its database, or by JetStream",
                "set it to polling or jetstream; if it is unset, unset SLACLOCK_TEMPORAL_ADDRESS",
                "settings.timer-backend",
            )
        ]
    )
