"""`make differential` starts, compares, and says what it compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.differential", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_small_part_of_it(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    ended = run("--every", "64", "--json", str(figures), "Pacific/Apia", "Australia/Lord_Howe")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(figures.read_text("utf-8"))
    assert report["zones"] == 2
    assert report["transitions"] == 8
    assert report["calendars"] > report["transitions"]
    assert report["instants"] == report["calendars"] * 72 * 60
    assert report["differences"] == 0
    assert str(report["seed"]) in ended.stdout


def test_a_link_is_no_zone_of_its_own() -> None:
    ended = run("UTC")
    assert ended.returncode == 2
    assert "not canonical zones" in ended.stdout
