"""Writes the OpenAPI document of every installed service: `python -m slaclock.service.openapi DIR`.

The documents are committed; a test compares them with what the services say of themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from slaclock.service.spec import discover
from slaclock.settings import PlatformSettings

__all__ = ["documents", "main"]


def documents() -> Iterator[tuple[str, bytes]]:
    """(service, document) of every installed service, by name. Nothing is connected to."""
    for name, load in discover().items():
        spec = load()
        nowhere = {f"{spec.database}_database_url": "postgresql://nobody@localhost/nothing"}
        app = spec.build(PlatformSettings.load(**nowhere))
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        yield name, orjson.dumps(app.openapi(), option=options) + b"\n"


def main(arguments: Sequence[str]) -> int:
    """Write them into the directory that *arguments* name. Exit code of the command."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m slaclock.service.openapi DIRECTORY\n")
        return 2
    directory = Path(arguments[0])
    directory.mkdir(parents=True, exist_ok=True)
    for name, document in documents():
        (directory / f"{name}.json").write_bytes(document)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
