"""What an SLA orders when a clock goes beyond a threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone
from typing import Any

from escalation_service.domain.announcement import Crossing
from slaclock.business_time.zone import Zone
from slaclock.errors import Fault, Refusal


class UnreadableRules(Refusal):
    """The snapshot's escalation rules do not have the shape that we know."""

    code = "agreement.unreadable-rules"


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """Tell *to* by *channel*: one delivery.

    A channel that this version does not know is kept: its delivery fails with a reason, and the
    other actions of the rule go out.
    """

    channel: str
    to: str

    def __post_init__(self) -> None:
        if not self.channel or not self.to:
            raise ValueError("an action names its channel and its recipient")


@dataclass(frozen=True, slots=True)
class Rule:
    """When a clock of *metric* crosses *threshold*, do *actions*.

    Attributes:
        metric: None for every metric.
        priorities: None for every priority, also for tickets without one.
        unjudged: conditions on tickets that this version cannot judge. A rule with one never
            applies: to tell people of tickets that the rule leaves out would be worse.
    """

    rule_id: str
    threshold: str
    actions: tuple[Action, ...]
    metric: str | None = None
    priorities: frozenset[str] | None = None
    unjudged: frozenset[str] = frozenset()

    def applies_to(self, crossing: Crossing) -> bool:
        """Whether *crossing* is what this rule waits for."""
        return (
            not self.unjudged
            and self.threshold == crossing.threshold
            and self.metric in (None, crossing.metric)
            and (self.priorities is None or crossing.priority in self.priorities)
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """The part of an SLA snapshot that concerns escalation.

    Attributes:
        rules: in the file's order.
        zones: time zones of its calendars by IANA name, as the snapshot carries them.
    """

    rules: tuple[Rule, ...] = ()
    zones: Mapping[str, Zone] = field(default_factory=dict)

    def with_local_time(self, crossing: Crossing) -> Crossing:
        """*crossing* with `due_local`, where its zone is known here."""
        zone = self.zones.get(crossing.timezone)
        if zone is None or crossing.due_at is None:
            return crossing
        offset = timedelta(seconds=zone.offset_at(int(crossing.due_at.timestamp())))
        return replace(crossing, due_local=crossing.due_at.astimezone(timezone(offset)))

    def ordered_by(self, crossing: Crossing) -> Iterator[tuple[Rule, Action]]:
        """Every action that *crossing* sets off, each once per rule, in the file's order."""
        for rule in self.rules:
            if rule.applies_to(crossing):
                for action in dict.fromkeys(rule.actions):
                    yield rule, action


def read_rules(escalations: object) -> tuple[Rule, ...]:
    """The rules of a snapshot's `escalations` list.

    Raises:
        UnreadableRules: with every fault found.
    """
    if not isinstance(escalations, list):
        raise UnreadableRules(
            faults=[Fault("escalations", escalations, "not a list", "publish a list of rules")]
        )
    rules: list[Rule] = []
    faults: list[Fault] = []
    for position, raw in enumerate(escalations):
        try:
            rules.append(_rule(raw))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faults.append(
                Fault(
                    f"escalations[{position}]",
                    raw,
                    f"not a rule: {type(error).__name__} {error}",
                    "give rule_id, threshold, metric and deliver: [{channel, to}]",
                )
            )
    if faults:
        raise UnreadableRules(faults=faults)
    return tuple(rules)


def _rule(raw: Mapping[str, Any]) -> Rule:
    priorities = raw.get("priorities", raw.get("priority"))
    if isinstance(priorities, str):
        priorities = [priorities]
    conditions = dict(raw.get("conditions") or {})
    wanted = conditions.pop("priority", priorities)
    listed = None if wanted is None else frozenset(map(_text, wanted))
    if listed is not None and priorities is not None:
        listed &= frozenset(map(_text, priorities))
    return Rule(
        rule_id=_text(raw["rule_id"]),
        threshold=_text(raw["threshold"]),
        metric=None if raw.get("metric") is None else _text(raw["metric"]),
        priorities=listed,
        unjudged=frozenset(conditions),
        actions=tuple(
            Action(_text(one["channel"]), _text(one["to"], 2000)) for one in raw["deliver"]
        ),
    )


def _text(value: object, most: int = 200) -> str:
    if not isinstance(value, str) or not value or len(value) > most or "\0" in value:
        raise TypeError(f"text of 1 to {most} characters expected")
    return value
