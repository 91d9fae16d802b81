"""An annex as one HTML file: no script, nothing from elsewhere, ready to print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final, assert_never

from sla_service.domain.annex.blocks import (
    Annex,
    Block,
    Cell,
    Command,
    Facts,
    Notice,
    Original,
    Paragraph,
    Run,
    Section,
    Signatures,
    Table,
    Text,
)
from sla_service.domain.annex.words import visible

__all__ = ["headers_of", "html_of"]

_STYLE: Final = files(__package__).joinpath("annex.css").read_text(encoding="utf-8")


def html_of(annex: Annex) -> bytes:
    """The page, in UTF-8; the same bytes for the same annex."""
    return "".join(_page(annex)).encode()


def headers_of(annex: Annex) -> dict[str, str]:
    """What goes with it over HTTP: only its own style may do anything."""
    policy = f"{_policy(_style(annex))}; frame-ancestors 'none'"
    return {"Content-Security-Policy": policy}


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _style(annex: Annex) -> str:
    """The style, with the hash at the foot of every printed page."""
    widths = "".join(f".w{share}{{width:{share}%}}" for share in range(1, 101))
    return _STYLE.replace("SNAPSHOT", annex.hash) + widths


def _page(annex: Annex) -> Iterator[str]:
    style = _style(annex)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_policy(style))}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{_shown(annex.title)} · {_shown(annex.subtitle)}</title>\n"
    yield f"<style>{style}</style>\n</head>\n<body>\n<header>\n"
    yield f"<h1><bdi>{_shown(annex.title)}</bdi></h1>\n"
    yield f'<p class="subtitle"><bdi>{_shown(annex.subtitle)}</bdi></p>\n</header>\n'
    yield '<nav aria-label="Contents">\n<ol>\n'
    for section in annex.sections:
        yield f'<li><a href="#s{section.number}">{_shown(section.title)}</a></li>\n'
    yield "</ol>\n</nav>\n<main>\n"
    for section in annex.sections:
        yield from _section(section, annex, 2)
    yield "</main>\n<footer>\n"
    yield f'<p>{_shown(annex.running)} · SHA-256 <code class="hash">{annex.hash}</code></p>\n'
    yield "</footer>\n</body>\n</html>\n"


def _section(section: Section, annex: Annex, level: int) -> Iterator[str]:
    anchor = f"s{section.number}"
    yield f'<section aria-labelledby="{anchor}">\n'
    yield f'<h{level} id="{anchor}"><span class="number">{section.number}</span> '
    yield f"<bdi>{_shown(section.title)}</bdi></h{level}>\n"
    for block in section.blocks:
        yield from _block(block, annex)
    for part in section.parts:
        yield from _section(part, annex, level + 1)
    yield "</section>\n"


def _block(block: Block, annex: Annex) -> Iterator[str]:
    match block:
        case Paragraph(content):
            yield f"<p>{_text(content)}</p>\n"
        case Notice(content):
            yield f'<p class="notice" role="note">{_text(content)}</p>\n'
        case Facts():
            yield from _facts(block)
        case Table():
            yield from _table(block)
        case Command(content):
            yield f'<pre tabindex="0"><code>{escape(content)}</code></pre>\n'
        case Original(name):
            body = base64.b64encode(annex.original).decode()
            yield '<p>The snapshot itself is part of this document: <a class="original" '
            yield f'download="{name}" href="data:application/json;base64,{body}">'
            yield f"save it as {name}</a> ({len(annex.original):,} bytes).</p>\n"
        case Signatures():
            yield from _signatures(block)
        case _:
            assert_never(block)


def _facts(facts: Facts) -> Iterator[str]:
    yield '<table class="facts">\n'
    for name, cell in facts.rows:
        yield f'<tr><th scope="row">{_shown(name)}</th><td>{_cell(cell)}</td></tr>\n'
    yield "</table>\n"


def _signatures(signatures: Signatures) -> Iterator[str]:
    yield '<div class="signatures">\n'
    for party in signatures.parties:
        yield f"<div><p><bdi>{_shown(party)}</bdi></p><p>Name</p><p>Place, date</p>"
        yield "<p>Signature</p></div>\n"
    yield "</div>\n"


def _table(table: Table) -> Iterator[str]:
    whole = sum(table.widths)
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="{_shown(table.caption)}">'
    yield f"<table>\n<caption>{_shown(table.caption)}</caption>\n<colgroup>"
    for width in table.widths:
        yield f'<col class="w{round(100 * width / whole)}">'
    yield "</colgroup>\n<thead><tr>"
    for head in table.heads:
        yield f'<th scope="col">{_shown(head)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for first, *rest in table.rows:
        yield f'<tr><th scope="row">{_cell(first)}</th>'
        for cell in rest:
            yield f"<td>{_cell(cell)}</td>"
        yield "</tr>\n"
    yield "</tbody>\n</table></div>\n"


def _cell(cell: Cell) -> str:
    return "<br>".join(map(_text, cell))


def _text(of: Text) -> str:
    return "".join(map(_run, of))


def _run(run: Run) -> str:
    shown = _shown(run.content)
    match run.style:
        case "code":
            return f"<code>{shown}</code>"
        case "strong":
            return f"<strong>{shown}</strong>"
        case "data":
            return f"<bdi>{shown}</bdi>"
        case "plain":
            return shown


def _shown(content: str) -> str:
    return escape(visible(content))
