"""Optional packages: chosen and not installed, they are told of in one line."""

from __future__ import annotations

from importlib.util import find_spec

from slaclock.errors import Fault
from slaclock.settings import InvalidSettings, PlatformSettings, TimerBackend, missing, variable

__all__ = ["check_timer_backend"]


def check_timer_backend(settings: PlatformSettings) -> None:
    """Refuse Temporal as what wakes tickets where it cannot do so.

    Raises:
        InvalidSettings: its client is not installed, or nobody says where the server is.
    """
    if settings.chosen_timer_backend is not TimerBackend.TEMPORAL:
        return
    if find_spec("temporalio") is None:
        raise InvalidSettings(
            faults=[
                Fault(
                    variable("timer_backend"),
                    TimerBackend.TEMPORAL.value,
                    "the package temporalio is not installed",
                    "install slaclock-ticket-clock[temporal] (in a checkout: make temporal), or set"
                    " it to polling",
                    "settings.extra-missing",
                )
            ]
        )
    if settings.temporal_address is None:
        raise missing("temporal_address", "set it to HOST:7233, where a Temporal frontend answers")
