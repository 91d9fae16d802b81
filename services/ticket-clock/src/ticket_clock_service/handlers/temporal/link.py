"""The connection to Temporal and the worker on it: made again for ever, and honest about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from temporalio.client import Client
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RetryConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from ticket_clock_service.handlers.temporal.canary import SlaCanary
from ticket_clock_service.handlers.temporal.wire import TASK_QUEUE
from ticket_clock_service.handlers.temporal.workflow import SlaTicket
from ticket_clock_service.timer_ports import BackendDown

__all__ = ["Link", "Place", "linked"]

log = structlog.get_logger(__name__)

RETRIES: Final = RetryConfig(
    initial_interval_millis=50,
    max_interval_millis=500,
    max_elapsed_time_millis=1500,
    max_retries=4,
)
"""The armer looks again anyway, so that a server that is away must be known to be so soon."""

CONNECTED_WITHIN: Final = timedelta(seconds=5)

DELAYS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to connect; the last one again and again."""

STICKY: Final = timedelta(seconds=2)
"""So long a task waits for the worker that has the workflow in memory, before any may have it: a
worker that was killed is missed by its tickets for no longer, and replaying one takes milliseconds.
Shorter than the canary's patience, whose question waits in the same way."""

GRACE: Final = timedelta(seconds=5)
"""What runs at the end may finish."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where Temporal is.

    Attributes:
        address: `host:port` of a frontend.
        namespace: which belongs to this installation alone.
        task_queue: where its workers look for work.
    """

    address: str
    namespace: str = "default"
    task_queue: str = TASK_QUEUE


class Link:
    """A client as long as there is one, and why there is none.

    Args:
        place: where it leads.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._client: Client | None = None
        self._reason = "it has not been reached yet"

    def client(self) -> Client:
        """The client, connected and with a worker.

        Raises:
            BackendDown: there is none.
        """
        if self._client is None:
            raise BackendDown(f"Temporal: {self._reason}")
        return self._client

    def up(self, client: Client) -> None:
        """From now on this client works."""
        self._client = client

    def down(self, reason: str) -> None:
        """From now on none does."""
        self._client, self._reason = None, reason


@asynccontextmanager
async def linked(place: Place, activities: list[Callable[..., Any]]) -> AsyncIterator[Link]:
    """Connect to Temporal and run workflows and *activities*, until the block ends.

    Opens at once, also while Temporal is away.
    """
    link = Link(place)
    task = asyncio.create_task(_keep(link, activities), name="temporal")
    try:
        yield link
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep(link: Link, activities: list[Callable[..., Any]]) -> None:
    runtime, place = _runtime(), link.place
    failures = 0
    while True:
        try:
            client = await Client.connect(
                place.address,
                namespace=place.namespace,
                retry_config=RETRIES,
                runtime=runtime,
                connect_timeout=CONNECTED_WITHIN,
            )
            link.up(client)
            failures = 0
            await _worker(client, place.task_queue, activities).run()
            link.down("its worker has ended")
        except Exception as error:  # noqa: BLE001 - told of, and tried again for ever
            reason = f"{place.address}: {error}"
            log.log(logging.DEBUG if failures else logging.WARNING, "temporal_away", reason=reason)
            link.down(reason)
        await asyncio.sleep(DELAYS[min(failures, len(DELAYS) - 1)])
        failures += 1


def _worker(client: Client, queue: str, activities: list[Callable[..., Any]]) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=[SlaTicket, SlaCanary],
        activities=activities,
        # The workflows are small and replayed in tests; a sandbox a ticket costs more than they do.
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=1000,
        max_concurrent_workflow_tasks=32,
        max_concurrent_activities=500,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=GRACE,
    )


def _runtime() -> Runtime:
    """Temporal's own threads, which log as we do. Every poll that fails is none of our warnings."""
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(
                filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"),
                forwarding=LogForwardingConfig(logger=logging.getLogger("temporal")),
            )
        )
    )
