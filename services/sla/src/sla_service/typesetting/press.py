"""Sets one PDF in a process of its own: JSON on stdin, the file on stdout.

Setting a long document takes hundreds of megabytes that a process never gives back, and a service
lives for months. Imports next to nothing, so that it starts quickly.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import typst

__all__ = ["main"]


def main() -> None:
    """Read `{"annex", "original", "dated"}`: the content, the snapshot, seconds since 1970."""
    asked = json.load(sys.stdin.buffer)
    found = typst.compile(
        files(__package__).joinpath("annex.typ").read_bytes(),
        format="pdf",
        sys_inputs={"annex": json.dumps(asked["annex"]), "original": asked["original"]},
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
        timestamp=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=asked["dated"]),
    )
    if not isinstance(found, bytes):  # several files only for formats of single pages
        raise TypeError(f"typst answered {type(found).__name__} instead of one file")
    sys.stdout.buffer.write(found)


if __name__ == "__main__":
    main()
