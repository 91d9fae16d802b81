"""`SlaBackend` for one tenant, the same under every backend: look at the row, set the alarm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from ticket_clock_service.ports import Key
from ticket_clock_service.timer_ports import Change, Phase

__all__ = ["ArmNow", "Tracking"]

ArmNow: TypeAlias = Callable[[Key, Change], Awaitable[None]]
"""Sets the alarm of a ticket as its row says, or leaves it to the armer."""


class Tracking:
    """Tracks tickets of one tenant.

    Args:
        tenant: whose tickets.
        arm_now: nothing at all where the due loop alone wakes tickets.
        status: the status document of a ticket, from PostgreSQL.
    """

    def __init__(
        self,
        tenant: str,
        arm_now: ArmNow,
        status: Callable[[str], Awaitable[Mapping[str, Any]]],
    ) -> None:
        self._tenant, self._arm_now, self._status = tenant, arm_now, status

    async def start_sla_tracking(
        self,
        ticket_id: str,
        agreement: str | None,  # noqa: ARG002 - the row knows
        targets: Mapping[str, int],  # noqa: ARG002 - the row knows
        schedule: str | None,  # noqa: ARG002 - the row knows
    ) -> None:
        """See `SlaBackend.start_sla_tracking`."""
        await self._look(ticket_id, "start")

    async def pause_sla(self, ticket_id: str, reason: str) -> None:  # noqa: ARG002 - the row knows
        """See `SlaBackend.pause_sla`."""
        await self._look(ticket_id, "pause")

    async def resume_sla(self, ticket_id: str) -> None:
        """See `SlaBackend.resume_sla`."""
        await self._look(ticket_id, "resume")

    async def complete_sla(
        self,
        ticket_id: str,
        type: Phase,  # noqa: A002 - pinned
        met: bool,  # noqa: ARG002, FBT001 - pinned; the row knows
    ) -> None:
        """See `SlaBackend.complete_sla`."""
        await self._look(
            ticket_id, "complete_response" if type == "response" else "complete_resolution"
        )

    async def cancel_sla(self, ticket_id: str) -> None:
        """See `SlaBackend.cancel_sla`."""
        await self._look(ticket_id, "cancel")

    async def get_sla_status(self, ticket_id: str) -> Mapping[str, Any]:
        """See `SlaBackend.get_sla_status`."""
        return await self._status(ticket_id)

    async def _look(self, ticket_id: str, change: Change) -> None:
        await self._arm_now((self._tenant, ticket_id), change)
