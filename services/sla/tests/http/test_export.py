"""Everything of a tenant in one document, from which it could be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest_asyncio

from sla_service.api.export_schemas import ExportOut
from sla_service.domain.commerce import ContractNews
from sla_service.domain.original import file_of
from sla_service.domain.version import SlaVersion
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from sla_service.usecases.exporting import Export
from slaclock.auth.roles import Role
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.instants import parse_instant
from slaclock.store import Pool
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
MARCH = "2026-03-01T00:00:00Z"


def quote(number: int, sla_id: str = "gold") -> ContractNews:
    return accepted_quote(
        parse_instant(MARCH),
        contract_id=f"c{number:04}",
        customer_id="initech",
        sla_id=sla_id,
        cause_id=f"q{number}",
        event_id=f"e{number}",
    )


@pytest_asyncio.fixture
async def full(
    served: Served, pool: Pool, gold: dict[str, Any], platinum: dict[str, Any]
) -> Served:
    """A tenant with something of everything."""
    admin = await served.client()
    del platinum["agreement_type"], platinum["group"]  # as an OLA it would bind no customer
    for file in (gold, {**gold, "name": "Golden"}, platinum):
        body = {"sla": file, "effective_from": MARCH, "default": file is gold}
        where = f"{SLA}/slas/{file['sla_id']}/publish"
        answer = await admin.post(where, json=body)
        assert answer.status_code == 201, answer.text
    await admin.post(f"{SLA}/slas/gold/versions/1/retire")
    await admin.put(f"{SLA}/slas/next/draft", json={**gold, "sla_id": "next", "targets": []})
    entries: tuple[tuple[str, dict[str, Any]], ...] = (
        ("assignments", {"sla_id": "platinum", "match": {"group": "l1"}}),
        ("status-map", {"statuses": {"Parked": "on_hold"}}),
        ("settings", {"binding_required": True}),
    )
    for path, entry in entries:
        assert (await admin.post(f"{SLA}/{path}", json=entry)).status_code == 201
    change = replace(quote(1, "platinum"), cause_kind="change_order", cause_id="co1")
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [quote(1), quote(2), change, quote(3, "nobody-published-this")])
    return served


async def exported(served: Served, role: Role = Role.MANAGER) -> dict[str, Any]:
    answer = await (await served.client(role=role)).get(f"{SLA}/export")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


async def test_everything_is_there_and_means_what_its_hash_says(full: Served) -> None:
    found = await exported(full)
    assert ExportOut.model_validate(found).model_dump(mode="json", by_alias=True) == found
    assert found["counts"] == {
        "terms": 4,
        "contracts": 2,
        "entries": 3,
        "waiting": 1,
        "slas": 3,
        "drafts": 1,
        "versions": 3,
        "tampered": 0,
    }
    versions = [one for sla in found["slas"] for one in sla["versions"]]
    assert [(one["sla_id"], one["version"], one["status"]) for one in versions] == [
        ("gold", 2, "published"),
        ("gold", 1, "retired"),
        ("platinum", 1, "published"),
    ]
    for one in versions:
        assert content_hash(one["snapshot"]) == one["hash"]
    (draft,) = [sla["draft"] for sla in found["slas"] if sla["draft"]]
    assert content_hash(draft["document"]) == draft["etag"]
    # whatever binds names a version that is there
    hashes = {one["hash"] for one in versions}
    entries = [entry for one in found["contracts"] for entry in one["entries"]]
    assert {one["agreement"] for one in (*entries, *found["terms"])} <= hashes | {None}
    assert [one["cause"]["kind"] for one in found["contracts"][0]["entries"]] == [
        "quote",
        "change_order",
    ]
    assert found["waiting"][0]["sla_id"] == "nobody-published-this"


async def test_another_tenant_that_publishes_the_same_gets_the_same_hashes(full: Served) -> None:
    found = await exported(full)
    other = await full.client("globex")
    for sla in found["slas"]:
        for one in sorted(sla["versions"], key=lambda version: int(version["version"])):
            body = {"sla": file_of(one["snapshot"]), "effective_from": one["effective_from"]}
            made = await other.post(f"{SLA}/slas/{sla['sla_id']}/publish", json=body)
            assert made.status_code == 201, made.text
            assert made.json()["hash"] == one["hash"]


async def test_a_tenant_without_anything_and_one_who_may_not(served: Served) -> None:
    found = await exported(served)
    assert (found["slas"], found["contracts"], set(found["counts"].values())) == ([], [], {0})
    viewer = await served.client(role=Role.VIEWER)
    assert (await viewer.get(f"{SLA}/export")).status_code == 403


async def test_pages_are_put_together(served: Served, pool: Pool, gold: dict[str, Any]) -> None:
    admin = await served.client()
    await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold})
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [quote(number) for number in range(501)])
    found = await exported(served)
    ids = [one["contract_id"] for one in found["contracts"]]
    assert ids == [f"c{number:04}" for number in range(501)]


class ShortOfOne:
    """A desk whose second version is not what its hash names."""

    async def versions(
        self,
        tenant: str,
        sla_id: str,
        *,
        below: int | None,
        limit: int,  # noqa: ARG002 - as the port has it
    ) -> Sequence[SlaVersion]:
        body = b'{"a":1}'
        at = parse_instant(MARCH)
        good = SlaVersion(
            tenant=tenant,
            sla_id=sla_id,
            version=1,
            name=sla_id,
            hash=content_hash(orjson.loads(body)),
            content="",
            effective_from=at,
            published_at=at,
            published_by="somebody",
        )
        return [] if below else [replace(good, version=2, hash="0" * 64), good]

    async def snapshot(self, tenant: str, sla_id: str, version: int) -> tuple[str, bytes]:  # noqa: ARG002 - as the port has it
        return "0" * 64, b'{"a":1}'


async def test_what_was_tampered_with_is_not_passed_on() -> None:
    source = Export(None, ShortOfOne(), "acme")  # type: ignore[arg-type] # no more is asked of it
    found = [one async for one in source.versions("gold")]
    assert [one.snapshot for one in found] == [None, b'{"a":1}']
