"""Files of other software over HTTP, on the real service: preview, draft, version, business time."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import icalendar
import pytest

from slaclock.auth.roles import Role
from slaclock.foreign.alga import TABLES
from slaclock.testing.serving import Served

FILES = Path(__file__).parents[1] / "formats" / "files"
API = "/calendar/v1"
UK = f"{API}/calendars/uk"
ICAL = {"Content-Type": "text/calendar"}


def file(name: str) -> bytes:
    return (FILES / name).read_bytes()


async def test_a_preview_stores_nothing(served: Served) -> None:
    manager = await served.client(role=Role.MANAGER)
    query: dict[str, str | int] = {
        "timezone": "Europe/London",
        "first_year": 2026,
        "last_year": 2026,
    }
    answer = await manager.post(
        f"{API}/imports/icalendar", content=file("gov-uk.ics"), headers=ICAL, params=query
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["holidays"][0] == {"date": "2026-04-03", "name": "Good Friday"}
    assert (found["format"], found["timezone"], found["findings"]) == (
        "icalendar",
        "Europe/London",
        [],
    )
    assert found["counts"]["holidays"] == 4
    assert (await manager.get(f"{API}/calendars")).json()["items"] == []


async def test_from_a_file_to_business_time(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    made = await admin.put(f"{UK}/draft", json={**office, "holidays": []})
    missing = await admin.post(f"{UK}/draft/icalendar", content=file("gov-uk.ics"), headers=ICAL)
    assert missing.status_code == 428
    tags = {**ICAL, "If-Match": made.headers["ETag"]}
    taken = await admin.post(f"{UK}/draft/icalendar", content=file("gov-uk.ics"), headers=tags)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["added"], taken.json()["calendar_id"]) == (4, "uk")
    lost = await admin.post(f"{UK}/draft/icalendar", content=file("gov-uk.ics"), headers=tags)
    assert lost.status_code == 412
    tags["If-Match"] = taken.headers["ETag"]
    again = await admin.post(f"{UK}/draft/icalendar", content=file("gov-uk.ics"), headers=tags)
    assert (again.json()["added"], again.json()["counts"]["present"]) == (0, 4)
    draft = (await admin.get(f"{UK}/draft")).json()
    assert draft["faults"] == []
    assert len(draft["document"]["holidays"]) == 4
    published = await admin.post(f"{UK}/publish")
    assert published.status_code == 201, published.text
    thursday_at_five = {"op": "add", "start": "2026-04-02T16:00:00Z", "minutes": 60}
    body = {"calendar": {"id": "uk", "version": 1}, "operations": [thursday_at_five]}
    result = (await admin.post(f"{API}/business-time", json=body)).json()["results"][0]
    assert result["result"] == "2026-04-07T08:30:00Z", "Good Friday and Easter Monday are closed"


async def test_a_new_draft_goes_on_from_the_newest_version(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    taken = await admin.post(f"{UK}/draft/icalendar", content=file("gov-uk.ics"), headers=ICAL)
    assert taken.status_code == 201, taken.text
    assert (taken.json()["added"], taken.json()["counts"]["present"]) == (3, 1)
    document = (await admin.get(f"{UK}/draft")).json()["document"]
    assert document["windows"] == office["windows"]
    assert len(document["holidays"]) == 5


async def test_a_calendar_may_begin_with_its_holidays(served: Served) -> None:
    manager = await served.client(role=Role.MANAGER)
    taken = await manager.post(f"{UK}/draft/icalendar", content=file("google-us.ics"), headers=ICAL)
    assert taken.status_code == 201, taken.text
    document = (await manager.get(f"{UK}/draft")).json()["document"]
    assert (document["timezone"], document["windows"]) == ("America/New_York", [])


async def test_a_version_goes_out_and_comes_back(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    whole = {**office, "overrides": [{"date": "2026-12-24", "windows": []}]}
    await admin.post(f"{UK}/publish", json={"calendar": whole})
    out = await admin.get(f"{UK}/versions/1/icalendar")
    assert (out.status_code, out.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert len(icalendar.Calendar.from_ical(out.content).walk("VEVENT")) == 8
    again = await admin.get(f"{UK}/versions/1/icalendar")
    assert again.content == out.content
    tag = {"If-None-Match": out.headers["ETag"]}
    known = await admin.get(f"{UK}/versions/1/icalendar", headers=tag)
    assert (known.status_code, known.content) == (304, b"")
    preview = await admin.post(f"{API}/imports/icalendar", content=out.content, headers=ICAL)
    (found,) = preview.json()["calendars"]
    back = await admin.post(f"{UK}/publish", json={"calendar": found["document"]})
    assert (back.status_code, back.json()["version"]) == (200, 1), "it says the same"
    assert (await admin.get(f"{UK}/versions/2/icalendar")).status_code == 404


async def test_a_draft_goes_out_with_its_rules_as_dates(
    served: Served, office: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    rule = {"rule": "easter", "days": -2, "name": "Good Friday"}
    draft = {**office, "holidays": [], "holiday_rules": [rule]}
    draft["horizon"] = {"first_year": 2026, "last_year": 2027}
    await manager.put(f"{UK}/draft", json=draft)
    out = await manager.get(f"{UK}/draft/icalendar")
    assert out.status_code == 200, out.text
    assert b"DTSTART;VALUE=DATE:20260403" in out.content
    assert b"DTSTART;VALUE=DATE:20270326" in out.content
    other = {**office, "timezone": "Mars/Olympus"}
    await manager.put(f"{API}/calendars/mars/draft", json=other)
    refused = await manager.get(f"{API}/calendars/mars/draft/icalendar")
    assert (refused.status_code, refused.json()["code"]) == (422, "calendar.invalid")
    assert (await manager.get(f"{API}/calendars/none/draft/icalendar")).status_code == 404


async def test_alga_tables_are_previewed_and_published(served: Served) -> None:
    admin = await served.client()
    folder = FILES / "alga"
    tables = {
        name: list(csv.DictReader((folder / f"{name}.csv").read_text().splitlines()))
        for name in TABLES
    }
    preview = (await admin.post(f"{API}/imports/alga", json=tables)).json()
    assert len(preview["findings"]) == preview["counts"]["findings"] == 10
    (shared,) = preview["sets"]
    made = await admin.post(
        f"{API}/holiday-sets/{shared['set_id']}/versions", json={"set": shared["document"]}
    )
    assert made.status_code == 201, made.text
    for found in preview["calendars"]:
        path = f"{API}/calendars/{found['calendar_id']}"
        draft = await admin.put(f"{path}/draft", json=found["document"])
        assert draft.json()["faults"] == []
        assert (await admin.post(f"{path}/publish")).status_code == 201
    path = f"{API}/calendars/standard-hours/versions/1/snapshot"
    dates = [one["date"] for one in (await admin.get(path)).json()["holidays"]]
    assert dates == ["2026-05-25", "2026-09-01", "2026-12-25"]


async def test_zendesk_schedules_come_in_and_go_out(served: Served) -> None:
    admin = await served.client()
    schedules = json.loads(file("zendesk-schedules.json"))
    preview = (await admin.post(f"{API}/imports/zendesk", json=schedules)).json()
    found = preview["calendars"][0]
    path = f"{API}/calendars/{found['calendar_id']}"
    await admin.put(f"{path}/draft", json=found["document"])
    await admin.post(f"{path}/publish")
    out = (await admin.get(f"{path}/versions/1/zendesk")).json()
    assert out["schedule"]["time_zone"] == "Pacific Time (US & Canada)"
    assert out["schedule"]["intervals"] == schedules["schedules"][0]["intervals"]
    assert out["holidays"] == [
        {"name": "Winter break", "start_date": "2026-12-24", "end_date": "2026-12-26"}
    ]
    assert out["findings"] == []


@pytest.mark.parametrize(
    ("body", "query", "status", "code"),
    [
        pytest.param(b"x" * (1024 * 1024 + 1), {}, 413, "body.too-large", id="too many bytes"),
        pytest.param(b"", {}, 422, "import.not-icalendar", id="nothing"),
        pytest.param("é".encode("latin-1"), {}, 422, "import.encoding", id="latin-1"),
        pytest.param(
            b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", {}, 422, "import.timezone", id="no zone"
        ),
        pytest.param(
            b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", {"timezone": "Mars"}, 422, "import.timezone",
            id="no such zone",
        ),
        pytest.param(
            b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", {"first_year": 1}, 422, "calendar.invalid",
            id="no such year",
        ),
        pytest.param(
            b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", {"first_year": 2030, "last_year": 2020}, 422,
            "calendar.invalid", id="years that end before they begin",
        ),
    ],
)  # fmt: skip
async def test_bad_files_are_refused(
    served: Served, body: bytes, query: dict[str, Any], status: int, code: str
) -> None:
    manager = await served.client(role=Role.MANAGER)
    for path in (f"{API}/imports/icalendar", f"{UK}/draft/icalendar"):
        answer = await manager.post(path, content=body, headers=ICAL, params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert status == 413 or answer.json()["errors"][0]["remedy"]


@pytest.mark.parametrize("path", ["imports/icalendar", "imports/alga", "imports/zendesk"])
async def test_who_may_not_draft_may_not_import(served: Served, path: str) -> None:
    technician = await served.client(role=Role.TECHNICIAN)
    assert (await technician.post(f"{API}/{path}", json={})).status_code == 403


async def test_versions_of_others_are_not_there(served: Served, office: dict[str, Any]) -> None:
    acme, globex = await served.client("acme"), await served.client("globex")
    await acme.post(f"{UK}/publish", json={"calendar": office})
    for kind in ("icalendar", "zendesk"):
        assert (await acme.get(f"{UK}/versions/1/{kind}")).status_code == 200
        assert (await globex.get(f"{UK}/versions/1/{kind}")).status_code == 404
