"""What an SLA promises: targets, pauses, thresholds, escalation rules, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from sla_service.domain.course import COURSES, Course
from sla_service.domain.credit import Credit
from sla_service.domain.metric import METRICS
from sla_service.domain.role import Role, kpi_templates
from sla_service.domain.rule import Rule

__all__ = [
    "AGREEMENT_TYPES",
    "ALWAYS_OPEN",
    "CATEGORIES_THAT_PAUSE",
    "REOPEN",
    "SCHEMA",
    "THRESHOLDS",
    "Agreement",
    "AgreementType",
    "InlineCalendar",
    "PublishedCalendar",
    "Target",
]

SCHEMA: Final = "slaclock.sla/1"
ALWAYS_OPEN: Final = "24x7"
"""The reserved calendar that never closes."""

AgreementType: TypeAlias = Literal["sla", "ola", "underpinning"]
AGREEMENT_TYPES: Final[Mapping[str, str | None]] = MappingProxyType(
    {"sla": None, "ola": "group", "underpinning": "vendor"}
)
"""By type the key that says whose it is: a group promises an OLA, a vendor what underpins."""

CATEGORIES_THAT_PAUSE: Final = ("waiting_on_customer", "waiting_on_third_party", "on_hold")
REOPEN: Final = ("resume", "restart", "keep")
THRESHOLDS: Final = ("percent:50", "percent:75", "percent:90", "percent:100")
WRITTEN_ALWAYS: Final = ("first_response", "resolution")
"""Metrics whose pauses and reopening stand in every snapshot; the others where they are used."""

PAUSE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    dict.fromkeys(METRICS, ("waiting_on_customer",))
)
REOPEN_BY_DEFAULT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first_response": "keep",
        "next_reply": "restart",
        "periodic_update": "restart",
        "resolution": "resume",
    }
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
Thresholds: TypeAlias = tuple[str, ...] | Mapping[str, tuple[str, ...]]
"""One list for all metrics, or one for each metric."""


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
class Agreement:
    """A valid SLA file.

    Attributes:
        pause, reopen: of every metric that counts, see `metrics`.
        courses: of metrics whose beginning and end are not those of every agreement.
        belongs_to: the group of an OLA, the vendor of an underpinning contract.
    """

    sla_id: str
    name: str
    targets: tuple[Target, ...]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    pause: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: PAUSE)
    reopen: Mapping[str, str] = field(default_factory=lambda: REOPEN_BY_DEFAULT)
    thresholds: Thresholds = THRESHOLDS
    escalations: tuple[Rule, ...] = ()
    courses: Mapping[str, Course] = field(default_factory=dict)
    credits: tuple[Credit, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    agreement_type: AgreementType = "sla"
    belongs_to: str | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that a target promises, in their order."""
        promised = {target.metric for target in self.targets}
        return tuple(metric for metric in METRICS if metric in promised)

    def announced(self, metric: str) -> tuple[str, ...]:
        """The thresholds of *metric*."""
        if isinstance(self.thresholds, Mapping):
            return self.thresholds.get(metric, THRESHOLDS)
        return self.thresholds

    def course(self, metric: str) -> Course:
        """What begins and fulfils *metric*."""
        return self.courses.get(metric, COURSES[metric])

    def target_for(self, metric: str, priority: str | None) -> Target | None:
        """What a ticket of *priority* gets: its own target, else the fallback, else none."""
        found = {target.priority: target for target in self.targets if target.metric == metric}
        return found.get(priority, found.get(None))

    def document(self) -> dict[str, Any]:
        """The file with every default written out, without its calendars.

        Keys that came after the least form stand there only where they say something: the
        snapshot of a file that does not use them is what it always was.
        """
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "sla_id": self.sla_id,
            "name": self.name,
            "targets": [target.document() for target in self.targets],
            "pause": {metric: list(found) for metric, found in self.pause.items()},
            "reopen": dict(self.reopen),
            "thresholds": _written(self.thresholds),
            "escalations": [rule.document() for rule in self.escalations],
        }
        if self.courses:
            document["metrics"] = {name: one.document() for name, one in self.courses.items()}
        if self.credits:
            document["credits"] = [credit.document() for credit in self.credits]
        if self.roles:
            document["roles"] = {name: role.document() for name, role in self.roles.items()}
            document["kpi_templates"] = kpi_templates(self.roles, self.metrics)
        if (holder := AGREEMENT_TYPES[self.agreement_type]) is not None:
            document |= {"agreement_type": self.agreement_type, holder: self.belongs_to}
        return document


def _written(thresholds: Thresholds) -> list[str] | dict[str, list[str]]:
    if isinstance(thresholds, Mapping):
        return {metric: list(found) for metric, found in thresholds.items()}
    return list(thresholds)
