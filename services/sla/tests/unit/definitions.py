"""SLA files: one of the least form, one with every key, and any of them with a change."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

EVERY_KEY = Path(__file__).parents[4] / "examples" / "sla-every-key.json"
FILE: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold",
    "calendars": {
        "office": {
            "timezone": "UTC",
            "windows": [{"weekday": 0, "start": "09:00", "end": "17:30"}],
        }
    },
    "targets": [
        {"metric": "resolution", "priority": "P1", "minutes": 240, "calendar": "24x7"},
        {"metric": "resolution", "priority": None, "minutes": 2400, "calendar": "office"},
        {"metric": "first_response", "priority": None, "minutes": 60, "calendar": "office"},
    ],
    "pause": {"resolution": ["waiting_on_customer", "on_hold"]},
    "reopen": {"resolution": "restart"},
    "thresholds": ["percent:50", "before_due:60", "percent:90", "percent:100"],
    "escalations": [
        {
            "rule_id": "r1",
            "threshold": "percent:90",
            "metric": "resolution",
            "priority": "P1",
            "deliver": [
                {"channel": "webhook", "to": "https://sink.example/x"},
                {"channel": "log", "to": "ops"},
            ],
        }
    ],
}


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of *document* with *value* at *path* (`targets.0.minutes`); ... removes it."""
    copied = copy.deepcopy(document)
    holder: Any = copied
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        holder = holder[part]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return copied
