from __future__ import annotations

from typing import Any

import pytest

from slaclock.testing.serving import Served

SLA = "/sla/v1"


@pytest.fixture
def march() -> str:
    return "2026-03-01T00:00:00Z"


async def test_statuses_mean_what_the_latest_entry_says(served: Served) -> None:
    admin = await served.client()
    first = await admin.post(
        f"{SLA}/status-map",
        json={
            "statuses": {"Geparkt": "on_hold", "Wartet": "open"},
            "effective_from": "2026-01-01T00:00:00Z",
        },
    )
    assert first.status_code == 201, first.text
    assert first.json()["statuses"] == {"Geparkt": "on_hold", "Wartet": "open"}
    second = await admin.put(
        f"{SLA}/status-map",
        json={
            "statuses": {"Wartet": "waiting_on_customer"},
            "effective_from": "2026-02-01T00:00:00Z",
        },
    )
    assert (second.status_code, second.json()["revision"]) == (201, 2)
    for at, meaning in (("2026-01-15", "open"), ("2026-02-01", "waiting_on_customer")):
        found = await admin.get(f"{SLA}/status-map", params={"at": f"{at}T00:00:00Z"})
        assert found.json()["statuses"] == {"Geparkt": "on_hold", "Wartet": meaning}
        assert found.json()["defaults"]["New"] == "open"
    before = await admin.get(f"{SLA}/status-map", params={"at": "2025-01-01T00:00:00Z"})
    assert before.json()["statuses"] == {}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param("status-map", {"statuses": {}}, "statuses", id="no status"),
        pytest.param(
            "status-map", {"statuses": {"x": "paused"}}, "statuses.x", id="unknown category"
        ),
        pytest.param("assignments", {"match": {}, "sla_id": "gold"}, "match", id="matches all"),
        pytest.param(
            "assignments", {"match": {"grp": "l1"}, "sla_id": "gold"}, "match.grp", id="misspelt"
        ),
        pytest.param("default", {}, "sla_id", id="no SLA"),
        pytest.param("default", {"sla_id": "gold", "mode": "now"}, "mode", id="unknown mode"),
        pytest.param(
            "default",
            {"sla_id": "gold", "effective_from": "2026-03-01"},
            "effective_from",
            id="a date is no instant",
        ),
        pytest.param("settings", {}, "binding_required", id="no setting"),
    ],
)
async def test_malformed_entries_name_the_field(
    served: Served, path: str, body: dict[str, Any], field: str
) -> None:
    admin = await served.client()
    answer = await admin.post(f"{SLA}/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert field in {entry["field"] for entry in answer.json()["errors"]}, answer.text


async def test_assignments_follow_one_another_place_by_place(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    done = await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    network = {"match": {"category": "network"}, "sla_id": "gold"}
    first = await admin.post(f"{SLA}/assignments", json=network)
    assert (first.status_code, first.json()["agreement"]) == (201, done.json()["hash"])
    same = await admin.post(f"{SLA}/assignments", json=network)
    assert (same.status_code, same.json()["entry_id"]) == (200, first.json()["entry_id"])
    group = await admin.post(
        f"{SLA}/assignments",
        json={"match": {"group": "l1"}, "sla_id": "gold", "sla_version": 1},
    )
    assert group.status_code == 201
    gone = await admin.post(f"{SLA}/assignments", json={**network, "sla_id": None})
    assert (gone.status_code, gone.json()["agreement"]) == (201, None)
    back = await admin.post(f"{SLA}/assignments", json=network)
    assert (back.status_code, back.json()["revision"]) == (201, 4)
    assert back.json()["entry_id"] != first.json()["entry_id"]
    listed = (await admin.get(f"{SLA}/assignments")).json()
    assert {entry["revision"] for entry in listed} == {2, 4}
    terms = (await admin.get(f"{SLA}/terms", params={"limit": 3})).json()
    rest = (await admin.get(f"{SLA}/terms", params={"cursor": terms["next"]})).json()
    assert [entry["revision"] for entry in terms["items"] + rest["items"]] == [1, 2, 3, 4]


async def test_default_and_settings(served: Served, gold: dict[str, Any], march: str) -> None:
    admin = await served.client()
    assert (await admin.get(f"{SLA}/default")).json() is None
    assert (await admin.get(f"{SLA}/settings")).json() is None
    await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    made = await admin.put(
        f"{SLA}/default",
        json={"sla_id": "gold", "effective_from": march, "mode": "from_effective_instant"},
    )
    assert (made.status_code, made.json()["mode"]) == (201, "from_effective_instant")
    assert (await admin.get(f"{SLA}/default")).json()["sla_version"] == 1
    early = await admin.get(f"{SLA}/default", params={"at": "2026-02-28T23:59:59Z"})
    assert early.json() is None
    required = await admin.put(f"{SLA}/settings", json={"binding_required": True})
    assert required.json()["settings"] == {"binding_required": True}
    assert (await admin.get(f"{SLA}/settings")).json()["revision"] == 2


async def test_an_unknown_contract_is_not_found(served: Served) -> None:
    admin = await served.client()
    assert (await admin.get(f"{SLA}/contracts/c1")).status_code == 404
    assert (await admin.get(f"{SLA}/contracts/c1/sla")).status_code == 404
    assert (await admin.get(f"{SLA}/contracts")).json() == {"items": [], "next": None}
    assert (await admin.get(f"{SLA}/waiting-contracts")).json()["items"] == []
