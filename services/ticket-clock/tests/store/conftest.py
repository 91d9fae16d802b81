from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from slaclock.service import ServiceSpec
from slaclock.store import Pool, open_pool
from ticket_clock_service.main import service

from ..desk import Desk


@pytest.fixture
async def pool(database: Callable[[ServiceSpec], str]) -> AsyncIterator[Pool]:
    made = await open_pool(database(service()), application="test", patience=30)
    yield made
    await made.close()


@pytest.fixture
def desk(pool: Pool) -> Desk:
    return Desk(pool)
