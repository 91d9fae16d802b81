from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from slaclock.embedded.temporal import TemporalServer
from slaclock.testing.waiting import eventually
from ticket_clock_service.handlers.temporal.activity import wake_activity
from ticket_clock_service.handlers.temporal.alarm import TemporalAlarm
from ticket_clock_service.handlers.temporal.link import Place, linked
from ticket_clock_service.handlers.temporal.wire import workflow_id
from ticket_clock_service.timer_ports import BackendDown

from .tickets import Tickets

Opened = Callable[..., AbstractAsyncContextManager[TemporalAlarm]]


@pytest.fixture
def tickets() -> Tickets:
    return Tickets(tenant=f"t{uuid4().hex[:12]}")


async def is_healthy(alarm: TemporalAlarm) -> bool:
    try:
        await alarm.healthy()
    except BackendDown:
        return False
    return True


@pytest.fixture
def opened(temporal_server: TemporalServer, tickets: Tickets) -> Opened:
    """Opens the backend: a connection, a worker; several in one test for several processes."""

    @asynccontextmanager
    async def opening(*, ready: bool = True) -> AsyncIterator[TemporalAlarm]:
        place = Place(temporal_server.address, task_queue=tickets.tenant)
        async with linked(place, [wake_activity(tickets.wake)]) as link:
            alarm = TemporalAlarm(link)
            if ready:
                await eventually(lambda: is_healthy(alarm))
            yield alarm

    return opening


@pytest.fixture
async def alarm(opened: Opened) -> AsyncIterator[TemporalAlarm]:
    async with opened() as found:
        yield found


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await Client.connect(temporal_server.address)


@pytest.fixture
def state(client: Client, tickets: Tickets) -> Callable[[str], Any]:
    """Asks a ticket's workflow how it stands."""

    async def ask(ticket: str) -> dict[str, Any]:
        handle = client.get_workflow_handle(workflow_id(tickets.tenant, ticket))
        answer: dict[str, Any] = await handle.query("get_state")
        return answer

    return ask
