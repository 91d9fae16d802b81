"""The programs in the documentation run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "business-time.md"


def test_the_page_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    programs = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(programs) == 3
    names: dict[str, Any] = {}
    for program in programs:
        exec(program, names)  # noqa: S102  our own page
    assert "clock change  2026-03-29T01:00:00Z UTC+00:00 to UTC+01:00" in capsys.readouterr().out
