"""The service's database, for every test that wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from slaclock.service import ServiceSpec
from slaclock.store import Pool, open_pool
from ticket_clock_service.main import service

from .desk import Desk


@pytest.fixture
def dsn(database: Callable[[ServiceSpec], str]) -> str:
    return database(service())


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    made = await open_pool(dsn, application="test", patience=30)
    yield made
    await made.close()


@pytest.fixture
def desk(pool: Pool) -> Desk:
    """For terms and for looking at rows; where the service runs, facts come by its own ways."""
    return Desk(pool)
