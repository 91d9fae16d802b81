"""The words of the SLA management design for how bad it is, and of what."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["BreachType", "RiskLevel", "Severity", "breach_type", "risk_of"]


class RiskLevel(StrEnum):
    """How close an open clock is to its breach: LOW, from 50 % MEDIUM, 75 % HIGH, 90 % CRITICAL."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Severity(StrEnum):
    """How bad a breach is: by the rank of its target among those of its SLA."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class BreachType(StrEnum):
    """Which promise; the design knows the first two."""

    RESPONSE = "RESPONSE"
    RESOLUTION = "RESOLUTION"
    NEXT_REPLY = "NEXT_REPLY"
    PERIODIC_UPDATE = "PERIODIC_UPDATE"


def breach_type(metric: str) -> BreachType:
    """That of a metric; `first_response` is RESPONSE.

    Raises:
        ValueError: a metric that this client does not know.
    """
    return BreachType("RESPONSE" if metric == "first_response" else metric.upper())


def risk_of(used: float) -> RiskLevel:
    """The risk of an open clock that has *used* this share of its target."""
    if used >= 0.90:
        return RiskLevel.CRITICAL
    if used >= 0.75:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if used >= 0.50 else RiskLevel.LOW
