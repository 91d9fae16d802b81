"""Escalation rules: what an agreement orders when a clock crosses a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sla_service.domain.agreement import Target

__all__ = [
    "ACTIONS",
    "CONDITIONS",
    "Act",
    "Conditions",
    "Delivery",
    "QuietHours",
    "Recipient",
    "Repeat",
    "Rule",
]

CONDITIONS: Final = ("priority", "customer", "group")
ACTIONS: Final = ("notify", "reassign", "raise_priority", "webhook")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Tell *to*, an address of *channel*."""

    channel: str
    to: str

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {"channel": self.channel, "to": self.to}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Tickets that carry one of the listed values in each listed field; all where none is.

    Attributes:
        fields: values by `priority`, `customer` or `group`.
        attributes: values by the name of an attribute of the ticket.
    """

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.fields or self.attributes)

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        written: dict[str, Any] = {name: list(values) for name, values in self.fields.items()}
        if self.attributes:
            written["attributes"] = {name: list(one) for name, one in self.attributes.items()}
        return written


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell: *kind* is `role`, `person`, `group`, or a channel with its address."""

    kind: str
    name: str

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        if self.kind in {"role", "person", "group"}:
            return {self.kind: self.name}
        return {"channel": self.kind, "to": self.name}


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do beside telling: its kind, and with what."""

    kind: str
    detail: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {"kind": self.kind, **self.detail}


@dataclass(frozen=True, slots=True)
class Repeat:
    """Again *every* so many business minutes, until acknowledged, *at_most* so many times."""

    every: int
    at_most: int

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {"every": self.every, "at_most": self.at_most}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Nobody is told between two times of day (`HH:MM`) of a zone; `end` may be the next day's."""

    timezone: str
    start: str
    end: str

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {"timezone": self.timezone, "from": self.start, "to": self.end}


@dataclass(frozen=True, slots=True)
class Rule:
    """When a clock crosses *threshold*, deliver.

    Attributes:
        metric: None for every metric.
        priority: None for every priority, and for tickets without one.
        level: 1 for the first people to hear of it; None outside of any order.
        delivery_calendar: a name of the agreement's calendars: people are told in its hours.
    """

    rule_id: str
    threshold: str
    metric: str | None
    priority: str | None
    deliver: tuple[Delivery, ...]
    level: int | None = None
    conditions: Conditions = field(default_factory=Conditions)
    recipients: tuple[Recipient, ...] = ()
    actions: tuple[Act, ...] = ()
    repeat: Repeat | None = None
    quiet_hours: QuietHours | None = None
    delivery_calendar: str | None = None

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it; keys after the least form only where they say something."""
        written: dict[str, Any] = {
            "rule_id": self.rule_id,
            "threshold": self.threshold,
            "metric": self.metric,
            "priority": self.priority,
            "deliver": [delivery.document() for delivery in self.deliver],
        }
        more = {
            "level": self.level,
            "conditions": self.conditions.document(),
            "recipients": [one.document() for one in self.recipients],
            "actions": [one.document() for one in self.actions],
            "repeat": None if self.repeat is None else self.repeat.document(),
            "quiet_hours": None if self.quiet_hours is None else self.quiet_hours.document(),
            "delivery_calendar": self.delivery_calendar,
        }
        return written | {key: value for key, value in more.items() if value}

    def wants(self, priority: str | None) -> bool:
        """Whether a ticket of *priority* may set this rule off; None is one without priority."""
        listed = self.conditions.fields.get("priority")
        return self.priority in (None, priority) and (listed is None or priority in listed)

    def can_match(self, target: Target) -> bool:
        """Whether a clock with *target* may ever set this rule off."""
        if self.metric not in (None, target.metric):
            return False
        if target.priority is not None:
            return self.wants(target.priority)
        listed = self.conditions.fields.get("priority")
        return self.priority is None or listed is None or self.priority in listed
