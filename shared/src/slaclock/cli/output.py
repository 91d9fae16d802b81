"""What commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console, RenderableType
from rich.text import Text

from slaclock.errors import Refusal
from slaclock.visible import visible

__all__ = ["AsJson", "complain", "emit", "note", "notes", "tell"]

_PIPED_COLUMNS: Final = 4000
"""More than any line of ours has."""

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout instead of text.")
]


def emit(
    document: Any, *, as_json: bool, render: Callable[[Any], RenderableType | None] | None = None
) -> None:
    """Print a command's result.

    Args:
        document: what JSON can hold.
        as_json: print it as it is, nothing else.
        render: makes the readable form; the document, indented, when None.
    """
    if as_json or render is None:
        options = 0 if as_json else orjson.OPT_INDENT_2
        text = orjson.dumps(document, option=options | orjson.OPT_NON_STR_KEYS)
        sys.stdout.write(text.decode() + "\n")
        sys.stdout.flush()
        return
    readable = render(document)
    if readable is not None:
        _results().print(readable)


def tell(text: str) -> None:
    """Print a command's result that is text already, as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


class _Plain(Console):
    """Whatever text is in tables and lines, it cannot steer the terminal."""

    def render_str(self, text: str, **how: Any) -> Text:
        """Text of *text*, as in `Console`."""
        return super().render_str(visible(text, lines=True), **how)


def _results() -> Console:
    """stdout; where that is no terminal, nothing is folded or shortened for want of columns."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return _Plain(highlight=False, emoji=False)
    return _Plain(highlight=False, emoji=False, width=_PIPED_COLUMNS)


def notes() -> Console:
    """Where progress and remarks go: stderr, plain where that is no terminal."""
    return _Plain(stderr=True, highlight=False, emoji=False)


def note(text: str) -> None:
    """One remark for the person at the terminal."""
    notes().print(text, markup=False, soft_wrap=True)


def complain(refusal: Refusal) -> None:
    """Say on stderr why a command did not do it: one line, or one per fault."""
    if len(refusal.faults) > 1:
        note(f"slaclock: {len(refusal.faults)} faults ({refusal.code})")
        for fault in refusal.faults:
            note(f"  {_one_line(fault)}")
        return
    note(f"slaclock: {_one_line(refusal.faults[0] if refusal.faults else refusal)}")


def _one_line(text: object) -> str:
    line = " ".join(str(text).split())
    return line.encode("utf-8", "backslashreplace").decode()
