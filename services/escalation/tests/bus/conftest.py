from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from escalation_service.main import service
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus
from slaclock.testing.serving import serving

from .builders import ESCALATION, Publish, Sink


@pytest_asyncio.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink().open() as made:
        yield made


@pytest_asyncio.fixture
async def publish(topology: Bus) -> AsyncIterator[Publish]:
    """Publish messages; the same ones again unless told otherwise."""
    clients = {name: await topology.connect(name) for name in ("sla", "ticket-clock")}

    async def send(*messages: tuple[str, str, bytes], copies: bool = False) -> None:
        for subject, name, body in messages:
            client = clients["sla" if subject.startswith("sla.agreement") else "ticket-clock"]
            headers = {"Nats-Msg-Id": str(uuid4()) if copies else name}
            await client.jetstream().publish(subject, body, headers=headers)

    yield send
    for client in clients.values():
        await client.close()


@pytest.fixture
def start(
    topology: Bus,
    database: Callable[[Schema], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], Any]:
    """Start the service; again on the same database."""
    monkeypatch.setenv("SLACLOCK_ESCALATION_SETTLE_SECONDS", "0.2")
    monkeypatch.setenv("SLACLOCK_ESCALATION_RETRY_FIRST_SECONDS", "0.05")
    dsn = database(ESCALATION)

    def make() -> Any:
        return serving(service(), dsn, tmp_path, topology, webhook_allow="127.0.0.1")

    return make
