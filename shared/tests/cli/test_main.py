"""Conventions of every command: exit codes, one line on stderr, one document on stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer

from slaclock.cli import main as module
from slaclock.cli.exits import Exit, Findings, NothingFound, NotReachable, PlatformFault
from slaclock.cli.main import run
from slaclock.cli.output import AsJson, emit, note
from slaclock.errors import Fault, Refusal

AGAIN = "run it again with SLACLOCK_TRACE=1 to see where"
FAULTS = [Fault("a", 1, "is wrong", "make it right"), Fault("b", None, "is missing", "add it")]
RAISED: dict[str, BaseException] = {
    "findings": Findings(),
    "refusal": Refusal("no such\nthing"),
    "fault": Refusal(faults=FAULTS[:1]),
    "faults": Refusal(faults=FAULTS, code="x.wrong"),
    "unusable": Refusal("odd \ud800 text"),
    "away": NotReachable("nobody answers"),
    "missing": NothingFound("there is no ticket"),
    "broken": PlatformFault("it failed"),
    "interrupted": KeyboardInterrupt(),
    "surprise": ZeroDivisionError("division by zero"),
}


def register(app: typer.Typer) -> None:
    @app.command("raise")
    def raise_(how: str) -> None:
        raise RAISED[how]

    @app.command("count")
    def count(to: int = 3, *, as_json: AsJson = False) -> None:
        note("counting")
        emit(
            {"counted": to}, as_json=as_json, render=lambda found: f"counted to {found['counted']}"
        )


def register_badly(_: typer.Typer) -> None:
    raise ImportError("no module named x")


@pytest.fixture
def _commands(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("sample", f"{__name__}:register", "slaclock.commands"),
        EntryPoint("bad", f"{__name__}:register_badly", "slaclock.commands"),
    ]
    for point, found in zip(points, (register, register_badly), strict=True):
        object.__setattr__(point, "load", lambda found=found: found)
    monkeypatch.setattr(module, "entry_points", lambda **_: points)


@pytest.mark.usefixtures("_commands")
@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        pytest.param("findings", 1, [], id="findings are no error"),
        pytest.param("refusal", 2, ["slaclock: no such thing"], id="one line, whatever is in it"),
        pytest.param("fault", 2, ["slaclock: a: is wrong (found 1); make it right"], id="a fault"),
        pytest.param(
            "faults",
            2,
            [
                "slaclock: 2 faults (x.wrong)",
                "  a: is wrong (found 1); make it right",
                "  b: is missing; add it",
            ],
            id="a line for each fault",
        ),
        pytest.param("unusable", 2, ["slaclock: odd \\ud800 text"], id="half a surrogate pair"),
        pytest.param("away", 3, ["slaclock: nobody answers"], id="not reachable"),
        pytest.param("missing", 4, ["slaclock: there is no ticket"], id="not found"),
        pytest.param("broken", 70, ["slaclock: it failed"], id="the platform's fault"),
        pytest.param("interrupted", 130, ["slaclock: interrupted"], id="interrupted"),
        pytest.param(
            "surprise",
            70,
            ["slaclock: a fault of slaclock: ZeroDivisionError: division by zero; " + AGAIN],
            id="our fault",
        ),
    ],
)
def test_how_commands_end(
    capsys: pytest.CaptureFixture[str], how: str, code: int, said: list[str]
) -> None:
    assert run(["raise", how]) == code

    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [line for line in captured.err.splitlines() if "reinstall" not in line]
    assert lines == said


@pytest.mark.usefixtures("_commands")
def test_a_fault_of_ours_shows_its_trace_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACLOCK_TRACE", "1")
    run(["raise", "surprise"])

    assert "Traceback" in capsys.readouterr().err


@pytest.mark.usefixtures("_commands")
@pytest.mark.parametrize(
    ("arguments", "out"),
    [(["count"], "counted to 3\n"), (["count", "--to", "2", "--json"], '{"counted":2}\n')],
)
def test_results_are_on_stdout_and_remarks_are_not(
    capsys: pytest.CaptureFixture[str], arguments: list[str], out: str
) -> None:
    assert run(arguments) == 0

    captured = capsys.readouterr()
    assert captured.out == out
    assert "counting" in captured.err


@pytest.mark.usefixtures("_commands")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["nope"], "No such command 'nope'. Try 'slaclock --help'.", id="command"),
        pytest.param(["count", "--to", "x"], "'x' is not a valid", id="value"),
        pytest.param(["count", "--nope"], "No such option: --nope", id="option"),
        pytest.param(["raise"], "Missing argument 'HOW'", id="missing argument"),
        pytest.param(["count", "3", "4"], "unexpected extra argument", id="extra argument"),
    ],
)
def test_usage_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert run(arguments) == Exit.USAGE

    captured = capsys.readouterr()
    assert captured.out == ""
    assert said.lower() in captured.err.lower()


@pytest.mark.usefixtures("_commands")
def test_a_broken_package_takes_only_its_own_commands_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["count"]) == 0

    assert "no module named x" in capsys.readouterr().err


def test_saying_nothing_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == Exit.USAGE

    captured = capsys.readouterr()
    assert "status" in captured.out + captured.err


def test_the_installed_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0

    shown = capsys.readouterr().out
    for name in ("status", "explain", "verify", "parked", "serve", "migrate", "topology"):
        assert name in shown


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0

    assert capsys.readouterr().out.startswith("slaclock ")


def slaclock(*arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [Path(sys.executable).with_name("slaclock"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    process = slaclock("topology", "--show", "--json")
    assert process.stdout
    process.stdout.close()

    assert process.wait(timeout=60) in {0, 128 + signal.SIGPIPE}
    assert process.stderr
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


def test_stdout_holds_one_document() -> None:
    out, _ = slaclock("topology", "--show", "--json", env={**os.environ}).communicate(timeout=60)

    assert "TICKETS" in {stream["name"] for stream in json.loads(out)["streams"]}
