"""`ask.sla.seal`: what a file or a draft would be if it were published, and what is published."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from slaclock.contracts.canonical import content_hash
from slaclock.messaging.asking import Declined, ask
from slaclock.messaging.topology import SLA_SEAL
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served

SLA = "/sla/v1"


async def seal(topology: Bus, question: dict[str, Any], tenant: str = "acme") -> dict[str, Any]:
    """The answer, asked as ticket-clock does."""
    asker = await topology.connect("ticket-clock")
    try:
        found: dict[str, Any] = orjson.loads(
            await ask(asker, SLA_SEAL, tenant, orjson.dumps(question))
        )
    finally:
        await asker.close()
    return found


async def test_a_file_is_sealed_as_publishing_would_and_not_kept(
    on_the_bus: Served, topology: Bus, gold: dict[str, Any]
) -> None:
    admin = await on_the_bus.client()
    found = await seal(topology, {"sla": gold})
    assert (await admin.get(f"{SLA}/slas")).json()["items"] == []
    assert (found["sla_id"], found["version"], found["name"]) == ("gold", None, "Gold")
    assert content_hash(found["snapshot"]) == found["hash"]
    body = {"sla": gold, "effective_from": found["snapshot"]["effective_from"]}
    done = (await admin.post(f"{SLA}/slas/gold/publish", json=body)).json()
    assert found["hash"] == done["hash"]
    assert {one["code"] for one in found["findings"]} == {one["code"] for one in done["warnings"]}


async def test_versions_and_drafts_are_found_by_name(
    on_the_bus: Served, topology: Bus, gold: dict[str, Any]
) -> None:
    admin = await on_the_bus.client()
    first = (await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})).json()
    other = {**gold, "name": "Better gold"}
    second = (await admin.post(f"{SLA}/slas/gold/publish", json={"sla": other})).json()
    await admin.put(f"{SLA}/slas/gold/draft", json={**gold, "name": "Best gold"})
    newest = await seal(topology, {"sla_id": "gold"})
    assert (newest["version"], newest["hash"], newest["findings"]) == (2, second["hash"], [])
    assert (await seal(topology, {"sla_id": "gold", "version": 1}))["hash"] == first["hash"]
    draft = await seal(topology, {"sla_id": "gold", "draft": True})
    assert (draft["name"], draft["version"], draft["snapshot"]["version"]) == ("Best gold", None, 3)


async def test_what_only_the_linter_objects_to_is_told_and_sealed(
    on_the_bus: Served, topology: Bus, gold: dict[str, Any]
) -> None:
    response = {"metric": "first_response", "priority": None, "minutes": 9999, "calendar": "24x7"}
    found = await seal(topology, {"sla": {**gold, "targets": [*gold["targets"], response]}})
    assert found["snapshot"]["targets"]
    assert "error" in {one["severity"] for one in found["findings"]}


@pytest.mark.parametrize(
    ("question", "code", "fields"),
    [
        pytest.param({}, "request.invalid", {""}, id="nothing"),
        pytest.param({"sla_id": "gold"}, "sla-version.not-found", set(), id="unknown"),
        pytest.param(
            {"sla_id": "gold", "draft": True}, "sla-draft.not-found", set(), id="no draft"
        ),
        pytest.param(
            {"sla": {"schema": "slaclock.sla/1"}}, "sla.invalid", {"sla_id", "targets"}, id="faulty"
        ),
        pytest.param({"sla": {}, "sla_id": "gold"}, "request.invalid", {""}, id="two"),
    ],
)
async def test_what_cannot_be_sealed(
    on_the_bus: Served, topology: Bus, question: dict[str, Any], code: str, fields: set[str]
) -> None:
    with pytest.raises(Declined) as refused:
        await seal(topology, question)
    assert (refused.value.code, {one.field for one in refused.value.faults}) == (code, fields)


async def test_another_tenants_are_not_there(
    on_the_bus: Served, topology: Bus, gold: dict[str, Any]
) -> None:
    admin = await on_the_bus.client()
    await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    with pytest.raises(Declined) as refused:
        await seal(topology, {"sla_id": "gold"}, tenant="globex")
    assert refused.value.code == "sla-version.not-found"
