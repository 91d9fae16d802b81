"""`slaclock status` and `explain`, against a platform that answers what a test says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from slaclock.cli.main import run
from slaclock.cli.ticket_page import duration, local

STATUS_PATH = "/ticket-clock/v1/ticket-sla"
CLOCK: dict[str, Any] = {
    "metric": "resolution",
    "cycle": "first",
    "state": "active",
    "outcome": "breached",
    "target_minutes": 240,
    "elapsed_seconds": 15000,
    "remaining_seconds": -600,
    "wall_remaining_seconds": -600,
    "percent": 104.2,
    "started_at": "2026-03-27T09:00:00Z",
    "due_at": "2026-03-30T08:00:00Z",
    "stopped_at": None,
    "breached_at": "2026-03-30T08:00:00Z",
    "timezone": "Europe/London",
    "risk": "CRITICAL",
    "thresholds": [
        {
            "threshold": "percent:50",
            "due_at": "2026-03-27T11:00:00Z",
            "fired_at": "2026-03-27T11:00:01Z",
            "retracted_at": None,
        },
        {
            "threshold": "percent:75",
            "due_at": "2026-03-27T12:00:00Z",
            "fired_at": "2026-03-27T12:00:01Z",
            "retracted_at": "2026-03-27T13:00:00Z",
        },
    ],
    "pauses": [],
}
STATUS: dict[str, Any] = {
    "ticket_id": "INC[1]",
    "revision": 7,
    "as_of": "2026-03-30T08:10:00Z",
    "status": "open",
    "category": "open",
    "priority": "P1",
    "risk": "CRITICAL",
    "faults": [
        {
            "code": "c",
            "field": "status",
            "value": "odd",
            "message": "is unknown",
            "remedy": "map it",
        }
    ],
    "binding": {
        "reason": "tenant_default",
        "sla_id": "gold",
        "sla_version": 2,
        "contract_id": None,
    },
    "clocks": [CLOCK],
}
EXPLAINED: dict[str, Any] = STATUS | {"facts": []}
TOLD = "Ticket INC-1\n  as of 2026-03-27T12:00:00Z, revision 3\n  [red]ü 🕑\n"


def test_status_for_people(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on(STATUS_PATH, STATUS)

    assert run(["status", "INC/1 ü"]) == 0

    shown = capsys.readouterr().out
    assert "INC[1]" in shown
    assert "bound to gold version 2 (tenant_default)" in shown
    assert "status: is unknown (found 'odd'); map it" in shown
    assert "-0:10:00" in shown, "time left after due is negative"
    assert "Mon 2026-03-30 09:00:00 Europe/London" in shown, "the wall clock of the calendar"
    assert "percent:50" in shown
    assert "percent:75" not in shown, "retracted"
    assert running.asked[0].path.endswith("?ticket_id=INC%2F1+%C3%BC")


def test_status_for_programs(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on(STATUS_PATH, STATUS)

    assert run(["status", "INC-1", "--json", "--as-known-at", "2026-03-30T08:00:00Z"]) == 0

    captured = capsys.readouterr()
    assert json.loads(captured.out) == STATUS
    assert captured.err == ""
    assert "as_known_at=2026-03-30T08%3A00%3A00Z" in running.asked[0].path


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"binding": None, "clocks": []}, id="not opened yet"),
        pytest.param({"terms": "pending"}, id="terms unknown"),
        pytest.param({"clocks": [CLOCK | {"due_at": None, "state": "paused"}]}, id="paused"),
        pytest.param({"clocks": [CLOCK | {"timezone": "Mars/Base"}]}, id="unknown zone"),
        pytest.param({"clocks": [CLOCK | {"cycle": "c2", "target_minutes": None}]}, id="second"),
        pytest.param({"faults": ["plain"]}, id="a plain fault"),
        pytest.param({"priority": "P1\x1b[2J\x07"}, id="what steers a terminal"),
    ],
)
def test_odd_tickets_are_shown(
    running: Any, capsys: pytest.CaptureFixture[str], change: dict[str, Any]
) -> None:
    running.on(STATUS_PATH, STATUS | change)

    assert run(["status", "INC-1"]) == 0
    shown = capsys.readouterr().out
    assert "INC[1]" in shown
    assert shown.replace("\n", "").isprintable()


def test_a_ticket_that_nothing_binds(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fault = {"field": "binding", "value": None, "message": "none applies", "remedy": "set one"}
    binding = {"reason": "none", "sla_id": None}
    running.on(STATUS_PATH, STATUS | {"binding": binding, "clocks": [], "faults": [fault]})

    assert run(["status", "INC-1"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "bound to no SLA" in shown
    assert "fault: binding: none applies; set one" in shown


@pytest.mark.parametrize("columns", ["80", None], ids=["80 columns", "piped"])
def test_nothing_is_cut_for_want_of_columns(
    running: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str | None,
) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    else:
        monkeypatch.delenv("COLUMNS", raising=False)
    running.on(STATUS_PATH, STATUS)

    assert run(["status", "INC-1"]) == 0

    shown = capsys.readouterr().out
    assert "…" not in shown
    for line in (
        "resolution  active, breached",
        "  spent    4:10:00 of 4:00:00 (104 %), left -0:10:00",
        "  due      Mon 2026-03-30 09:00:00 Europe/London",
        "  crossed  percent:50",
    ):
        assert line in shown.splitlines()


def test_an_unknown_ticket(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on(STATUS_PATH, {"detail": "there is no ticket 'X'"}, status=404)

    assert run(["status", "X"]) == 4
    assert "there is no ticket 'X'" in capsys.readouterr().err


def test_explain_prints_what_the_platform_says(
    running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on("/ticket-clock/v1/ticket-explain", TOLD.encode())

    assert run(["explain", "INC-1"]) == 0
    assert capsys.readouterr().out == TOLD
    assert running.asked[0].accept == "text/plain"


def test_explain_as_json(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/ticket-explain", EXPLAINED)

    assert run(["explain", "INC-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == EXPLAINED


@pytest.mark.parametrize("ticket", ["a/b", "ü", "?", "%", "..", " "])
def test_explain_asks_for_any_id(running: Any, ticket: str) -> None:
    running.on("/ticket-clock/v1/ticket-explain", EXPLAINED)

    assert run(["explain", ticket]) == 0

    path, _, query = running.asked[0].path.partition("?")
    assert path == "/ticket-clock/v1/ticket-explain"
    assert parse_qs(query, strict_parsing=True) == {"ticket_id": [ticket]}


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00:00"), (59.9, "0:00:59"), (-3900, "-1:05:00"), (100_000, "27:46:40"), (None, "")],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/London", "Sun 2026-03-29 02:30:00 Europe/London"),
        ("Asia/Kolkata", "Sun 2026-03-29 07:00:00 Asia/Kolkata"),
        ("America/New_York", "Sat 2026-03-28 21:30:00 America/New_York"),
        (None, "Sun 2026-03-29 01:30:00 UTC"),
        ("../etc/passwd", "Sun 2026-03-29 01:30:00 UTC"),
    ],
)
def test_wall_clocks(zone: str | None, shown: str) -> None:
    assert local("2026-03-29T01:30:00Z", zone) == shown
