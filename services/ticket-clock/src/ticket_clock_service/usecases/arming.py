"""The armer: keeps a backend's alarms equal to what the tickets' rows say.

Level-triggered: it compares rows with what it remembers of its own doing, so that a lost message,
a crash between arming and remembering, or a backend that was away for a day all heal by looking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from ticket_clock_service.ports import Key
from ticket_clock_service.timer_ports import Alarm, Armed, Arming, Armory, Change

__all__ = ["Armer", "arming_of", "change_of", "needs_arming"]


def change_of(armed: Armed) -> Change:
    """What has become of a ticket since it was armed, in the words of the backends' signals."""
    if armed.known is None:
        return "start"
    kinds = {kind for kind, _ in armed.kinds}
    if armed.row.closed:
        return "cancel" if "cancelled" in kinds else "complete_resolution"
    if ("met", "first_response") in armed.kinds:
        return "complete_response"
    if armed.row.next_due_at is None:  # paused, or everything has been crossed
        return "pause" if "paused" in kinds else "rearm"
    return "resume" if armed.known_due is None else "rearm"


def arming_of(armed: Armed, change: Change | None = None) -> Arming:
    """What to arm so that the alarm equals the row; *change* where it is known."""
    row, why = armed.row, change or change_of(armed)
    return Arming(armed.tenant, armed.ticket_id, row.revision, row.next_due_at, row.closed, why)


def needs_arming(armed: Armed, *, exact: bool) -> bool:
    """Whether the alarm differs from the row.

    Args:
        armed: both.
        exact: the backend shows the revision, too.
    """
    row = armed.row
    if armed.known is None:
        return row.next_due_at is not None and not armed.is_far
    if armed.is_elsewhere or row.closed:
        return True
    return armed.known_due != row.next_due_at or (exact and armed.known != row.revision)


class Armer:
    """Arms what differs, in bounded batches and at a bounded rate.

    Args:
        armory: what is armed.
        alarm: the backend.
    """

    def __init__(self, armory: Armory, alarm: Alarm) -> None:
        self._armory, self._alarm = armory, alarm

    async def arm(self, keys: Collection[Key], change: Change | None = None) -> int:
        """Arm these tickets as their rows stand; answers how many were armed.

        Args:
            keys: those unknown are left out, as are those that a walk would not arm yet.
            change: what is known to have become of them.

        Raises:
            BackendDown: what was not armed is not remembered as armed.
        """
        return await self._arm(list(keys), await self._alarm.place(), change)

    async def near(self, seconds: float) -> int:
        """Arm what is due within *seconds* and not armed; answers how many were armed.

        Raises:
            BackendDown: see `arm`.
        """
        place = await self._alarm.place()
        keys = await self._armory.near(self._alarm.manner, place, seconds=seconds)
        return await self._arm(keys, place)

    async def walk(self, near: float) -> int:
        """Arm whatever differs, once through everything; answers how many were armed.

        Args:
            near: seconds; what is due within them is not kept waiting by all the rest.

        Raises:
            BackendDown: see `arm`.
        """
        total, place = 0, await self._alarm.place()
        async for keys in self._armory.walk(self._alarm.manner, place):
            size = self._alarm.manner.batch
            for start in range(0, len(keys), size):
                total += await self._arm(keys[start : start + size], place)
                await self.near(near)
        return total

    async def _arm(self, keys: Sequence[Key], place: str, change: Change | None = None) -> int:
        if not keys:
            return 0
        manner, began = self._alarm.manner, asyncio.get_running_loop().time()
        states = await self._armory.states(manner, place, keys)
        armings = [
            arming_of(armed, change) for armed in states if needs_arming(armed, exact=manner.exact)
        ]
        if armings:
            await self._alarm.arm(armings)
            await self._armory.remember(manner, place, armings)
        spent = asyncio.get_running_loop().time() - began
        await asyncio.sleep(max(0.0, len(armings) / manner.per_second - spent))
        return len(armings)
