"""From a draft to a version and back: dry runs, comparisons, copies, editors who race."""

from __future__ import annotations

import asyncio
from typing import Any

from slaclock.auth.roles import Role
from slaclock.testing.serving import Served

GOLD = "/sla/v1/slas/gold"


async def test_a_dry_run_tells_what_would_be_and_keeps_nothing(
    served: Served, gold: dict[str, Any]
) -> None:
    # given a version and another draft
    admin = await served.client()
    await admin.post(f"{GOLD}/publish", json={"sla": gold})
    gold["targets"][0]["minutes"] = 480
    await admin.put(f"{GOLD}/draft", json=gold)

    # when
    body = {"dry_run": True, "default": True, "effective_from": "2030-01-01T00:00:00Z"}
    tried = await admin.post(f"{GOLD}/publish", json=body)

    # then
    answer = tried.json()
    assert (tried.status_code, answer["dry_run"], answer["created"]) == (200, True, True)
    assert (answer["version"], answer["default_entry_id"]) == (2, None)
    (change,) = answer["changes"]
    assert change["words"] == "target resolution P1: minutes 240 becomes 480"
    assert (await admin.get(f"{GOLD}/versions/2")).status_code == 404
    assert (await admin.get(f"{GOLD}/draft")).status_code == 200
    assert (await admin.get("/sla/v1/terms")).json()["items"] == []

    # and publishing does just that
    done = await admin.post(f"{GOLD}/publish", json={**body, "dry_run": False, "default": False})
    assert (done.status_code, done.json()["hash"]) == (201, answer["hash"])
    again = await admin.post(f"{GOLD}/publish", json={"sla": gold, "dry_run": True})
    assert (again.json()["created"], again.json()["version"]) == (False, 2)


async def test_a_faulty_dry_run_is_refused_like_the_real_thing(
    served: Served, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    gold["targets"][0]["minutes"] = 0
    tried = await admin.post(f"{GOLD}/publish", json={"sla": gold, "dry_run": True})
    assert (tried.status_code, tried.json()["code"]) == (422, "sla.invalid")


async def test_versions_and_drafts_are_compared(served: Served, gold: dict[str, Any]) -> None:
    admin = await served.client()
    await admin.put(f"{GOLD}/draft", json=gold)
    first = (await admin.get(f"{GOLD}/draft/differences")).json()
    assert (first["before"], first["after"]) == (None, None)
    assert {one["kind"] for one in first["differences"]} == {"added"}
    await admin.post(f"{GOLD}/publish")
    changed = {**gold, "name": "G"}
    await admin.post(f"{GOLD}/publish", json={"sla": changed})
    compared = (await admin.get(f"{GOLD}/versions/1/differences/2")).json()
    assert compared == {
        "before": 1,
        "after": 2,
        "differences": [
            {
                "path": "name",
                "kind": "changed",
                "before": "Gold",
                "after": "G",
                "words": "name: Gold becomes G",
            }
        ],
    }
    assert (await admin.get(f"{GOLD}/versions/2/differences/2")).json()["differences"] == []
    assert (await admin.get(f"{GOLD}/versions/1/differences/3")).status_code == 404
    stranger = await served.client("globex")
    assert (await stranger.get(f"{GOLD}/versions/1/differences/2")).status_code == 404
    assert (await admin.get(f"{GOLD}/draft/differences")).status_code == 404
    await admin.put(f"{GOLD}/draft", json={**gold, "targets": []})
    faulty = await admin.get(f"{GOLD}/draft/differences")
    assert (faulty.status_code, faulty.json()["code"]) == (422, "sla.invalid")


async def test_a_draft_is_copied_from_any_version(served: Served, platinum: dict[str, Any]) -> None:
    # given two versions, the first one retired
    admin, where = await served.client(), "/sla/v1/slas/platinum"
    await admin.post(f"{where}/publish", json={"sla": platinum})
    await admin.post(f"{where}/publish", json={"sla": {**platinum, "name": "P"}})
    await admin.post(f"{where}/versions/1/retire")

    # when
    made = await admin.post(f"{where}/draft", json={"version": 2})

    # then publishing it answers the version that it came from
    assert (made.status_code, made.json()["faults"]) == (201, [])
    assert (await admin.get(f"{where}/draft/differences")).json()["differences"] == []
    same = await admin.post(f"{where}/publish")
    assert (same.status_code, same.json()["version"]) == (200, 2)

    # and a draft that is there is replaced by whoever knows it only
    first = await admin.post(f"{where}/draft", json={"version": 1})
    assert (await admin.post(f"{where}/draft", json={"version": 2})).status_code == 428
    tag = {"If-Match": first.headers["ETag"]}
    other = await admin.post(f"{where}/draft", json={"version": 2}, headers=tag)
    assert other.status_code == 200
    lost = await admin.post(f"{where}/draft", json={"version": 2}, headers=tag)
    assert lost.status_code == 412
    assert (await admin.post(f"{where}/draft", json={"version": 7})).status_code == 404


async def test_of_two_editors_with_one_tag_one_is_told_to_read_again(
    served: Served, gold: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    made = await manager.put(f"{GOLD}/draft", json=gold)
    tag = {"If-Match": made.headers["ETag"]}
    answers = await asyncio.gather(
        *(
            manager.put(f"{GOLD}/draft", json={**gold, "name": f"by {number}"}, headers=tag)
            for number in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]


async def test_an_editor_and_a_publisher_race(served: Served, gold: dict[str, Any]) -> None:
    # given a draft that is published with its tag, while somebody replaces it
    admin = await served.client()
    made = await admin.put(f"{GOLD}/draft", json=gold)
    tag = {"If-Match": made.headers["ETag"]}

    # when
    edited, published = await asyncio.gather(
        admin.put(f"{GOLD}/draft", json={**gold, "name": "other"}, headers=tag),
        admin.post(f"{GOLD}/publish", headers=tag),
    )

    # then either the draft was published and is gone, or it was replaced and not published,
    # or it was published before the replacement came: never something that nobody wrote
    draft = await admin.get(f"{GOLD}/draft")
    versions = (await admin.get(f"{GOLD}/versions")).json()["items"]
    assert {edited.status_code, published.status_code} <= {200, 201, 412}
    assert [one["name"] for one in versions] == (["Gold"] if published.status_code == 201 else [])
    if edited.status_code == 200:
        assert draft.json()["document"]["name"] == "other"
    else:
        assert draft.status_code == 404
