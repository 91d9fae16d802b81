from __future__ import annotations

from typing import Any

import httpx
import pytest

from slaclock.auth.roles import Role
from slaclock.testing.serving import Served

SETS = "/calendar/v1/holiday-sets"
BANK = f"{SETS}/uk-bank"
CALENDARS = "/calendar/v1/calendars"
EASTER = {"rule": "easter", "days": 1, "name": "Easter Monday"}
HORIZON = {"first_year": 2026, "last_year": 2027}


def bank(*more: dict[str, Any]) -> dict[str, Any]:
    return {"name": "UK bank holidays", "holidays": list(more), "holiday_rules": [EASTER]}


def day(on: str, name: str = "extra") -> dict[str, Any]:
    return {"date": on, "name": name}


async def publish_set(client: httpx.AsyncClient, *more: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{BANK}/versions", json={"set": bank(*more)})
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def publish(
    client: httpx.AsyncClient, name: str, office: dict[str, Any], **more: Any
) -> dict[str, Any]:
    calendar = {**office, "holidays": [], "horizon": HORIZON, **more}
    answer = await client.post(f"{CALENDARS}/{name}/publish", json={"calendar": calendar})
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def dates(client: httpx.AsyncClient, name: str, version: int) -> list[str]:
    snapshot = (await client.get(f"{CALENDARS}/{name}/versions/{version}/snapshot")).json()
    return [one["date"] for one in snapshot["holidays"]]


async def test_versions_of_a_set_are_listed_and_read(served: Served) -> None:
    admin, viewer = await served.client(), await served.client(role=Role.VIEWER)
    first = await publish_set(admin)
    again = await publish_set(admin)
    second = await publish_set(admin, day("2026-06-15", "Jubilee"))
    assert [one["version"] for one in (first, again, second)] == [1, 1, 2]
    assert [one["created"] for one in (first, again, second)] == [True, False, True]
    (row,) = (await viewer.get(SETS)).json()["items"]
    assert (row["set_id"], row["latest_version"], row["used_by"]) == ("uk-bank", 2, 0)
    newest = await viewer.get(BANK)
    assert newest.headers["ETag"] == f'"{second["hash"]}"'
    assert newest.json() == (await viewer.get(f"{BANK}/versions/2")).json()
    assert newest.json()["document"]["holidays"] == [day("2026-06-15", "Jubilee")]
    page = (await viewer.get(f"{BANK}/versions", params={"limit": 1})).json()
    assert [one["version"] for one in page["items"]] == [2]
    rest = await viewer.get(f"{BANK}/versions", params={"cursor": page["next"]})
    assert [one["version"] for one in rest.json()["items"]] == [1]
    for path in (BANK, f"{BANK}/versions", f"{BANK}/versions/1", f"{BANK}/followers"):
        assert (await (await served.client("globex")).get(path)).status_code == 404, path
    assert (await viewer.get(f"{BANK}/versions/3")).json()[
        "code"
    ] == "holiday-set-version.not-found"


async def test_publishing_a_set_takes_an_admin_a_key_and_the_newest_hash(served: Served) -> None:
    admin, manager = await served.client(), await served.client(role=Role.MANAGER)
    path, body = f"{BANK}/versions", {"set": bank()}
    assert (await manager.post(path, json=body)).status_code == 403
    first = await admin.post(path, json=body, headers={"If-None-Match": "*"})
    assert first.status_code == 201
    keyed = {"Idempotency-Key": "k", "If-Match": first.headers["ETag"]}
    other = {"set": bank(day("2026-06-15"))}
    made = await admin.post(path, json=other, headers=keyed)
    again = await admin.post(path, json=other, headers=keyed)
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.content == again.content
    reused = await admin.post(path, json=body, headers=keyed)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency.key-reused")
    lost = await admin.post(path, json=body, headers={"If-Match": first.headers["ETag"]})
    assert (lost.status_code, lost.json()["code"]) == (412, "precondition.failed")
    late = await admin.post(path, json=body, headers={"If-None-Match": "*"})
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("document", "field"),
    [
        pytest.param({"holidays": [day("2026-02-30")]}, "holidays[0].date", id="no such date"),
        pytest.param({"holiday_rules": [{"rule": "moon"}]}, "holiday_rules[0].rule", id="no rule"),
        pytest.param({"holliday_rules": []}, "holliday_rules", id="a misspelt key"),
        pytest.param({"set_id": "other"}, "set_id", id="another set"),
    ],
)
async def test_a_faulty_set_is_refused(
    served: Served, document: dict[str, Any], field: str
) -> None:
    answer = await (await served.client()).post(f"{BANK}/versions", json={"set": document})
    assert answer.status_code == 422, answer.text
    assert field in {one["field"] for one in answer.json()["errors"]}


async def test_a_calendar_takes_the_newest_version_or_a_pinned_one(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await publish_set(admin)
    await publish_set(admin, day("2026-06-15"))
    await publish(admin, "newest", office, holiday_sets=[{"set_id": "uk-bank"}])
    await publish(admin, "pinned", office, holiday_sets=[{"set_id": "uk-bank", "version": 1}])
    assert await dates(admin, "newest", 1) == ["2026-04-06", "2026-06-15", "2027-03-29"]
    assert await dates(admin, "pinned", 1) == ["2026-04-06", "2027-03-29"]
    used = {
        name: (await admin.get(f"{CALENDARS}/{name}/versions/1")).json()["sets"]
        for name in ("newest", "pinned")
    }
    assert used == {
        "newest": [{"set_id": "uk-bank", "version": 2, "pinned": False}],
        "pinned": [{"set_id": "uk-bank", "version": 1, "pinned": True}],
    }


async def test_a_set_that_is_not_there_is_a_fault_of_the_draft(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await publish_set(admin)
    wishes = [{"set_id": "nobody"}, {"set_id": "uk-bank", "version": 9}]
    made = await admin.put(f"{CALENDARS}/uk/draft", json={**office, "holiday_sets": wishes})
    assert {one["field"] for one in made.json()["faults"]} == {
        "holiday_sets[0].set_id",
        "holiday_sets[1].version",
    }
    huge = {**office, "holiday_sets": [{"set_id": "uk-bank", "version": 2**60}]}
    answer = await admin.post(f"{CALENDARS}/uk/publish", json={"calendar": huge})
    assert answer.status_code == 422


async def test_a_new_version_names_its_followers_and_publishes_nothing(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await publish_set(admin)
    unpinned = [{"set_id": "uk-bank"}]
    await publish(admin, "a-newest", office, holiday_sets=unpinned)
    await publish(admin, "b-pinned", office, holiday_sets=[{"set_id": "uk-bank", "version": 1}])
    await publish(admin, "c-has-it", office, holiday_sets=unpinned, holidays=[day("2026-06-15")])
    await publish(admin, "d-left", office, holiday_sets=unpinned)
    await publish(admin, "d-left", office)
    await publish(admin, "e-other", office)
    await publish(admin, "f-retired", office, holiday_sets=unpinned)
    await admin.post(f"{CALENDARS}/f-retired/versions/1/retire")

    body = {"set": bank(day("2026-06-15", "Jubilee")), "dry_run": True}
    tried = await admin.post(f"{BANK}/versions", json=body)
    assert (tried.status_code, tried.json()["created"]) == (200, True)
    assert (await admin.get(BANK)).json()["version"] == 1
    done = await publish_set(admin, day("2026-06-15", "Jubilee"))
    assert done["followers"] == tried.json()["followers"]
    told = {one["calendar_id"]: one for one in done["followers"]}
    assert {name: one["would_change"] for name, one in told.items()} == {
        "a-newest": True,
        "b-pinned": False,
        "c-has-it": False,
    }
    assert told["b-pinned"]["pinned"]
    assert told["a-newest"]["set_version"] == 1
    assert any("Jubilee" in one for one in told["a-newest"]["words"])
    assert (await admin.get(f"{CALENDARS}/a-newest")).json()["latest_version"] == 1
    (row,) = (await admin.get(SETS)).json()["items"]
    assert row["used_by"] == 3

    page = (await admin.get(f"{BANK}/followers", params={"limit": 2})).json()
    rest = (await admin.get(f"{BANK}/followers", params={"cursor": page["next"]})).json()
    assert page["items"] + rest["items"] == done["followers"]

    await admin.post(f"{CALENDARS}/a-newest/draft", json={"version": 1})
    followed = await admin.post(f"{CALENDARS}/a-newest/publish")
    assert (followed.status_code, followed.json()["version"]) == (201, 2)
    after = (await admin.get(f"{BANK}/followers")).json()["items"][0]
    assert (after["set_version"], after["would_change"]) == (2, False)


async def test_a_follower_that_could_not_follow_says_why(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await publish_set(admin)
    once = {"windows": [], "overrides": [], "horizon": HORIZON}
    window = [{"weekday": 0, "start": "09:00", "end": "10:00"}]
    await publish(
        admin,
        "mondays",
        office,
        **(once | {"windows": window}),
        holiday_sets=[{"set_id": "uk-bank"}],
    )
    yearly = [
        {"date": f"2024-{month:02}-{number:02}", "name": "closed", "recurrence": "yearly"}
        for month in range(1, 13)
        for number in range(1, 32)
        if number <= (29 if month == 2 else 30 if month in {4, 6, 9, 11} else 31)
    ]
    done = await publish_set(admin, *yearly)
    (follower,) = done["followers"]
    assert follower["would_change"]
    assert follower["faults"][0]["code"] == "calendar.no-business-time"


async def test_the_library_previews_national_holidays(served: Served) -> None:
    viewer = await served.client(role=Role.VIEWER)
    library = "/calendar/v1/holiday-library"
    listed = {one["code"]: one for one in (await viewer.get(library)).json()["items"]}
    assert {"GB", "DE", "US", "IN"} <= listed.keys()
    assert "SCT" in listed["GB"]["subdivisions"]
    params: dict[str, str | int] = {"subdivision": "SCT", "from_year": 2026, "to_year": 2026}
    found = (await viewer.get(f"{library}/GB", params=params)).json()
    assert {"date": "2026-11-30"}.items() <= next(
        one for one in found["holidays"] if "Andrew" in one["name"]
    ).items()
    assert all(one["date"].startswith("2026-") for one in found["holidays"])
    usual = (await viewer.get(f"{library}/GB")).json()
    assert usual["to_year"] - usual["from_year"] == 15
    pasted = {"set": {"name": "Scotland", "holidays": found["holidays"]}}
    made = await (await served.client()).post(f"{SETS}/scotland/versions", json=pasted)
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        pytest.param("GX", {}, "country", id="country"),
        pytest.param("GB", {"subdivision": "XXX"}, "subdivision", id="subdivision"),
        pytest.param("GB", {"category": "nonsense"}, "category", id="category"),
        pytest.param("GB", {"language": "tlh"}, "language", id="language"),
        pytest.param("GB", {"from_year": 2027, "to_year": 2026}, "to_year", id="upside down"),
        pytest.param("GB", {"from_year": 1960}, "from_year", id="too early"),
    ],
)
async def test_what_the_library_does_not_know(
    served: Served, path: str, params: dict[str, Any], field: str
) -> None:
    viewer = await served.client(role=Role.VIEWER)
    answer = await viewer.get(f"/calendar/v1/holiday-library/{path}", params=params)
    assert answer.status_code == 422, answer.text
    assert field in {one["field"] for one in answer.json()["errors"]}
