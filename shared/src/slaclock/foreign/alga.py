"""Business hours of Alga PSA: its three tables become calendars and one holiday set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.foreign.findings import (
    CalendarFound,
    Findings,
    Preview,
    SetFound,
    UnusableFile,
)
from slaclock.foreign.slugs import slug
from slaclock.foreign.tables import (
    MOST_CALENDARS,
    Row,
    Unusable,
    refuse_several_tenants,
    rows_of,
    short_name,
    too_many_calendars,
)

__all__ = ["ALL_SCHEDULES", "read_alga"]

SCHEDULES: Final = "business_hours_schedules"
ENTRIES: Final = "business_hours_entries"
HOLIDAYS: Final = "holidays"
TABLES: Final = (SCHEDULES, ENTRIES, HOLIDAYS)
ALL_SCHEDULES: Final = "alga-holidays"
"""The set of the holidays that belong to no schedule, and so to all of them."""
_CLOCK: Final = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?", re.ASCII)
_AS_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?Z?", re.ASCII)
_WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


@dataclass(slots=True)
class _Schedule:
    """A schedule on its way to a calendar."""

    row: Row
    calendar_id: str
    name: str
    timezone: str
    always: bool
    windows: list[dict[str, Any]] = field(default_factory=list)
    holidays: list[dict[str, Any]] = field(default_factory=list)


def read_alga(document: Mapping[str, Any], *, files: ZoneFiles = PACKAGED) -> Preview:
    """Calendars of an Alga PSA export.

    Args:
        document: rows of ``business_hours_schedules``, ``business_hours_entries`` and ``holidays``
            by table; values as JSON has them, or as the texts of a CSV file.
        files: known zones.

    Raises:
        UnusableFile: there is no schedule to be found, or the rows belong to several tenants.
    """
    findings = Findings()
    tables = {table: list(rows_of(document, table, _key(table), findings)) for table in TABLES}
    refuse_several_tenants(tables)
    if len(tables[SCHEDULES]) > MOST_CALENDARS:
        raise too_many_calendars(SCHEDULES, len(tables[SCHEDULES]))
    if not tables[SCHEDULES]:
        raise UnusableFile.because(
            SCHEDULES,
            None,
            "has no rows",
            "send the rows of business_hours_schedules, business_hours_entries and holidays",
            "import.empty",
        )
    schedules = _schedules(tables[SCHEDULES], findings, files)
    for row in tables[ENTRIES]:
        _attempt(_entry, row, schedules, findings)
    shared: list[dict[str, Any]] = []
    days: dict[str, set[str]] = {}
    for row in tables[HOLIDAYS]:
        _attempt(_holiday, row, schedules, findings, shared, days)
    calendars = tuple(_calendar(one, shared, findings) for one in schedules.values())
    sets = (SetFound(ALL_SCHEDULES, _set(shared)),) if shared else ()
    counts = {
        "rows": sum(map(len, tables.values())),
        "calendars": len(calendars),
        "windows": sum(len(one.windows) for one in schedules.values()),
        "holidays": len(shared) + sum(len(one.holidays) for one in schedules.values()),
        "left_out": findings.left_out,
        "findings": findings.total,
    }
    found = tuple(findings.found)
    return Preview("alga", calendars=calendars, sets=sets, findings=found, counts=counts)


def _key(table: str) -> str:
    return {SCHEDULES: "schedule_id", ENTRIES: "entry_id", HOLIDAYS: "holiday_id"}[table]


def _attempt(read: Any, row: Row, schedules: Any, findings: Findings, *more: Any) -> None:
    try:
        read(row, schedules, findings, *more)
    except Unusable as wrong:
        findings.left(row.place, *wrong.fault)


def _schedules(rows: list[Row], findings: Findings, files: ZoneFiles) -> dict[str, _Schedule]:
    found: dict[str, _Schedule] = {}
    names = files.names()
    for row in rows:
        try:
            schedule = _schedule(row, found, names)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
        else:
            found[row.text("schedule_id")] = schedule
    return found


def _schedule(row: Row, found: Mapping[str, _Schedule], names: frozenset[str]) -> _Schedule:
    schedule_id = row.text("schedule_id")
    if not schedule_id or schedule_id in found:
        message = "is there twice" if schedule_id else "is missing"
        raise Unusable(
            "schedule_id", schedule_id, message, "give each schedule its own", "import.row-id"
        )
    timezone = row.text("timezone")
    if timezone not in names:
        raise Unusable(
            "timezone",
            timezone or None,
            "is not a time zone of IANA",
            "write a name such as America/New_York",
            "import.timezone",
        )
    name = short_name(row.text("schedule_name")) or schedule_id
    taken = {one.calendar_id for one in found.values()}
    calendar_id = slug(name, taken, "schedule")
    return _Schedule(row, calendar_id, name, timezone, row.flag("is_24x7", default=False))


def _entry(row: Row, schedules: Mapping[str, _Schedule], findings: Findings) -> None:
    schedule = _belongs(row, schedules)
    if not row.flag("is_enabled", default=True):
        return
    day = row.whole("day_of_week")
    if not 0 <= day <= 6:
        raise Unusable(
            "day_of_week",
            day,
            "is not a day of the week",
            "write 0 for Sunday to 6 for Saturday",
            "import.weekday",
        )
    weekday = (day - 1) % 7
    if schedule.always:
        findings.noted(
            row.place,
            "is_enabled",
            "true",
            f"its schedule {schedule.name!r} is open around the clock; the hours mean nothing",
            "nothing, or set is_24x7 to false if the hours are meant",
            "import.entry-of-24x7",
        )
        return
    start = _clock(row, "start_time", findings)
    end = _clock(row, "end_time", findings)
    if end <= start:
        raise Unusable(
            "end_time",
            row.text("end_time"),
            f"is not later than start_time {row.text('start_time')}: in Alga PSA such a day "
            "never opens",
            f'leave it closed, or add {{"weekday": {weekday}, "start": "{start}", "end": "{end}"}} '
            "to the calendar, which may cross midnight",
            "import.entry-order",
        )
    if any(window["weekday"] == weekday for window in schedule.windows):
        raise Unusable(
            "day_of_week",
            day,
            f"{_WEEKDAYS[weekday]} has hours in another row already",
            "keep one row for each day, and add a second window to the calendar",
            "import.entry-twice",
        )
    schedule.windows.append({"weekday": weekday, "start": start, "end": end})


def _clock(row: Row, column: str, findings: Findings) -> str:
    text = row.text(column)
    found = _CLOCK.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    if column == "end_time" and (hour, minute) == (23, 59) and second >= 59:
        findings.noted(
            row.place,
            column,
            text,
            "is taken as the end of the day, 24:00",
            "write 24:00:00",
            "import.end-of-day",
        )
        return "24:00"
    whole_day = column == "end_time" and (hour, minute, second) == (24, 0, 0)
    if not whole_day and (hour > 23 or minute > 59 or second):
        message = "has seconds" if found and hour <= 23 and minute <= 59 else "is not a time of day"
        raise Unusable(column, text or None, message, "write HH:MM:00", "import.time")
    return f"{hour:02}:{minute:02}"


def _holiday(
    row: Row,
    schedules: Mapping[str, _Schedule],
    findings: Findings,
    shared: list[dict[str, Any]],
    days: dict[str, set[str]],
) -> None:
    if "schedule_id" not in row.values:
        raise Unusable(
            "schedule_id",
            None,
            "is not in the export, so nobody knows whose holiday it is",
            "export the column; it is null for holidays of all schedules",
            "import.row-id",
        )
    schedule = _belongs(row, schedules) if row.text("schedule_id") else None
    text = row.text("holiday_date")
    as_instant = _AS_INSTANT.fullmatch(text)
    if as_instant:
        row = Row(row.place, {**row.values, "holiday_date": as_instant[1]})
    elif "T" in text:
        raise Unusable(
            "holiday_date",
            text,
            "is an instant: written on another clock, its date may be the one before",
            "export the date as YYYY-MM-DD (holiday_date::text)",
            "import.date",
        )
    on = row.date("holiday_date")
    name = short_name(row.text("holiday_name"))
    item: dict[str, Any] = {"date": f"{on.year:04}-{on:%m-%d}", "name": name}
    if row.flag("is_recurring", default=False):
        item["recurrence"] = "yearly"
    if as_instant:
        findings.noted(
            row.place,
            "holiday_date",
            text,
            f"is an instant; it is taken as {item['date']}",
            "export the date as YYYY-MM-DD (holiday_date::text)",
            "import.date",
        )
    taken = days.setdefault(row.text("schedule_id"), set())
    if _day(item) in taken:
        raise Unusable(
            "holiday_date",
            text,
            "is a holiday in another row already",
            "keep one of the rows",
            "import.holiday-twice",
        )
    taken.add(_day(item))
    (shared if schedule is None else schedule.holidays).append(item)


def _day(holiday: Mapping[str, Any]) -> str:
    return str(holiday["date"][5:] if "recurrence" in holiday else holiday["date"])


def _belongs(row: Row, schedules: Mapping[str, _Schedule]) -> _Schedule:
    schedule = schedules.get(row.text("schedule_id"))
    if schedule is None:
        raise Unusable(
            "schedule_id",
            row.text("schedule_id") or None,
            "is no schedule that was taken from this export",
            "export its schedule, too, or correct what keeps that from being taken",
            "import.row-id",
        )
    return schedule


def _calendar(
    schedule: _Schedule, shared: list[dict[str, Any]], findings: Findings
) -> CalendarFound:
    document: dict[str, Any] = {
        "schema": "slaclock.calendar/1",
        "name": schedule.name,
        "timezone": schedule.timezone,
        "windows": schedule.windows,
    }
    place, source = schedule.row.place, schedule.row.text("schedule_id")
    if schedule.always:
        document["windows"] = [
            {"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)
        ]
        if schedule.holidays:
            findings.noted(
                place,
                "is_24x7",
                "true",
                f"its {len(schedule.holidays)} holidays are left out: around the clock, "
                "Alga PSA counts them, too",
                "add them to the calendar if they should close",
                "import.holidays-of-24x7",
            )
        return CalendarFound(schedule.calendar_id, document, source)
    if not schedule.windows:
        findings.noted(
            place,
            ENTRIES,
            None,
            "has no hours, so its calendar never opens and cannot be published",
            "add windows to the calendar",
            "import.no-hours",
        )
    document["windows"] = sorted(schedule.windows, key=lambda one: (one["weekday"], one["start"]))
    document["holidays"] = sorted(schedule.holidays, key=lambda one: one["date"])
    if shared:
        document["holiday_sets"] = [{"set_id": ALL_SCHEDULES}]
    return CalendarFound(schedule.calendar_id, document, source)


def _set(shared: list[dict[str, Any]]) -> Mapping[str, Any]:
    return {
        "schema": "slaclock.holiday-set/1",
        "set_id": ALL_SCHEDULES,
        "name": "Holidays of all schedules (Alga PSA)",
        "holidays": sorted(shared, key=lambda one: one["date"]),
    }
