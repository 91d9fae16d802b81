from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from slaclock.service import ServiceSpec
from slaclock.store import Pool, open_pool
from ticket_clock_service.main import service

sys.path.append(str(Path(__file__).parent))

from desk import Desk


@pytest.fixture
async def pool(database: Callable[[ServiceSpec], str]) -> AsyncIterator[Pool]:
    made = await open_pool(database(service()), application="test", patience=30)
    yield made
    await made.close()


@pytest.fixture
def desk(pool: Pool) -> Desk:
    return Desk(pool)
