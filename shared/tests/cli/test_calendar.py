"""`slaclock calendar ...` against a platform that answers what a test says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from slaclock.cli.main import run

BASE = "/calendar/v1/calendars/uk"
VERSION: dict[str, Any] = {
    "calendar_id": "uk",
    "version": 2,
    "status": "published",
    "name": "UK",
    "type": "business",
    "timezone": "Europe/London",
    "tzdata": "2026.6",
    "hash": "ab" * 32,
    "note": "[n]",
    "published_at": "2026-03-01T00:00:00Z",
    "published_by": "key:1",
}
SNAPSHOT: dict[str, Any] = {
    "name": "UK",
    "timezone": "Europe/London",
    "tzdata": "2026.6",
    "windows": [{"weekday": 0, "start": "09:00", "end": "17:30"}],
    "holidays": [{"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"}],
    "overrides": [{"date": "2026-12-24", "windows": []}],
}
TRACE: dict[str, Any] = {
    "calendar_id": "uk",
    "version": 2,
    "timezone": "Europe/London",
    "start": "2026-03-27T12:00:00Z",
    "end": "2026-03-30T09:00:00Z",
    "microseconds": 23_400_000_000,
    "parts": [
        {
            "date": "2026-03-27",
            "window": "09:00-17:30",
            "source": "window",
            "start": "2026-03-27T12:00:00Z",
            "end": "2026-03-27T17:30:00Z",
            "microseconds": 19_800_000_000,
        }
    ],
    "holidays": [
        {"date": "2026-03-28", "name": "A [day]", "from": "00:00", "to": "24:00", "microseconds": 0}
    ],
    "changes": [
        {
            "at": "2026-03-29T01:00:00Z",
            "offset_before_seconds": 0,
            "offset_after_seconds": 3600,
        }
    ],
    "rest": {
        "start": "2026-03-30T08:00:00Z",
        "end": "2026-03-30T09:00:00Z",
        "microseconds": 3_600_000_000,
    },
    "minutes": 390,
    "hash": "ab" * 32,
    "tzdata": "2026.6",
    "text": "...",
}
IMPACT: dict[str, Any] = {
    "calendar_id": "uk",
    "version": 2,
    "status": "published",
    "hash": "ab" * 32,
    "timezone": "Europe/London",
    "tzdata": "2026.1",
    "from": "2027-03-29T08:00:00Z",
    "until": None,
    "gained_minutes": 60,
    "lost_minutes": 60,
    "examples": [
        {"old": {"opens": "2027-03-29T08:00:00Z", "closes": "2027-03-29T16:30:00Z"}, "new": None}
    ],
    "remedy": "publish a new version",
}


def answered(operation: str, result: object) -> dict[str, Any]:
    return {
        "calendar": {"id": "uk", "version": 2, "hash": "ab" * 32},
        "op": operation,
        "result": result,
    }


@pytest.mark.parametrize(
    ("line", "path", "document", "told"),
    [
        pytest.param(
            "list",
            "/calendar/v1/calendars",
            {
                "items": [
                    {
                        "calendar_id": "uk",
                        "name": "UK",
                        "timezone": "Europe/London",
                        "latest_version": 2,
                        "status": "published",
                        "has_draft": True,
                    }
                ],
                "next": None,
            },
            ["uk", "Europe/London", "draft"],
            id="list",
        ),
        pytest.param(
            "versions uk",
            f"{BASE}/versions",
            {"items": [VERSION], "next": None},
            ["2026.6", "abababababab", "[n]"],
            id="versions",
        ),
        pytest.param(
            "add uk 2026-03-27T12:00:00Z -90",
            f"{BASE}/business-time/add",
            answered("add", "2026-03-27T10:30:00Z"),
            ["2026-03-27T10:30:00Z"],
            id="add",
        ),
        pytest.param(
            "elapsed uk 2026-03-27T12:00:00Z 2026-03-30T10:00:00+01:00",
            f"{BASE}/business-time/elapsed",
            answered("elapsed", 23_400_000_000),
            ["6:30:00"],
            id="elapsed",
        ),
        pytest.param(
            "explain uk 2026-03-27T12:00:00Z --minutes 390",
            f"{BASE}/business-time/explain",
            answered("explain", TRACE),
            [
                "390 business minutes lead to Mon 2026-03-30 10:00:00 Europe/London",
                "09:00-17:30",
                "A [day]",
                "clock change",
                "+1:00:00",
                "and more",
                "6:30:00",
            ],
            id="explain",
        ),
        pytest.param(
            "retire uk 2",
            f"{BASE}/versions/2/retire",
            {**VERSION, "status": "retired"},
            ["uk version 2 is retired"],
            id="retire",
        ),
    ],
)
def test_what_commands_print(
    running: Any,
    capsys: pytest.CaptureFixture[str],
    line: str,
    path: str,
    document: dict[str, Any],
    told: list[str],
) -> None:
    running.on(path, document)
    assert run(["calendar", *line.split()]) == 0
    printed = capsys.readouterr().out
    assert [one for one in told if one not in printed] == [], printed
    assert run(["calendar", *line.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_questions_travel_as_they_were_asked(running: Any) -> None:
    running.on(f"{BASE}/business-time/explain", answered("explain", TRACE))
    assert (
        run(
            [
                "calendar",
                "explain",
                "uk",
                "2026-03-27T13:00:00+01:00",
                "2026-03-28T00:00:00Z",
                "--draft",
            ]
        )
        == 0
    )
    asked = parse_qs(urlsplit(running.asked[-1].path).query)
    assert asked == {
        "start": ["2026-03-27T12:00:00Z"],
        "end": ["2026-03-28T00:00:00Z"],
        "draft": ["true"],
    }


def test_show_takes_the_newest_version_that_is_in_use(
    running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    retired = {**VERSION, "version": 3, "status": "retired"}
    running.on(f"{BASE}/versions", {"items": [retired, VERSION], "next": None})
    running.on(f"{BASE}/versions/2/snapshot", SNAPSHOT)
    running.on(f"{BASE}/versions/2", VERSION)
    assert run(["calendar", "show", "uk"]) == 0
    printed = capsys.readouterr().out
    for told in ("uk version 2", "Monday     09:00-17:30", "every year Christmas Day", "closed"):
        assert told in printed
    assert run(["calendar", "show", "uk", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == SNAPSHOT
    running.on(f"{BASE}/versions", {"items": [retired], "next": None})
    assert run(["calendar", "show", "uk"]) == 4
    assert "--version" in capsys.readouterr().err


def test_a_difference_is_a_finding(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"differences": [{"words": "Monday opens [later]"}], "words": [], "effect": {}}
    running.on(f"{BASE}/versions/1/differences/2", found)
    running.on(f"{BASE}/versions/2/differences/2", {"differences": [], "words": []})
    assert run(["calendar", "diff", "uk", "1", "2"]) == 1
    assert "Monday opens [later]" in capsys.readouterr().out
    assert run(["calendar", "diff", "uk", "2", "2"]) == 0
    assert "the same" in capsys.readouterr().out


def test_an_impact_is_a_finding_gathered_from_all_pages(
    running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    page = {"installed": "2026.6", "checked": 50, "total": 51, "items": [], "next": "c"}
    path = "/calendar/v1/tzdata-impact"
    running.on(path, page, {**page, "checked": 1, "items": [IMPACT], "next": None})
    assert run(["calendar", "impact", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["checked"], len(found["items"])) == (51, 1)
    running.on(path, {**page, "checked": 1, "items": [IMPACT], "next": None})
    assert run(["calendar", "impact"]) == 1
    printed = capsys.readouterr().out
    for told in ("uk version 2", "from 2027-03-29T08:00:00Z on", "becomes  closed", "publish"):
        assert told in printed
    running.on(path, {**page, "next": None})
    assert run(["calendar", "impact", "--all"]) == 0
    assert "none would give other results" in capsys.readouterr().out
    assert parse_qs(urlsplit(running.asked[-1].path).query)["all"] == ["true"]


@pytest.mark.parametrize(
    ("line", "exit_code", "told"),
    [
        pytest.param("add uk 2026-03-27T12:00:00 90", 2, "write it like", id="naive start"),
        pytest.param("elapsed uk 2026-03-27T12:00:00Z 2026-03-28", 2, "write it like", id="a date"),
        pytest.param("explain uk 2026-03-27T12:00:00Z", 2, "either END or --minutes", id="nothing"),
        pytest.param(
            "add uk 2026-03-27T12:00:00Z 9 --version 1 --draft", 2, "not both", id="two calendars"
        ),
        pytest.param("add us 2026-03-27T12:00:00Z 90", 4, "nothing is at", id="not there"),
        pytest.param("show", 2, "--help", id="no calendar"),
    ],
)
def test_errors_are_one_line_with_a_remedy(
    running: Any, capsys: pytest.CaptureFixture[str], line: str, exit_code: int, told: str
) -> None:
    assert run(["calendar", *line.split()]) == exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert len(said.err.strip().splitlines()) == 1
