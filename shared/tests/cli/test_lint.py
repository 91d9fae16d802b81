"""`slaclock lint`, against a platform that answers what a test says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slaclock.cli.main import run

LINT = "/sla/v1/lint"
ERROR = {
    "path": "targets[0].minutes",
    "value": 300,
    "code": "sla.response-longer-than-resolution",
    "severity": "error",
    "reason": "tickets [P1] must be resolved before they must be answered",
    "remedy": "make it shorter",
}
WARNING = {**ERROR, "path": "", "code": "sla.not-yet-acted-on", "severity": "warning"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gold.json"
    path.write_text('{"sla_id": "gold"}')
    return path


@pytest.mark.parametrize(
    ("findings", "code", "summary"),
    [
        pytest.param([], 0, "nothing found", id="nothing"),
        pytest.param([WARNING], 0, "0 errors, 1 warning", id="a warning"),
        pytest.param([ERROR, WARNING, WARNING], 1, "1 error, 2 warnings", id="an error"),
    ],
)
def test_the_exit_tells_whether_there_is_an_error(
    running: Any,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    findings: list[Any],
    code: int,
    summary: str,
) -> None:
    wrong = sum(one["severity"] == "error" for one in findings)
    answer = {
        "publishable": not wrong,
        "errors": wrong,
        "warnings": len(findings) - wrong,
        "findings": findings,
    }
    running.on(LINT, answer)
    assert run(["lint", str(file)]) == code
    said = capsys.readouterr()
    assert summary in said.err
    assert len(said.out.splitlines()) == len(findings)
    assert (str(ERROR["reason"]) in said.out) == bool(findings)
    assert run(["lint", str(file), "--json"]) == code
    assert json.loads(capsys.readouterr().out) == answer
    assert {(one.key, one.path) for one in running.asked} == {("key-viewer", LINT)}
    assert running.asked[0].body == {"sla_id": "gold"}


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_what_is_no_sla_file_is_bad_input(
    running: Any, file: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file.write_text(text)
    assert run(["lint", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
    assert running.asked == []


def test_without_a_platform_nothing_is_judged(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lint", str(file)]) == 3
    assert "slaclock up" in capsys.readouterr().err
