"""What an SLA promises: targets, pauses, thresholds, escalation rules, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

__all__ = [
    "ALWAYS_OPEN",
    "CATEGORIES_THAT_PAUSE",
    "METRICS",
    "REOPEN",
    "SCHEMA",
    "THRESHOLDS",
    "Agreement",
    "Delivery",
    "InlineCalendar",
    "PublishedCalendar",
    "Rule",
    "Target",
]

SCHEMA: Final = "slaclock.sla/1"
ALWAYS_OPEN: Final = "24x7"
"""The reserved calendar that never closes."""

METRICS: Final = ("first_response", "resolution")
CATEGORIES_THAT_PAUSE: Final = ("waiting_on_customer", "waiting_on_third_party", "on_hold")
REOPEN: Final = ("resume", "restart", "keep")
THRESHOLDS: Final = ("percent:50", "percent:75", "percent:90", "percent:100")
PAUSE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    dict.fromkeys(METRICS, ("waiting_on_customer",))
)
REOPEN_BY_DEFAULT: Final[Mapping[str, str]] = MappingProxyType(
    {"first_response": "keep", "resolution": "resume"}
)


@dataclass(frozen=True, slots=True)
class InlineCalendar:
    """A calendar written into the SLA file."""

    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class PublishedCalendar:
    """A version that the calendar service published."""

    calendar_id: str
    version: int


Calendar: TypeAlias = InlineCalendar | PublishedCalendar


@dataclass(frozen=True, slots=True)
class Target:
    """*metric* within *minutes* of business time of *calendar*.

    Attributes:
        priority: None is the fallback for priorities without a target of their own.
        calendar: a name of the agreement's calendars, or `24x7`.
    """

    metric: str
    priority: str | None
    minutes: int
    calendar: str

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {
            "metric": self.metric,
            "priority": self.priority,
            "minutes": self.minutes,
            "calendar": self.calendar,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """Tell *to*, an address of *channel*."""

    channel: str
    to: str

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {"channel": self.channel, "to": self.to}


@dataclass(frozen=True, slots=True)
class Rule:
    """When a clock crosses *threshold*, deliver.

    Attributes:
        metric: None for every metric.
        priority: None for every priority, and for tickets without one.
    """

    rule_id: str
    threshold: str
    metric: str | None
    priority: str | None
    deliver: tuple[Delivery, ...]

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {
            "rule_id": self.rule_id,
            "threshold": self.threshold,
            "metric": self.metric,
            "priority": self.priority,
            "deliver": [delivery.document() for delivery in self.deliver],
        }

    def can_match(self, target: Target) -> bool:
        """Whether a clock with *target* may ever set this rule off."""
        return self.metric in (None, target.metric) and (
            self.priority is None or target.priority in (None, self.priority)
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """A valid SLA file."""

    sla_id: str
    name: str
    targets: tuple[Target, ...]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    pause: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: PAUSE)
    reopen: Mapping[str, str] = field(default_factory=lambda: REOPEN_BY_DEFAULT)
    thresholds: tuple[str, ...] = THRESHOLDS
    escalations: tuple[Rule, ...] = ()

    def document(self) -> dict[str, Any]:
        """The file with every default written out, without its calendars."""
        return {
            "schema": SCHEMA,
            "sla_id": self.sla_id,
            "name": self.name,
            "targets": [target.document() for target in self.targets],
            "pause": {metric: list(found) for metric, found in self.pause.items()},
            "reopen": dict(self.reopen),
            "thresholds": list(self.thresholds),
            "escalations": [rule.document() for rule in self.escalations],
        }
