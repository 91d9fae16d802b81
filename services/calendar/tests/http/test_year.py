"""Years and states over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slaclock.auth.roles import Role
from slaclock.business_time import BusinessCalendar
from slaclock.testing.serving import Served

BASE = "/calendar/v1/calendars/uk"


async def test_a_year_of_a_version_adds_up_to_its_business_time(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{BASE}/publish", json={"calendar": office})
    viewer = await served.client(role=Role.VIEWER)
    calendar = BusinessCalendar.from_snapshot(
        (await viewer.get(f"{BASE}/versions/1/snapshot")).json()
    )
    answer = await viewer.get(f"{BASE}/versions/1/year/2026")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    elapsed = calendar.elapsed(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert timedelta(seconds=found["open_seconds"]) == elapsed
    assert sum(day["open_seconds"] for day in found["days"]) == found["open_seconds"]
    assert (found["version"], found["timezone"], found["horizon"]) == (1, "Europe/London", None)
    good_friday = next(day for day in found["days"] if day["date"] == "2026-04-03")
    assert good_friday == {
        "date": "2026-04-03",
        "kind": "holiday",
        "open_seconds": 0,
        "open_times": [],
        "holidays": [
            {
                "name": "Good Friday",
                "start": "00:00",
                "end": "24:00",
                "withheld_seconds": 30_600,
            }
        ],
        "why": ["Good Friday: closed"],
    }
    assert [change["shows_after"] for change in found["changes"]] == [
        "2026-03-29T02:00:00",
        "2026-10-25T01:00:00",
    ]


async def test_a_year_of_a_draft_shows_what_publishing_would_make_of_it(
    served: Served, office: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    rule = {"rule": "easter", "days": 1, "name": "Easter Monday"}
    horizon = {"first_year": 2026, "last_year": 2027}
    draft = {**office, "holiday_rules": [rule], "horizon": horizon}
    assert (await manager.put(f"{BASE}/draft", json=draft)).status_code == 201
    found = (await manager.get(f"{BASE}/draft/year/2026")).json()
    assert (found["version"], found["horizon"]) == (None, horizon)
    assert "Easter Monday" in {name["name"] for day in found["days"] for name in day["holidays"]}
    later = (await manager.get(f"{BASE}/draft/year/2028")).json()
    assert "Easter Monday" not in {
        name["name"] for day in later["days"] for name in day["holidays"]
    }


async def test_a_draft_with_faults_has_no_year(served: Served, office: dict[str, Any]) -> None:
    manager = await served.client(role=Role.MANAGER)
    await manager.put(f"{BASE}/draft", json={**office, "timezone": "Mars/Olympus"})
    answer = await manager.get(f"{BASE}/draft/year/2026")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["timezone"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        pytest.param("versions/2/year/2026", 404, "calendar-version.not-found", id="no version"),
        pytest.param("draft/year/2026", 404, "calendar-draft.not-found", id="no draft"),
        pytest.param("versions/2/state", 404, "calendar-version.not-found", id="no state"),
        pytest.param("versions/1/year/1969", 422, "request.invalid", id="too early"),
        pytest.param("versions/1/year/2200", 422, "request.invalid", id="too late"),
        pytest.param("versions/1/year/soon", 422, "request.invalid", id="no year"),
        pytest.param("versions/1/state?at=2026-03-06T12:00", 422, "request.invalid", id="no zone"),
        pytest.param(
            "versions/1/state?at=2300-01-01T00:00:00Z", 422, "request.invalid", id="far away"
        ),
    ],
)
async def test_refusals(
    served: Served, office: dict[str, Any], path: str, status: int, code: str
) -> None:
    admin = await served.client()
    await admin.post(f"{BASE}/publish", json={"calendar": office})
    answer = await admin.get(f"{BASE}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_state_is_that_of_an_instant_or_of_now(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{BASE}/publish", json={"calendar": office})
    friday = (await admin.get(f"{BASE}/versions/1/state?at=2026-03-06T12:00:00Z")).json()
    assert friday == {
        "at": "2026-03-06T12:00:00Z",
        "is_open": True,
        "until": "2026-03-06T17:30:00Z",
    }
    last = (await admin.get(f"{BASE}/versions/1/state?at=2200-01-01T00:00:00Z")).json()
    assert (last["is_open"], last["until"]) == (False, None)
    now = (await admin.get(f"{BASE}/versions/1/state")).json()
    assert abs(datetime.fromisoformat(now["at"]) - datetime.now(UTC)) < timedelta(minutes=5)
    stranger = await served.client("globex")
    assert (await stranger.get(f"{BASE}/versions/1/state")).status_code == 404
    assert (await stranger.get(f"{BASE}/versions/1/year/2026")).status_code == 404
