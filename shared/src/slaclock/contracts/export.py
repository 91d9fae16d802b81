"""Write the contracts for other systems: `python -m slaclock.contracts.export docs`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from slaclock.contracts.questions import QUESTIONS, question_schemas
from slaclock.contracts.registry import REGISTRY
from slaclock.contracts.schemas import asyncapi, json_schema

__all__ = ["documents", "main", "write"]


def documents() -> Iterator[tuple[str, str]]:
    """Each file's path below the target directory, and its text."""
    yield "asyncapi.json", _text(asyncapi())
    for contract in REGISTRY.values():
        yield f"schemas/{contract.type}.v{contract.version}.json", _text(json_schema(contract))
    for question in QUESTIONS:
        for name, schema in question_schemas(question).items():
            yield f"schemas/{name}.json", _text(schema)


def write(target: Path) -> int:
    """Write every document below *target*; answers how many there are.

    Schemas of types that are gone are removed, so that what is there is what holds.
    """
    (target / "schemas").mkdir(parents=True, exist_ok=True)
    wanted = dict(documents())
    for old in (target / "schemas").glob("*.json"):
        if f"schemas/{old.name}" not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (target / name).write_text(text, encoding="utf-8")
    return len(wanted)


def main(arguments: Sequence[str]) -> int:
    """Exit code of the command."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m slaclock.contracts.export DIRECTORY\n")
        return 2
    count = write(Path(arguments[0]))
    sys.stderr.write(f"{count} documents written below {arguments[0]}\n")
    return 0


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
