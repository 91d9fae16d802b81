"""`make faults`: a long fault run; `make faults ARGS="kills=1000 seed=7"`; `ARGS="defects"`."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import fields, replace
from pathlib import Path

from rich.console import Console

from slaclock.telemetry import configure_logging

from .plan import Plan, scaled
from .run import run
from .show import document, page
from .trials import main as try_defects

KILLS = 1000


def main(words: list[str]) -> int:
    """0 if every promise was kept, else 1; 2 for words that mean nothing."""
    if words[:1] == ["defects"]:
        return try_defects(words[1:])
    console, aside = Console(), Console(stderr=True)
    kinds = {one.name: one.type for one in fields(Plan)}
    given: dict[str, float] = {}
    target: str | None = None
    for word in words:
        name, _, text = word.partition("=")
        number = _number(kinds.get(name), text)
        if name == "json":
            target = text
        elif number is not None:
            given[name] = number
        else:
            names = [one for one, kind in kinds.items() if kind in {"int", "float"}]
            aside.print(f"{word!r}: say NAME=NUMBER of {', '.join(names)}, or json=FILE")
            return 2
    configure_logging("faults", "error")  # that connections are lost is what is ordered here
    seed = int(given.pop("seed", random.SystemRandom().randrange(2**32)))
    plan = replace(scaled(seed, int(given.pop("kills", KILLS))), **given)  # type: ignore[arg-type]  # int or float, as `kinds` says
    verdict = asyncio.run(run(plan, aside.print))
    console.print(page(verdict))
    if target is not None:
        Path(target).write_text(json.dumps(document(verdict), indent=1) + "\n", encoding="utf-8")
    return 0 if verdict.ok else 1


def _number(kind: object, text: str) -> float | None:
    """*text* as a number of a kind of field; None if it is none."""
    try:
        return int(text) if kind == "int" else float(text) if kind == "float" else None
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
