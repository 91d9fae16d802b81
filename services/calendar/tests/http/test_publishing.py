from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from calendar_service.main import service
from slaclock.auth.guard import unguarded
from slaclock.auth.roles import Role
from slaclock.business_time import BusinessCalendar
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.testing.serving import Served, serving

UK = "/calendar/v1/calendars/uk"


def test_every_route_names_a_role(served: Served) -> None:
    assert unguarded(served.app) == ()


async def test_a_draft_is_created_read_replaced_and_discarded(
    served: Served, office: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    made = await manager.put(f"{UK}/draft", json=office)
    assert made.status_code == 201, made.text
    assert made.json()["faults"] == []
    read = await manager.get(f"{UK}/draft")
    assert read.headers["ETag"] == made.headers["ETag"]
    assert read.json()["document"] == office
    other = {**office, "name": "United Kingdom"}
    replaced = await manager.put(
        f"{UK}/draft", json=other, headers={"If-Match": made.headers["ETag"]}
    )
    assert replaced.status_code == 200
    assert replaced.headers["ETag"] != made.headers["ETag"]
    gone = await manager.delete(f"{UK}/draft", headers={"If-Match": replaced.headers["ETag"]})
    assert gone.status_code == 204
    assert (await manager.get(f"{UK}/draft")).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({}, 428, "precondition.required", id="no If-Match"),
        pytest.param({"If-Match": '"0"'}, 412, "precondition.failed", id="another state"),
        pytest.param({"If-Match": "nonsense"}, 412, "precondition.failed", id="malformed"),
    ],
)
async def test_nobody_overwrites_what_he_has_not_read(
    served: Served, office: dict[str, Any], headers: dict[str, str], status: int, code: str
) -> None:
    manager = await served.client(role=Role.MANAGER)
    await manager.put(f"{UK}/draft", json=office)
    answer = await manager.put(f"{UK}/draft", json={**office, "name": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_of_two_editors_one_wins(served: Served, office: dict[str, Any]) -> None:
    manager = await served.client(role=Role.MANAGER)
    for turn in range(5):
        before = await manager.get(f"{UK}/draft")
        headers = {"If-Match": before.headers["ETag"]} if before.is_success else {}
        answers = await asyncio.gather(
            *(
                manager.put(
                    f"{UK}/draft", json={**office, "name": f"{turn} {editor}"}, headers=headers
                )
                for editor in range(6)
            )
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert len([status for status in statuses if status in {200, 201}]) == 1, statuses
        assert set(statuses) <= {200, 201, 412, 428}


async def test_a_draft_keeps_its_faults_but_no_misspelt_key(
    served: Served, office: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    made = await manager.put(f"{UK}/draft", json={**office, "timezone": "Mars/Olympus"})
    assert made.status_code == 201
    (fault,) = made.json()["faults"]
    assert (fault["field"], fault["value"]) == ("timezone", "Mars/Olympus")
    checked = (await manager.post(f"{UK}/draft/validate")).json()
    assert checked == {"valid": False, "faults": [fault], "warnings": []}
    refused = await manager.put("/calendar/v1/calendars/us/draft", json={**office, "window": []})
    assert refused.status_code == 422
    (entry,) = refused.json()["errors"]
    assert entry["field"] == "window"
    assert "windows" in entry["remedy"]


async def test_publishing_a_draft_makes_a_version_that_is_named_by_its_hash(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.put(f"{UK}/draft", json=office)
    done = await admin.post(f"{UK}/publish")
    assert done.status_code == 201, done.text
    answer = done.json()
    assert (answer["id"], answer["version"], answer["created"]) == ("uk", 1, True)
    snapshot = await admin.get(f"{UK}/versions/1/snapshot")
    assert snapshot.headers["ETag"] == f'"{answer["hash"]}"'
    assert sha256_hex(snapshot.content) == answer["hash"]
    assert canonical(snapshot.json()) == snapshot.content
    assert snapshot.json()["zone"]["tail"] == "GMT0BST,M3.5.0/1,M10.5.0"
    assert BusinessCalendar.from_snapshot(snapshot.json()).version == 1
    known = await admin.get(
        f"{UK}/versions/1/snapshot", headers={"If-None-Match": snapshot.headers["ETag"]}
    )
    assert (known.status_code, known.content) == (304, b"")
    assert (await admin.get(f"{UK}/draft")).status_code == 404
    again = await admin.post(f"{UK}/publish")
    assert (again.status_code, again.json()["version"]) == (200, 1)


async def test_the_same_content_answers_the_version_that_says_it(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    first = await admin.post(f"{UK}/publish", json={"calendar": office})
    same = {**office, "windows": office["windows"][::-1], "holiday_rule": "date"}
    second = await admin.post(f"{UK}/publish", json={"calendar": same})
    other = await admin.post(f"{UK}/publish", json={"calendar": {**office, "holidays": []}})
    back = await admin.post(f"{UK}/publish", json={"calendar": office})
    assert [a.json()["version"] for a in (first, second, other, back)] == [1, 1, 2, 3]
    assert [a.status_code for a in (first, second, other, back)] == [201, 200, 201, 201]
    assert second.json()["hash"] == first.json()["hash"]


async def test_publishers_race_safely(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    documents = [{**office, "name": f"{number % 4}"} for number in range(12)]
    answers = await asyncio.gather(
        *(admin.post(f"{UK}/publish", json={"calendar": one}) for one in documents)
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    made = [answer.json()["version"] for answer in answers if answer.status_code == 201]
    assert sorted(made) == list(range(1, len(made) + 1))
    assert len({answer.json()["hash"] for answer in answers}) == len(made)


async def test_a_key_gets_the_same_answer_and_serves_one_request_only(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    headers = {"Idempotency-Key": "k-1"}
    first = await admin.post(f"{UK}/publish", json={"calendar": office}, headers=headers)
    again = await admin.post(f"{UK}/publish", json={"calendar": office}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await admin.post(f"{UK}/publish", json={"note": "else"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key-reused")


async def test_a_faulty_calendar_is_refused_with_every_fault(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    faulty = {
        **office,
        "timezone": "Mars/Olympus",
        "windows": [{"weekday": 9, "start": "09:00", "end": "09:00"}],
        "typ": "business",
    }
    answer = await admin.post(f"{UK}/publish", json={"calendar": faulty})
    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == "calendar.invalid"
    assert {entry["field"] for entry in body["errors"]} == {
        "timezone",
        "typ",
        "windows[0]",
        "windows[0].weekday",
    }
    assert all(entry["remedy"] and entry["message"] for entry in body["errors"])
    assert (await admin.get(UK)).status_code == 404


async def test_publishing_the_draft_that_was_read(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    made = await admin.put(f"{UK}/draft", json=office)
    lost = await admin.post(f"{UK}/publish", headers={"If-Match": '"0"'})
    assert lost.status_code == 412
    read = {"If-Match": made.headers["ETag"]}
    done = await admin.post(f"{UK}/publish", headers=read)
    assert done.status_code == 201
    again = await admin.post(f"{UK}/publish", headers=read)
    assert (again.status_code, again.json()["version"]) == (200, 1)


async def test_a_draft_that_is_gone_is_not_said_to_be_published(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    made = await admin.put(f"{UK}/draft", json={**office, "name": "Britain"})
    read = {"If-Match": made.headers["ETag"]}
    await admin.delete(f"{UK}/draft", headers=read)
    for body in ({}, {"calendar": {**office, "name": "Wales"}}):
        lost = await admin.post(f"{UK}/publish", json=body, headers=read)
        assert (lost.status_code, lost.json()["code"]) == (412, "precondition.failed")
    await admin.put(f"{UK}/draft", json={**office, "name": "Scotland"})
    await admin.post(f"{UK}/publish")
    lost = await admin.post(f"{UK}/publish", headers=read)
    assert lost.status_code == 412
    assert (await admin.get(f"{UK}/versions")).json()["items"][0]["version"] == 2


async def test_a_document_along_is_not_published_over_a_draft_that_changed(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    made = await admin.put(f"{UK}/draft", json=office)
    read = {"If-Match": made.headers["ETag"]}
    await admin.put(f"{UK}/draft", json={**office, "name": "Scotland"}, headers=read)
    body = {"calendar": {**office, "name": "Wales"}}
    lost = await admin.post(f"{UK}/publish", json=body, headers=read)
    assert (lost.status_code, lost.json()["code"]) == (412, "precondition.failed")
    assert (await admin.post(f"{UK}/publish", json=body)).status_code == 201


async def test_a_message_that_the_bus_would_not_take_is_refused(
    dsn: str, tmp_path: Path, office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACLOCK_CALENDAR_MESSAGE_BYTES", "4096")
    async with serving(service(), dsn, tmp_path) as served:
        admin = await served.client()
        assert (await admin.post(f"{UK}/publish", json={"calendar": office})).status_code == 201
        many = [
            {"weekday": day, "start": f"{hour:02}:00", "end": f"{hour:02}:30"}
            for day in range(7)
            for hour in range(24)
        ]
        large = {**office, "windows": many}
        refused = await admin.post(f"{UK}/publish", json={"calendar": large})
        assert (refused.status_code, refused.json()["code"]) == (
            422,
            "calendar.snapshot-too-large",
        )
        assert (await admin.get(UK)).json()["latest_version"] == 1


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        pytest.param(Role.VIEWER, "GET", "/calendar/v1/calendars", 200, id="viewer lists"),
        pytest.param(Role.VIEWER, "PUT", f"{UK}/draft", 403, id="viewer does not draft"),
        pytest.param(Role.TECHNICIAN, "PUT", f"{UK}/draft", 403, id="nor a technician"),
        pytest.param(Role.MANAGER, "POST", f"{UK}/publish", 403, id="manager does not publish"),
        pytest.param(Role.MANAGER, "POST", f"{UK}/versions/1/retire", 403, id="nor retire"),
        pytest.param(Role.SERVICE, "GET", "/calendar/v1/calendars", 403, id="service stands apart"),
    ],
)
async def test_roles(served: Served, role: Role, method: str, path: str, status: int) -> None:
    client = await served.client(role=role)
    answer = await client.request(method, path, json={} if method != "GET" else None)
    assert answer.status_code == status, answer.text


async def test_nothing_without_a_credential(served: Served) -> None:
    transport = httpx.ASGITransport(served.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as nobody:
        assert (await nobody.get("/calendar/v1/calendars")).status_code == 401


async def test_tenants_do_not_see_each_other(served: Served, office: dict[str, Any]) -> None:
    acme, globex = await served.client("acme"), await served.client("globex")
    await acme.post(f"{UK}/publish", json={"calendar": office})
    await acme.put(f"{UK}/draft", json={**office, "name": "next"})
    for path in (
        UK,
        f"{UK}/draft",
        f"{UK}/versions",
        f"{UK}/versions/1",
        f"{UK}/versions/1/snapshot",
    ):
        assert (await acme.get(path)).status_code == 200, path
        assert (await globex.get(path)).status_code == 404, path
    assert (await globex.post(f"{UK}/publish")).status_code == 404
    own = await globex.post(f"{UK}/publish", json={"calendar": {**office, "name": "ours"}})
    assert own.json()["version"] == 1
    assert (await globex.get("/calendar/v1/calendars")).json()["items"][0]["name"] == "ours"


async def test_lists_go_on_with_a_cursor(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    for name in ("a", "b", "c"):
        await admin.post(f"/calendar/v1/calendars/{name}/publish", json={"calendar": office})
    for number in range(2, 4):
        body = {"calendar": {**office, "name": f"{number}"}, "note": "renamed"}
        await admin.post("/calendar/v1/calendars/c/publish", json=body)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = (
            await admin.get(
                "/calendar/v1/calendars",
                params={"limit": 2} | ({"cursor": cursor} if cursor else {}),
            )
        ).json()
        found += [item["calendar_id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == ["a", "b", "c"]
    versions = (await admin.get("/calendar/v1/calendars/c/versions", params={"limit": 2})).json()
    assert [item["version"] for item in versions["items"]] == [3, 2]
    rest = await admin.get("/calendar/v1/calendars/c/versions", params={"cursor": versions["next"]})
    assert [item["version"] for item in rest.json()["items"]] == [1]
    one = (await admin.get("/calendar/v1/calendars/c")).json()
    assert (one["latest_version"], len(one["versions"])) == (3, 3)


async def test_a_retired_version_stays_readable(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    for _ in range(2):
        retired = await admin.post(f"{UK}/versions/1/retire")
        assert (retired.status_code, retired.json()["status"]) == (200, "retired")
    assert (await admin.get(f"{UK}/versions/1/snapshot")).status_code == 200
    again = await admin.post(f"{UK}/publish", json={"calendar": office})
    assert (again.status_code, again.json()["version"]) == (201, 2)
    assert (await admin.post(f"{UK}/versions/9/retire")).status_code == 404
