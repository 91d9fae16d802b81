"""Editors, publishers and commerce at once, on a real database: nobody is lost, nothing doubled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sla_service.domain.commerce import ContractNews
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.contracts.canonical import content_hash
from slaclock.store import Pool, begin
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

GOLD = "/sla/v1/slas/gold"
AT = datetime(2026, 3, 1, tzinfo=UTC)
QUOTE = accepted_quote(AT)


def statuses(*answers: httpx.Response) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def tag(answer: httpx.Response) -> dict[str, str]:
    return {"If-Match": answer.headers["ETag"]}


async def count(pool: Pool, of: str) -> int:
    async with begin(pool, {"acme"}) as connection:
        found: int = await connection.fetchval(f"SELECT count(*) FROM {of}")  # noqa: S608 - ours
        return found


async def numbers(client: httpx.AsyncClient) -> list[int]:
    return [one["version"] for one in (await client.get(f"{GOLD}/versions")).json()["items"]]


async def test_of_two_editors_with_one_etag_one_is_refused(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    before = await admin.put(f"{GOLD}/draft", json=gold)
    for turn in range(5):
        answers = await asyncio.gather(
            *(
                admin.put(
                    f"{GOLD}/draft", json={**gold, "name": f"{turn} {who}"}, headers=tag(before)
                )
                for who in range(3)
            )
        )
        assert statuses(*answers) == [200, 412, 412]
        (before,) = (one for one in answers if one.is_success)
        kept = await admin.get(f"{GOLD}/draft")
        assert kept.json()["document"] == before.json()["document"]
        assert tag(kept) == tag(before)


async def test_of_two_authors_of_a_first_draft_one_is_refused(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    for turn in range(5):
        path = f"/sla/v1/slas/new-{turn}/draft"
        file = {**gold, "sla_id": f"new-{turn}"}
        answers = await asyncio.gather(
            *(admin.put(path, json={**file, "name": f"{who}"}) for who in range(2))
        )
        assert sorted(statuses(*answers)) in ([201, 412], [201, 428])
        (made,) = (one for one in answers if one.is_success)
        assert tag(await admin.get(path)) == tag(made)


async def test_of_many_publishers_of_a_draft_one_makes_the_version(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    for turn in range(1, 6):
        await admin.put(f"{GOLD}/draft", json={**gold, "name": f"{turn}"})
        answers = await asyncio.gather(*(admin.post(f"{GOLD}/publish") for _ in range(4)))
        assert statuses(*answers) == [200, 200, 200, 201]
        assert {answer.json()["version"] for answer in answers} == {turn}
        assert len({answer.json()["hash"] for answer in answers}) == 1
    assert await numbers(admin) == [5, 4, 3, 2, 1]
    assert await count(pool, "outbox") == 5
    assert await count(pool, "audit WHERE action = 'sla.published'") == 5


async def test_publishers_of_different_files_take_numbers_in_turn(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    answers = await asyncio.gather(
        *(
            admin.post(f"{GOLD}/publish", json={"sla": {**gold, "name": f"{who}"}})
            for who in range(8)
        )
    )
    assert statuses(*answers) == [201] * 8
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))
    for answer in answers:
        path = f"{GOLD}/versions/{answer.json()['version']}/snapshot"
        assert content_hash((await admin.get(path)).json()) == answer.json()["hash"]
    async with begin(pool, {"acme"}) as connection:
        told = await connection.fetch(
            "SELECT convert_from(body, 'UTF8')::jsonb #>> '{data,version}' AS version FROM outbox"
            " ORDER BY position"
        )
    assert [row["version"] for row in told] == [str(number) for number in range(1, 9)]


async def test_an_edit_is_published_or_stays(served: Served, gold: dict[str, Any]) -> None:
    """An editor who comes too late is told; nothing that was accepted disappears unseen."""
    admin = await served.client()
    for turn in range(1, 9):
        first, second = f"{turn} first", f"{turn} second"
        made = await admin.put(f"{GOLD}/draft", json={**gold, "name": first})
        published, edited = await asyncio.gather(
            admin.post(f"{GOLD}/publish"),
            admin.put(f"{GOLD}/draft", json={**gold, "name": second}, headers=tag(made)),
        )
        number = published.json()["version"]
        name = (await admin.get(f"{GOLD}/versions/{number}")).json()["name"]
        draft = await admin.get(f"{GOLD}/draft")
        seen = (published.status_code, edited.status_code, name, draft.status_code)
        assert seen in {
            (201, 412, first, 404),
            (201, 200, second, 404),
        }


async def test_with_its_etag_only_the_draft_that_was_read_is_published(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    for turn in range(1, 6):
        made = await admin.put(f"{GOLD}/draft", json={**gold, "name": f"{turn} first"})
        published, edited = await asyncio.gather(
            admin.post(f"{GOLD}/publish", headers=tag(made)),
            admin.put(f"{GOLD}/draft", json={**gold, "name": f"{turn} second"}, headers=tag(made)),
        )
        seen = (published.status_code, edited.status_code)
        assert seen in {(201, 412), (412, 200)}
        draft = await admin.get(f"{GOLD}/draft")
        assert draft.is_success == edited.is_success
        if published.is_success:
            found = await admin.get(f"{GOLD}/versions/{published.json()['version']}")
            assert found.json()["name"] == f"{turn} first"
        if draft.is_success:
            await admin.delete(f"{GOLD}/draft", headers=tag(draft))


async def test_a_draft_is_published_or_discarded(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    for turn in range(1, 6):
        made = await admin.put(f"{GOLD}/draft", json={**gold, "name": f"{turn}"})
        published, discarded = await asyncio.gather(
            admin.post(f"{GOLD}/publish", headers=tag(made)),
            admin.delete(f"{GOLD}/draft", headers=tag(made)),
        )
        assert (published.status_code, discarded.status_code) in {
            (201, 404),
            (201, 412),
            (412, 204),
        }
        assert (await admin.get(f"{GOLD}/draft")).status_code == 404


async def test_a_draft_that_somebody_discarded_makes_no_older_version_the_default(
    served: Served, gold: dict[str, Any]
) -> None:
    # given a version, and a draft that an administrator read before its author discarded it
    admin = await served.client()
    await admin.post(f"{GOLD}/publish", json={"sla": gold})
    read = await admin.put(f"{GOLD}/draft", json={**gold, "name": "better"})
    await admin.delete(f"{GOLD}/draft", headers=tag(read))

    # when the administrator publishes what was read
    refused = await admin.post(f"{GOLD}/publish", json={"default": True}, headers=tag(read))

    # then that is refused, and nothing is the default
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition.failed")
    assert (await admin.get("/sla/v1/default")).json() is None


@pytest.mark.parametrize("dry", [False, True], ids=["published", "dry run"])
async def test_a_repeated_request_for_a_published_draft_answers_its_version(
    served: Served, gold: dict[str, Any], dry: bool
) -> None:
    admin = await served.client()
    read = await admin.put(f"{GOLD}/draft", json=gold)
    first = await admin.post(f"{GOLD}/publish", headers=tag(read))
    again = await admin.post(f"{GOLD}/publish", json={"dry_run": dry}, headers=tag(read))
    assert statuses(first, again) == [200, 201]
    assert (again.json()["version"], again.json()["hash"]) == (1, first.json()["hash"])
    await admin.post(f"{GOLD}/publish", json={"sla": {**gold, "name": "another"}})
    late = await admin.post(f"{GOLD}/publish", json={"dry_run": dry}, headers=tag(read))
    assert late.status_code == 412, "the newest version is not what was read"


async def test_a_quote_that_comes_with_its_sla_is_bound_once(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    """Whoever is first: it never waits for what is there."""
    admin = await served.client()
    for turn in range(8):
        file = {**gold, "sla_id": f"sla-{turn}"}
        news = replace(QUOTE, contract_id=f"c{turn}", sla_id=f"sla-{turn}")

        async def bound(news: ContractNews = news) -> None:
            async with beginner(pool)({"acme"}) as work:
                await bind(work, [news])

        answer, *_ = await asyncio.gather(
            admin.post(f"/sla/v1/slas/sla-{turn}/publish", json={"sla": file}), bound(), bound()
        )
        assert answer.status_code == 201
        found = (
            await admin.get(f"/sla/v1/contracts/c{turn}/sla", params={"at": "2026-04-01T00:00:00Z"})
        ).json()
        assert found["hash"] == answer.json()["hash"]
    assert await count(pool, "waiting_commerce") == 0
    assert await count(pool, "contract_sla_snapshots") == 8
    assert await count(pool, "outbox WHERE subject LIKE 'sla.contract.bound.%'") == 8


async def test_who_retires_and_who_binds_agree(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    """A quote that names no version gets one in use, or waits."""
    admin = await served.client()
    for turn in range(6):
        path = f"/sla/v1/slas/sla-{turn}"
        await admin.post(f"{path}/publish", json={"sla": {**gold, "sla_id": f"sla-{turn}"}})
        news = replace(QUOTE, contract_id=f"c{turn}", sla_id=f"sla-{turn}")

        async def bound(news: ContractNews = news) -> None:
            async with beginner(pool)({"acme"}) as work:
                await bind(work, [news])

        await asyncio.gather(admin.post(f"{path}/versions/1/retire"), bound())
        waits = [
            one["contract_id"]
            for one in (await admin.get("/sla/v1/waiting-contracts")).json()["items"]
        ]
        contract = await admin.get(f"/sla/v1/contracts/c{turn}")
        assert (contract.status_code == 404) == (f"c{turn}" in waits)


async def test_retiring_at_once_is_announced_once(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{GOLD}/publish", json={"sla": gold})
    answers = await asyncio.gather(*(admin.post(f"{GOLD}/versions/1/retire") for _ in range(5)))
    assert statuses(*answers) == [200] * 5
    assert len({answer.content for answer in answers}) == 1
    assert await count(pool, "outbox WHERE subject LIKE '%retired%'") == 1
    assert await count(pool, "audit WHERE action = 'sla.retired'") == 1


async def test_one_key_at_once_makes_one_version(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    headers = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(
        *(admin.post(f"{GOLD}/publish", json={"sla": gold}, headers=headers) for _ in range(5))
    )
    assert set(statuses(*answers)) <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    again = await admin.post(f"{GOLD}/publish", json={"sla": gold}, headers=headers)
    assert (again.status_code, again.json()["version"]) == (201, 1)
    assert await count(pool, "sla_versions") == 1


async def test_administrators_of_the_default_follow_one_another(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    """Publishers with a default and who sets it by itself: one timeline, each entry told."""
    admin = await served.client()
    await admin.post(f"{GOLD}/publish", json={"sla": gold})
    answers = await asyncio.gather(
        *(
            admin.post(f"{GOLD}/publish", json={"sla": {**gold, "name": f"{who}"}, "default": True})
            for who in range(4)
        ),
        *(
            admin.post("/sla/v1/default", json={"sla_id": "gold", "sla_version": 1})
            for _ in range(4)
        ),
    )
    assert set(statuses(*answers)) <= {200, 201}
    entries = (await admin.get("/sla/v1/terms", params={"limit": 50})).json()["items"]
    assert [one["revision"] for one in entries] == list(range(1, len(entries) + 1))
    instants = [one["recorded_at"] for one in entries]
    assert instants == sorted(instants)
    assert await count(pool, "outbox WHERE subject LIKE 'sla.assignment.%'") == len(entries)
    last = (await admin.get("/sla/v1/default")).json()
    assert last["revision"] == len(entries)
