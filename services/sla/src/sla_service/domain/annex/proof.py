"""Which snapshot this is, and how anybody can check it without the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sla_service.domain.annex.blocks import (
    Block,
    Command,
    Original,
    Paragraph,
    Table,
    code,
    data,
    lines,
    text,
)

__all__ = ["ORIGINAL", "proof"]

ORIGINAL: Final = "snapshot.json"
"""The name of the snapshot where the document carries it."""

# Readers of PDF make one blank of two, so that no line here needs two.
_AGAIN: Final = """\
python3 - snapshot.json <<'END'
import hashlib, json, sys
form = dict(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
name = lambda value: hashlib.sha256(json.dumps(value, **form).encode()).hexdigest()
snapshot = json.load(open(sys.argv[1], encoding="utf-8"))
print("agreement", name(snapshot))
calendars = snapshot["calendar_snapshots"].items()
print(*(f"calendar {name(found)} is {wanted}" for wanted, found in calendars), sep="\\n")
END"""


def proof(snapshot: Mapping[str, Any], hashed: str) -> list[Block]:
    """The hashes, and the commands."""
    rows = [
        (
            lines(text("agreement ", data(snapshot["name"]), f", version {snapshot['version']}")),
            lines(code(hashed)),
        ),
        *(
            (lines(text("calendar ", data(name))), lines(code(reference["hash"])))
            for name, reference in snapshot["calendars"].items()
        ),
    ]
    return [
        Paragraph(
            text(
                "The name of a snapshot is the SHA-256 of its canonical JSON (RFC 8785: keys"
                " sorted, no white space, UTF-8). Whoever changes one character of it, or of a"
                " calendar inside it, gets another name."
            )
        ),
        Table.of("Names", {"Snapshot": 3, "SHA-256": 9}, rows),
        Original(ORIGINAL),
        Paragraph(
            text(
                "To check it, on any computer and without a network (macOS: shasum -a 256 instead"
                " of sha256sum). The answer is ",
                code(f"{ORIGINAL}: OK"),
                ":",
            )
        ),
        Command(f'echo "{hashed} *{ORIGINAL}" | sha256sum --check'),
        Paragraph(
            text(
                "A copy that was formatted anew has other bytes and the same content. This writes"
                " it canonically first, and checks the calendars inside as well: the first line"
                " must show the agreement's name, and every other line the same name twice."
            )
        ),
        Command(_AGAIN),
        Paragraph(
            text(
                "Any deadline can be computed from this snapshot alone: the rules for it, with"
                " test vectors, are public in the documentation of slaclock (business time)."
            )
        ),
    ]
