"""Service credits: what a period of poor compliance is worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sla_service.domain.rule import Conditions

__all__ = ["PERIODS", "Credit", "Tier"]

PERIODS: Final = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Tier:
    """*percent* of the period's fee where compliance lies *below* (percent, excluded)."""

    below: Decimal
    percent: Decimal

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it: decimal texts with two places."""
        return {"below": f"{self.below:.2f}", "percent": f"{self.percent:.2f}"}


@dataclass(frozen=True, slots=True)
class Credit:
    """What is owed for *metric* by *period*.

    Attributes:
        tiers: the highest `below` first, whatever the order of the file.
        cap: percent of the period's fee that is never exceeded.
        minimum_tickets: with fewer in the period nothing is owed.
        exclusions: tickets that fulfil one of them do not count.
    """

    credit_id: str
    metric: str
    period: str
    tiers: tuple[Tier, ...]
    cap: Decimal = Decimal(100)
    minimum_tickets: int = 1
    exclusions: tuple[Conditions, ...] = ()

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it, every default written out."""
        return {
            "credit_id": self.credit_id,
            "metric": self.metric,
            "period": self.period,
            "tiers": [tier.document() for tier in self.tiers],
            "cap": f"{self.cap:.2f}",
            "minimum_tickets": self.minimum_tickets,
            "exclusions": [one.document() for one in self.exclusions],
        }
