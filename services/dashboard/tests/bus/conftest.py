from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from dashboard_service.main import service
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus
from slaclock.testing.serving import serving

from .builders import DASHBOARD, Message, Publish

PUBLISHERS = {"agreement": "sla", "clock": "ticket-clock", "escalation": "escalation"}


@pytest_asyncio.fixture
async def publish(topology: Bus) -> AsyncIterator[Publish]:
    """Publish messages as their services do; *copies* get past the broker's deduplication."""
    clients = {part: await topology.connect(name) for part, name in PUBLISHERS.items()}

    async def send(*messages: Message, copies: bool = False) -> None:
        for subject, name, body in messages:
            client = clients[subject.split(".")[1]]
            headers = {"Nats-Msg-Id": str(uuid4()) if copies else name}
            await client.jetstream().publish(subject, body, headers=headers)

    yield send
    for client in clients.values():
        await client.close()


@pytest.fixture
def start(topology: Bus, database: Callable[[Schema], str], tmp_path: Path) -> Callable[[], Any]:
    """Start the service; again on the same database."""
    dsn = database(DASHBOARD)
    return lambda: serving(service(), dsn, tmp_path, topology)
