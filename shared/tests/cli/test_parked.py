"""`slaclock parked`, against a platform that answers what a test says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slaclock.cli.commands import parked
from slaclock.cli.main import run
from slaclock.service import ServiceSpec

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
