"""What strangers write cannot steer the terminal of whoever reads it."""

from __future__ import annotations

import pytest

from slaclock.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("INC-1 é 😀 👩‍💻", "INC-1 é 😀 👩‍💻", id="what shows, stays"),
        pytest.param("\x1b[2Jgone", r"\x1b[2Jgone", id="an escape sequence"),
        pytest.param("\x9b2J", r"\x9b2J", id="one of a single character"),
        pytest.param("a\nFacts (0)", r"a\nFacts (0)", id="a forged line"),
        pytest.param("a\rb\u2028c\x85d", r"a\rb\u2028c\x85d", id="other line ends"),
        pytest.param("\u202egnp.exe", r"\u202egnp.exe", id="another direction"),
    ],
)
def test_spells_out_what_steers(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_of_our_own_stay() -> None:
    assert visible("a\nb\x1b", lines=True) == "a\nb\\x1b"
