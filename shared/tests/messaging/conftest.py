from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from slaclock.messaging.parking import Parking
from slaclock.store import Pool, open_pool
from slaclock.store.migrate import Schema

PROBE = Schema("probe", "probe_service")


@pytest.fixture(scope="session", autouse=True)
def _probe_package() -> None:
    """A service made for these tests: only tables and migrations."""
    sys.path.append(str(Path(__file__).parent / "probe"))


@pytest.fixture
def probe_dsn(database: Callable[[Schema], str]) -> str:
    return database(PROBE)


@pytest.fixture
async def pool(probe_dsn: str) -> AsyncIterator[Pool]:
    made = await open_pool(probe_dsn, application="test", patience=30)
    yield made
    await made.close()


@pytest.fixture
def parking(pool: Pool) -> Parking:
    return Parking(pool, "ticket-clock")
