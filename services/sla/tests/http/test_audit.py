"""The audit trail over HTTP: complete, newest first, of one tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.auth.roles import Role
from slaclock.contracts.instants import parse_instant, rfc3339
from slaclock.store import Pool
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

AUDIT = "/sla/v1/audit"
GOLD = "/sla/v1/slas/gold"
MARCH = parse_instant("2026-03-01T00:00:00Z")


async def busy(served: Served, pool: Pool, gold: dict[str, Any]) -> httpx.AsyncClient:
    """Everything that leaves an entry, by two people and a commercial system."""
    manager, admin = await served.client(role=Role.MANAGER), await served.client()
    tag = (await manager.put(f"{GOLD}/draft", json=gold)).headers["ETag"]
    await manager.put(f"{GOLD}/draft", json={**gold, "name": "x"}, headers={"If-Match": tag})
    await admin.post(f"{GOLD}/publish")
    quote = accepted_quote(MARCH, contract_id="gold")  # the same name means something else
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [quote])
    await admin.post("/sla/v1/default", json={"sla_id": "gold"})
    tag = (await manager.post(f"{GOLD}/draft", json={"version": 1})).headers["ETag"]
    await manager.delete(f"{GOLD}/draft", headers={"If-Match": tag})
    await admin.post(f"{GOLD}/versions/1/retire")
    return await served.client(role=Role.VIEWER)


def actions(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["action"] for one in answer.json()["items"]]


OF_SLA = [
    "sla.retired",
    "sla.draft-discarded",
    "sla.draft-created",
    "sla.published",
    "sla.draft-changed",
    "sla.draft-created",
]


async def test_the_trail_is_read_from_its_end_and_in_parts(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    viewer = await busy(served, pool, gold)
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = (await viewer.get(AUDIT, params=params)).json()
        found += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    whole = [one["action"] for one in found]
    assert whole == [*OF_SLA[:3], "terms.default", "contract.quote", *OF_SLA[3:]]
    assert found == sorted(found, key=lambda one: one["at"], reverse=True)
    assert {one["actor"] for one in found if one["action"] == "contract.quote"} == {"/crm"}
    assert len({one["actor"] for one in found}) == 3

    assert actions(await viewer.get(f"{GOLD}/audit")) == OF_SLA
    assert actions(await viewer.get("/sla/v1/contracts/gold/audit")) == ["contract.quote"]
    assert actions(await viewer.get(AUDIT, params={"action": "terms"})) == ["terms.default"]
    assert actions(await viewer.get(AUDIT, params={"action": "sla.retired"})) == ["sla.retired"]
    assert len(actions(await viewer.get(AUDIT, params={"subject": "gold"}))) == 7
    middle = found[4]["at"]
    just_after = rfc3339(parse_instant(middle) + timedelta(microseconds=1))
    assert actions(await viewer.get(AUDIT, params={"from": middle})) == whole[:5]
    assert actions(await viewer.get(AUDIT, params={"to": middle})) == whole[5:]
    window = {"from": middle, "to": just_after}
    assert actions(await viewer.get(AUDIT, params=window)) == ["contract.quote"]

    stranger = await served.client("globex", Role.VIEWER)
    assert actions(await stranger.get(AUDIT)) == []
    for path, code in ((f"{GOLD}/audit", "sla"), ("/sla/v1/contracts/gold/audit", "contract")):
        refused = await stranger.get(path)
        assert (refused.status_code, refused.json()["code"]) == (404, f"{code}.not-found")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        pytest.param({"person": "me"}, "person", id="no such parameter"),
        pytest.param({"action": "%"}, "action", id="no action"),
        pytest.param({"from": "yesterday"}, "from", id="no instant"),
        pytest.param({"limit": 0}, "limit", id="no items"),
        pytest.param(
            {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "", id="backwards"
        ),
    ],
)
async def test_what_cannot_be_asked(served: Served, params: dict[str, Any], field: str) -> None:
    answer = await (await served.client()).get(AUDIT, params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert field in answer.json()["errors"][0]["field"]
    other = await (await served.client()).get(AUDIT, params={"cursor": "x"})
    assert (other.status_code, other.json()["code"]) == (400, "cursor.malformed")
