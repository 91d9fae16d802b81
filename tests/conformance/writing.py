"""Collects calendars and vectors, and lets the kernel say what is to be expected."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from slaclock.business_time import BusinessCalendar
from slaclock.errors import Refusal

__all__ = ["Vectors", "answer", "us"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_US: Final = 60_000_000


def us(text: str) -> int:
    """Microseconds since the epoch of ``2026-03-29T01:00:00Z`` or ``2026-03-29T01:00``."""
    at = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    return (at - EPOCH) // timedelta(microseconds=1)


def written(at_us: int) -> str:
    """The instant as vectors write it: UTC, decimals only where there are any."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")


def answer(found: BusinessCalendar, vector: dict[str, Any]) -> Any:
    """What the public methods answer to a vector, spelled as its ``expect``.

    Raises:
        Refusal: the question is refused; its code is the vector's ``error``.
    """
    start = datetime.fromisoformat(vector["start"])
    match vector["op"]:
        case "elapsed":
            end = datetime.fromisoformat(vector["end"])
            return found.elapsed(start, end) // timedelta(microseconds=1)
        case "minutes":
            end = datetime.fromisoformat(vector["end"])
            return found.calculate_business_minutes(start, end)
        case "add" if "minutes" in vector:
            reached = found.add_business_minutes(start, vector["minutes"])
        case "add":
            reached = found.add(start, timedelta(microseconds=vector["microseconds"]))
        case "next":
            reached = found.next_business_minute(start)
        case "previous":
            reached = found.previous_business_minute(start)
        case "is_open":
            return found.is_business_time(start)
        case unknown:
            raise ValueError(f"no operation is called {unknown}")
    return reached.isoformat().replace("+00:00", "Z")


@dataclass(slots=True)
class Vectors:
    """The document while it is being made.

    Attributes:
        calendars: Snapshots by id; the same snapshot is kept once.
        vectors: Questions with their answers.
        refusals: Snapshots that are no calendars.
    """

    calendars: dict[str, dict[str, Any]] = field(default_factory=dict)
    vectors: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _read: dict[str, BusinessCalendar] = field(default_factory=dict)

    def calendar(self, name: str, snapshot: dict[str, Any]) -> str:
        """The id of a snapshot: *name*, or the one that it has already."""
        known = self._names.setdefault(json.dumps(snapshot, sort_keys=True), name)
        if known == name:
            if name in self.calendars:
                raise ValueError(f"two calendars are called {name}")
            self.calendars[name] = snapshot
            self._read[name] = BusinessCalendar.from_snapshot(snapshot)
        return known

    def ask(self, name: str, calendar: str, op: str, start_us: int, **more: int) -> dict[str, Any]:
        """Add a question; ``end`` in *more* is an instant, everything else an amount."""
        vector: dict[str, Any] = {"id": name, "calendar": calendar, "op": op}
        vector["start"] = written(start_us)
        vector |= {key: written(value) if key == "end" else value for key, value in more.items()}
        try:
            vector["expect"] = answer(self._read[calendar], vector)
        except Refusal as refusal:
            vector["error"] = refusal.code
        self.vectors.append(vector)
        return vector

    def expect(self, name: str, calendar: str, op: str, expected: Any, **at: int) -> None:
        """Add a question whose answer is known from elsewhere.

        Raises:
            ValueError: the kernel answers something else.
        """
        start_us = at.pop("start_us")
        vector = self.ask(name, calendar, op, start_us, **at)
        if vector.get("expect") != expected:
            raise ValueError(f"{vector} should be {expected}")
