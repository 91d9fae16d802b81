"""Roles that an agreement names, and the figures that they answer for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sla_service.domain.rule import Recipient

__all__ = ["GOAL", "Kpi", "Role", "kpi_templates"]

GOAL: Final = Decimal(95)
"""Percent, where a KPI names none."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """Compliance of *metric* should reach *target* percent in each *period*.

    Attributes:
        priority: None for tickets of every priority.
    """

    metric: str
    target: Decimal = GOAL
    period: str = "month"
    priority: str | None = None

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {
            "metric": self.metric,
            "target": f"{self.target:.2f}",
            "period": self.period,
            "priority": self.priority,
        }


@dataclass(frozen=True, slots=True)
class Role:
    """Who stands behind a role's name, and what they answer for."""

    recipients: tuple[Recipient, ...] = ()
    kpis: tuple[Kpi, ...] = ()

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {
            "recipients": [one.document() for one in self.recipients],
            "kpis": [one.document() for one in self.kpis],
        }


def kpi_templates(roles: Mapping[str, Role], metrics: Sequence[str]) -> list[dict[str, Any]]:
    """What a publication generates for each role: its own KPIs, else one for each metric.

    Args:
        roles: by name.
        metrics: those with a target.
    """
    return [
        {
            "kpi_id": ".".join(filter(None, (name, kpi.metric, kpi.priority, kpi.period))),
            "role": name,
            "measure": "compliance",
            **kpi.document(),
        }
        for name, role in roles.items()
        for kpi in role.kpis or tuple(map(Kpi, metrics))
    ]
