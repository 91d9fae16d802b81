"""Snapshots that are no calendars, each with the places and codes of its faults."""

from __future__ import annotations

from typing import Any, Final

from tests.conformance.writing import Vectors

from slaclock.business_time import BusinessCalendar, InvalidCalendar
from slaclock.testing.calendars import hours

__all__ = ["add_refusals"]

DAY: Final = {"weekday": 0, "start": "09:00", "end": "17:00"}
ZONE: Final = {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"}
PART: Final = {"date": "2026-12-25", "from": "12:00", "to": "12:00"}
OVER: Final = {"date": "2026-12-24", "windows": [{"start": "09:00", "end": "13:00"}]}
CASES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("no windows key", {"windows": None}),
    ("no open hours", {"windows": []}),
    ("never open: closed by overrides", {"windows": [], "overrides": [OVER | {"windows": []}]}),
    ("weekday 7", {"windows": [DAY | {"weekday": 7}]}),
    ("a weekday's name", {"windows": [DAY | {"weekday": "Mon"}]}),
    ("one digit", {"windows": [DAY | {"start": "9:00"}]}),
    ("begins at 24:00", {"windows": [DAY | {"start": "24:00"}]}),
    ("minute 60", {"windows": [DAY | {"end": "17:60"}]}),
    ("empty window", {"windows": [DAY | {"end": "09:00"}]}),
    ("overlap", {"windows": [DAY, DAY | {"start": "16:59", "end": "18:00"}]}),
    ("overlap across midnight", {"windows": hours("Mon 22:00-06:00", "Tue 05:59-09:00")}),
    ("overlap across the week's end", {"windows": hours("Mon 05:59-09:00", "Sun 22:00-06:00")}),
    ("overtime in regular hours", {"overtime_windows": [DAY | {"multiplier": "1.5"}]}),
    (
        "overtime in overtime",
        {
            "overtime_windows": [
                {"weekday": 5, "start": "20:00", "end": "02:00", "multiplier": "1.5"},
                {"weekday": 6, "start": "01:00", "end": "03:00", "multiplier": "2"},
            ]
        },
    ),
    ("a number as multiplier", {"overtime_windows": [DAY | {"weekday": 5, "multiplier": 1.5}]}),
    ("30 February", {"holidays": [{"date": "2026-02-30"}]}),
    (
        "29 February of a common year",
        {"holidays": [{"date": "2026-02-29", "recurrence": "yearly"}]},
    ),
    ("monthly", {"holidays": [{"date": "2026-12-25", "recurrence": "monthly"}]}),
    ("holiday twice", {"holidays": [{"date": "2026-12-25"}, {"date": "2026-12-25"}]}),
    (
        "yearly holiday twice",
        {
            "holidays": [
                {"date": "2026-12-25", "recurrence": "yearly"},
                {"date": "2020-12-25", "recurrence": "yearly"},
            ]
        },
    ),
    ("empty part of a day", {"holidays": [PART]}),
    ("part across midnight", {"holidays": [PART | {"from": "18:00", "to": "06:00"}]}),
    ("override twice", {"overrides": [OVER, OVER]}),
    ("override without windows", {"overrides": [{"date": "2026-12-24"}]}),
    ("unknown rule", {"holiday_rule": "both"}),
    ("unknown type", {"type": "personal"}),
    ("another schema", {"schema": "slaclock.calendar/2"}),
    ("another zone", {"zone": ZONE | {"name": "Europe/London"}}),
    ("no transitions", {"zone": ZONE | {"transitions": []}}),
    ("not from second 0", {"zone": ZONE | {"transitions": [[1, 0]]}}),
    ("out of order", {"zone": ZONE | {"transitions": [[0, 0], [9, 3600], [9, 0]]}}),
    ("no rule", {"zone": ZONE | {"tail": "nonsense"}}),
    ("a rule that does not know the last offset", {"zone": ZONE | {"tail": "XST-3"}}),
    (
        "everything at once",
        {
            "windows": [DAY | {"end": "25:00"}, DAY | {"weekday": -1}, DAY, DAY],
            "holidays": [{"date": "2026-13-01"}, {"date": "2026-12-25", "from": "x", "to": "y"}],
            "overrides": [{"date": "today", "windows": [{"start": "01:00", "end": "01:00"}]}],
            "holiday_rule": "both",
        },
    ),
)


def add_refusals(found: Vectors) -> None:
    """What reading refuses; the order of faults is free, so they are sorted."""
    for name, keys in CASES:
        snapshot = {"timezone": "UTC", "windows": [DAY], "zone": ZONE} | keys
        try:
            BusinessCalendar.from_snapshot(snapshot)
        except InvalidCalendar as refusal:
            faults = sorted(
                ({"field": fault.field, "code": fault.code} for fault in refusal.faults),
                key=lambda fault: (fault["field"], fault["code"]),
            )
            found.refusals.append(
                {"id": name, "snapshot": snapshot, "error": refusal.code, "faults": faults}
            )
        else:
            raise ValueError(f"{name} is not refused")
