"""`POST /sla/v1/lint`: all that is to be said of any file; nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from slaclock.auth.roles import Role
from slaclock.testing.serving import Served

LINT = "/sla/v1/lint"


async def test_a_viewer_learns_all_at_once_and_nothing_is_kept(
    served: Served, gold: dict[str, Any]
) -> None:
    viewer = await served.client(role=Role.VIEWER)
    gold["targets"][0]["minutes"] = 0
    gold["calendars"]["uk"] = {"calendar_id": "uk", "version": 7}
    gold["escalations"][0]["recipients"] = [{"role": "nobody"}]
    answer = await viewer.post(LINT, json=gold)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    said = [(one["severity"], one["code"], one["path"]) for one in found["findings"]]
    assert ("error", "sla.number-bounds", "targets[0].minutes") in said
    assert ("error", "sla.calendar-unknown", "calendars.uk") in said
    assert ("warning", "sla.role-unknown", "escalations[0].recipients[0].role") in said
    assert [severity for severity, *_ in said] == sorted(severity for severity, *_ in said)
    assert all(one["reason"] and one["remedy"] for one in found["findings"])
    assert (found["publishable"], found["errors"] + found["warnings"]) == (False, len(said))
    assert (await viewer.get("/sla/v1/slas")).json()["items"] == []


async def test_what_it_lets_pass_can_be_published(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    linted = (await admin.post(LINT, json=gold)).json()
    assert (linted["publishable"], linted["errors"]) == (True, 0)
    done = await admin.post("/sla/v1/slas/gold/publish", json={"sla": gold})
    assert done.status_code == 201
    assert [one["code"] for one in done.json()["warnings"]] == [
        one["code"] for one in linted["findings"]
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({}, "sla.field-missing", id="empty"),
        pytest.param({"sla_id": 7, "targets": "x"}, "sla.field-missing", id="nonsense"),
    ],
)
async def test_any_object_is_judged(served: Served, body: Any, code: str) -> None:
    answer = await (await served.client()).post(LINT, json=body)
    assert answer.status_code == 200
    assert code in {one["code"] for one in answer.json()["findings"]}


async def test_what_is_no_object_is_refused(served: Served) -> None:
    answer = await (await served.client()).post(LINT, json=[1])
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
