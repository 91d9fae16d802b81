"""A dry run tells how many open tickets an entry would reach, and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.contracts.instants import parse_instant
from slaclock.contracts.reach import ReachedIn
from slaclock.messaging.asking import responding
from slaclock.messaging.topology import REACHED
from slaclock.store import Pool
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
MARCH, JUNE = "2026-03-01T00:00:00Z", "2026-06-01T00:00:00Z"


@pytest_asyncio.fixture
async def admin(on_the_bus: Served, pool: Pool, gold: dict[str, Any]) -> httpx.AsyncClient:
    admin = await on_the_bus.client()
    for sla_id in ("gold", "silver"):
        file = {**gold, "sla_id": sla_id}
        assert (await admin.post(f"{SLA}/slas/{sla_id}/publish", json={"sla": file})).is_success
    quote = accepted_quote(parse_instant(MARCH), effective_to=parse_instant("2026-12-01T00:00:00Z"))
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [quote])
    return admin


@pytest_asyncio.fixture
async def asked(topology: Bus) -> AsyncIterator[list[ReachedIn]]:
    """Somebody answers as ticket-clock does: seven tickets, whatever is asked."""
    found: list[ReachedIn] = []

    async def answer(tenant: str, body: bytes) -> bytes:
        assert tenant == "acme"
        found.append(ReachedIn.model_validate_json(body))
        return orjson.dumps({"tickets": 7, "looked_at": 9, "complete": True, "at": JUNE})

    client = await topology.connect("ticket-clock")
    async with responding(client, REACHED, answer):
        yield found
    await client.close()


@pytest.mark.parametrize(
    ("path", "more", "kind"),
    [
        pytest.param("default", {}, "default", id="default"),
        pytest.param("assignments", {"match": {"group": "l1"}}, "assignment", id="assignment"),
    ],
)
async def test_a_dry_run_of_an_entry(
    admin: httpx.AsyncClient, asked: list[ReachedIn], path: str, more: dict[str, Any], kind: str
) -> None:
    wish = {"sla_id": "gold", "mode": "from_start", "effective_from": MARCH, **more}
    answer = await admin.post(f"{SLA}/{path}", json={**wish, "dry_run": True})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["dry_run"], found["reached"]["tickets"]) == (True, 7)
    (question,) = asked
    assert question.assignment is not None
    assert (question.assignment.kind, question.assignment.mode) == (kind, "from_start")
    assert question.assignment.agreement == found["entry"]["agreement"]
    assert (await admin.get(f"{SLA}/terms")).json()["items"] == [], "nothing was changed"
    made = await admin.post(f"{SLA}/{path}", json=wish)
    assert made.status_code == 201
    again = (await admin.post(f"{SLA}/{path}", json={**wish, "dry_run": True})).json()
    assert (again["entry"]["entry_id"], again["reached"]) == (made.json()["entry_id"], None)


@pytest.mark.parametrize(
    ("since", "has_effect", "until"),
    [
        pytest.param(JUNE, True, "2026-12-01T00:00:00Z", id="while the contract runs"),
        pytest.param("2026-02-01T00:00:00Z", False, None, id="before it begins"),
        pytest.param("2026-12-01T00:00:00Z", False, None, id="when it is over"),
    ],
)
async def test_a_dry_run_of_a_change_order(
    admin: httpx.AsyncClient,
    asked: list[ReachedIn],
    since: str,
    has_effect: bool,
    until: str | None,
) -> None:
    wish = {"sla_id": "silver", "effective_from": since, "running_tickets": "from_start"}
    answer = await admin.post(f"{SLA}/contracts/c1/change-order-dry-run", json=wish)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["has_effect"], found["effective_to"]) == (has_effect, until)
    assert (found["sla_id"], found["sla_version"], found["mode"]) == ("silver", 1, "from_start")
    assert found["reached"]["tickets"] == 7
    (question,) = asked
    assert question.contract is not None
    assert question.contract.cause.kind == "change_order"
    assert question.contract.customer_id == "customer"
    assert len((await admin.get(f"{SLA}/contracts/c1")).json()["entries"]) == 1


@pytest.mark.parametrize(
    ("path", "wish", "code"),
    [
        pytest.param(
            "contracts/c9/change-order-dry-run", {"sla_id": "silver"}, "contract.not-found", id="c9"
        ),
        pytest.param(
            "contracts/c1/change-order-dry-run",
            {"sla_id": "bronze"},
            "sla-version.not-found",
            id="bronze",
        ),
    ],
)
async def test_what_is_not_there(
    admin: httpx.AsyncClient, path: str, wish: dict[str, Any], code: str
) -> None:
    body = {"effective_from": JUNE, "running_tickets": "keep", **wish}
    answer = await admin.post(f"{SLA}/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_while_ticket_clock_is_away_nobody_guesses(admin: httpx.AsyncClient) -> None:
    body = {"sla_id": "gold", "mode": "from_start", "dry_run": True}
    answer = await admin.post(f"{SLA}/default", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "ticket-clock" in answer.json()["detail"]


PAST = {"default": True, "effective_from": MARCH}


@pytest.mark.parametrize(
    ("wish", "counted", "mode"),
    [
        pytest.param(PAST, False, "keep", id="an instant in the past, and nobody asked"),
        pytest.param({**PAST, "running_tickets": "keep"}, True, "keep", id="past"),
        pytest.param(
            {"default": True, "running_tickets": "from_start"}, True, "from_start", id="from start"
        ),
        pytest.param({"default": True, "running_tickets": "keep"}, False, "keep", id="from now on"),
    ],
)
async def test_a_new_default_tells_first_how_many_tickets_it_reaches(
    admin: httpx.AsyncClient,
    asked: list[ReachedIn],
    gold: dict[str, Any],
    wish: dict[str, Any],
    counted: bool,
    mode: str,
) -> None:
    # given a new version that is to be the default
    body = {"sla": {**gold, "name": "Next"}, **wish}

    # when it is tried
    tried = (await admin.post(f"{SLA}/slas/gold/publish", json={**body, "dry_run": True})).json()

    # then the number is there, and nothing else
    reaches = counted or "effective_from" in wish
    assert (tried["reached"] is not None, tried["default_entry_id"]) == (reaches, None)
    assert (await admin.get(f"{SLA}/terms")).json()["items"] == []
    asked.clear()

    # and publishing counts first where somebody says what open tickets do
    done = (await admin.post(f"{SLA}/slas/gold/publish", json=body)).json()
    assert (done["reached"] or {}).get("tickets") == (7 if counted else None)
    (entry,) = (await admin.get(f"{SLA}/terms")).json()["items"]
    assert (entry["entry_id"], entry["mode"]) == (done["default_entry_id"], mode)
    assert [one.assignment.mode for one in asked if one.assignment] == [mode] * counted

    # the same again reaches nothing that is not reached already
    again = (await admin.post(f"{SLA}/slas/gold/publish", json={**body, "dry_run": True})).json()
    assert (again["created"], again["reached"]) == (False, None)


async def test_nothing_is_published_that_cannot_be_counted(
    admin: httpx.AsyncClient, gold: dict[str, Any]
) -> None:
    body = {"sla": {**gold, "name": "Next"}, "default": True, "running_tickets": "from_start"}
    answer = await admin.post(f"{SLA}/slas/gold/publish", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await admin.get(f"{SLA}/slas/gold/versions/2")).status_code == 404
    del body["running_tickets"]
    assert (await admin.post(f"{SLA}/slas/gold/publish", json=body)).status_code == 201


async def test_what_open_tickets_do_needs_a_new_default(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(f"{SLA}/slas/gold/publish", json={"running_tickets": "keep"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert "default" in str(answer.json()["errors"])
