"""An annex as PDF/A-3a and PDF/UA-1: tagged, with its fonts and its snapshot inside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from bisect import bisect_right
from importlib.resources import files
from typing import Any, Final

from sla_service.domain.annex.blocks import (
    Annex,
    Block,
    Cell,
    Command,
    Facts,
    Notice,
    Original,
    Paragraph,
    Section,
    Signatures,
    Table,
    Text,
)
from sla_service.domain.annex.words import visible
from slaclock.contracts.instants import parse_instant, to_us
from slaclock.errors import Fault, Refusal

__all__ = ["MOST_CELLS", "PATIENCE", "NotInTime", "TooLongForPdf", "pdf_of"]

MOST_CELLS: Final = 20_000
"""Of all tables; so many take some seconds and 450 MB, until the process ends."""

PATIENCE: Final = 60
"""Seconds."""

_HTML: Final = "take the HTML, and print it from a browser"
_LONG_WORD: Final = re.compile(r"\S{13,}")
_PIECE: Final = re.compile(r"[^/.@_:?&=,-]{1,16}[/.@_:?&=,-]*|[/.@_:?&=,-]+")
_BREAK: Final = "\x1f"
"""Where the template may break a word: no text has this character, and none gets into the file."""


class TooLongForPdf(Refusal):
    """More tables than one would print."""

    code = "annex.too-long-for-pdf"


class NotInTime(Refusal):
    """The machine is too busy to set it."""

    code = "annex.not-in-time"
    status = 503


def _covered() -> tuple[int, ...]:
    """Where ranges of characters begin and end that every font of the template has."""
    written = files(__package__).joinpath("covered.txt").read_text(encoding="ascii")
    bounds: list[int] = []
    for one in written.split():
        first, _, last = one.partition("-")
        bounds += [int(first, 16), int(last or first, 16) + 1]
    return tuple(bounds)


_COVERED: Final = _covered()


def pdf_of(annex: Annex) -> bytes:
    """The file; the same bytes for the same annex. It is set in a process of its own.

    Waits for that: not for the event loop.

    Raises:
        TooLongForPdf: it has more than `MOST_CELLS` cells.
        NotInTime: that process was ended, by the kernel or because it took more than `PATIENCE`.
    """
    if annex.cells > MOST_CELLS:
        message = f"its tables have {annex.cells:,} cells, a PDF takes {MOST_CELLS:,}"
        raise TooLongForPdf(faults=[Fault("format", "pdf", message, _HTML, TooLongForPdf.code)])
    order = {
        "annex": _document(annex),
        "original": annex.original.decode(),
        "dated": to_us(parse_instant(annex.dated)) // 1_000_000,
    }
    try:
        press = subprocess.run(
            (sys.executable, "-P", "-m", "sla_service.typesetting.press"),
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise NotInTime(f"the PDF was not ready within {PATIENCE} s; {_HTML}") from error
    except subprocess.CalledProcessError as error:  # its text says where
        if error.returncode < 0:  # somebody ended it: most likely the kernel, for its memory
            raise NotInTime(f"the PDF's process was ended; ask again later, or {_HTML}") from error
        raise RuntimeError(error.stderr.decode(errors="replace")[-2000:]) from error
    return press.stdout


def _document(annex: Annex) -> dict[str, Any]:
    return {
        "title": _shown(annex.title),
        "subtitle": _shown(annex.subtitle),
        "running": _shown(annex.running),
        "hash": annex.hash,
        "sections": [_section(one) for one in annex.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "number": section.number,
        "title": _shown(section.title),
        "blocks": [_block(one) for one in section.blocks],
        "parts": [_section(one) for one in section.parts],
    }


def _block(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": type(block).__name__.lower()}
    match block:
        case Paragraph(content) | Notice(content):
            found["text"] = _text(content)
        case Facts(rows):
            found["rows"] = [[_shown(name), _cell(cell)] for name, cell in rows]
        case Table():
            found["caption"] = _shown(block.caption)
            found["heads"] = [_shown(head) for head in block.heads]
            found["widths"] = list(block.widths)
            found["rows"] = [[_cell(cell) for cell in row] for row in block.rows]
        case Command(content):
            found["lines"] = content.split("\n")
        case Original(name):
            found["name"] = name
        case Signatures(signing):
            found["parties"] = [_shown(one) for one in signing]
    return found


def _cell(cell: Cell) -> list[Any]:
    return [_text(one) for one in cell]


def _text(of: Text) -> list[list[str]]:
    return [[run.style, _shown(run.content)] for run in of]


def _shown(content: str) -> str:
    """What the fonts can show, with places to break words that are longer than a column."""
    seen = visible(content)
    if not seen.isascii():
        seen = "".join(one if _has(ord(one)) else f"⟨U+{ord(one):04X}⟩" for one in seen)
    return _LONG_WORD.sub(lambda found: _BREAK.join(_PIECE.findall(found[0])), seen)


def _has(point: int) -> bool:
    return bisect_right(_COVERED, point) % 2 == 1
