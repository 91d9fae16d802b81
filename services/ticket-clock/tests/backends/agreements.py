"""SLAs and calendars made around an instant, so that it is due on that instant.

What a ticket's opening must be is computed here by plain arithmetic of instants, not by the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slaclock.business_time import seal
from slaclock.contracts.canonical import content_hash

from ..desk import sla

DAY = 1440
"""Minutes."""

EVERY_DAY = range(7)


def agreement(
    targets: Mapping[str | None, tuple[str, int]],
    calendars: Mapping[str, dict[str, Any]] | None = None,
    *,
    thresholds: tuple[str, ...] = ("percent:100",),
    **more: Any,
) -> dict[str, Any]:
    """An SLA snapshot: (calendar, minutes) of the resolution by priority."""
    sealed = {
        name: seal(calendar, calendar_id=name, version=1)
        for name, calendar in (calendars or {}).items()
    }
    return sla(
        targets=[
            {"metric": "resolution", "priority": priority, "minutes": minutes, "calendar": name}
            for priority, (name, minutes) in targets.items()
        ],
        calendars={
            name: {"hash": content_hash(snapshot), "calendar_id": name, "version": 1}
            for name, snapshot in sealed.items()
        },
        calendar_snapshots={content_hash(snapshot): snapshot for snapshot in sealed.values()},
        thresholds=list(thresholds),
        **more,
    )


@dataclass(frozen=True)
class Case:
    """A ticket that is due at one instant.

    Attributes:
        calendar: None for 24x7.
        minutes: its target.
        opened_at: when it must be opened therefore.
        waits: (from, to) for which it waits for the customer.
    """

    calendar: dict[str, Any] | None
    minutes: int
    opened_at: datetime
    waits: tuple[datetime, datetime] | None = None


def open_on(*weekdays: int, zone: str = "UTC", closed: tuple[date, bool] | None = None) -> Any:
    """Open around the clock on *weekdays*, except on a holiday (date, every year)."""
    holidays = []
    if closed is not None:
        day, yearly = closed
        holidays = [{"date": day.isoformat(), "name": "closed"}]
        if yearly:
            holidays[0]["recurrence"] = "yearly"
    return {
        "timezone": zone,
        "windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in weekdays],
        "holidays": holidays,
    }


def cases(due: datetime) -> dict[str, Case]:
    """Tickets that are all due at *due*."""
    today = due.astimezone(UTC).date()
    yesterday = today - timedelta(days=1)
    week = [day for day in EVERY_DAY if day not in weekdays_before(today, 2)]
    target = timedelta(minutes=DAY)
    found = {
        "weekdays": Case(
            open_on(today.weekday(), yesterday.weekday()), 60, due - timedelta(minutes=60)
        ),
        "weekend": Case(open_on(*week), DAY, due - target - timedelta(days=2)),
        "holiday": Case(
            open_on(*EVERY_DAY, closed=(yesterday, False)), DAY, due - target - timedelta(days=1)
        ),
        "yearly-holiday": Case(
            open_on(*EVERY_DAY, closed=(yesterday.replace(year=2020), True)),
            DAY,
            due - target - timedelta(days=1),
        ),
        "pause": Case(
            None,
            120,
            due - timedelta(minutes=180),
            (due - timedelta(minutes=170), due - timedelta(minutes=110)),
        ),
        "24x7": Case(None, 120, due - timedelta(minutes=120)),
    }
    for zone in ("America/New_York", "Europe/London"):
        day = due.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
        closed_for = midnight(day + timedelta(days=1), zone) - midnight(day, zone)
        calendar = open_on(*EVERY_DAY, zone=zone, closed=(day, False))
        found[zone] = Case(calendar, DAY, due - target - closed_for)
    for number, day in enumerate(shifts(due, "America/New_York")):
        found[f"dst-{number}"] = across(day, due, "America/New_York")
    return found


def across(day: date, due: datetime, zone: str) -> Case:
    """Open around the clock, except on *day*, on which clocks are set: 23 or 25 hours."""
    begins, ends = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    after = due - ends
    minutes = after // timedelta(minutes=1) + 60
    before = timedelta(minutes=minutes) - after
    return Case(open_on(*EVERY_DAY, zone=zone, closed=(day, False)), minutes, begins - before)


def weekdays_before(day: date, count: int) -> set[int]:
    """Weekdays of the days before *day*."""
    return {(day - timedelta(days=back)).weekday() for back in range(1, count + 1)}


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def shifts(before: datetime, zone: str) -> list[date]:
    """The last two days before an instant that are longer or shorter than 24 hours."""
    day = before.astimezone(ZoneInfo(zone)).date() - timedelta(days=2)
    found: list[date] = []
    while len(found) < 2:
        if midnight(day + timedelta(days=1), zone) - midnight(day, zone) != timedelta(days=1):
            found.append(day)
        day -= timedelta(days=1)
    return found
