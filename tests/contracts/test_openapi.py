"""What the services say of their HTTP interfaces is what is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaclock.service.openapi import documents, main

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi"
FOUND = dict(documents())


def test_every_service_has_a_document() -> None:
    assert {path.stem for path in COMMITTED.glob("*.json")} == set(FOUND)
    assert set(FOUND) == {"calendar", "sla", "ticket-clock", "escalation", "dashboard"}


@pytest.mark.parametrize("service", sorted(FOUND))
def test_the_committed_document_is_current(service: str) -> None:
    """Remedy: `python -m slaclock.service.openapi docs/openapi`."""
    assert (COMMITTED / f"{service}.json").read_bytes() == FOUND[service]


def test_the_command_writes_them_all(tmp_path: Path) -> None:
    assert main([str(tmp_path / "openapi")]) == 0
    written = {path.stem: path.read_bytes() for path in (tmp_path / "openapi").iterdir()}
    assert written == FOUND


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["one", "two"]])
def test_without_a_directory_it_says_how_it_is_used(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("usage: ")
    assert list(tmp_path.iterdir()) == []
