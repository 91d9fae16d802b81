"""Contracts are read under the ids that other systems give them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.contracts.instants import parse_instant
from slaclock.store import Pool
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
AT = "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    "contract_id", ["2026/001", "a/b/c", "C 17", "vertrag-\u00fc", "\U0001f4dd", "a.b", "x/annex"]
)
async def test_a_contract_is_read_by_its_id(
    served: Served, pool: Pool, gold: dict[str, Any], contract_id: str
) -> None:
    # given a contract of that name, and another one
    admin = await served.client()
    body = {"sla": gold, "effective_from": AT}
    assert (await admin.post(f"{SLA}/slas/gold/publish", json=body)).status_code == 201
    news = [
        accepted_quote(
            parse_instant(AT), contract_id=name, cause_id=f"q-{name}", event_id=f"e-{name}"
        )
        for name in (contract_id, "other")
    ]
    async with beginner(pool)({"acme"}) as work:
        await bind(work, news)

    # when it is asked for, its id spelled as in an address
    path = f"{SLA}/contracts/{quote(contract_id, safe='')}"
    now = {"at": "2026-04-01T00:00:00Z"}
    bound = await admin.get(f"{path}/sla", params=now)
    annex = await admin.get(f"{path}/annex", params=now)
    audit = await admin.get(f"{path}/audit")

    # then it is that one
    assert (bound.status_code, bound.json()["contract_id"]) == (200, contract_id)
    assert (annex.status_code, audit.status_code) == (200, 200)
    assert [one["subject"] for one in audit.json()["items"]] == [contract_id]
    if not contract_id.endswith("/annex"):
        history = await admin.get(path)
        assert (history.status_code, history.json()["contract_id"]) == (200, contract_id)
