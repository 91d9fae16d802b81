"""A ticket-clock on a port of its own, and a home that says where everything is."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
import uvicorn

from slaclock.auth.roles import Role
from slaclock.testing.bus import Bus
from slaclock.testing.serving import serving
from slaclock.testing.waiting import eventually
from ticket_clock_service.main import service

EXAMPLES = Path(__file__).parents[2] / "examples"
TENANT = "acme"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the examples run."""

    bus: Bus
    environment: dict[str, str]

    async def run(self, *words: str, **more: str) -> tuple[int, str]:
        """Run one of the examples to its end; its exit code and all that it printed."""
        name, *arguments = words
        command = ["sh"] if name.endswith(".sh") else [sys.executable]
        process = await asyncio.create_subprocess_exec(
            *command,
            str(EXAMPLES / name),
            *arguments,
            env={**os.environ, **self.environment, **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, printed.decode()


@pytest_asyncio.fixture
async def place(
    topology: Bus, database: Callable[[Any], str], free_port: int, tmp_path: Path
) -> AsyncIterator[Place]:
    """Everything that the examples need."""
    async with serving(service(), database(service()), tmp_path, topology) as served:
        config = uvicorn.Config(
            served.app, host="127.0.0.1", port=free_port, lifespan="off", log_level="error"
        )
        server = uvicorn.Server(config)
        serving_on = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        url = f"http://127.0.0.1:{free_port}"
        helpdesk = topology.access(f"{TENANT}.helpdesk")
        login = {"user": helpdesk.user, "password": helpdesk.password}
        credentials = {"tenant": TENANT, "nats": {"helpdesk": login}}
        runtime = {"http": url, "nats": topology.url, "pid": os.getpid()}
        (tmp_path / "runtime.json").write_text(json.dumps(runtime))
        (tmp_path / "credentials.json").write_text(json.dumps(credentials))
        yield Place(
            topology,
            {
                "SLACLOCK_HOME": str(tmp_path),
                "SLACLOCK_URL": url,
                "SLACLOCK_API_KEY": served.key(TENANT, Role.SERVICE),
                "VIEWER": served.key(TENANT, Role.VIEWER),
            },
        )
        server.should_exit = True
        await serving_on
