"""Reads the values of a snapshot and keeps a fault for each that is not what it should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from slaclock.business_time.instants import DAY_S
from slaclock.business_time.rules import Window
from slaclock.errors import Fault

__all__ = ["Reader"]

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(slots=True)
class Reader:
    """Reads values and keeps a fault for each that is not what it should be."""

    faults: list[Fault] = field(default_factory=list)

    def refuse(self, path: str, value: object, message: str, remedy: str, code: str) -> None:
        """Keep a fault; *code* gets the prefix ``calendar.``."""
        self.faults.append(Fault(path, value, message, remedy, code=f"calendar.{code}"))

    def items(self, holder: dict[str, Any], key: str, path: str) -> Iterator[tuple[str, Any]]:
        """The objects of a list, each with its path."""
        written = holder.get(key)
        if written is None:
            return
        if not isinstance(written, list):
            self.refuse(path, written, "is not a list", "write a JSON array of objects", "type")
            return
        for number, item in enumerate(written):
            if isinstance(item, dict):
                yield f"{path}[{number}]", item
            else:
                self.refuse(f"{path}[{number}]", item, "is not an object", "write {...}", "type")

    def choice(self, holder: dict[str, Any], key: str, allowed: Sequence[str]) -> str:
        """One of the *allowed* words; the first where nothing is written."""
        value = holder.get(key)
        if value is None:
            return allowed[0]
        if value in allowed:
            return str(value)
        self.refuse(key, value, "is not known", f"write {' or '.join(allowed)}", "choice")
        return allowed[0]

    def optional(
        self, holder: dict[str, Any], key: str, fits: Callable[[Any], bool], remedy: str
    ) -> None:
        """Refuse what is written and does not fit."""
        value = holder.get(key)
        if value is not None and not fits(value):
            self.refuse(key, value, "is not valid", remedy, "type")

    def clock(self, item: dict[str, Any], key: str, path: str, *, until: bool) -> int | None:
        """Seconds after midnight; 24:00 only where a span ends."""
        value = item.get(key)
        if until and value == "24:00":
            return DAY_S
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            last = "24:00" if until else "23:59"
            remedy = f"write HH:MM from 00:00 to {last}"
            self.refuse(f"{path}.{key}", value, "is not a time of day", remedy, "time")
            return None
        return int(found[1]) * 3600 + int(found[2]) * 60

    def date(self, item: dict[str, Any], path: str) -> date | None:
        """The item's ``date``."""
        value = item.get("date")
        remedy = "write an existing date as YYYY-MM-DD"
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.refuse(f"{path}.date", value, "is a date that does not exist", remedy, "date")
                return None
        self.refuse(f"{path}.date", value, "is not a date", remedy, "date")
        return None

    def window(self, item: dict[str, Any], path: str) -> Window | None:
        """Start and end; an end that is not later belongs to the next date."""
        start = self.clock(item, "start", path, until=False)
        end = self.clock(item, "end", path, until=True)
        if start is None or end is None:
            return None
        if start == end:
            remedy = "write 00:00 to 24:00 for a whole day, or remove the window"
            shown = f"{item['start']}-{item['end']}"
            self.refuse(path, shown, "begins and ends at the same time", remedy, "window-empty")
            return None
        return Window(start, end if end > start else end + DAY_S)

    def weekly(self, holder: dict[str, Any], key: str) -> Iterator[tuple[int, Window, str, Any]]:
        """Weekday, window, path and what was written, of each readable window of the week."""
        for path, item in self.items(holder, key, key):
            weekday = item.get("weekday")
            window = self.window(item, path)
            if type(weekday) is not int or not 0 <= weekday <= 6:
                remedy = "write 0 for Monday to 6 for Sunday"
                self.refuse(f"{path}.weekday", weekday, "is not a weekday", remedy, "weekday")
            elif window is not None:
                yield weekday, window, path, item
