"""`slaclock simulate`, against a platform that answers what a test says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slaclock.cli.main import run

PATH = "/ticket-clock/v1/simulations"
MARCH = ["--from", "2026-03-01", "--to", "2026-04-01T02:00:00+02:00"]
FILE = {"schema": "slaclock.sla/1", "sla_id": "gold"}


def counts(met: int, breached: int) -> dict[str, Any]:
    share = met / (met + breached) if met + breached else None
    return {"met": met, "breached": breached, "pending": 1, "cancelled": 0, "compliance": share}


def row(key: str | None, before: tuple[int, int], after: tuple[int, int]) -> dict[str, Any]:
    return {
        "key": key,
        "in_force": counts(*before),
        "simulated": counts(*after),
        "newly_breached": max(after[1] - before[1], 0),
        "newly_met": max(after[0] - before[0], 0),
    }


RESULT: dict[str, Any] = {
    "as_of": "2026-05-01T07:00:01.5Z",
    "from": "2026-03-01T00:00:00Z",
    "to": "2026-04-01T00:00:00Z",
    "scope": "all",
    "scope_asked": "bound",
    "candidate": {
        "kind": "sla",
        "id": "gold",
        "version": None,
        "name": "[bold]Gold",
        "hash": "a" * 64,
    },
    "findings": [
        {
            "severity": "error",
            "code": "sla.x",
            "path": "targets[0]",
            "value": 1,
            "message": "is too long",
            "remedy": "shorten it",
        }
    ],
    "tickets": {
        "considered": 1203,
        "simulated": 1200,
        "unbound": 0,
        "faulted": 3,
        "by_batch": 1200,
        "by_fold": 0,
    },
    "metrics": [
        {
            **row(None, (1000, 200), (900, 300)),
            "metric": "resolution",
            "by_priority": [
                row("P1", (10, 0), (0, 10)),
                row(None, (5, 5), (5, 5)),
                row("P9", (0, 0), (0, 0)),
            ],
            "by_customer": [{**row(None, (1, 2), (2, 1)), "others": 12}],
        }
    ],
    "examples": [
        {
            "ticket_id": "INC[1]",
            "metric": "resolution",
            "cycle": "first",
            "priority": "P1",
            "customer_id": None,
            "difference": "newly_breached",
            "in_force": {
                "outcome": "met",
                "due_at": "2026-03-02T13:00:00Z",
                "elapsed_seconds": 7200,
                "target_minutes": 240,
            },
            "simulated": {
                "outcome": "breached",
                "due_at": None,
                "elapsed_seconds": 7200,
                "target_minutes": 60,
            },
        },
    ],
    "faults": [{"ticket_id": "INC9", "code": "fold.failed", "message": "cannot be folded"}],
}


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


def answer(result: Any = None) -> bytes:
    progress = [{"progress": {"done": done, "of": 1203}} for done in (0, 600, 1203)]
    return lines(*progress, {"result": result or RESULT})


@pytest.fixture
def sla_file(tmp_path: Path) -> Path:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(FILE))
    return path


def test_a_file_is_sent_with_its_window_and_told_in_tables(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(PATH, answer())
    assert run(["simulate", "--sla", str(sla_file), *MARCH]) == 0
    (asked,) = running.asked
    assert asked.key == "key-manager"
    assert asked.body == {
        "sla": FILE,
        "from": "2026-03-01T00:00:00Z",
        "to": "2026-04-01T00:00:00Z",
        "scope": "bound",
        "examples": 10,
    }
    said = capsys.readouterr()
    assert "SLA gold ([bold]Gold), not published\n" in said.out
    assert "opened from 2026-03-01 to 2026-04-01, judged 2026-05-01 07:00:01 (UTC)" in said.out
    assert "1,200 of 1,203 tickets; all, because none is bound to this SLA" in said.out
    rows = {line.split()[0]: line.split()[1:] for line in said.out.splitlines() if line.strip()}
    assert rows["all"] == ["1,000", "200", "83.3", "900", "300", "75.0", "100", "0"]
    assert rows["P1"] == ["10", "0", "100.0", "0", "10", "0.0", "10", "0"]
    assert rows["none"][:3] == ["5", "5", "50.0"]
    assert rows["P9"][2] == "-"
    assert "INC[1] resolution P1\n" in said.out
    assert "  in force   met       2:00:00 of 4:00:00, due Mon 2026-03-02 13:00:00 UTC" in said.out
    assert "  simulated  breached  2:00:00 of 1:00:00, paused" in said.out
    assert "INC9: cannot be folded (fold.failed)" in said.out
    assert "error: targets[0]: is too long; shorten it" in said.err


def test_a_window_without_tickets_is_said_to_be_one(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = dict.fromkeys(RESULT["tickets"], 0)
    none = {**RESULT, "tickets": tickets, "metrics": [], "examples": [], "faults": []}
    running.on(PATH, answer(none))
    assert run(["simulate", "--sla", str(sla_file), *MARCH]) == 0
    assert capsys.readouterr().out.endswith("no ticket was opened then\n")


def test_customers_and_the_others_together(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(PATH, answer())
    assert run(["simulate", "--sla", str(sla_file), *MARCH, "--by", "customer"]) == 0
    assert "12 others" in capsys.readouterr().out


def test_json_is_the_result_alone(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(PATH, answer())
    assert run(["simulate", "--sla", str(sla_file), *MARCH, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == RESULT


@pytest.mark.parametrize(
    ("options", "candidate"),
    [
        pytest.param(["--sla-id", "gold"], {"sla": {"sla_id": "gold"}}, id="newest"),
        pytest.param(
            ["--sla-id", "gold", "--version", "2"],
            {"sla": {"sla_id": "gold", "version": 2}},
            id="version",
        ),
        pytest.param(
            ["--sla-id", "gold", "--draft"], {"sla": {"sla_id": "gold", "draft": True}}, id="draft"
        ),
        pytest.param(["--calendar-id", "uk"], {"calendar": {"calendar_id": "uk"}}, id="calendar"),
        pytest.param(["--calendar", "FILE"], {"calendar": FILE}, id="a calendar's file"),
        pytest.param(["--snapshot", "FILE"], {"snapshot": FILE}, id="a snapshot"),
    ],
)
def test_candidates(
    running: Any, sla_file: Path, options: list[str], candidate: dict[str, Any]
) -> None:
    running.on(PATH, answer())
    given = [str(sla_file) if one == "FILE" else one for one in options]
    more = ["--scope", "all", "--examples", "0", "--json"]
    assert run(["simulate", *given, *MARCH, *more]) == 0
    body = running.asked[0].body
    assert {name: body[name] for name in candidate} == candidate
    assert (body["scope"], body["examples"]) == ("all", 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(MARCH, "say one of --sla, --calendar", id="no candidate"),
        pytest.param(["--sla-id", "a", "--calendar-id", "b", *MARCH], "not sla-id and", id="two"),
        pytest.param(
            ["--sla", "FILE", "--draft", *MARCH], "go with --sla-id", id="draft of a file"
        ),
        pytest.param(["--sla-id", "a", *MARCH[:2]], "--to", id="no end"),
        pytest.param(
            ["--sla-id", "a", "--from", "1.3.2026", *MARCH[2:]], "midnight UTC", id="no date"
        ),
        pytest.param(
            ["--sla-id", "a", "--from", "2026-02-30", *MARCH[2:]], "not a date", id="30 February"
        ),
        pytest.param(
            ["--sla-id", "a", "--from", "1969-03-01", *MARCH[2:]], "outside 1970", id="too early"
        ),
        pytest.param(["--sla", "missing.json", *MARCH], "missing.json", id="no file"),
    ],
)
def test_usage(
    running: Any,
    sla_file: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    given = [str(sla_file) if one == "FILE" else one for one in options]
    assert run(["simulate", *given]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
    assert running.asked == []


@pytest.mark.parametrize(
    ("status", "problem", "code", "said"),
    [
        pytest.param(
            422,
            {
                "code": "sla.invalid",
                "detail": "sla.targets: is missing; add it",
                "errors": [
                    {
                        "field": "sla.targets",
                        "value": None,
                        "message": "is missing",
                        "remedy": "add",
                    }
                ],
            },
            2,
            "sla.targets: is missing; add",
            id="a faulty file",
        ),
        pytest.param(
            404,
            {"code": "sla-version.not-found", "detail": "there is no sla version 'gold'"},
            4,
            "there is no sla version 'gold'",
            id="unknown",
        ),
        pytest.param(
            429,
            {"code": "simulation.busy", "detail": "a simulation is running already: try again"},
            3,
            "try again",
            id="busy",
        ),
        pytest.param(
            503,
            {
                "code": "unavailable",
                "detail": "sla: cannot be sealed; start it, or send `snapshot`",
            },
            3,
            "`snapshot`",
            id="sla is away",
        ),
    ],
)
def test_refusals_are_one_line_with_the_remedy(
    running: Any,
    capsys: pytest.CaptureFixture[str],
    status: int,
    problem: dict[str, Any],
    code: int,
    said: str,
) -> None:
    running.on(PATH, problem, status=status)
    assert run(["simulate", "--sla-id", "gold", *MARCH]) == code
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        pytest.param(
            lines(
                {"progress": {"done": 1, "of": 2}},
                {"problem": {"status": 503, "code": "unavailable", "detail": "no database"}},
            ),
            3,
            "no database",
            id="a problem at the end",
        ),
        pytest.param(
            lines({"problem": {"status": 500, "code": "internal", "detail": "our fault"}}),
            70,
            "our fault",
            id="a fault of theirs",
        ),
        pytest.param(lines({"progress": {"done": 1, "of": 2}}), 3, "before the result", id="cut"),
        pytest.param(b"<html>", 70, "does not answer JSON", id="something else"),
    ],
)
def test_what_ends_early(
    running: Any, capsys: pytest.CaptureFixture[str], body: bytes, code: int, said: str
) -> None:
    running.on(PATH, body)
    assert run(["simulate", "--sla-id", "gold", *MARCH]) == code
    assert said in capsys.readouterr().err


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--sla-id", "gold", *MARCH]) == 3
    assert "slaclock up" in capsys.readouterr().err
