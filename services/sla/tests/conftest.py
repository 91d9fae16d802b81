from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sla_service.main import service
from slaclock.store import Pool, open_pool
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving

EVERY_KEY = Path(__file__).parents[3] / "examples" / "sla-every-key.json"
SCHEMA = Schema("sla", "sla_service.store.migrations")


@pytest.fixture
def gold() -> dict[str, Any]:
    """The least form of an SLA file, as the design pins it."""
    return {
        "schema": "slaclock.sla/1",
        "sla_id": "gold",
        "name": "Gold",
        "calendars": {
            "office": {
                "timezone": "Europe/London",
                "windows": [{"weekday": 0, "start": "09:00", "end": "17:30"}],
            }
        },
        "targets": [
            {"metric": "resolution", "priority": "P1", "minutes": 240, "calendar": "24x7"},
            {"metric": "resolution", "priority": None, "minutes": 2400, "calendar": "office"},
        ],
        "pause": {"resolution": ["waiting_on_customer"]},
        "reopen": {"resolution": "resume"},
        "thresholds": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "escalations": [
            {
                "rule_id": "r1",
                "threshold": "percent:90",
                "metric": "resolution",
                "deliver": [{"channel": "webhook", "to": "https://sink.example/x"}],
            }
        ],
    }


@pytest.fixture
def platinum() -> dict[str, Any]:
    """A file that uses every key there is."""
    found: dict[str, Any] = json.loads(EVERY_KEY.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def dsn(database: Callable[[Schema], str]) -> str:
    return database(SCHEMA)


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    pool = await open_pool(dsn, application="test")
    yield pool
    await pool.close()


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
