from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from slaclock.store import Pool
from slaclock.testing.databases import Databases


@pytest.fixture
async def admin(pool: Pool, databases: Databases) -> AsyncIterator[asyncpg.Connection[Any]]:
    """May do to the test's database what no service may."""
    name = await pool.fetchval("SELECT current_database()")
    connection = await asyncpg.connect(databases.admin(f"postgresql:///{name}"))
    yield connection
    await connection.close()
