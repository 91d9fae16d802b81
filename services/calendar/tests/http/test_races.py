"""Editors and publishers at once, on a real database: nobody is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from slaclock.store.answers import PgAnswers
from slaclock.testing.serving import Served

UK = "/calendar/v1/calendars/uk"
BANK = "/calendar/v1/holiday-sets/uk-bank"


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def numbers(client: httpx.AsyncClient, path: str) -> list[int]:
    return [one["version"] for one in (await client.get(f"{path}/versions")).json()["items"]]


async def test_of_two_editors_with_one_etag_one_is_refused(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    for turn in range(5):
        before = await admin.get(f"{UK}/draft")
        if not before.is_success:
            before = await admin.put(f"{UK}/draft", json=office)
        headers = {"If-Match": before.headers["ETag"]}
        answers = await asyncio.gather(
            *(
                admin.put(f"{UK}/draft", json={**office, "name": f"{turn} {who}"}, headers=headers)
                for who in range(2)
            )
        )
        assert statuses(answers) == [200, 412]
        kept = (await admin.get(f"{UK}/draft")).json()["document"]["name"]
        assert kept == next(one for one in answers if one.is_success).json()["document"]["name"]


async def test_of_two_publishers_of_a_draft_one_makes_the_version(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    for turn in range(1, 6):
        await admin.put(f"{UK}/draft", json={**office, "name": f"{turn}"})
        answers = await asyncio.gather(*(admin.post(f"{UK}/publish") for _ in range(4)))
        assert statuses(answers) == [200, 200, 200, 201]
        assert {answer.json()["version"] for answer in answers} == {turn}
    assert await numbers(admin, UK) == [5, 4, 3, 2, 1]


async def test_publishers_of_different_calendars_take_numbers_in_turn(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    answers = await asyncio.gather(
        *(
            admin.post(f"{UK}/publish", json={"calendar": {**office, "name": f"{who}"}})
            for who in range(8)
        )
    )
    assert statuses(answers) == [201] * 8
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))


async def test_an_edit_is_published_or_stays(served: Served, office: dict[str, Any]) -> None:
    """An editor who comes too late is told; nothing that was accepted disappears unseen."""
    admin = await served.client()
    for turn in range(1, 9):
        first, second = f"{turn} first", f"{turn} second"
        made = await admin.put(f"{UK}/draft", json={**office, "name": first})
        headers = {"If-Match": made.headers["ETag"]}
        published, edited = await asyncio.gather(
            admin.post(f"{UK}/publish"),
            admin.put(f"{UK}/draft", json={**office, "name": second}, headers=headers),
        )
        assert (published.status_code, edited.status_code) in {(201, 200), (201, 412)}
        number = published.json()["version"]
        name = (await admin.get(f"{UK}/versions/{number}")).json()["name"]
        draft = await admin.get(f"{UK}/draft")
        if edited.status_code == 412:
            assert (name, draft.status_code) == (first, 404)
        else:
            assert (name, draft.status_code) == (second, 404)


async def test_with_its_etag_only_the_draft_that_was_read_is_published(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    for turn in range(1, 6):
        made = await admin.put(f"{UK}/draft", json={**office, "name": f"{turn} first"})
        headers = {"If-Match": made.headers["ETag"]}
        other = {**office, "name": f"{turn} second"}
        published, edited = await asyncio.gather(
            admin.post(f"{UK}/publish", headers=headers),
            admin.put(f"{UK}/draft", json=other, headers=headers),
        )
        assert statuses([published, edited]) in ([201, 412], [200, 412])
        draft = await admin.get(f"{UK}/draft")
        assert draft.is_success == edited.is_success
        if draft.is_success:
            await admin.delete(f"{UK}/draft", headers={"If-Match": draft.headers["ETag"]})


async def test_one_key_at_once_makes_one_version(served: Served, office: dict[str, Any]) -> None:
    admin = await served.client()
    headers = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(
        *(admin.post(f"{UK}/publish", json={"calendar": office}, headers=headers) for _ in range(5))
    )
    assert set(statuses(answers)) <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    again = await admin.post(f"{UK}/publish", json={"calendar": office}, headers=headers)
    assert (again.status_code, again.json()["version"]) == (201, 1)
    other = await admin.post(
        f"{UK}/publish", json={"calendar": {**office, "name": "x"}}, headers=headers
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key-reused")


async def test_retiring_at_once_is_announced_once(
    served: Served, dsn: str, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{UK}/publish", json={"calendar": office})
    answers = await asyncio.gather(*(admin.post(f"{UK}/versions/1/retire") for _ in range(5)))
    assert statuses(answers) == [200] * 5
    assert len({answer.content for answer in answers}) == 1
    assert await count(dsn, "outbox WHERE subject LIKE '%retired%'") == 1
    assert await count(dsn, "audit WHERE action = 'calendar.retired'") == 1


async def test_a_set_and_its_calendars_published_at_once_agree(
    served: Served, office: dict[str, Any]
) -> None:
    """Whoever took the old version is told of as a follower of the new one."""
    admin = await served.client()
    calendar = {**office, "holiday_sets": [{"set_id": "uk-bank"}]}
    await admin.post(f"{BANK}/versions", json={"set": {"holidays": []}})
    for turn in range(2, 7):
        document = {"holidays": [{"date": f"2026-07-{turn:02}", "name": "x"}]}
        names = [f"{turn}-{number}" for number in range(4)]
        made, *published = await asyncio.gather(
            admin.post(f"{BANK}/versions", json={"set": document}),
            *(
                admin.post(f"/calendar/v1/calendars/{name}/publish", json={"calendar": calendar})
                for name in names
            ),
        )
        assert statuses([made, *published]) == [201] * 5
        followers = {one["calendar_id"]: one for one in made.json()["followers"]}
        for name in names:
            version = (await admin.get(f"/calendar/v1/calendars/{name}/versions/1")).json()
            (used,) = version["sets"]
            if used["version"] < turn:
                assert followers[name]["set_version"] == used["version"] == turn - 1
            else:
                assert name not in followers


async def test_publishers_of_sets_in_other_orders_do_not_wait_in_a_circle(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    names = ["a", "b", "c"]
    await asyncio.gather(
        *(
            admin.post(f"/calendar/v1/holiday-sets/{name}/versions", json={"set": {}})
            for name in names
        )
    )
    asked = []
    for turn in range(4):
        for shift in range(3):
            order = [{"set_id": name} for name in (*names[shift:], *names[:shift])]
            calendar = {**office, "name": f"{turn} {shift}", "holiday_sets": order}
            asked.append(admin.post(f"{UK}/publish", json={"calendar": calendar}))
        for number, name in enumerate(names):
            days = [{"date": f"2026-08-{turn + 10 * number + 1:02}", "name": "x"}]
            path = f"/calendar/v1/holiday-sets/{name}/versions"
            asked.append(admin.post(path, json={"set": {"holidays": days}}))
    answers = await asyncio.gather(*asked)
    assert set(statuses(answers)) <= {200, 201}
    found = await numbers(admin, UK)
    assert found == list(range(len(found), 0, -1))


@pytest.mark.parametrize(
    "where", ["calendar_holidays", "calendar_version_sets", "outbox", "audit", "calendar_versions"]
)
async def test_a_publication_that_fails_half_way_leaves_everything_as_it_was(
    served: Served, dsn: str, databases: Any, office: dict[str, Any], where: str
) -> None:
    """The database refuses one of its steps, which ends the transaction as a crash would."""
    admin = await served.client()
    await admin.post(f"{BANK}/versions", json={"set": {}})
    document = {**office, "holiday_sets": [{"set_id": "uk-bank"}]}
    made = await admin.put(f"{UK}/draft", json=document)
    owner = await asyncpg.connect(databases.admin(dsn))
    await owner.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'half-way'; END $$"
    )
    await owner.execute(
        f"CREATE TRIGGER zz_fail AFTER INSERT ON {where} FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    counted = ("calendar_versions", "calendar_holidays", "outbox", "audit")
    before = [await count(dsn, table) for table in counted]
    headers = {"Idempotency-Key": "k"}
    failed = await admin.post(f"{UK}/publish", headers=headers)
    assert failed.status_code == 500
    assert (await admin.get(f"{UK}/draft")).headers["ETag"] == made.headers["ETag"]
    assert await numbers(admin, UK) == []
    assert [await count(dsn, table) for table in counted] == before
    await owner.execute(f"DROP TRIGGER zz_fail ON {where}")
    await owner.close()
    done = await admin.post(f"{UK}/publish", headers=headers)
    assert (done.status_code, done.json()["version"]) == (201, 1)


async def count(dsn: str, of: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
            found: int = await connection.fetchval(f"SELECT count(*) FROM {of}")  # noqa: S608
            return found
    finally:
        await connection.close()


async def test_a_request_whose_process_died_after_the_commit_is_not_done_twice(
    served: Served, office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer is committed with the version: nothing that comes after the commit matters."""
    admin = await served.client()
    key = {"Idempotency-Key": "one"}

    async def died(*_: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(PgAnswers, "fill", died)
    monkeypatch.setattr(PgAnswers, "free", died)
    first = await admin.post(f"{UK}/publish", json={"calendar": office}, headers=key)
    monkeypatch.undo()
    await admin.post(f"{UK}/publish", json={"calendar": {**office, "name": "another"}})
    again = await admin.post(f"{UK}/publish", json={"calendar": office}, headers=key)
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true")
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert await numbers(admin, UK) == [2, 1]


async def test_a_set_whose_process_died_after_the_commit_is_not_published_twice(
    served: Served, office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer, with what would change in the calendars that follow, is committed with it."""
    admin = await served.client()
    await admin.post(f"{BANK}/versions", json={"set": {}})
    document = {**office, "holiday_sets": [{"set_id": "uk-bank"}]}
    assert (await admin.post(f"{UK}/publish", json={"calendar": document})).is_success
    key = {"Idempotency-Key": "one"}
    wanted, other = (
        {"set": {"holidays": [{"date": f"2026-08-{day}", "name": "x"}]}} for day in (11, 12)
    )

    async def died(*_: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(PgAnswers, "fill", died)
    monkeypatch.setattr(PgAnswers, "free", died)
    first = await admin.post(f"{BANK}/versions", json=wanted, headers=key)
    monkeypatch.undo()
    assert [one["would_change"] for one in first.json()["followers"]] == [True]
    await admin.post(f"{BANK}/versions", json=other)
    again = await admin.post(f"{BANK}/versions", json=wanted, headers=key)
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true")
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])
    assert await numbers(admin, BANK) == [3, 2, 1]
