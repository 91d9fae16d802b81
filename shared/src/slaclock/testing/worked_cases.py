"""The worked cases of ``docs/business-time-cases.md``, read from its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from slaclock.testing.calendars import snapshot

__all__ = ["CHAPTERS", "Case", "amount_us", "at_us", "instant", "worked_cases"]

CHAPTERS: Final = ("Elapsed", "Add", "Next and previous")
"""The chapters of the page that hold tables."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table: a snapshot, and the cells behind it."""

    name: str
    written: dict[str, Any]
    cells: tuple[str, ...]


def worked_cases(page: Path, chapter: str) -> list[Case]:
    """The lines of all tables of a chapter of the page."""
    found = []
    text = page.read_text("utf-8").split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    for line in text.splitlines():
        if not line.startswith("| ") or line.startswith("| Case"):
            continue
        name, zone, windows, also, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        texts = [text for text in windows.split("; ") if text]
        written = snapshot(zone, *texts, **json.loads(also.strip("`") or "{}"))
        found.append(Case(name, written, tuple(cells)))
    return found


def instant(text: str) -> datetime:
    """The UTC instant of a cell."""
    return datetime.fromisoformat(f"{text}+00:00")


def at_us(text: str) -> int:
    """The same in microseconds since the epoch."""
    return (instant(text) - _EPOCH) // timedelta(microseconds=1)


def amount_us(text: str) -> int:
    """The microseconds of ``-7:00`` or ``8:00:00.000001``: hours, minutes, and seconds if any."""
    sign = -1 if text.startswith("-") else 1
    hours, minutes, *rest = text.lstrip("-").split(":")
    seconds, _, fraction = (rest or ["0"])[0].partition(".")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return sign * (whole * 1_000_000 + int(fraction.ljust(6, "0") if fraction else 0))
