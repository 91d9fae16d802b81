"""The armer: keeps a backend's alarms equal to what the tickets' rows say.

Level-triggered: it compares rows with what it remembers of its own doing, so that a lost message,
a crash between arming and remembering, or a backend that was away for a day all heal by looking.
"""

from __future__ import annotations

from collections.abc import Sequence

from ticket_clock_service.ports import Key
from ticket_clock_service.timer_ports import Alarm, Armed, Arming, Armory, Change

__all__ = ["Armer", "arming_of", "change_of"]

_ENDED = frozenset({"met", "breached"})


def change_of(armed: Armed) -> Change:
    """What has become of a ticket since it was armed, in the words of the backends' signals."""
    if armed.known is None:
        return "start"
    kinds = {kind for kind, _ in armed.kinds}
    if armed.closed:
        return "cancel" if "cancelled" in kinds else "complete_resolution"
    if armed.next_due_at is None:
        return "pause"
    if armed.was_waiting:
        return "resume"
    if ("met", "first_response") in armed.kinds:
        return "complete_response"
    return "rearm"


def arming_of(armed: Armed) -> Arming:
    """What to arm so that the alarm equals the row."""
    return Arming(
        armed.tenant,
        armed.ticket_id,
        armed.revision,
        armed.next_due_at,
        armed.closed,
        change_of(armed),
    )


class Armer:
    """Arms what differs, in bounded batches.

    Args:
        armory: what is armed.
        alarm: the backend.
    """

    def __init__(self, armory: Armory, alarm: Alarm) -> None:
        self._armory, self._alarm = armory, alarm

    async def arm(self, keys: Sequence[Key]) -> int:
        """Arm these tickets as their rows stand; answers how many were armed.

        Raises:
            BackendDown: nothing is remembered as armed.
        """
        if not keys:
            return 0
        manner, place = self._alarm.manner, await self._alarm.place()
        armings = [arming_of(armed) for armed in await self._armory.states(manner, place, keys)]
        await self._alarm.arm(armings)
        await self._armory.remember(manner, place, armings)
        return len(armings)

    async def near(self) -> int:
        """Arm what is due within seconds and not armed; answers how many, 0 for nothing left."""
        return await self._look(near=True)

    async def far(self) -> int:
        """Arm of the next part of everything what differs; answers how many."""
        return await self._look(near=False)

    async def _look(self, *, near: bool) -> int:
        manner, place = self._alarm.manner, await self._alarm.place()
        return await self.arm(
            await self._armory.differing(manner, place, near=near, most=manner.batch)
        )
