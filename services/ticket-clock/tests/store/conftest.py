from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from slaclock.service import ServiceSpec
from slaclock.store import Pool, open_pool
from slaclock.testing.databases import Databases
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


@pytest.fixture
async def admin(pool: Pool, databases: Databases) -> AsyncIterator[asyncpg.Connection[Any]]:
    """May do to the test's database what no service may."""
    name = await pool.fetchval("SELECT current_database()")
    connection = await asyncpg.connect(databases.admin(f"postgresql:///{name}"))
    yield connection
    await connection.close()
