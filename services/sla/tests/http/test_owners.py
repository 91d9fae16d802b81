"""OLAs: bound to their own group and to nothing else, and told beside what binds the customer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from sla_service.domain.binding import NotBindable
from sla_service.domain.commerce import ContractNews
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.contracts.instants import parse_instant
from slaclock.store import Pool
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
MARCH, NOON = "2026-03-01T00:00:00Z", "2026-06-01T12:00:00Z"
NETWORK = {"agreement_type": "ola", "group": "network"}
VENDOR = {"agreement_type": "underpinning", "vendor": "carrier"}
QUOTE = accepted_quote(parse_instant(MARCH), customer_id="initech", event_id="q1")
ORDER = replace(QUOTE, customer_id=None, cause_kind="change_order", cause_id="co1")


@pytest_asyncio.fixture
async def admin(served: Served, gold: dict[str, Any]) -> httpx.AsyncClient:
    """A tenant with an SLA, an OLA of the group network, and what a vendor underpins."""
    found = await served.client()
    for sla_id, more in (("gold", {}), ("ola", NETWORK), ("vendor", VENDOR)):
        file = {**gold, "sla_id": sla_id, "name": sla_id, **more}
        answer = await found.post(f"{SLA}/slas/{sla_id}/publish", json={"sla": file})
        assert answer.status_code == 201, answer.text
    return found


async def tell(pool: Pool, *news: ContractNews) -> None:
    async with beginner(pool)({"acme"}) as work:
        await bind(work, news)


OLA, OTHER, UNDERPINNING = (
    "agreement.ola-promises-no-customer",
    "agreement.ola-of-another-group",
    "agreement.underpinning-not-acted-on",
)


@pytest.mark.parametrize(
    ("path", "body", "field", "value", "code"),
    [
        pytest.param("default", {"sla_id": "ola"}, "sla_id", "ola", OLA, id="as default"),
        pytest.param(
            "default", {"sla_id": "ola", "dry_run": True}, "sla_id", "ola", OLA, id="or a dry run"
        ),
        pytest.param(
            "assignments",
            {"sla_id": "ola", "match": {"group": "storage"}},
            "match.group",
            "storage",
            OTHER,
            id="for another group",
        ),
        pytest.param(
            "assignments",
            {"sla_id": "ola", "match": {"service": "mail"}},
            "match.group",
            None,
            OTHER,
            id="for no group",
        ),
        pytest.param(
            "default", {"sla_id": "vendor"}, "sla_id", "vendor", UNDERPINNING, id="underpinning"
        ),
        pytest.param(
            "assignments",
            {"sla_id": "vendor", "match": {"group": "network"}},
            "sla_id",
            "vendor",
            UNDERPINNING,
            id="underpinning, assigned",
        ),
    ],
)
async def test_what_binds_nothing_there_is_refused(
    admin: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    field: str,
    value: str | None,
    code: str,
) -> None:
    answer = await admin.post(f"{SLA}/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "agreement.not-bindable"
    (fault,) = answer.json()["errors"]
    assert (fault["field"], fault["value"], fault["code"]) == (field, value, code)
    assert fault["remedy"]
    assert (await admin.get(f"{SLA}/terms")).json()["items"] == []


@pytest.mark.parametrize("dry_run", [False, True], ids=["for good", "dry run"])
async def test_publishing_an_ola_as_default_publishes_nothing(
    admin: httpx.AsyncClient, gold: dict[str, Any], dry_run: bool
) -> None:
    file = {**gold, "sla_id": "late", **NETWORK}
    body = {"sla": file, "default": True, "dry_run": dry_run}
    answer = await admin.post(f"{SLA}/slas/late/publish", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"] == OLA
    assert (await admin.get(f"{SLA}/slas/late")).status_code == 404


async def test_an_ola_with_its_group_may_name_more(admin: httpx.AsyncClient) -> None:
    match = {"group": "network", "service": "mail", "category": "outage"}
    answer = await admin.post(f"{SLA}/assignments", json={"sla_id": "ola", "match": match})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("sla_id", ["ola", "vendor"])
async def test_contracts_bind_no_such_version(
    admin: httpx.AsyncClient, pool: Pool, sla_id: str
) -> None:
    with pytest.raises(NotBindable):
        await tell(pool, replace(QUOTE, sla_id=sla_id))
    await tell(pool, QUOTE)
    with pytest.raises(NotBindable):
        await tell(pool, replace(ORDER, sla_id=sla_id))
    order = {"sla_id": sla_id, "effective_from": NOON, "running_tickets": "keep"}
    answer = await admin.post(f"{SLA}/contracts/c1/change-order-dry-run", json=order)
    assert (answer.status_code, answer.json()["code"]) == (422, "agreement.not-bindable")
    history = (await admin.get(f"{SLA}/contracts/c1")).json()
    assert len(history["entries"]) == 1


async def test_a_quote_that_waited_for_what_became_an_ola_waits_on(
    admin: httpx.AsyncClient, pool: Pool, gold: dict[str, Any]
) -> None:
    await tell(pool, replace(QUOTE, sla_id="late"))
    file = {**gold, "sla_id": "late"}
    for more, bound in ((NETWORK, []), ({}, ["c1"])):
        body = {"sla": {**file, **more}}
        answer = await admin.post(f"{SLA}/slas/late/publish", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["bound_contracts"] == bound
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        rows = await connection.fetch(
            "SELECT body FROM outbox WHERE subject LIKE 'sla.advisory.%' ORDER BY position"
        )
    first, second = (orjson.loads(row["body"]) for row in rows)
    assert first["id"] != second["id"]
    assert "OLA of group 'network'" in second["data"]["message"]


async def asked(admin: httpx.AsyncClient, **ticket: str) -> dict[str, Any]:
    answer = await admin.get(f"{SLA}/what-applies", params={"at": NOON, **ticket})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_ola_stands_beside_what_binds_the_customer(admin: httpx.AsyncClient) -> None:
    for path, body in (
        ("default", {"sla_id": "gold"}),
        ("assignments", {"sla_id": "ola", "match": {"group": "network"}}),
    ):
        body |= {"effective_from": MARCH}
        assert (await admin.post(f"{SLA}/{path}", json=body)).status_code == 201
    found = await asked(admin, group="network", priority="P1")
    assert (found["reason"], found["sla_id"]) == ("default", "gold")
    assert [one["sla_id"] for one in found["candidates"]] == ["gold"]
    owner = found["owner"]
    assert (owner["group"], owner["sla_id"], owner["sla_version"]) == ("network", "ola", 1)
    assert owner["words"] == (
        "the assignment of group network gives ola version 1 from 2026-03-01T00:00:00Z on"
        " and applies"
    )
    assert [one["words"] for one in owner["targets"]] == [
        "resolution within 240 minutes of 24x7 for priority P1"
    ]
    for ticket in ({"group": "storage"}, {}):
        assert (await asked(admin, **ticket))["owner"] is None
    away = {"sla_id": None, "match": {"group": "network"}, "effective_from": MARCH}
    assert (await admin.post(f"{SLA}/assignments", json=away)).status_code == 201
    gone = await asked(admin, group="network")
    assert (gone["owner"], gone["sla_id"]) == (None, "gold")


async def test_the_database_knows_the_type_of_each_version(
    admin: httpx.AsyncClient, pool: Pool
) -> None:
    async with beginner(pool)({"acme"}) as work:
        known = [await work.version("acme", name, None) for name in ("gold", "ola", "vendor")]
        groups = await work.owner_groups("acme")
    assert [one and (one.agreement_type, one.owner_group) for one in known] == [
        ("sla", None),
        ("ola", "network"),
        ("underpinning", None),
    ]
    assert groups == {known[1].hash: "network"} if known[1] else False
    retired = await admin.post(f"{SLA}/slas/ola/versions/1/retire")
    assert retired.status_code == 200, retired.text
