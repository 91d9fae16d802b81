"""The commands, against a platform that answers what a test says."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from urllib.parse import parse_qs

import pytest
from rich.console import Console

from slaclock.cli.commands import parked, verify
from slaclock.cli.main import run
from slaclock.cli.ticket_page import duration, local
from slaclock.service import ServiceSpec

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


def page(*findings: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"tickets": 2, "clocks": 4, "findings": list(findings), "of": 4, "next": following}


FINDING = {"ticket_id": "INC-1", "what": "facts", "stored": 1, "folded": 2}


def test_verify_reads_all_pages(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/verify", page(following="c"), page())

    assert run(["verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"tickets": 4, "clocks": 8, "findings": []}
    assert [asked.body for asked in running.asked] == [{"cursor": None}, {"cursor": "c"}]
    assert running.asked[0].key == "key-admin"


def test_verify_with_findings_exits_1(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/verify", page(FINDING))

    assert run(["verify"]) == 1
    captured = capsys.readouterr()
    assert "INC-1" in captured.out
    assert captured.err == ""


def test_verify_names_tickets_in_batches(running: Any) -> None:
    answer = page() | {"tickets": 200}
    running.on("/ticket-clock/v1/verify", answer, answer | {"tickets": 50})

    assert run(["verify", *(f"T{number}" for number in range(250)), "T0"]) == 0
    assert [len(asked.body["ticket_ids"]) for asked in running.asked] == [200, 50]


def test_verify_of_unknown_tickets(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/verify", page())
    running.on("/ticket-clock/v1/ticket-sla", {"items": [{"ticket_id": "A"}, {"ticket_id": "C"}]})

    assert run(["verify", "A", "B", "C"]) == 4
    captured = capsys.readouterr()
    assert captured.out == "2 tickets, 4 clocks: stored and folded agree.\n"
    assert captured.err.startswith("slaclock: there is no ticket 'B'; check its id")


def test_rebuild_of_unknown_tickets(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/rebuild", {**rebuilt(), "tickets": 0})
    running.on("/ticket-clock/v1/ticket-sla", {"items": []})

    assert run(["rebuild", "A"]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("slaclock: there is no ticket 'A'; check its id")


def rebuilt(*changed: str, following: str | None = None, faulted: list[str] | None = None) -> Any:
    return {
        "tickets": 2,
        "changed": list(changed),
        "faulted": faulted or [],
        "of": 4,
        "next": following,
    }


def test_rebuild_folds_all_pages(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/rebuild", rebuilt("INC-1", following="c"), rebuilt())

    assert run(["rebuild", "--json"]) == 0
    expected = {"tickets": 4, "changed": ["INC-1"], "faulted": []}
    assert json.loads(capsys.readouterr().out) == expected
    assert [asked.body for asked in running.asked] == [{"cursor": None}, {"cursor": "c"}]


def test_rebuild_says_what_it_corrected(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/rebuild", rebuilt("INC-1", "INC-\x1b[2J"))

    assert run(["rebuild"]) == 0
    found = capsys.readouterr().out
    assert "2 tickets rebuilt, 2 corrected." in found
    assert "corrected: INC-1, " in found
    assert "\x1b" not in found


def test_rebuild_with_faults_exits_1(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/ticket-clock/v1/rebuild", rebuilt(faulted=["INC-7"]))

    assert run(["rebuild", "INC-7", "INC-8"]) == 1
    assert "not folded: INC-7" in capsys.readouterr().out


@pytest.mark.parametrize(("command", "doing"), [("rebuild", "rebuilding"), ("verify", "verifying")])
def test_on_a_terminal_a_bar_says_how_far_it_is(
    running: Any, monkeypatch: pytest.MonkeyPatch, command: str, doing: str
) -> None:
    terminal = Console(file=StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(verify, "notes", lambda: terminal)
    page = {"tickets": 2, "clocks": 4, "findings": [], "changed": [], "faulted": [], "of": 4}
    running.on(f"/ticket-clock/v1/{command}", page | {"next": "c"}, page | {"next": None})

    assert run([command]) == 0
    shown = terminal.file.getvalue()  # type: ignore[attr-defined]  # as made above
    assert doing in shown
    assert "4/4" in shown


PARKED = {
    "parked_id": "p1",
    "parked_at": "2026-03-02T09:00:00Z",
    "subject": "sla.ticket.opened.v1.demo",
    "code": "event.malformed",
    "reason": "1 fault",
}


@pytest.fixture
def _one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> ServiceSpec:
        return ServiceSpec(name, "m", lambda _: None)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(parked, "discover", lambda: {"sla": None})
    monkeypatch.setattr(parked, "find", find)


@pytest.mark.usefixtures("_one_service")
def test_what_is_set_aside(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on(
        "/sla/v1/parked", {"items": [PARKED], "next": "c"}, {"items": [PARKED], "next": None}
    )

    assert run(["parked", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"items": [{"service": "sla", **PARKED}] * 2}


@pytest.mark.usefixtures("_one_service")
def test_services_that_consume_nothing_are_passed_by(
    running: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "discover", lambda: {"calendar": None, "sla": None})
    running.on("/calendar/v1/parked", {"detail": "nothing is there"}, status=404)
    running.on("/sla/v1/parked", {"items": [PARKED], "next": None})

    assert run(["parked", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"items": [{"service": "sla", **PARKED}]}


@pytest.mark.usefixtures("_one_service")
def test_what_is_set_aside_for_people(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/sla/v1/parked", {"items": [PARKED], "next": None})
    assert run(["parked", "list", "--service", "sla"]) == 0
    assert "event.malformed" in capsys.readouterr().out

    long = PARKED | {"reason": f"{'x' * 300}; the remedy"}
    running.on("/sla/v1/parked", {"items": [long], "next": None})
    assert run(["parked", "list", "--service", "sla"]) == 0
    assert "the remedy" in " ".join(capsys.readouterr().out.split())

    running.on("/sla/v1/parked", {"items": [], "next": None})
    assert run(["parked", "list"]) == 0
    assert "Nothing" in capsys.readouterr().out


@pytest.mark.usefixtures("_one_service")
def test_replaying(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running.on("/sla/v1/parked", {"items": [PARKED], "next": None})
    running.on("/sla/v1/parked/p1/replay", {"parked_id": "p1", "replayed": True})

    assert run(["parked", "replay", "--service", "sla", "--all"]) == 0
    assert "1 replayed, 0 failed again" in capsys.readouterr().err


@pytest.mark.usefixtures("_one_service")
def test_what_fails_again_does_not_stop_the_rest(
    running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"code": "replay.refused", "detail": "still malformed"}
    running.on("/sla/v1/parked/p1/replay", refused, status=422)
    running.on("/sla/v1/parked/p2/replay", {"replayed": True})

    assert run(["parked", "replay", "p1", "p2", "--service", "sla"]) == 1
    captured = capsys.readouterr()
    assert "1 replayed, 1 failed again" in captured.err
    assert "still malformed" in captured.out


@pytest.mark.usefixtures("_one_service")
def test_replaying_nothing_in_particular(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["parked", "replay", "--service", "sla"]) == 2
    assert "--all" in capsys.readouterr().err
    assert running.asked == []


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
