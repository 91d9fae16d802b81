from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sla_service.main import service
from slaclock.auth.guard import unguarded
from slaclock.auth.roles import Role
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.testing.serving import Served, serving

GOLD = "/sla/v1/slas/gold"


def test_every_route_names_a_role(served: Served) -> None:
    assert unguarded(served.app) == ()


async def test_a_draft_is_created_read_replaced_and_discarded(
    served: Served, gold: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    made = await manager.put(f"{GOLD}/draft", json=gold)
    assert (made.status_code, made.json()["faults"]) == (201, [])
    assert (await manager.put(f"{GOLD}/draft", json=gold)).status_code == 428
    lost = await manager.put(f"{GOLD}/draft", json=gold, headers={"If-Match": '"0"'})
    assert lost.status_code == 412
    tag = {"If-Match": made.headers["ETag"]}
    replaced = await manager.put(f"{GOLD}/draft", json={**gold, "name": "G"}, headers=tag)
    assert replaced.status_code == 200
    again = await manager.put(f"{GOLD}/draft", json=gold, headers=tag)
    assert again.status_code == 412
    read = await manager.get(f"{GOLD}/draft")
    assert read.headers["ETag"] == replaced.headers["ETag"]
    assert read.json()["document"]["name"] == "G"
    tag = {"If-Match": read.headers["ETag"]}
    assert (await manager.delete(f"{GOLD}/draft", headers=tag)).status_code == 204
    assert (await manager.get(f"{GOLD}/draft")).status_code == 404


async def test_a_draft_keeps_its_faults_but_no_misspelt_key(
    served: Served, gold: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    gold["targets"][0]["minutes"] = -1
    made = await manager.put(f"{GOLD}/draft", json=gold)
    (fault,) = made.json()["faults"]
    assert (fault["field"], fault["value"]) == ("targets[0].minutes", -1)
    checked = (await manager.post(f"{GOLD}/draft/validate")).json()
    assert checked == {"valid": False, "faults": [fault], "warnings": []}
    gold["escalation"] = []
    refused = await manager.put("/sla/v1/slas/other/draft", json=gold)
    assert refused.status_code == 422
    (entry,) = refused.json()["errors"]
    assert (entry["field"], entry["remedy"]) == ("escalation", "write escalations")


async def test_publishing_makes_a_version_that_is_named_by_its_hash(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.put(f"{GOLD}/draft", json=gold)
    done = await admin.post(f"{GOLD}/publish", json={"effective_from": "2026-03-01T01:00:00+01:00"})
    assert done.status_code == 201, done.text
    answer = done.json()
    assert (answer["id"], answer["version"]) == ("gold", 1)
    assert answer["effective_from"] == "2026-03-01T00:00:00Z"
    snapshot = await admin.get(f"{GOLD}/versions/1/snapshot")
    assert snapshot.headers["ETag"] == f'"{answer["hash"]}"'
    assert sha256_hex(snapshot.content) == answer["hash"]
    document = snapshot.json()
    assert canonical(document) == snapshot.content
    assert document["effective_from"] == "2026-03-01T00:00:00Z"
    assert document["pause"]["first_response"] == ["waiting_on_customer"]
    name = document["calendars"]["office"]["hash"]
    assert document["calendar_snapshots"][name]["zone"]["tail"].startswith("GMT0BST")
    version = (await admin.get(f"{GOLD}/versions/1")).json()
    assert (version["hash"], version["status"]) == (answer["hash"], "published")
    assert (await admin.get(f"{GOLD}/draft")).status_code == 404
    repeated = await admin.post(f"{GOLD}/publish")
    assert (repeated.status_code, repeated.json()["hash"]) == (200, answer["hash"])


async def test_the_same_content_answers_the_version_that_says_it(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    first = await admin.post(f"{GOLD}/publish", json={"sla": gold})
    spelled_out = {
        **gold,
        "reopen": {"first_response": "keep", "resolution": "resume"},
        "pause": {"resolution": ["waiting_on_customer"]},
    }
    second = await admin.post(
        f"{GOLD}/publish", json={"sla": spelled_out, "effective_from": "2026-01-01T00:00:00Z"}
    )
    other = await admin.post(f"{GOLD}/publish", json={"sla": {**gold, "name": "G"}})
    found = [(one.status_code, one.json()["version"]) for one in (first, second, other)]
    assert found == [(201, 1), (200, 1), (201, 2)]


async def test_publishers_race_safely(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    files = [{**gold, "name": f"{number % 4}"} for number in range(12)]
    answers = await asyncio.gather(
        *(admin.post(f"{GOLD}/publish", json={"sla": one, "default": True}) for one in files)
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    made = [answer.json()["version"] for answer in answers if answer.status_code == 201]
    assert sorted(made) == list(range(1, len(made) + 1))
    entries = (await admin.get("/sla/v1/terms")).json()["items"]
    assert [entry["revision"] for entry in entries] == list(range(1, len(entries) + 1))


async def test_a_key_gets_the_same_answer(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    headers = {"Idempotency-Key": "k-1"}
    first = await admin.post(f"{GOLD}/publish", json={"sla": gold}, headers=headers)
    again = await admin.post(f"{GOLD}/publish", json={"sla": gold}, headers=headers)
    assert (first.status_code, again.content) == (201, first.content)
    other = await admin.post(f"{GOLD}/publish", json={"note": "x"}, headers=headers)
    assert other.json()["code"] == "idempotency.key-reused"


async def test_a_default_is_set_once_for_each_instant(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    body = {"sla": gold, "default": True, "effective_from": "1970-01-01T00:00:00Z"}
    entries = [
        (await admin.post(f"{GOLD}/publish", json=body)).json()["default_entry_id"]
        for _ in range(2)
    ]
    assert entries[0] == entries[1] is not None
    again = await admin.post(f"{GOLD}/publish", json={"sla": gold, "default": True})
    assert again.json()["default_entry_id"] == entries[0]
    later = {**body, "effective_from": "2030-01-01T00:00:00Z"}
    other = await admin.post(f"{GOLD}/publish", json=later)
    assert other.json()["default_entry_id"] != entries[0]
    assert (await admin.get("/sla/v1/default")).json()["entry_id"] == entries[0]


async def test_faults_are_refused_all_at_once(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    gold["calendars"]["uk"] = {"calendar_id": "uk", "version": 1}
    gold["targets"][0]["minutes"] = "soon"
    gold["extra"] = 1
    answer = await admin.post(f"{GOLD}/publish", json={"sla": gold})
    assert (answer.status_code, answer.json()["code"]) == (422, "sla.invalid")
    errors = {entry["field"]: entry for entry in answer.json()["errors"]}
    assert errors.keys() == {"calendars.uk", "targets[0].minutes", "extra"}
    assert errors["calendars.uk"]["code"] == "sla.calendar-unknown"
    assert "try again" in errors["calendars.uk"]["remedy"]
    assert (await admin.get(GOLD)).status_code == 404


async def test_the_linter_guards_publication(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    response = {"metric": "first_response", "priority": "P1", "minutes": 999, "calendar": "24x7"}
    gold["targets"].append(response)
    drafted = await admin.put(f"{GOLD}/draft", json=gold)
    (fault,) = drafted.json()["faults"]
    (warning,) = drafted.json()["warnings"]
    assert fault["code"] == "sla.response-longer-than-resolution"
    assert warning["code"] == "sla.priority-missing"
    refused = await admin.post(f"{GOLD}/publish")
    assert (refused.status_code, refused.json()["code"]) == (422, "sla.invalid")
    assert [one["code"] for one in refused.json()["errors"]] == [fault["code"]]
    response["minutes"] = 60
    done = await admin.post(f"{GOLD}/publish", json={"sla": gold})
    assert (done.status_code, done.json()["warnings"]) == (201, [warning])


async def test_what_is_not_acted_on_yet_is_said_at_once(
    served: Served, gold: dict[str, Any]
) -> None:
    # given a file that says more than this release does
    admin = await served.client()
    gold["escalations"][0]["repeat"] = {"every": 30, "at_most": 3}
    drafted = await admin.put(f"{GOLD}/draft", json=gold)

    # when
    done = await admin.post(f"{GOLD}/publish")

    # then it is published, and the answer names what has no effect
    assert (done.status_code, drafted.json()["faults"]) == (201, [])
    (warning,) = done.json()["warnings"]
    assert (warning["field"], warning["code"]) == (
        "escalations[0].repeat",
        "sla.not-yet-acted-on",
    )
    assert warning in drafted.json()["warnings"]
    snapshot = (await admin.get(f"{GOLD}/versions/1/snapshot")).json()
    assert snapshot["escalations"][0]["repeat"] == {"every": 30, "at_most": 3}


async def test_the_operator_allows_hosts(dsn: str, tmp_path: Path, gold: dict[str, Any]) -> None:
    gold["escalations"][0]["deliver"] = [{"channel": "webhook", "to": "http://127.0.0.1:9/x"}]
    allowed = frozenset({"127.0.0.1"})
    async with serving(service(), dsn, tmp_path, webhook_allow=allowed) as served:
        admin = await served.client()
        assert (await admin.post(f"{GOLD}/publish", json={"sla": gold})).status_code == 201


async def test_a_snapshot_that_the_bus_would_not_take_is_refused(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    long = {**gold["calendars"]["office"], "timezone": "Asia/Gaza"}
    gold["calendars"] |= {f"{number}": long for number in range(250)}
    answer = await admin.post(f"{GOLD}/publish", json={"sla": gold})
    assert (answer.status_code, answer.json()["code"]) == (422, "sla.snapshot-too-large")
    assert answer.json()["errors"][0]["remedy"]
    assert (await admin.get(GOLD)).status_code == 404


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        pytest.param(Role.VIEWER, "GET", "/sla/v1/slas", 200, id="viewer lists"),
        pytest.param(Role.VIEWER, "PUT", f"{GOLD}/draft", 403, id="viewer does not draft"),
        pytest.param(Role.MANAGER, "POST", f"{GOLD}/publish", 403, id="manager does not publish"),
        pytest.param(Role.VIEWER, "POST", f"{GOLD}/draft", 403, id="viewer does not copy"),
        pytest.param(
            Role.MANAGER, "POST", f"{GOLD}/versions/1/retire", 403, id="manager does not retire"
        ),
        pytest.param(Role.MANAGER, "POST", "/sla/v1/status-map", 403, id="nor map statuses"),
        pytest.param(Role.MANAGER, "POST", "/sla/v1/assignments", 403, id="nor assign"),
        pytest.param(Role.MANAGER, "PUT", "/sla/v1/default", 403, id="nor set the default"),
        pytest.param(Role.SERVICE, "GET", "/sla/v1/slas", 403, id="service stands apart"),
    ],
)
async def test_roles(served: Served, role: Role, method: str, path: str, status: int) -> None:
    client = await served.client(role=role)
    answer = await client.request(method, path, json={} if method != "GET" else None)
    assert answer.status_code == status, answer.text


async def test_tenants_do_not_see_each_other(served: Served, gold: dict[str, Any]) -> None:
    acme, globex = await served.client("acme"), await served.client("globex")
    await acme.post(f"{GOLD}/publish", json={"sla": gold, "default": True})
    for path in (GOLD, f"{GOLD}/versions", f"{GOLD}/versions/1", f"{GOLD}/versions/1/snapshot"):
        assert (await acme.get(path)).status_code == 200, path
        assert (await globex.get(path)).status_code == 404, path
    assert (await globex.get("/sla/v1/default")).json() is None
    assert (await globex.get("/sla/v1/terms")).json()["items"] == []
    stolen = {"sla_id": "gold", "sla_version": 1}
    assert (await globex.post("/sla/v1/default", json=stolen)).status_code == 404


async def test_lists_and_retirement(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    for sla_id in ("a", "b", "c"):
        await admin.post(f"/sla/v1/slas/{sla_id}/publish", json={"sla": {**gold, "sla_id": sla_id}})
    first = (await admin.get("/sla/v1/slas", params={"limit": 2})).json()
    rest = (await admin.get("/sla/v1/slas", params={"cursor": first["next"]})).json()
    assert [item["sla_id"] for item in first["items"] + rest["items"]] == ["a", "b", "c"]
    retired = await admin.post("/sla/v1/slas/a/versions/1/retire")
    assert retired.json()["status"] == "retired"
    assert (await admin.post("/sla/v1/slas/a/versions/2/retire")).status_code == 404
    nobody = await admin.post("/sla/v1/default", json={"sla_id": "a"})
    assert nobody.status_code == 404
