"""Which agreement applies to a ticket, why, and what it promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sla_service.domain.commerce import ContractNews
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.auth.roles import Role
from slaclock.contracts.instants import parse_instant
from slaclock.store import Pool
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
MARCH, JUNE, NOON = "2026-03-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-06-01T12:00:00Z"


@pytest_asyncio.fixture
async def viewer(served: Served, pool: Pool, gold: dict[str, Any]) -> httpx.AsyncClient:
    """A tenant with terms of every kind: gold for contract c1, silver from June on."""
    admin = await served.client()
    for sla_id in ("gold", "silver", "bronze"):
        file = {**gold, "sla_id": sla_id, "name": sla_id}
        answer = await admin.post(f"{SLA}/slas/{sla_id}/publish", json={"sla": file})
        assert answer.status_code == 201, answer.text
    for path, body in (
        ("default", {"sla_id": "bronze"}),
        ("assignments", {"sla_id": "silver", "match": {"service": "mail"}}),
        ("assignments", {"sla_id": "gold", "match": {"group": "l1", "service": "mail"}}),
        ("assignments", {"sla_id": None, "match": {"category": "network"}}),
    ):
        answer = await admin.post(f"{SLA}/{path}", json={**body, "effective_from": MARCH})
        assert answer.status_code == 201, answer.text
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [quote("c1", "q1"), order(), quote("c2", "q2")])
    return await served.client(role=Role.VIEWER)


def quote(contract_id: str, quote_id: str) -> ContractNews:
    return accepted_quote(
        parse_instant(MARCH),
        contract_id=contract_id,
        customer_id="initech" if contract_id == "c1" else "hooli",
        effective_to=parse_instant("2026-12-01T00:00:00Z"),
        cause_id=quote_id,
        event_id=quote_id,
    )


def order() -> ContractNews:
    return replace(
        quote("c1", "co1"),
        customer_id=None,
        sla_id="silver",
        effective_from=parse_instant(JUNE),
        effective_to=None,
        mode="from_effective_instant",
        cause_kind="change_order",
    )


@pytest.mark.parametrize(
    ("query", "reason", "sla_id"),
    [
        pytest.param({"contract_id": "c2"}, "ticket_contract", "gold", id="contract of the ticket"),
        pytest.param(
            {"customer_id": "initech", "service": "mail"},
            "customer_contract",
            "silver",
            id="contract of the customer, changed",
        ),
        pytest.param(
            {"customer_id": "initech", "at": "2026-05-31T23:59:59Z"},
            "customer_contract",
            "gold",
            id="contract of the customer, before the change",
        ),
        pytest.param(
            {"customer_id": "initech", "opened": "2026-05-01T00:00:00Z"},
            "customer_contract",
            "silver",
            id="an open ticket is reached",
        ),
        pytest.param(
            {"contract_id": "c1", "at": "2026-12-01T00:00:00Z"}, "default", "bronze", id="over"
        ),
        pytest.param({"service": "mail"}, "assignment", "silver", id="assignment"),
        pytest.param(
            {"service": "mail", "group": "l1"}, "assignment", "gold", id="more fields first"
        ),
        pytest.param({"category": "network"}, "default", "bronze", id="assignment taken away"),
        pytest.param({}, "default", "bronze", id="default"),
        pytest.param({"at": "2026-02-01T00:00:00Z"}, "none", None, id="nothing yet"),
    ],
)
async def test_the_agreement_and_the_reason(
    viewer: httpx.AsyncClient, query: dict[str, str], reason: str, sla_id: str | None
) -> None:
    asked = {"at": NOON, **query}
    answer = await viewer.get(f"{SLA}/what-applies", params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["reason"], found["sla_id"]) == (reason, sla_id)
    applies = [one for one in found["candidates"] if one["verdict"] == "applies"]
    assert [one["sla_id"] for one in applies] == ([sla_id] if sla_id else [])
    assert found["words"] == (applies[0]["words"] if applies else found["words"])
    assert all(one["words"] for one in found["candidates"])
    times = {key: asked.pop(key) for key in ("at", "opened") if key in asked}
    posted = await viewer.post(f"{SLA}/what-applies", json={"ticket": asked, **times})
    assert posted.json() == found


async def test_every_rival_says_why_it_lost(viewer: httpx.AsyncClient) -> None:
    query = {"customer_id": "initech", "service": "mail", "group": "l2", "at": NOON}
    found = (await viewer.get(f"{SLA}/what-applies", params=query)).json()
    said = [(one["verdict"], one["words"]) for one in found["candidates"]]
    first, second = found["candidates"][:2]
    assert second["by"] == first["entry_id"]
    assert first["effective_to"] == "2026-12-01T00:00:00Z", "a change order lasts as the quote does"
    assert said == [
        (
            "applies",
            (
                "contract c1 of customer initech gives silver version 1 from 2026-06-01T00:00:00Z on"
                " and applies"
            ),
        ),
        (
            "superseded",
            (
                "contract c1 of customer initech gives gold version 1 from 2026-03-01T00:00:00Z on but"
                f" the entry {first['entry_id']} of 2026-06-01T00:00:00Z has taken its place"
            ),
        ),
        (
            "no_match",
            (
                "the assignment of service mail and group l1 gives gold version 1 from"
                " 2026-03-01T00:00:00Z on but the ticket has group l2"
            ),
        ),
        (
            "outranked",
            (
                "the assignment of service mail gives silver version 1 from 2026-03-01T00:00:00Z on"
                " but contract c1 of customer initech comes first"
            ),
        ),
        (
            "no_match",
            (
                "the assignment of category network gives nothing from 2026-03-01T00:00:00Z on but the"
                " ticket has no category"
            ),
        ),
        (
            "outranked",
            (
                "the tenant's default gives bronze version 1 from 2026-03-01T00:00:00Z on but contract"
                " c1 of customer initech comes first"
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("priority", "minutes", "fallback", "words"),
    [
        pytest.param(
            "P1", 240, False, "resolution within 240 minutes of 24x7 for priority P1", id="its own"
        ),
        pytest.param(
            "P4",
            2400,
            True,
            "resolution within 2400 minutes of office, the fallback: there is no target for"
            " priority P4",
            id="fallback",
        ),
        pytest.param(
            None, 2400, True, "resolution within 2400 minutes of office", id="without priority"
        ),
    ],
)
async def test_targets_in_words(
    viewer: httpx.AsyncClient, priority: str | None, minutes: int, fallback: bool, words: str
) -> None:
    ticket = {"contract_id": "c2", "priority": priority, "status": "open", "ticket_id": "T-1"}
    answer = await viewer.post(f"{SLA}/what-applies", json={"ticket": ticket, "at": NOON})
    (target,) = answer.json()["targets"]
    assert (target["minutes"], target["fallback"], target["words"]) == (minutes, fallback, words)


async def test_an_unknown_contract_is_named(viewer: httpx.AsyncClient) -> None:
    query = {"contract_id": "nobody-knows", "at": NOON}
    found = (await viewer.get(f"{SLA}/what-applies", params=query)).json()
    assert (found["reason"], found["unknown_contract"]) == ("default", "nobody-knows")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        pytest.param({"ticket": {"grp": "l1"}}, "ticket.grp", None, id="misspelt"),
        pytest.param({}, "ticket", None, id="no ticket"),
        pytest.param({"ticket": {}, "at": "2026-06-01"}, "at", None, id="a date is no instant"),
        pytest.param(
            {"ticket": {}, "at": MARCH, "opened": JUNE},
            "opened",
            "what-applies.opened-later",
            id="opened after the instant",
        ),
    ],
)
async def test_what_cannot_be_asked(
    viewer: httpx.AsyncClient, body: dict[str, Any], field: str, code: str | None
) -> None:
    answer = await viewer.post(f"{SLA}/what-applies", json=body)
    assert answer.status_code == 422, answer.text
    assert field in {one["field"] for one in answer.json()["errors"]}
    assert code is None or answer.json()["code"] == code


@pytest.mark.parametrize("path", ["what-applies?contract=c1", "contracts/c1/sla?att=2026"])
async def test_a_misspelt_parameter_is_not_passed_over(
    viewer: httpx.AsyncClient, path: str
) -> None:
    answer = await viewer.get(f"{SLA}/{path}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "field.unknown"


async def test_another_tenant_sees_nothing_of_it(viewer: httpx.AsyncClient, served: Served) -> None:
    assert viewer is not None
    other = await served.client(tenant="globex")
    query = {"contract_id": "c1", "customer_id": "initech", "at": NOON}
    found = (await other.get(f"{SLA}/what-applies", params=query)).json()
    assert (found["reason"], found["candidates"]) == ("none", [])
