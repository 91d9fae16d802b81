"""How an elapsed business time comes about, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from slaclock.business_time.instants import SECOND_US
from slaclock.business_time.rules import clock_text

__all__ = ["Change", "Part", "Rest", "SkippedHoliday", "Trace"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one window that was consumed.

    Attributes:
        on: Local date on which the window begins.
        window: The window as it is written, ``22:00-06:00``.
        source: Whether the week or an override gave it.
        start, end: UTC instants, the second excluded.
        microseconds: Its length; negative in a trace that leads back.
    """

    on: date
    window: str
    source: Literal["window", "override"]
    start: datetime
    end: datetime
    microseconds: int

    def as_json(self) -> dict[str, Any]:
        """The part as plain JSON values."""
        return {
            "date": self.on.isoformat(),
            "window": self.window,
            "source": self.source,
            "start": _written(self.start),
            "end": _written(self.end),
            "microseconds": self.microseconds,
        }


@dataclass(frozen=True, slots=True)
class SkippedHoliday:
    """A holiday within the span.

    Attributes:
        on: Its local date.
        name: As the calendar says.
        from_s, to_s: What it closes, in seconds after local midnight.
        microseconds: Business time that would have counted without it; 0 on a closed day.
    """

    on: date
    name: str
    from_s: int
    to_s: int
    microseconds: int

    def as_json(self) -> dict[str, Any]:
        """The holiday as plain JSON values."""
        return {
            "date": self.on.isoformat(),
            "name": self.name,
            "from": clock_text(self.from_s),
            "to": clock_text(self.to_s),
            "microseconds": self.microseconds,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """The wall clock was set forward or back within the span.

    Attributes:
        at: UTC instant.
        before_s, after_s: Seconds east of UTC before and from it on.
    """

    at: datetime
    before_s: int
    after_s: int

    def as_json(self) -> dict[str, Any]:
        """The change as plain JSON values."""
        return {
            "at": _written(self.at),
            "offset_before_seconds": self.before_s,
            "offset_after_seconds": self.after_s,
        }


@dataclass(frozen=True, slots=True)
class Rest:
    """The later end of a span, where a trace with a limit lists nothing any more.

    Attributes:
        start, end: UTC instants, *start* the earlier one.
        microseconds: Business time between them; negative in a trace that leads back.
    """

    start: datetime
    end: datetime
    microseconds: int

    def as_json(self) -> dict[str, Any]:
        """The rest as plain JSON values."""
        return {
            "start": _written(self.start),
            "end": _written(self.end),
            "microseconds": self.microseconds,
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """What `BusinessCalendar.explain` answers.

    Attributes:
        calendar_id, version, timezone: Of the calendar; the first two may be missing.
        start, end: UTC instants as they were asked for; *end* may be earlier.
        microseconds: The sum of the parts and the rest, which is the elapsed business time.
        parts: Windows consumed, in the order of time.
        holidays: Those whose date lies in the span, or that withheld time from it.
        changes: DST and other changes of the wall clock inside the span.
        rest: What a limit left out of these lists; ``None`` if they reach the end of the span.
    """

    calendar_id: str | None
    version: int | None
    timezone: str
    start: datetime
    end: datetime
    microseconds: int
    parts: tuple[Part, ...]
    holidays: tuple[SkippedHoliday, ...]
    changes: tuple[Change, ...]
    rest: Rest | None = None

    def as_json(self) -> dict[str, Any]:
        """The trace as plain JSON values."""
        return {
            "calendar_id": self.calendar_id,
            "version": self.version,
            "timezone": self.timezone,
            "start": _written(self.start),
            "end": _written(self.end),
            "microseconds": self.microseconds,
            "parts": [part.as_json() for part in self.parts],
            "holidays": [holiday.as_json() for holiday in self.holidays],
            "changes": [change.as_json() for change in self.changes],
            "rest": self.rest.as_json() if self.rest else None,
        }

    def __str__(self) -> str:
        """The trace as lines to read, in the order of time."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        name = f"{self.calendar_id} version {self.version}, " if self.calendar_id else ""
        yield f"{_written(self.start)} to {_written(self.end)} ({name}{self.timezone})"
        told: list[tuple[date, int, str]] = []
        for part in self.parts:
            source = " (override)" if part.source == "override" else ""
            span = f"{_written(part.start)} to {_written(part.end)}"
            line = f"{part.on:%a} {part.on} {part.window}{source}: {span}"
            told.append((part.on, 1, f"{_amount(part.microseconds):>16}  {line}"))
        for holiday in self.holidays:
            hours = f"{clock_text(holiday.from_s)}-{clock_text(holiday.to_s)}"
            withheld = _amount(holiday.microseconds)
            line = f"{holiday.on:%a} {holiday.on} {holiday.name or 'holiday'} {hours}"
            told.append((holiday.on, 0, f"{'closed':>16}  {line}, withheld {withheld}"))
        for change in self.changes:
            offsets = f"UTC{_offset(change.before_s)} to UTC{_offset(change.after_s)}"
            line = f"{_written(change.at)} {offsets}"
            told.append((change.at.date(), 0, f"{'clock change':>16}  {line}"))
        yield from (line for _, _, line in sorted(told, key=lambda entry: entry[:2]))
        if self.rest is not None:
            span = f"{_written(self.rest.start)} to {_written(self.rest.end)}"
            yield f"{_amount(self.rest.microseconds):>16}  not listed: {span}"
        yield f"{_amount(self.microseconds):>16}  in all"


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _amount(microseconds: int) -> str:
    """``H:MM:SS`` with a fraction only where there is one."""
    seconds, fraction = divmod(abs(microseconds), SECOND_US)
    sign = "-" if microseconds < 0 else ""
    tail = f".{fraction:06}" if fraction else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{tail}"


def _offset(seconds: int) -> str:
    size = abs(seconds)
    tail = f":{size % 60:02}" if size % 60 else ""
    return f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}{tail}"
