"""Policies of other software as the sla service takes them; what they mean is its business."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from slaclock.cli.calendar_source import tables_of

__all__ = ["alga_body", "zendesk_body"]

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
_BESIDE: Final = ("schedules", "schedule", "holidays")


def alga_body(file: Path) -> dict[str, Any]:
    """Tables by name: of a JSON file, or of a folder of CSV files.

    Raises:
        BadFile: something cannot be read, or is larger than the service takes.
    """
    return tables_of(file, _ALGA)


def zendesk_body(file: Path, schedules: Path | None) -> dict[str, Any]:
    """What Zendesk answered, with the schedules of a second file beside the policies.

    Raises:
        BadFile: something cannot be read, or is larger than the service takes.
    """
    beside = {} if schedules is None else tables_of(schedules, ())
    return tables_of(file, (), {key: beside[key] for key in _BESIDE if key in beside})
