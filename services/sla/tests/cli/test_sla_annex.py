"""`slaclock sla annex` on the real service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slaclock.testing.commands import Command


@pytest.fixture
def file(gold: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(gold), encoding="utf-8")
    return path


async def test_annexes_are_written_to_files(command: Command, file: Path, tmp_path: Path) -> None:
    done = await command("publish", "sla", file, "--json")
    assert done.code == 0, done.err
    page = tmp_path / "annex.html"
    written = await command("sla", "annex", "gold", "--output", page)
    assert (written.code, written.out) == (0, "")
    assert done.json["hash"] in page.read_text(encoding="utf-8")
    file_ = tmp_path / "annex.PDF"
    written = await command("sla", "annex", "gold", "--version", "1", "-o", file_, "--json")
    assert written.json == {
        "format": "pdf",
        "sla_id": "gold",
        "version": 1,
        "output": str(file_),
        "bytes": file_.stat().st_size,
    }
    assert file_.read_bytes().startswith(b"%PDF-")
    shown = await command("sla", "annex", "gold")
    assert shown.out.startswith("<!DOCTYPE html>")


REFUSED: list[tuple[list[str], int, str]] = [
    (["gold"], 4, "no sla"),
    (["--contract", "c1"], 4, "no contract"),
    ([], 2, "either ID or --contract C"),
    (["gold", "--contract", "c1"], 2, "either ID or --contract C"),
    (["gold", "--at", "2026-03-01T00:00:00Z"], 2, "goes with --contract"),
    (["--contract", "c", "--at", "soon"], 2, "write it like"),
    (["--contract", "c", "--version", "1"], 2, "pins its version"),
    (["gold", "--json"], 2, "where the document goes"),
    (["gold", "-o", "annex.docx"], 2, "add --format"),
]


async def test_what_cannot_be_written_says_why(command: Command) -> None:
    for words, code, said in REFUSED:
        done = await command("sla", "annex", *words)
        assert (words, done.code, done.out) == (words, code, "")
        assert said in done.err
