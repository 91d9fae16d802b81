"""Policies of other software as the sla service takes them; what they mean is its business."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from slaclock.cli.calendar_source import tables_of

__all__ = ["alga_body"]

_ALGA: Final = (
    "sla_policies",
    "sla_policy_targets",
    "sla_notification_thresholds",
    "escalation_managers",
    "sla_settings",
    "status_sla_pause_config",
    "priorities",
    "statuses",
    "boards",
    "clients",
    "business_hours_schedules",
    "business_hours_entries",
    "holidays",
)


def alga_body(file: Path) -> dict[str, Any]:
    """Tables by name: of a JSON file, or of a folder of CSV files.

    Raises:
        BadFile: something cannot be read, or is larger than the service takes.
    """
    return tables_of(file, _ALGA)
