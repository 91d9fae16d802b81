from __future__ import annotations

from typing import Any

import pytest

from slaclock.auth.roles import Role
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
        pytest.param({"calendar": {"id": "uk"}, "operations": []}, "calendar", id="half a name"),
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
