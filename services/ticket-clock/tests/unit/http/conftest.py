"""The HTTP edge of simulations; the simulator and the other services are told what to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from slaclock.http import create_app
from slaclock.service import Late
from slaclock.settings import PlatformSettings
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.api.routes import routes
from ticket_clock_service.usecases.candidates import Candidates

from .simulating import PATH, Anybody, Seals, Told


@pytest.fixture
def simulator() -> Told:
    return Told()


@pytest.fixture
def seals() -> Seals:
    return Seals()


@pytest.fixture
def app(simulator: Told, seals: Seals) -> FastAPI:
    late: Late[Edge] = Late("its start")
    edge = SimpleNamespace(simulator=simulator, candidates=Candidates(seals.sla, seals.calendar))
    late.arrive(cast("Edge", edge))

    @asynccontextmanager
    async def nothing(_: FastAPI) -> AsyncIterator[None]:
        yield

    return create_app(
        "ticket-clock",
        nothing,
        [routes(late)],
        tuple,
        settings=PlatformSettings(),
        authenticator=Anybody(),
    )


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Callable[..., Any]]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:

        async def post(body: Any, role: str = "manager", **headers: str) -> httpx.Response:
            return await client.post(
                PATH, json=body, headers={"authorization": f"Bearer {role}", **headers}
            )

        yield post
