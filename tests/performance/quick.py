"""`make bench` in its quick form, for tests: every section answers. How fast is not asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["quick_report"]

ROOT = Path(__file__).parents[2]


def quick_report(sections: Sequence[str], folder: Path, *, shows: str) -> dict[str, Any]:
    """The report of *sections*, of which each is there; the tables for people say *shows*."""
    found = folder / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.performance", *sections, "--quick", "--json", str(found)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shows in done.stdout, done.stdout
    document: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    assert document.keys() == {"machine", "quick", *sections}
    return document
