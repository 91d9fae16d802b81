"""Schedules of Zendesk, read and written: minutes since Sunday midnight, and ranges of holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.contracts.faults import shown
from slaclock.foreign.findings import CalendarFound, Findings, Place, Preview, UnusableFile
from slaclock.foreign.holidays import combined
from slaclock.foreign.rails_zones import FRIENDLY
from slaclock.foreign.slugs import slug
from slaclock.foreign.tables import (
    MOST_CALENDARS,
    MOST_HOLIDAYS,
    MOST_ROWS,
    Row,
    Unusable,
    rows_of,
    short_name,
    too_many_calendars,
)

__all__ = ["DAY", "WEEK", "read_zendesk"]

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
LONGEST: Final = 366
"""Days of one holiday."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What several schedules are read with."""

    findings: Findings
    zones: frozenset[str]


def read_zendesk(document: Mapping[str, Any], *, files: ZoneFiles = PACKAGED) -> Preview:
    """Calendars of what Zendesk's API answers.

    Args:
        document: ``{"schedule": {...}}`` or ``{"schedules": [...]}``; holidays stand in
            ``"holidays"`` of a schedule, or beside it as ``.../holidays.json`` answers them.
        files: known zones.

    Raises:
        UnusableFile: there is no schedule in it.
    """
    findings = Findings()
    source = _Source(findings, files.names())
    listed = _schedules(document)
    if len(listed) > MOST_CALENDARS:
        raise too_many_calendars("schedules", len(listed))
    beside = _beside(document, listed, findings)
    calendars: list[CalendarFound] = []
    for row in rows_of({"schedules": listed}, "schedules", "id", findings):
        taken = {one.calendar_id for one in calendars}
        try:
            calendars.append(_calendar(row, beside.get(_id(row.values), []), taken, source))
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    counts = {
        "schedules": len(listed),
        "calendars": len(calendars),
        "windows": sum(len(one.document["windows"]) for one in calendars),
        "holidays": sum(len(one.document["holidays"]) for one in calendars),
        "left_out": findings.left_out,
        "findings": findings.total,
    }
    found = tuple(findings.found)
    return Preview("zendesk", calendars=tuple(calendars), findings=found, counts=counts)


def _schedules(document: Mapping[str, Any]) -> list[Any]:
    if isinstance(document.get("schedule"), dict):
        return [document["schedule"]]
    listed = document.get("schedules")
    if isinstance(listed, list) and listed:
        return listed
    raise UnusableFile.because(
        "schedules",
        shown(listed if listed is not None else document.get("schedule")),
        "has no schedule",
        "send what /api/v2/business_hours/schedules.json answers",
        "import.empty",
    )


def _beside(
    document: Mapping[str, Any], listed: list[Any], findings: Findings
) -> dict[str, list[Row]]:
    """Holidays that stand beside the schedules, by the id of theirs."""
    found: dict[str, list[Row]] = {}
    only = _id(listed[0]) if len(listed) == 1 and isinstance(listed[0], dict) else None
    for row in rows_of(document, "holidays", "id", findings):
        owner = row.values.get("schedule_id")
        key = only if owner is None else str(owner)
        if key is None:
            findings.left(
                row.place,
                "schedule_id",
                None,
                f"is missing: {len(listed)} schedules could be meant",
                'put the holidays into "holidays" of their schedule',
                "import.row-id",
            )
        else:
            found.setdefault(key, []).append(row)
    return found


def _id(schedule: Mapping[str, Any]) -> str:
    return str(schedule.get("id"))


def _calendar(row: Row, beside: Iterable[Row], taken: set[str], source: _Source) -> CalendarFound:
    name = short_name(row.text("name")) or _id(row.values)
    timezone = _zone(row, source.zones)
    own = {"holidays": row.values.get("holidays")}
    rows = [*rows_of(own, "holidays", "id", source.findings), *beside]
    dates: list[dict[str, Any]] = []
    for holiday in rows:
        dates += _dates(holiday, source.findings)
        if len(dates) > MOST_HOLIDAYS:
            raise UnusableFile.because(
                "holidays",
                f"more than {MOST_HOLIDAYS} dates of schedule {shown(name)}",
                "are too many",
                "leave out those that are over",
                "import.too-many",
            )
    holidays = combined(dates)
    for one in holidays.merged:
        source.findings.noted(
            row.place,
            "holidays",
            f"{one['date']} {one['name']}",
            "several holidays lie on this date; they become one",
            "check its name",
            "import.merged",
        )
    document = {
        "schema": "slaclock.calendar/1",
        "name": name,
        "timezone": timezone,
        "windows": _windows(row, source.findings),
        "holidays": list(holidays.holidays),
    }
    return CalendarFound(slug(name, taken, "schedule"), document, _id(row.values))


def _zone(row: Row, zones: frozenset[str]) -> str:
    written = row.text("time_zone")
    name = FRIENDLY.get(written, written)
    if name in zones:
        return name
    raise Unusable(
        "time_zone",
        written or None,
        "is neither a name of Zendesk nor of IANA",
        'write a name such as "Pacific Time (US & Canada)" or America/Los_Angeles',
        "import.timezone",
    )


def _windows(row: Row, findings: Findings) -> list[dict[str, Any]]:
    listed = row.values.get("intervals")
    if listed is None:
        listed = []
    if not isinstance(listed, list) or len(listed) > MOST_ROWS:
        raise Unusable(
            "intervals", listed, "is not a list of intervals", "write a JSON array", "import.type"
        )
    spans: list[tuple[int, int]] = []
    for number, interval in enumerate(listed):
        try:
            spans += _spans(interval, f"intervals[{number}]")
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    joined = _joined(sorted(spans))
    if len(joined) < len(spans):
        findings.noted(
            row.place,
            "intervals",
            len(spans),
            "lie partly over each other; they are joined",
            "check the hours",
            "import.merged",
        )
    if not joined:
        findings.noted(
            row.place,
            "intervals",
            None,
            "are missing, so the calendar never opens and cannot be published",
            "add windows to the calendar",
            "import.no-hours",
        )
    windows = [_window(start, end) for start, end in joined]
    return sorted(windows, key=lambda one: (one["weekday"], one["start"]))


def _spans(interval: object, path: str) -> list[tuple[int, int]]:
    """The interval cut at every midnight, on a week that begins on Sunday."""
    if not isinstance(interval, dict):
        raise Unusable(path, interval, "is not an interval", "write a JSON object", "import.type")
    row = Row(Place(), interval)
    try:
        start, end = row.whole("start_time"), row.whole("end_time")
    except Unusable as wrong:
        raise Unusable(f"{path}.{wrong.fault[0]}", *wrong.fault[1:]) from wrong
    if not (0 <= start < WEEK and 0 <= end <= 2 * WEEK) or end - start > WEEK:
        raise Unusable(
            path,
            f"{start}-{end}",
            "lies outside the week",
            f"write minutes since Sunday midnight, 0 to {WEEK}",
            "import.interval",
        )
    if end == start:
        raise Unusable(
            path,
            f"{start}-{end}",
            "begins and ends at the same time",
            "remove it, or write when it ends",
            "import.interval",
        )
    end = end if end > start else end + WEEK  # it goes on into the next week
    cuts = [start, *range((start // DAY + 1) * DAY, end, DAY), end]
    return [(a % WEEK, a % WEEK + b - a) for a, b in pairwise(cuts)]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those joined that share time; those that touch stay apart."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _window(start: int, end: int) -> dict[str, Any]:
    day = start // DAY
    return {
        "weekday": (day - 1) % 7,
        "start": _clock(start - day * DAY),
        "end": _clock(end - day * DAY),
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _dates(row: Row, findings: Findings) -> list[dict[str, Any]]:
    try:
        first, days = row.date("start_date"), _length(row)
        name = short_name(row.text("name"))
    except Unusable as wrong:
        findings.left(row.place, *wrong.fault)
        return []
    return [{"date": _written(first + timedelta(days=n)), "name": name} for n in range(days)]


def _length(row: Row) -> int:
    """Days from start_date to end_date, both included."""
    days = (row.date("end_date") - row.date("start_date")).days + 1
    if 1 <= days <= LONGEST:
        return days
    raise Unusable(
        "end_date",
        row.text("end_date"),
        f"makes it {days} days long",
        f"write 1 to {LONGEST} days; end_date is the last of them",
        "import.date",
    )


def _written(day: date) -> str:
    return f"{day.year:04}-{day:%m-%d}"
