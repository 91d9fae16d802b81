from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from calendar_service.main import service
from slaclock.testing.databases import Databases
from slaclock.testing.fuzzing import asking

OFFICE = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
    "holidays": [{"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"}],
    "holiday_rules": [{"rule": "easter", "days": -2, "name": "Good Friday"}],
    "holiday_sets": [{"set_id": "uk", "version": None}],
    "overrides": [{"date": "2026-12-24", "windows": [{"start": "09:00", "end": "13:00"}]}],
    "overtime_windows": [{"weekday": 5, "start": "09:00", "end": "13:00", "multiplier": "1.50"}],
    "horizon": {"first_year": 2026, "last_year": 2028},
}
BANK = {
    "name": "UK",
    "holidays": [{"date": "2026-08-31", "name": "Summer", "from": "12:00", "to": "24:00"}],
    "holiday_rules": [
        {"rule": "date", "month": 1, "day": 1, "name": "New Year", "observed": "next_monday"},
        {"rule": "weekday", "month": 5, "weekday": 0, "nth": -1, "name": "Spring"},
    ],
}


@pytest.fixture(scope="module")
def asked(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service without a bus, asked as an admin, with a calendar, a draft and a set."""
    dsn = databases.create(service())
    with asking(service(), dsn, tmp_path_factory.mktemp("fuzz")) as client:
        _furnish(client)
        yield client
    databases.drop(dsn)


def _furnish(client: httpx.Client) -> None:
    base = "/calendar/v1"
    answers = [
        client.post(f"{base}/holiday-sets/uk/versions", json={"set": BANK}),
        client.post(f"{base}/calendars/uk/publish", json={"calendar": OFFICE}),
        client.post(f"{base}/calendars/uk/publish", json={"calendar": {**OFFICE, "name": "2"}}),
        client.put(f"{base}/calendars/uk/draft", json=OFFICE),
    ]
    assert [answer.status_code for answer in answers] == [201] * 4, [a.text for a in answers]


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    """Valid documents, to be spoilt."""
    return {"office": OFFICE, "bank": BANK}
