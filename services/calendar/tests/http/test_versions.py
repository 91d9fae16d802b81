from __future__ import annotations

from typing import Any

import asyncpg
import orjson
import pytest

from slaclock.auth.roles import Role
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.testing.serving import Served

UK = "/calendar/v1/calendars/uk"
GOOD_FRIDAY = {"rule": "easter", "days": -2, "name": "Good Friday"}


@pytest.fixture
def ruled(office: dict[str, Any]) -> dict[str, Any]:
    """The office with a rule, for three years."""
    return {
        **office,
        "holidays": [{"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"}],
        "holiday_rules": [GOOD_FRIDAY],
        "horizon": {"first_year": 2026, "last_year": 2028},
    }


async def test_a_version_tells_all_that_is_known_of_it(
    served: Served, ruled: dict[str, Any]
) -> None:
    author, admin = await served.client(role=Role.MANAGER), await served.client()
    await author.put(f"{UK}/draft", json=ruled)
    await admin.post(f"{UK}/publish", json={"note": "first of all"})
    version = (await admin.get(f"{UK}/versions/1")).json()
    assert version["note"] == "first of all"
    assert version["author"] != version["published_by"]
    assert version["horizon"] == {"first_year": 2026, "last_year": 2028}
    assert (version["sets"], version["retired_at"], version["retired_by"]) == ([], None, None)
    snapshot = (await admin.get(f"{UK}/versions/1/snapshot")).json()
    assert version["zone_transitions"] == len(snapshot["zone"]["transitions"])
    assert [one["date"] for one in snapshot["holidays"]] == [
        "2026-04-03",
        "2026-12-25",
        "2027-03-26",
        "2028-04-14",
    ]
    retired = (await admin.post(f"{UK}/versions/1/retire")).json()
    assert retired["retired_by"] == version["published_by"]
    assert retired == (await admin.get(f"{UK}/versions/1")).json()
    assert (await admin.get(f"{UK}/versions")).json()["items"] == [retired]
    assert (await admin.get(UK)).json()["versions"] == [retired]


async def test_a_draft_is_copied_from_any_version_with_its_rules(
    served: Served, ruled: dict[str, Any], office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": ruled})
    await admin.post(f"{UK}/publish", json={"calendar": office})
    await admin.post(f"{UK}/versions/1/retire")
    made = await admin.post(f"{UK}/draft", json={"version": 1})
    assert (made.status_code, made.json()["document"]) == (201, ruled)
    assert made.json()["faults"] == []
    document = await admin.get(f"{UK}/versions/1/document")
    assert document.json() == ruled
    assert document.headers["ETag"] == f'"{sha256_hex(canonical(ruled))}"'
    known = {"If-None-Match": document.headers["ETag"]}
    assert (await admin.get(f"{UK}/versions/1/document", headers=known)).status_code == 304


@pytest.mark.parametrize(
    ("method", "body"),
    [pytest.param("POST", {"version": 1}, id="copy"), pytest.param("PUT", None, id="write")],
)
async def test_no_draft_is_overwritten_unread(
    served: Served, office: dict[str, Any], method: str, body: dict[str, Any] | None
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    body = body or office
    early = await admin.request(method, f"{UK}/draft", json=body, headers={"If-Match": '"0"'})
    assert early.status_code == 412
    new = {"If-None-Match": "*"}
    made = await admin.request(method, f"{UK}/draft", json=body, headers=new)
    assert made.status_code == 201
    found = {
        name: (await admin.request(method, f"{UK}/draft", json=body, headers=headers)).status_code
        for name, headers in {
            "nothing": {},
            "another": {"If-Match": '"0"'},
            "only new": new,
            "read": {"If-Match": made.headers["ETag"]},
        }.items()
    }
    assert found == {"nothing": 428, "another": 412, "only new": 412, "read": 200}


async def test_a_draft_is_not_copied_from_what_is_not_there(
    served: Served, office: dict[str, Any]
) -> None:
    admin, stranger = await served.client(), await served.client("globex")
    await admin.post(f"{UK}/publish", json={"calendar": office})
    for client, version in ((admin, 2), (stranger, 1)):
        answer = await client.post(f"{UK}/draft", json={"version": version})
        assert (answer.status_code, answer.json()["code"]) == (404, "calendar-version.not-found")


async def test_a_version_older_than_documents_is_its_own(
    served: Served, dsn: str, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        await connection.execute(
            "INSERT INTO calendar_versions (tenant_id, calendar_id, version, name, kind, timezone,"
            " tzdata, snapshot, hash, content, published_by) SELECT tenant_id, calendar_id, 2,"
            " 'old', kind, timezone, tzdata, snapshot, hash, content, 'somebody'"
            " FROM calendar_versions"
        )
    await connection.close()
    snapshot = (await admin.get(f"{UK}/versions/2/snapshot")).json()
    document = (await admin.get(f"{UK}/versions/2/document")).json()
    assert document == {
        key: value for key, value in snapshot.items() if key not in {"zone", "tzdata", "version"}
    }
    assert (await admin.get(f"{UK}/versions/2")).json()["author"] == "somebody"
    made = await admin.post(f"{UK}/draft", json={"version": 2})
    assert (made.status_code, made.json()["faults"]) == (201, [])


async def test_differences_as_data_in_words_and_what_they_do(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    longer = [{**one, "end": "18:30"} for one in office["windows"]]
    await admin.post(f"{UK}/publish", json={"calendar": {**office, "windows": longer}})
    year = {"from": "2027-03-01T00:00:00Z"}
    there = (await admin.get(f"{UK}/versions/1/differences/2", params=year)).json()
    back = (await admin.get(f"{UK}/versions/2/differences/1", params=year)).json()
    same = (await admin.get(f"{UK}/versions/2/differences/2")).json()
    assert there["words"]
    assert len(there["words"]) == len(there["differences"]) == len(back["differences"])
    assert {one["kind"] for one in there["differences"]} <= {"added", "removed", "changed"}
    effect = there["effect"]
    added = effect["after_seconds"] - effect["before_seconds"]
    assert 250 * 3600 < added == effect["different_seconds"] < 265 * 3600
    assert effect["from"] == "2027-03-01T00:00:00Z"
    assert effect["from"] <= effect["first_difference"] < effect["to"]
    assert back["effect"]["after_seconds"] == effect["before_seconds"]
    assert (same["differences"], same["effect"]["first_difference"]) == ([], None)
    assert (await admin.get(f"{UK}/versions/1/differences/3")).status_code == 404


@pytest.mark.parametrize(
    ("start", "named"),
    [
        pytest.param("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", id="before all calendars"),
        pytest.param("2199-12-31T00:00:00Z", "2201-01-01T00:00:00Z", id="ends after all calendars"),
        pytest.param("2027-03-01T00:00:00", "2027-03-01T00:00:00", id="without a zone"),
        pytest.param("soon", "soon", id="no instant"),
    ],
)
async def test_a_year_that_cannot_be_compared_is_refused(
    served: Served, office: dict[str, Any], start: str, named: str
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    found = await admin.get(f"{UK}/versions/1/differences/1", params={"from": start})
    assert (found.status_code, named in found.text) == (422, True), found.text


async def test_what_publishing_the_draft_would_change(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    made = await admin.put(f"{UK}/draft", json=office)
    assert (await admin.get(f"{UK}/draft/differences")).status_code == 404
    await admin.post(f"{UK}/publish", headers={"If-Match": made.headers["ETag"]})
    await admin.put(f"{UK}/draft", json={**office, "timezone": "Europe/Paris"})
    found = (await admin.get(f"{UK}/draft/differences")).json()
    assert any("Paris" in one for one in found["words"])
    assert found["effect"]["different_seconds"] > 0
    tag = (await admin.get(f"{UK}/draft")).headers["ETag"]
    await admin.put(f"{UK}/draft", json={**office, "windows": []}, headers={"If-Match": tag})
    refused = await admin.get(f"{UK}/draft/differences")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "windows")


async def test_a_dry_run_tells_and_makes_nothing(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    await admin.put(f"{UK}/draft", json=office)
    tried = await admin.post(f"{UK}/publish", json={"dry_run": True})
    assert tried.status_code == 200
    told = tried.json()
    assert (told["version"], told["created"], told["dry_run"], told["words"]) == (1, True, True, [])
    assert (await admin.get(f"{UK}/versions")).json()["items"] == []
    assert (await admin.get(f"{UK}/draft")).status_code == 200
    done = (await admin.post(f"{UK}/publish")).json()
    assert (done["version"], done["hash"]) == (told["version"], told["hash"])
    body = {"calendar": {**office, "name": "Britain"}, "dry_run": True}
    again = (await admin.post(f"{UK}/publish", json=body)).json()
    assert (again["version"], again["created"]) == (2, True)
    assert any("Britain" in one for one in again["words"])
    same = (await admin.post(f"{UK}/publish", json={"calendar": office, "dry_run": True})).json()
    assert (same["version"], same["created"]) == (1, False)


async def test_warnings_do_not_keep_anybody_from_publishing(
    served: Served, ruled: dict[str, Any]
) -> None:
    admin = await served.client()
    twice = {**ruled, "holidays": [{"date": "2026-04-03", "name": "Karfreitag"}]}
    made = await admin.put(f"{UK}/draft", json=twice)
    checked = (await admin.post(f"{UK}/draft/validate")).json()
    assert (checked["valid"], checked["faults"]) == (True, [])
    assert "calendar.holiday-merged" in {one["code"] for one in checked["warnings"]}
    assert made.json()["warnings"] == checked["warnings"]
    done = await admin.post(f"{UK}/publish")
    assert (done.status_code, done.json()["warnings"]) == (201, checked["warnings"])
    assert {"id", "version", "hash"} <= done.json().keys()


async def test_the_trail_tells_who_did_what(served: Served, office: dict[str, Any]) -> None:
    manager, admin = await served.client(role=Role.MANAGER), await served.client()
    tag = (await manager.put(f"{UK}/draft", json=office)).headers["ETag"]
    other = {**office, "name": "x"}
    await manager.put(f"{UK}/draft", json=other, headers={"If-Match": tag})
    await admin.post(f"{UK}/publish")
    await admin.post(f"{UK}/versions/1/retire")
    await admin.post(f"{UK}/versions/1/retire")
    tag = (await manager.post(f"{UK}/draft", json={"version": 1})).headers["ETag"]
    await manager.delete(f"{UK}/draft", headers={"If-Match": tag})
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 4}
    while True:
        page = (await admin.get(f"{UK}/audit", params=params)).json()
        found += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert [one["action"] for one in found] == [
        "calendar.draft-discarded",
        "calendar.draft-created",
        "calendar.retired",
        "calendar.published",
        "calendar.draft-changed",
        "calendar.draft-created",
    ]
    assert found == sorted(found, key=lambda one: one["at"], reverse=True)
    assert len({one["actor"] for one in found}) == 2
    assert (await (await served.client("globex")).get(f"{UK}/audit")).status_code == 404


async def test_retiring_is_announced_once_with_the_change(
    served: Served, dsn: str, office: dict[str, Any]
) -> None:
    admin = await served.client()
    done = (await admin.post(f"{UK}/publish", json={"calendar": office})).json()
    for _ in range(3):
        await admin.post(f"{UK}/versions/1/retire")
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        rows = await connection.fetch("SELECT subject, body FROM outbox ORDER BY position")
    await connection.close()
    assert [row["subject"] for row in rows] == [
        "sla.calendar.published.v1.acme",
        "sla.calendar.retired.v1.acme",
    ]
    told = orjson.loads(rows[1]["body"])["data"]
    assert told == {"calendar_id": "uk", "version": 1, "hash": done["hash"]}
