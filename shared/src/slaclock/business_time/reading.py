"""Reads a calendar snapshot and finds everything that is wrong with it at once."""

from __future__ import annotations

import re
from typing import Any, Final

from slaclock.business_time.instants import DAY_S
from slaclock.business_time.overlaps import Placed, place, refuse_overlaps
from slaclock.business_time.reader import Reader
from slaclock.business_time.rules import Holiday, HolidayRule, Rules, Window, day_number
from slaclock.business_time.tz_files import ZoneFiles, load_zone
from slaclock.business_time.zone import Zone, read_zone
from slaclock.errors import Fault

__all__ = [
    "CALENDAR_TYPES",
    "HOLIDAY_RULES",
    "MOST_PARTS",
    "MOST_WINDOWS",
    "MOST_YEARLY",
    "SCHEMA",
    "read_rules",
]

SCHEMA: Final = "slaclock.calendar/1"
CALENDAR_TYPES: Final = ("business", "capacity")
HOLIDAY_RULES: Final[tuple[HolidayRule, ...]] = ("date", "shift")
MOST_WINDOWS: Final = 672
"""Windows of a week, overtime included: one for each quarter of an hour. All years that are asked
for are kept at once, so whoever takes calendars of strangers bounds the years (`openings`)."""
MOST_YEARLY: Final = 500
"""Holidays that come again in each of 230 years."""
MOST_PARTS: Final = 24
"""Holidays that share a date."""

_WEEK_S: Final = 7 * DAY_S
_MULTIPLIER: Final = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_rules(snapshot: Any, files: ZoneFiles) -> tuple[Rules | None, list[Fault]]:
    """The rules of a snapshot, or every fault in it.

    Keys that are not known are passed over: a snapshot written by a later version stays readable.

    Args:
        snapshot: Parsed JSON.
        files: Consulted only if the snapshot carries no zone.
    """
    reader = Reader()
    if not isinstance(snapshot, dict):
        remedy = "write a JSON object with timezone and windows"
        reader.refuse("", snapshot, "is not an object", remedy, "type")
        return None, reader.faults
    _read_head(reader, snapshot)
    zone = _read_zone(reader, snapshot, files)
    week = _read_week(reader, snapshot)
    holidays = _read_holidays(reader, snapshot)
    overrides = _read_overrides(reader, snapshot)
    rule = reader.choice(snapshot, "holiday_rule", HOLIDAY_RULES)
    if zone is None or reader.faults:
        return None, reader.faults
    return Rules(zone, week, holidays, overrides, "shift" if rule == "shift" else "date"), []


def _read_head(reader: Reader, snapshot: dict[str, Any]) -> None:
    reader.choice(snapshot, "schema", (SCHEMA,))
    reader.choice(snapshot, "type", CALENDAR_TYPES)
    text = lambda value: isinstance(value, str)  # noqa: E731  read three times, right here
    for key in ("calendar_id", "name", "tzdata"):
        reader.optional(snapshot, key, text, "write a text")
    whole = lambda value: type(value) is int and value >= 1  # noqa: E731
    reader.optional(snapshot, "version", whole, "write a whole number from 1")


def _read_zone(reader: Reader, snapshot: dict[str, Any], files: ZoneFiles) -> Zone | None:
    name = snapshot.get("timezone")
    if not isinstance(name, str):
        remedy = "write an IANA name such as Europe/London"
        reader.refuse("timezone", name, "is not a time zone", remedy, "timezone")
        return None
    if snapshot.get("zone") is not None:
        zone, faults = read_zone(snapshot["zone"], path="zone")
        reader.faults.extend(faults)
        if zone is not None and zone.name != name:
            remedy = f"write {name}, or change timezone"
            reader.refuse("zone.name", zone.name, "is not the timezone", remedy, "zone")
        return zone
    try:
        return load_zone(name, files)
    except ValueError as unknown:
        remedy = "write an IANA name such as Europe/London"
        reader.refuse("timezone", name, f"is not known: {unknown}", remedy, "timezone")
        return None


def _read_week(reader: Reader, snapshot: dict[str, Any]) -> tuple[tuple[Window, ...], ...]:
    if snapshot.get("windows") is None:
        remedy = 'write a list such as [{"weekday": 0, "start": "09:00", "end": "17:00"}]'
        reader.refuse("windows", None, "is missing", remedy, "windows")
    week: list[list[Window]] = [[] for _ in range(7)]
    placed: list[Placed] = []
    for weekday, window, path, _ in reader.weekly(snapshot, "windows"):
        week[weekday].append(window)
        placed.append(place(weekday * DAY_S, window, path, f"{_WEEKDAYS[weekday]} {window}"))
    for weekday, window, path, item in reader.weekly(snapshot, "overtime_windows"):
        placed.append(place(weekday * DAY_S, window, path, f"{_WEEKDAYS[weekday]} {window}"))
        factor = item.get("multiplier")
        known = isinstance(factor, str) and _MULTIPLIER.fullmatch(factor)
        if not known or not factor.strip("0."):
            remedy = 'write a decimal number as a text, such as "1.50"'
            reader.refuse(f"{path}.multiplier", factor, "is not a factor", remedy, "multiplier")
    if len(placed) > MOST_WINDOWS:
        remedy = f"write up to {MOST_WINDOWS}, overtime included; join those that touch"
        reader.refuse("windows", len(placed), "are too many windows", remedy, "windows")
    refuse_overlaps(reader, placed, circle_s=_WEEK_S)
    return tuple(tuple(sorted(day)) for day in week)


def _read_holidays(reader: Reader, snapshot: dict[str, Any]) -> tuple[Holiday, ...]:
    holidays: list[Holiday] = []
    placed: dict[tuple[object, ...], list[Placed]] = {}
    for path, item in reader.items(snapshot, "holidays", "holidays"):
        on = reader.date(item, path)
        recurrence = item.get("recurrence")
        if recurrence not in (None, "none", "yearly"):
            remedy = "write yearly, or leave it out"
            at = f"{path}.recurrence"
            reader.refuse(at, recurrence, "is not a recurrence", remedy, "recurrence")
        name = item.get("name")
        if name is not None and not isinstance(name, str):
            reader.refuse(f"{path}.name", name, "is not a text", "write a text", "type")
        partly = [item.get(key) for key in ("from", "to")] != [None, None]
        span: Window | None = Window(0, DAY_S)
        if partly:
            span = _read_part(reader, item, path)
        if on is None or span is None:
            continue
        yearly = recurrence == "yearly"
        holidays.append(Holiday(on, name or "", yearly, span.start_s, span.end_s))
        key = (on.month, on.day) if yearly else (on,)
        placed.setdefault(key, []).append(place(0, span, path, item.get("date")))
    if (yearly_ones := sum(one.yearly for one in holidays)) > MOST_YEARLY:
        remedy = f"write up to {MOST_YEARLY}, and the others as single dates"
        reader.refuse("holidays", yearly_ones, "are too many yearly holidays", remedy, "holidays")
    for same in placed.values():
        if len(same) > MOST_PARTS:
            remedy = f"write up to {MOST_PARTS}; join those that touch"
            message = "are too many holidays of one date"
            reader.refuse(same[0].path, len(same), message, remedy, "holidays")
        refuse_overlaps(reader, same, code="holiday-duplicate")
    return tuple(holidays)


def _read_part(reader: Reader, item: dict[str, Any], path: str) -> Window | None:
    whole = {"from": "00:00", "to": "24:00"}
    span = whole | {key: item[key] for key in whole if item.get(key) is not None}
    from_s = reader.clock(span, "from", path, until=False)
    to_s = reader.clock(span, "to", path, until=True)
    if from_s is None or to_s is None:
        return None
    if from_s >= to_s:
        remedy = "keep it within one date, or write a second holiday for the next"
        shown = f"{span['from']}-{span['to']}"
        reader.refuse(path, shown, "ends no later than it begins", remedy, "holiday-part")
        return None
    return Window(from_s, to_s)


def _read_overrides(reader: Reader, snapshot: dict[str, Any]) -> dict[int, tuple[Window, ...]]:
    overrides: dict[int, tuple[Window, ...]] = {}
    for path, item in reader.items(snapshot, "overrides", "overrides"):
        on = reader.date(item, path)
        if item.get("windows") is None:
            remedy = "write a list of start and end, empty for a closed date"
            reader.refuse(f"{path}.windows", None, "is missing", remedy, "windows")
        windows: list[Window] = []
        placed: list[Placed] = []
        for at, part in reader.items(item, "windows", f"{path}.windows"):
            window = reader.window(part, at)
            if window is not None:
                windows.append(window)
                placed.append(place(0, window, at, str(window)))
        refuse_overlaps(reader, placed)
        if on is None:
            continue
        if day_number(on) in overrides:
            remedy = "write all windows of a date in one override"
            reader.refuse(f"{path}.date", item["date"], "is there twice", remedy, "override")
        overrides[day_number(on)] = tuple(sorted(windows))
    return overrides
