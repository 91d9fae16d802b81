"""Temporal as a backend of wake-ups: signals to one workflow a ticket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from slaclock.contracts.instants import rfc3339
from ticket_clock_service.handlers.backends import Surroundings
from ticket_clock_service.handlers.temporal.activity import wake_activity
from ticket_clock_service.handlers.temporal.canary import sings
from ticket_clock_service.handlers.temporal.link import Link, Place, linked
from ticket_clock_service.handlers.temporal.wire import Course, Plan, workflow_id
from ticket_clock_service.handlers.temporal.workflow import SlaTicket
from ticket_clock_service.timer_ports import Alarm, Arming, BackendDown, Manner

__all__ = ["TemporalAlarm", "opened"]

log = structlog.get_logger(__name__)

MANNER: Final = Manner("temporal", exact=True, batch=100, per_second=50.0)
"""All tickets, however far ahead: a sleeping workflow costs the server a row. Slowly: a burst of
signals delays the timers of everybody."""

AT_ONCE: Final = 16
"""Calls under way."""

WITHIN: Final = timedelta(seconds=5)
"""For each call."""


class TemporalAlarm:
    """See `Alarm`.

    Args:
        link: to the server.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._at_once = asyncio.Semaphore(AT_ONCE)

    @property
    def manner(self) -> Manner:
        """See `Alarm.manner`."""
        return MANNER

    async def place(self) -> str:
        """The namespace's own id: another server, or one that began anew, has another."""
        client = self._link.client()
        request = DescribeNamespaceRequest(namespace=client.namespace)
        try:
            found = await client.workflow_service.describe_namespace(request, timeout=WITHIN)
        except (RPCError, RuntimeError) as error:
            raise BackendDown(f"Temporal: {error}") from error
        return found.namespace_info.id

    async def arm(self, armings: Sequence[Arming]) -> None:
        """See `Alarm.arm`."""
        client = self._link.client()
        found = await asyncio.gather(
            *(self._tell(client, arming) for arming in armings), return_exceptions=True
        )
        for error in found:
            if isinstance(error, RPCError | RuntimeError):
                raise BackendDown(f"Temporal: {error}") from error
            if error is not None:
                raise error

    async def healthy(self) -> None:
        """Whether a worker, this process's or another's, answers through the server."""
        client = self._link.client()
        try:
            await sings(client, self._link.place.task_queue)
        except (RPCError, RuntimeError) as error:
            raise BackendDown(f"Temporal, or its workers, do not answer: {error}") from error

    async def close(self) -> None:
        """Nothing is held here; `opened` ends worker and connection."""

    async def _tell(self, client: Client, arming: Arming) -> None:
        async with self._at_once:
            try:
                await self._signal(client, arming)
            except RPCError as error:
                if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                    raise
                # Its own fault, not the server's: the due loop wakes it, all others stay as exact.
                log.exception("ticket_not_armed", tenant=arming.tenant, ticket=arming.ticket_id)

    async def _signal(self, client: Client, arming: Arming) -> None:
        """One call for a workflow that never ran, runs, or has ended: nothing is cancelled."""
        due = arming.next_due_at
        plan = Plan(
            arming.tenant,
            arming.ticket_id,
            arming.revision,
            None if due is None else rfc3339(due),
            arming.closed,
        )
        name = workflow_id(arming.tenant, arming.ticket_id)
        if arming.closed:
            await _end(client, name, arming.change, plan)
            return
        await client.start_workflow(
            SlaTicket.run,
            Course(plan),
            id=name,
            task_queue=self._link.place.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=arming.change,
            start_signal_args=[plan],
            static_summary=f"alarm clock of ticket {arming.ticket_id}"[:200],
            rpc_timeout=WITHIN,
        )


async def _end(client: Client, name: str, change: str, plan: Plan) -> None:
    """A ticket without an alarm clock gets none that would end at once."""
    try:
        await client.get_workflow_handle(name).signal(change, plan, rpc_timeout=WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


@asynccontextmanager
async def opened(around: Surroundings) -> AsyncIterator[Alarm]:
    """Run worker and activities in this process; see `OpenAlarm`."""
    address = around.settings.temporal_address
    if address is None:
        raise ValueError("the address of Temporal was checked before")
    place = Place(address, around.settings.temporal_namespace)
    async with linked(place, [wake_activity(around.waking.wake)]) as link:
        yield TemporalAlarm(link)
