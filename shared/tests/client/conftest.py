from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from slaclock.client import SlaClient, SLAService

from .fake_platform import Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def service(platform: Platform) -> AsyncIterator[SLAService]:
    transport = httpx.MockTransport(platform)
    async with SlaClient("http://sla.example", "key", transport=transport, attempts=1) as made:
        yield SLAService(made)
