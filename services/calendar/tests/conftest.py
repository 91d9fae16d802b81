from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from calendar_service.main import service
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving

SCHEMA = Schema("calendar", "calendar_service.store.migrations")


@pytest.fixture
def office() -> dict[str, Any]:
    """Monday to Friday, nine to half past five, closed at Christmas."""
    return {
        "schema": "slaclock.calendar/1",
        "name": "UK support",
        "timezone": "Europe/London",
        "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
        "holidays": [
            {"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"},
            {"date": "2026-04-03", "name": "Good Friday"},
        ],
    }


@pytest.fixture
def dsn(database: Callable[[Schema], str]) -> str:
    return database(SCHEMA)


@pytest_asyncio.fixture
async def served(dsn: str, tmp_path: Path) -> AsyncIterator[Served]:
    """The service with its database; nobody listens on the bus."""
    async with serving(service(), dsn, tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def on_the_bus(dsn: str, tmp_path: Path, topology: Bus) -> AsyncIterator[Served]:
    """The service with its database and a bus."""
    async with serving(service(), dsn, tmp_path, topology) as found:
        yield found
