from __future__ import annotations

import asyncio
from typing import Any

import pytest

from slaclock.auth.roles import Role
from slaclock.contracts.canonical import content_hash
from slaclock.testing.serving import Served

PATH = "/calendar/v1/business-time"
START = "2026-03-06T17:00:00Z"


async def test_answers_come_in_order_with_refusals_in_their_place(
    served: Served, office: dict[str, Any]
) -> None:
    viewer = await served.client(role=Role.VIEWER)
    answer = await viewer.post(
        PATH,
        json={
            "calendar": {"snapshot": office},
            "operations": [
                {"op": "add", "start": START, "minutes": 90},
                {"op": "calculate", "start": START, "end": "2026-03-09T11:00:00+01:00"},
                {"op": "next", "start": "2026-03-07T12:00:00Z"},
                {"op": "previous", "start": "2026-03-07T12:00:00Z"},
                {"op": "is_open", "start": "2026-03-07T12:00:00Z"},
                {"op": "add", "start": START, "minutes": 199_999_999},
            ],
        },
    )
    assert answer.status_code == 200, answer.text
    *good, bad = answer.json()["results"]
    assert [one["result"] for one in good] == [
        "2026-03-09T10:00:00Z",
        90,
        "2026-03-09T09:00:00Z",
        "2026-03-06T17:30:00Z",
        False,
    ]
    assert "result" not in bad
    assert bad["error"]["code"] in {"calendar.no-business-time", "instant.out-of-range"}
    assert bad["error"]["remedy"]


async def test_a_published_version_is_named_by_id_and_number(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    closed = {**office, "windows": [{"weekday": 6, "start": "10:00", "end": "11:00"}]}
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": closed})
    operations = [{"op": "next", "start": "2026-03-07T12:00:00Z"}]
    found = [
        (
            await admin.post(
                PATH,
                json={"calendar": {"id": "uk", "version": version}, "operations": operations},
            )
        ).json()["results"][0]["result"]
        for version in (1, 2, 1)
    ]
    assert found == ["2026-03-09T09:00:00Z", "2026-03-08T10:00:00Z", "2026-03-09T09:00:00Z"]
    missing = await admin.post(
        PATH, json={"calendar": {"id": "uk", "version": 3}, "operations": operations}
    )
    assert (missing.status_code, missing.json()["code"]) == (404, "calendar-version.not-found")
    stranger = await served.client("globex")
    foreign = await stranger.post(
        PATH, json={"calendar": {"id": "uk", "version": 1}, "operations": operations}
    )
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"calendar": {}, "operations": []}, "calendar", id="no calendar"),
        pytest.param({"calendar": {"version": 1}, "operations": []}, "calendar", id="half a name"),
        pytest.param(
            {"calendar": {"id": "uk", "version": 1, "draft": True}, "operations": []},
            "calendar",
            id="draft and version",
        ),
        pytest.param(
            {
                "calendar": {"id": "uk"},
                "operations": [{"op": "explain", "start": START}] * 51,
            },
            "operations[0].explain",
            id="nothing to explain",
        ),
        pytest.param(
            {
                "calendar": {"id": "uk"},
                "operations": [{"op": "explain", "start": START, "minutes": 1}] * 51,
            },
            "body",
            id="too many traces",
        ),
        pytest.param(
            {"calendar": {"id": "uk", "version": 1, "snapshot": {}}, "operations": []},
            "calendar",
            id="two calendars",
        ),
        pytest.param(
            {"calendar": {"id": "uk", "version": 1}, "operations": [{"op": "sub"}]},
            "operations[0]",
            id="unknown operation",
        ),
        pytest.param(
            {
                "calendar": {"id": "uk", "version": 1},
                "operations": [{"op": "add", "start": "2026-03-06T17:00:00", "minutes": 1}],
            },
            "operations[0].add.start",
            id="no offset",
        ),
        pytest.param(
            {
                "calendar": {"id": "uk", "version": 1},
                "operations": [{"op": "add", "start": START, "minutes": 1.5}],
            },
            "operations[0].add.minutes",
            id="half a minute",
        ),
        pytest.param(
            {
                "calendar": {"id": "uk", "version": 1},
                "operations": [{"op": "next", "start": START, "end": START}],
            },
            "operations[0].next.end",
            id="a key that means nothing",
        ),
        pytest.param(
            {
                "calendar": {"snapshot": {"timezone": "Mars/Olympus", "windows": []}},
                "operations": [],
            },
            "calendar.snapshot.timezone",
            id="a faulty snapshot",
        ),
        pytest.param(
            {
                "calendar": {
                    "snapshot": {
                        "timezone": "UTC",
                        "windows": [{"weekday": 0, "start": "09:00", "end": "10:00"}],
                        "holidays": [{"name": "no date"}],
                        "holiday_rules": [{"rule": "easter", "days": 1, "name": "E"}],
                    }
                },
                "operations": [],
            },
            "calendar.snapshot.holidays[0].date",
            id="rules beside a faulty holiday",
        ),
        pytest.param(
            {
                "calendar": {"snapshot": {"timezone": 1, "windows": {}, "holiday_rules": "x"}},
                "operations": [],
            },
            "calendar.snapshot.holiday_rules",
            id="rules that are none",
        ),
    ],
)
async def test_malformed_requests_name_the_field(
    served: Served, body: dict[str, Any], field: str
) -> None:
    viewer = await served.client(role=Role.VIEWER)
    answer = await viewer.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert field in {entry["field"] for entry in answer.json()["errors"]}


async def test_ten_thousand_and_no_more(served: Served, office: dict[str, Any]) -> None:
    viewer = await served.client(role=Role.VIEWER)
    operations = [{"op": "add", "start": START, "minutes": number} for number in range(10_000)]
    body = {"calendar": {"snapshot": office}, "operations": operations}
    answer = await viewer.post(PATH, json=body)
    assert len(answer.json()["results"]) == 10_000
    body["operations"] = [*operations, operations[0]]
    assert (await viewer.post(PATH, json=body)).status_code == 422
    huge = {"calendar": {"snapshot": {**office, "name": "x" * 2_200_000}}, "operations": []}
    assert (await viewer.post(PATH, json=huge)).status_code == 413


async def test_the_answer_names_the_calendar_that_it_used(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    operations = [{"op": "next", "start": "2026-03-07T12:00:00Z"}]
    published = []
    for opens in ("09:00", "10:00", "11:00"):
        windows = [{"weekday": 0, "start": opens, "end": "17:00"}]
        body = {"calendar": {**office, "windows": windows}}
        published.append((await admin.post("/calendar/v1/calendars/uk/publish", json=body)).json())
    await admin.post("/calendar/v1/calendars/uk/versions/3/retire")
    windows = [{"weekday": 0, "start": "12:00", "end": "17:00"}]
    drafted = await admin.put(
        "/calendar/v1/calendars/uk/draft", json={**office, "windows": windows}
    )
    expected: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        (
            {"id": "uk"},
            {"id": "uk", "version": 2, "hash": published[1]["hash"]},
            "2026-03-09T10:00:00Z",
        ),
        (
            {"id": "uk", "version": 3},
            {"id": "uk", "version": 3, "hash": published[2]["hash"]},
            "2026-03-09T11:00:00Z",
        ),
        (
            {"id": "uk", "draft": True},
            {"id": "uk", "version": None, "hash": drafted.headers["ETag"].strip('"')},
            "2026-03-09T12:00:00Z",
        ),
        (
            {"snapshot": office},
            {"id": None, "version": None, "hash": content_hash(office)},
            "2026-03-09T09:00:00Z",
        ),
    ]
    for which, used, opening in expected:
        answer = await admin.post(PATH, json={"calendar": which, "operations": operations})
        assert answer.json() == {
            "calendar": used,
            "results": [{"op": "next", "result": opening}],
        }


async def test_a_draft_is_computed_with_its_rules_and_its_faults_are_named(
    served: Served, office: dict[str, Any]
) -> None:
    manager = await served.client(role=Role.MANAGER)
    rules = [{"rule": "easter", "days": 1, "name": "Easter Monday"}]
    plain = {key: value for key, value in office.items() if key != "holidays"}
    draft = {**plain, "holiday_rules": rules, "horizon": {"first_year": 2020, "last_year": 2030}}
    made = await manager.put("/calendar/v1/calendars/uk/draft", json=draft)
    operations = [{"op": "is_open", "start": "2026-04-06T12:00:00Z"}]
    for which in ({"id": "uk", "draft": True}, {"snapshot": draft}):
        answer = await manager.post(PATH, json={"calendar": which, "operations": operations})
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"] == [{"op": "is_open", "result": False}]
    faulty = {**draft, "timezone": "Mars/Olympus", "holiday_sets": [{"set_id": "nowhere"}]}
    await manager.put(
        "/calendar/v1/calendars/uk/draft",
        json=faulty,
        headers={"If-Match": made.headers["ETag"]},
    )
    for which, field in (
        ({"id": "uk", "draft": True}, "holiday_sets[0].set_id"),
        ({"snapshot": faulty}, "calendar.snapshot.holiday_sets[0].set_id"),
    ):
        answer = await manager.post(PATH, json={"calendar": which, "operations": operations})
        assert answer.status_code == 422
        assert field in {entry["field"] for entry in answer.json()["errors"]}
    missing = await manager.post(
        PATH, json={"calendar": {"id": "us", "draft": True}, "operations": []}
    )
    assert (missing.status_code, missing.json()["code"]) == (404, "calendar-draft.not-found")


async def test_a_trace_sums_to_its_result_and_says_what_it_was_computed_with(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    done = await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    version = (await admin.get("/calendar/v1/calendars/uk/versions/1")).json()
    answer = await admin.post(
        PATH,
        json={
            "calendar": {"id": "uk"},
            "operations": [
                {"op": "explain", "start": "2026-03-27T12:00:00Z", "end": "2026-04-07T12:00:00Z"},
                {"op": "elapsed", "start": "2026-03-27T12:00:00Z", "end": "2026-04-07T12:00:00Z"},
                {"op": "explain", "start": "2026-03-27T12:00:00Z", "minutes": 600},
                {"op": "add", "start": "2026-03-27T12:00:00Z", "minutes": 600},
                {"op": "explain", "start": "1970-01-01T00:00:00Z", "end": "2200-01-01T00:00:00Z"},
            ],
        },
    )
    span, elapsed, added, reached, all_years = (one["result"] for one in answer.json()["results"])
    assert sum(part["microseconds"] for part in span["parts"]) == span["microseconds"] == elapsed
    assert (span["hash"], span["tzdata"]) == (done.json()["hash"], version["tzdata"])
    assert (span["calendar_id"], span["version"], span["timezone"]) == ("uk", 1, "Europe/London")
    assert [day["name"] for day in span["holidays"]] == ["Good Friday"]
    assert [change["at"] for change in span["changes"]] == ["2026-03-29T01:00:00Z"]
    assert "Good Friday" in span["text"]
    assert added["end"] == reached
    listed = sum(part["microseconds"] for part in all_years["parts"])
    assert listed + all_years["rest"]["microseconds"] == all_years["microseconds"]
    assert len(answer.content) < 200_000


@pytest.mark.parametrize(
    ("path", "result"),
    [
        pytest.param("add?start=2026-03-06T17:00:00Z&minutes=90", "2026-03-09T10:00:00Z", id="add"),
        pytest.param(
            "add?start=2026-03-06T18:00:00+01:00&minutes=90", "2026-03-09T10:00:00Z", id="a bare +"
        ),
        pytest.param(
            "elapsed?start=2026-03-06T17:00:00Z&end=2026-03-09T10:00:00.5Z",
            5_400_500_000,
            id="elapsed",
        ),
        pytest.param("next?at=2026-03-07T12:00:00Z", "2026-03-09T09:00:00Z", id="next"),
        pytest.param("previous?at=2026-03-07T12:00:00Z", "2026-03-06T17:30:00Z", id="previous"),
        pytest.param("is-open?at=2026-03-07T12:00:00Z&version=1", False, id="is-open"),
        pytest.param("is-open?at=2026-03-07T12:00:00Z&draft=true", True, id="of the draft"),
    ],
)
async def test_single_questions_for_people(
    served: Served, office: dict[str, Any], path: str, result: object
) -> None:
    admin = await served.client()
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    always = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]
    await admin.put("/calendar/v1/calendars/uk/draft", json={**office, "windows": always})
    viewer = await served.client(role=Role.VIEWER)
    answer = await viewer.get(f"/calendar/v1/calendars/uk/business-time/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"] == result
    assert answer.json()["calendar"]["id"] == "uk"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        pytest.param("add?start=2026-03-06T17:00:00&minutes=1", 422, "start", id="naive"),
        pytest.param("add?start=2026-03-06T17:00:00Z", 422, "minutes", id="no amount"),
        pytest.param(
            "add?start=2026-03-06T17:00:00Z&minutes=199999999", 422, "result", id="out of range"
        ),
        pytest.param("explain?start=2026-03-06T17:00:00Z", 422, "end", id="nothing to explain"),
        pytest.param(
            "next?at=2026-03-06T17:00:00Z&version=1&draft=true", 422, "draft", id="two calendars"
        ),
        pytest.param("next?at=2026-03-06T17:00:00Z&version=7", 404, None, id="no such version"),
        pytest.param("next?at=2026-03-06T17:00:00Z&draft=true", 404, None, id="no draft"),
    ],
)
async def test_single_questions_are_refused_as_problems(
    served: Served, office: dict[str, Any], path: str, status: int, field: str | None
) -> None:
    admin = await served.client()
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    answer = await admin.get(f"/calendar/v1/calendars/uk/business-time/{path}")
    assert answer.status_code == status, answer.text
    if field is not None:
        assert [entry["field"] for entry in answer.json()["errors"]] == [field]
    foreign = await (await served.client("globex")).get(
        "/calendar/v1/calendars/uk/business-time/next?at=2026-03-06T17:00:00Z"
    )
    assert foreign.status_code == 404


async def test_ten_thousand_operations_leave_room_for_others(
    served: Served, office: dict[str, Any]
) -> None:
    viewer = await served.client(role=Role.VIEWER)
    traces = [
        {"op": "explain", "start": "1970-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}
    ] * 50
    slow = asyncio.create_task(
        viewer.post(PATH, json={"calendar": {"snapshot": office}, "operations": traces})
    )
    waits: list[float] = []
    clock = asyncio.get_running_loop().time
    while not slow.done():
        began = clock()
        await asyncio.sleep(0)
        waits.append(clock() - began)
    assert (await slow).status_code == 200
    assert max(waits) < 1.0, "the event loop stood still"


async def test_a_calendar_whose_versions_are_all_retired_is_not_called_missing(
    served: Served, office: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    await admin.post("/calendar/v1/calendars/uk/versions/1/retire")
    for name, code in (("uk", "calendar-version.not-found"), ("us", "calendar.not-found")):
        body = {"calendar": {"id": name}, "operations": []}
        answer = await admin.post(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert "there is no calendar 'us'" in answer.json()["detail"]
