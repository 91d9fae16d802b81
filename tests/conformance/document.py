"""The document of vectors, and its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.conformance.from_cases import add_cases
from tests.conformance.from_laws import add_ends, add_laws
from tests.conformance.from_zones import add_rules, add_zones
from tests.conformance.refused import add_refusals
from tests.conformance.writing import Vectors

from slaclock.business_time import PACKAGED

__all__ = ["DOCUMENT", "PAGE", "VERSION", "made", "spelled"]

VERSION: Final = "1"
SEED: Final = 20260329
DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "business-time-cases.md"
DOCUMENT: Final = DOCS / "conformance" / "business-time.json"


def made() -> dict[str, Any]:
    """All vectors; the same ones whenever the cases and the tzdata package are the same.

    Raises:
        ValueError: the kernel does not give an answer that was worked out by hand.
    """
    found = Vectors()
    add_cases(found, PAGE)
    add_zones(found, SEED)
    add_rules(found, SEED)
    add_laws(found, SEED)
    add_ends(found)
    add_refusals(found)
    return {
        "version": VERSION,
        "tzdata": PACKAGED.version,
        "calendars": found.calendars,
        "vectors": found.vectors,
        "refusals": found.refusals,
    }


def spelled(document: dict[str, Any]) -> str:
    """The text of the file: a line for each calendar and each vector."""
    return "".join(_lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield f'{{\n"version": {_json(document["version"])},\n"tzdata": {_json(document["tzdata"])},\n'
    calendars = document["calendars"].items()
    yield '"calendars": {\n'
    yield ",\n".join(f"{_json(name)}: {_json(snapshot)}" for name, snapshot in calendars)
    yield '\n},\n"vectors": [\n'
    yield ",\n".join(map(_json, document["vectors"]))
    yield '\n],\n"refusals": [\n'
    yield ",\n".join(map(_json, document["refusals"]))
    yield "\n]\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
