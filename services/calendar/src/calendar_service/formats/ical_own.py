"""Events that slaclock wrote itself: windows, other hours and overtime beside the holidays.

Every such event says what it is in ``X-SLACLOCK-KIND``, so that a calendar comes back as it went.
What somebody changed in other software counts: hours and dates of the event win over the marks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from calendar_service.formats.ical_components import Component
from calendar_service.formats.ical_events import Event, Unreadable
from calendar_service.formats.ical_lines import unescaped
from calendar_service.formats.ical_series import is_cancelled
from slaclock.foreign.findings import CalendarFound

__all__ = ["CLOSED", "HOLIDAY", "KINDS", "OVERRIDE", "OVERTIME", "WINDOW", "Own", "kind_of"]

WINDOW: Final = "window"
OVERTIME: Final = "overtime"
OVERRIDE: Final = "override"
CLOSED: Final = "closed"
HOLIDAY: Final = "holiday"
KINDS: Final = (WINDOW, OVERTIME, OVERRIDE, CLOSED, HOLIDAY)
_HOURS: Final = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
_HORIZON: Final = re.compile(r"(\d{4})-(\d{4})", re.ASCII)
_DAY: Final = timedelta(days=1)


def kind_of(component: Component) -> str | None:
    """What slaclock says that an event is; None for events of other software."""
    kind = component.text("X-SLACLOCK-KIND").lower()
    return kind if kind in KINDS else None


class Own:
    """A calendar that comes back, its holidays apart.

    Args:
        timezone: the zone that it is read in.

    Attributes:
        found: whether any event says that slaclock wrote it.
    """

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone
        self._windows: list[dict[str, Any]] = []
        self._overtime: list[dict[str, Any]] = []
        self._overrides: dict[str, list[dict[str, Any]]] = {}
        self.found = False

    def take(self, component: Component, event: Event) -> None:
        """Add an event that `kind_of` knows, other than a holiday.

        Raises:
            Unreadable: it was changed into something that no calendar can say.
        """
        if is_cancelled(event):
            return
        kind = kind_of(component)
        begin = event.start.at
        date = f"{begin.year:04}-{begin:%m-%d}"
        match kind:
            case "window":
                self._windows.append({"weekday": begin.weekday(), **_hours(component, event)})
            case "overtime":
                factor = component.text("X-SLACLOCK-MULTIPLIER") or "1"
                hours = _hours(component, event)
                item = {"weekday": begin.weekday(), **hours, "multiplier": factor}
                self._overtime.append(item)
            case "override":
                self._overrides.setdefault(date, []).append(_hours(component, event))
            case _:
                self._overrides.setdefault(date, [])

    def calendar(self, calendar: Component, holidays: Sequence[Mapping[str, Any]]) -> CalendarFound:
        """The whole of it."""
        document: dict[str, Any] = {
            "schema": "slaclock.calendar/1",
            "name": unescaped(calendar.text("X-WR-CALNAME")),
            "timezone": self._timezone,
            "windows": self._windows,
            "holidays": [dict(holiday) for holiday in holidays],
        }
        if kind := calendar.text("X-SLACLOCK-TYPE"):
            document["type"] = kind
        if rule := calendar.text("X-SLACLOCK-HOLIDAY-RULE"):
            document["holiday_rule"] = rule
        if self._overrides:
            document["overrides"] = [
                {"date": date, "windows": windows}
                for date, windows in sorted(self._overrides.items())
            ]
        if self._overtime:
            document["overtime_windows"] = self._overtime
        years = _HORIZON.fullmatch(calendar.text("X-SLACLOCK-HORIZON"))
        if years:
            document["horizon"] = {"first_year": int(years[1]), "last_year": int(years[2])}
        return CalendarFound(unescaped(calendar.text("X-SLACLOCK-CALENDAR-ID")), document)


def _hours(component: Component, event: Event) -> dict[str, str]:
    begin, end = event.start.at, event.start.at + event.length
    if event.start.whole:
        if event.length != _DAY:
            raise _too_long(event)
        return {"start": "00:00", "end": "24:00"}
    if event.clock is not None or end > _midnight(begin) + 2 * _DAY or begin.second or end.second:
        raise _too_long(event)
    hours = {"start": f"{begin:%H:%M}", "end": f"{end:%H:%M}"}
    if end == _midnight(begin) + _DAY:
        hours["end"] = "24:00"
    written = _HOURS.fullmatch(component.text("X-SLACLOCK-HOURS"))
    same = written and written[1] == hours["start"]
    if same and written and {written[2], hours["end"]} == {"00:00", "24:00"}:
        hours["end"] = written[2]
    return hours


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _too_long(event: Event) -> Unreadable:
    return Unreadable(
        "DTEND",
        str(event.start.at + event.length),
        "no window of a calendar lasts so long, or it is written on another clock",
        "write hours of one day in the calendar's own zone, in whole minutes",
        "import.window",
    )
