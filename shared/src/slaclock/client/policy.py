"""A published SLA as the policies of the SLA management design: one for each priority."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from slaclock.client.levels import Severity

__all__ = ["EscalationRule", "PolicyTarget", "SLAPolicy", "VersionPolicies", "policies_of"]

_BEYOND: Final = re.compile(r"after_due:\d+|percent:(\d+)")
_RANKS: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM)


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """A promise: so many business minutes of a calendar; `24x7` is around the clock."""

    metric: str
    minutes: int
    calendar: str


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """What the SLA orders at a threshold.

    Attributes:
        metric: None for every metric.
        level: 1 for the first people to hear of it; None outside of any order.
        document: the whole rule, as the snapshot has it.
    """

    rule_id: str
    threshold: str
    metric: str | None
    level: int | None
    document: Mapping[str, Any] = field(hash=False)

    @property
    def at_breach(self) -> bool:
        """Whether it acts when the target is missed, or later."""
        found = _BEYOND.fullmatch(self.threshold)
        return found is not None and (found[1] is None or int(found[1]) >= 100)

    def wants(self, priority: str | None) -> bool:
        """Whether a ticket of *priority* may set it off."""
        listed = self.document.get("conditions", {}).get("priority")
        return self.document.get("priority") in (None, priority) and (
            listed is None or priority in listed
        )


@dataclass(frozen=True, slots=True)
class SLAPolicy:
    """What a version of an SLA promises to tickets of one priority.

    Attributes:
        id: `<sla_id>@<version>`, then `:` and the priority where it names one.
        priority_level: the helpdesk's word; None is the row for all other priorities.
        response_time_minutes: target of `first_response`; None without one.
        resolution_time_hours: target of `resolution`; None without one. `targets` has minutes.
        business_hours_only: every target counts in the hours of a calendar, none around the clock.
        escalation_rules: those that tickets of this priority may set off.
        created_at: publication of the SLA's first version, UTC.
        updated_at: publication of this version, UTC.
        snapshot: SHA-256 of what was published, for who must prove it.
        targets: all of them, of other metrics too.
    """

    id: str
    name: str
    priority_level: str | None
    response_time_minutes: int | None
    resolution_time_hours: float | None
    business_hours_only: bool
    escalation_rules: tuple[EscalationRule, ...]
    created_at: datetime
    updated_at: datetime
    sla_id: str
    version: int
    snapshot: str
    targets: tuple[PolicyTarget, ...]

    def target(self, metric: str) -> PolicyTarget | None:
        """The promise about *metric*, if there is one."""
        return next((one for one in self.targets if one.metric == metric), None)

    def escalates(self, metric: str) -> bool:
        """Whether missing the target of *metric* sets off an escalation."""
        return any(
            rule.at_breach and rule.metric in (None, metric) for rule in self.escalation_rules
        )


@dataclass(frozen=True, slots=True)
class VersionPolicies:
    """The policies of one version of an SLA, one a priority, the fallback last."""

    rows: tuple[SLAPolicy, ...]

    def of(self, priority: str | None) -> SLAPolicy | None:
        """The row of *priority*, else that for all others; None where there is neither."""
        found = {row.priority_level: row for row in self.rows}
        return found.get(priority, found.get(None))

    def severity(self, metric: str, priority: str | None) -> Severity | None:
        """How bad missing a target is: the tighter it is among its SLA's rows, the worse.

        The tightest is CRITICAL, the second HIGH, the third MEDIUM, all others LOW; the only one
        is MEDIUM. Equal minutes share a rank. None where the SLA promises nothing of *metric*.
        """
        row = self.of(priority)
        target = None if row is None else row.target(metric)
        if target is None:
            return None
        promised = (one.target(metric) for one in self.rows)
        ranks = sorted({one.minutes for one in promised if one is not None})
        if len(ranks) == 1:
            return Severity.MEDIUM
        rank = ranks.index(target.minutes)
        return _RANKS[rank] if rank < len(_RANKS) else Severity.LOW


def policies_of(
    snapshot: Mapping[str, Any], *, hash_: str, created_at: datetime, updated_at: datetime
) -> VersionPolicies:
    """The policies that *snapshot*, a published version, amounts to."""
    targets: Sequence[Mapping[str, Any]] = snapshot["targets"]
    named = dict.fromkeys(one["priority"] for one in targets)
    priorities = sorted(named, key=lambda one: one is None)  # the fallback last, else as written
    rules = [
        EscalationRule(one["rule_id"], one["threshold"], one.get("metric"), one.get("level"), one)
        for one in snapshot.get("escalations", ())
    ]
    sla_id, version = snapshot["sla_id"], snapshot["version"]
    rows = []
    for priority in priorities:
        held = _targets(targets, priority)
        minutes = {one.metric: one.minutes for one in held}
        resolution = minutes.get("resolution")
        rows.append(
            SLAPolicy(
                id=f"{sla_id}@{version}" + ("" if priority is None else f":{priority}"),
                name=snapshot["name"],
                priority_level=priority,
                response_time_minutes=minutes.get("first_response"),
                resolution_time_hours=None if resolution is None else resolution / 60,
                business_hours_only=all(one.calendar != "24x7" for one in held),
                escalation_rules=tuple(rule for rule in rules if rule.wants(priority)),
                created_at=created_at,
                updated_at=updated_at,
                sla_id=sla_id,
                version=version,
                snapshot=hash_,
                targets=held,
            )
        )
    return VersionPolicies(tuple(rows))


def _targets(
    targets: Iterable[Mapping[str, Any]], priority: str | None
) -> tuple[PolicyTarget, ...]:
    """Those of *priority*; where it has none of a metric, those for all others."""
    held: dict[str, PolicyTarget] = {}
    for wanted in dict.fromkeys((None, priority)):
        for one in targets:
            if one["priority"] == wanted:
                held[one["metric"]] = PolicyTarget(one["metric"], one["minutes"], one["calendar"])
    return tuple(held.values())
