"""A request with an Idempotency-Key whose process died after the commit is not done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from slaclock.store import Connection, begin
from slaclock.store.answers import PgAnswers
from slaclock.testing.serving import Served

SLA = "/sla/v1"
GOLD = f"{SLA}/slas/gold"
KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing that comes after the commit happens."""

    async def died(*_: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(PgAnswers, "fill", died)
    monkeypatch.setattr(PgAnswers, "free", died)
    return monkeypatch


CASES = [
    pytest.param(
        ("POST", f"{GOLD}/publish", {"sla": {"name": "mine"}, "default": True}),
        ("POST", f"{GOLD}/publish", {"sla": {"name": "another"}}),
        id="publishing",
    ),
    pytest.param(
        ("POST", f"{SLA}/default", {"sla_id": "gold"}),
        ("POST", f"{SLA}/default", {"sla_id": None}),
        id="default",
    ),
    pytest.param(
        ("POST", f"{SLA}/assignments", {"sla_id": "gold", "match": {"group": "l1"}}),
        ("POST", f"{SLA}/assignments", {"sla_id": None, "match": {"group": "l1"}}),
        id="assignment",
    ),
    pytest.param(
        ("POST", f"{SLA}/status-map", {"statuses": {"parked": "on_hold"}}),
        ("POST", f"{SLA}/status-map", {"statuses": {"parked": "open"}}),
        id="status map",
    ),
    pytest.param(
        ("PUT", f"{SLA}/settings", {"binding_required": True}),
        ("PUT", f"{SLA}/settings", {"binding_required": False}),
        id="settings",
    ),
    pytest.param(
        ("PUT", f"{GOLD}/draft", {"name": "mine"}),
        ("PUT", f"{GOLD}/draft", {"name": "another"}),
        id="draft",
    ),
    pytest.param(
        ("POST", f"{GOLD}/draft", {"version": 1}),
        ("PUT", f"{GOLD}/draft", {"name": "another"}),
        id="copied draft",
    ),
]


@pytest.mark.parametrize(("mine", "another"), CASES)
async def test_the_answer_is_committed_with_what_was_done(
    served: Served,
    gold: dict[str, Any],
    dead: pytest.MonkeyPatch,
    mine: tuple[str, str, dict[str, Any]],
    another: tuple[str, str, dict[str, Any]],
) -> None:
    # given a request that was done, by a process that died then
    admin = await served.client()

    def whole(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/publish"):
            return {**body, "sla": {**gold, **body["sla"]}}
        return {**gold, **body} if path.endswith("/draft") and "version" not in body else body

    published = await admin.post(f"{GOLD}/publish", json={"sla": gold})
    assert published.status_code == 201
    method, path, body = mine
    first = await admin.request(method, path, json=whole(path, body), headers=KEY)
    assert first.status_code == 201, first.text
    dead.undo()

    # and somebody else's
    method_, path_, body_ = another
    tag = {"If-Match": first.headers["ETag"]} if path_.endswith("/draft") else {}
    other = await admin.request(method_, path_, json=whole(path_, body_), headers=tag)
    assert other.is_success, other.text
    before = await everything(served)

    # when it comes again
    again = await admin.request(method, path, json=whole(path, body), headers=KEY)

    # then it is answered, and nothing else happens
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true")
    assert (again.json(), again.headers.get("ETag")) == (first.json(), first.headers.get("ETag"))
    assert await everything(served) == before


async def everything(served: Served) -> list[Any]:
    admin = await served.client()
    paths = (f"{SLA}/audit", f"{SLA}/terms", f"{GOLD}/versions", f"{GOLD}/draft")
    return [(await admin.get(path)).json() for path in paths]


async def test_a_commit_whose_answer_is_lost_answers_the_same_request(
    served: Served, gold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection dies while the commit is answered: nobody knows, and nobody acts twice."""
    admin = await served.client()

    @asynccontextmanager
    async def dying(*arguments: Any, **more: Any) -> AsyncIterator[Connection]:
        async with begin(*arguments, **more) as connection:
            yield connection
        raise ConnectionResetError("the answer to COMMIT is lost")

    monkeypatch.setattr("sla_service.store.work.begin", dying)
    first = await admin.post(f"{GOLD}/publish", json={"sla": gold}, headers=KEY)
    assert (first.status_code, first.json()["code"]) == (503, "unavailable")
    monkeypatch.undo()
    again = await admin.post(f"{GOLD}/publish", json={"sla": gold}, headers=KEY)
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true")
    (version,) = (await admin.get(f"{GOLD}/versions")).json()["items"]
    assert version["hash"] == again.json()["hash"]


async def test_what_is_refused_frees_its_key(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    missing = await admin.post(f"{GOLD}/draft", json={"version": 7}, headers=KEY)
    assert (missing.status_code, missing.json()["code"]) == (404, "sla-version.not-found")
    for turn in range(7):
        await admin.post(f"{GOLD}/publish", json={"sla": {**gold, "name": f"n{turn}"}})
    done = await admin.post(f"{GOLD}/draft", json={"version": 7}, headers=KEY)
    assert done.status_code == 201
