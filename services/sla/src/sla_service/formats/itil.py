"""The ITIL default set of Alga PSA, as it generates it for boards with ITIL priorities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sla_service.domain.agreement import PublishedCalendar
from sla_service.formats.alga import read_alga_policies
from sla_service.formats.found import Policies, SlaFound
from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.foreign.findings import UnusableFile

__all__ = ["ITIL_ID", "itil_tables", "read_itil"]

ITIL_ID: Final = "itil-standard"
_POLICY: Final = "itil"
_SCHEDULE: Final = "office-hours"
_TARGETS: Final = (
    ("P1", 15, 60, True),
    ("P2", 30, 240, False),
    ("P3", 60, 1440, False),
    ("P4", 240, 4320, False),
    ("P5", 480, 10080, False),
)
"""Priority, minutes to respond and to resolve, and whether they run around the clock."""
_TOLD: Final = (
    (50, False, False, ("in_app",)),
    (75, True, False, ("in_app",)),
    (90, True, True, ("in_app", "email")),
    (100, True, True, ("in_app", "email")),
)
"""Percent, whether board and escalation managers are told beside the assignee, and where."""


def itil_tables(timezone: str) -> Mapping[str, Any]:
    """The set as rows of Alga PSA's tables, with an office week of Monday to Friday 08:00-18:00."""
    return {
        "sla_policies": [
            {
                "sla_policy_id": _POLICY,
                "policy_name": "ITIL Standard",
                "business_hours_schedule_id": _SCHEDULE,
                "is_default": False,
            }
        ],
        "sla_policy_targets": [
            {
                "target_id": priority,
                "sla_policy_id": _POLICY,
                "priority_id": priority,
                "response_time_minutes": response,
                "resolution_time_minutes": resolution,
                "escalation_1_percent": 70,
                "escalation_2_percent": 90,
                "escalation_3_percent": 110,
                "is_24x7": always,
            }
            for priority, response, resolution, always in _TARGETS
        ],
        "priorities": [{"priority_id": one[0], "priority_name": one[0]} for one in _TARGETS],
        "sla_notification_thresholds": [
            {
                "threshold_id": f"{percent} %",
                "sla_policy_id": _POLICY,
                "threshold_percent": percent,
                "notification_type": "breach" if percent >= 100 else "warning",
                "notify_assignee": True,
                "notify_board_manager": manager,
                "notify_escalation_manager": escalation,
                "channels": list(channels),
            }
            for percent, manager, escalation, channels in _TOLD
        ],
        "sla_settings": [{"pause_on_awaiting_client": True}],
        "business_hours_schedules": [
            {
                "schedule_id": _SCHEDULE,
                "schedule_name": "Office hours",
                "timezone": timezone,
                "is_default": True,
                "is_24x7": False,
            }
        ],
        "business_hours_entries": [
            {
                "entry_id": f"day {day}",
                "schedule_id": _SCHEDULE,
                "day_of_week": day,
                "start_time": "08:00:00",
                "end_time": "18:00:00",
                "is_enabled": True,
            }
            for day in range(1, 6)
        ],
    }


def read_itil(
    *,
    sla_id: str = ITIL_ID,
    timezone: str = "UTC",
    published: PublishedCalendar | None = None,
    files: ZoneFiles = PACKAGED,
) -> Policies:
    """The set as an SLA file.

    Args:
        sla_id: what to call it.
        timezone: IANA name, of the office week.
        published: a calendar in place of the office week.
        files: known zones.

    Raises:
        UnusableFile: the zone is not known.
    """
    if timezone not in files.names():
        raise UnusableFile.because(
            "timezone",
            timezone,
            "is not a time zone of IANA",
            "write a name such as Europe/London",
            "import.timezone",
        )
    found = read_alga_policies(itil_tables(timezone), published=published, files=files)
    (one,) = found.slas
    named = SlaFound(sla_id, {**one.document, "sla_id": sla_id}, one.source)
    return replace(found, format="itil-default", slas=(named,))
