"""`slaclock verify` and `rebuild`, against a platform that answers what a test says."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from slaclock.cli.commands import verify
from slaclock.cli.main import run


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
