"""What the screen needs of an agreement: its name, and the calendar that counts for a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AROUND_THE_CLOCK = "24x7"
"""The reserved calendar name: all time is business time."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which calendar counts for a metric and priority.

    Attributes:
        metric: such as `resolution`.
        priority: None for the fallback of the metric.
        calendar: hash of the calendar's snapshot; None for around the clock.
    """

    metric: str
    priority: str | None
    calendar: str | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One published version of an SLA, by the hash that clocks name it with."""

    tenant: str
    hash: str
    sla_id: str
    version: int
    name: str
    targets: tuple[Target, ...]
    calendars: Mapping[str, Mapping[str, Any]]

    def target(self, metric: str, priority: str) -> Target | None:
        """The target for *priority*, else the metric's fallback, else None."""
        of_metric = [target for target in self.targets if target.metric == metric]
        for wanted in (priority, None):
            for target in of_metric:
                if target.priority == wanted:
                    return target
        return None


def read_agreement(
    tenant: str, content_hash: str, sla_id: str, version: int, snapshot: Mapping[str, Any]
) -> Agreement:
    """From the snapshot of `sla.agreement.published`.

    Raises:
        KeyError, TypeError: the snapshot names a calendar that it does not hold, or is no
            snapshot of an SLA at all.
    """
    named = {name: found["hash"] for name, found in snapshot.get("calendars", {}).items()}
    held = snapshot.get("calendar_snapshots", {})
    targets = []
    for target in snapshot["targets"]:
        name = target["calendar"]
        wanted = None if name == AROUND_THE_CLOCK else named[name]
        if wanted is not None and wanted not in held:
            raise KeyError(wanted)
        targets.append(Target(target["metric"], target.get("priority"), wanted))
    return Agreement(
        tenant=tenant,
        hash=content_hash,
        sla_id=sla_id,
        version=version,
        name=str(snapshot.get("name") or sla_id),
        targets=tuple(targets),
        calendars=dict(held),
    )
