"""Escalation rules that reach nobody, come in the wrong order, or stand twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from sla_service.domain.agreement import Agreement, Target
from sla_service.domain.checks.check import Check, Hit, Subject
from sla_service.domain.metric import point_of
from sla_service.domain.rule import Rule

__all__ = ["RULE_CHECKS"]

_OTHERS: Final = frozenset({"assignee", "reporter"})
"""Roles that a ticket itself fills."""


def _reaches_nobody(agreement: Agreement, rule: Rule) -> bool:
    """Whether *rule* is to tell people and names nobody who could be told."""
    if rule.deliver or any(one.kind != "role" for one in rule.recipients):
        return False
    if rule.actions and all(act.kind != "notify" for act in rule.actions):
        return False
    roles = [agreement.roles.get(one.name) for one in rule.recipients]
    known = all(role is not None for role in roles)
    return known and not any(role.recipients for role in roles if role is not None)


def _without_recipient(subject: Subject) -> Iterator[Hit]:
    for index, rule in enumerate(subject.agreement.escalations):
        if _reaches_nobody(subject.agreement, rule):
            which = "the rule" if rule.level is None else f"level {rule.level}"
            yield f"escalations[{index}]", rule.rule_id, f"{which} reaches nobody"


def _unknown_role(subject: Subject) -> Iterator[Hit]:
    roles = subject.agreement.roles
    for index, rule in enumerate(subject.agreement.escalations):
        for place, one in enumerate(rule.recipients):
            if one.kind == "role" and one.name not in roles and one.name not in _OTHERS:
                yield (
                    f"escalations[{index}].recipients[{place}].role",
                    one.name,
                    "the file does not say who has this role",
                )


def _ladders(agreement: Agreement) -> Iterator[tuple[Target, list[tuple[int, int, Rule]]]]:
    """For each target its rules with a level: level, index and rule, by level."""
    for target in agreement.targets:
        yield (
            target,
            sorted(
                (
                    (rule.level, index, rule)
                    for index, rule in enumerate(agreement.escalations)
                    if rule.level is not None and rule.can_match(target)
                ),
                key=lambda step: step[:2],
            ),
        )


def _gaps(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for target, ladder in _ladders(subject.agreement):
        below = 0
        for level, index, _ in ladder:
            if level > below + 1 and index not in seen:
                seen.add(index)
                of = (
                    target.metric
                    if target.priority is None
                    else (f"{target.metric} of {target.priority}")
                )
                yield (
                    f"escalations[{index}].level",
                    level,
                    f"{of} has no level {below + 1}",
                )
            below = max(below, level)


def _order(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for target, ladder in _ladders(subject.agreement):
        for (low, _, before), (high, index, after) in itertools.pairwise(ladder):
            earlier = point_of(after.threshold, target.minutes) < point_of(
                before.threshold, target.minutes
            )
            if low < high and earlier and index not in seen:
                seen.add(index)
                yield (
                    f"escalations[{index}].threshold",
                    after.threshold,
                    (
                        f"level {high} is told before level {low} ({before.threshold}), for a"
                        f" {target.metric} of {target.minutes} min"
                    ),
                )


def _repeated(subject: Subject) -> Iterator[Hit]:
    seen: dict[str, str] = {}
    for index, rule in enumerate(subject.agreement.escalations):
        says = repr({key: one for key, one in rule.document().items() if key != "rule_id"})
        other = seen.setdefault(says, rule.rule_id)
        if other != rule.rule_id:
            yield f"escalations[{index}]", rule.rule_id, f"says the same as rule {other}"


def _too_often(subject: Subject) -> Iterator[Hit]:
    for index, rule in enumerate(subject.agreement.escalations):
        if rule.repeat is not None and rule.repeat.every < 5 and rule.repeat.at_most > 10:
            yield (
                f"escalations[{index}].repeat",
                rule.repeat.document(),
                (
                    f"people are told {rule.repeat.at_most} times within"
                    f" {rule.repeat.every * rule.repeat.at_most} minutes"
                ),
            )


RULE_CHECKS: Final = (
    Check(
        "sla.rule-without-recipient",
        "error",
        "An escalation that is to tell people names nobody, or only roles that nobody has.",
        '{"rule_id": "l3", "level": 3, "threshold": "percent:150", "recipients": []}',
        "name a person, group, address, or a role with recipients",
        ("escalations", "roles"),
        _without_recipient,
    ),
    Check(
        "sla.role-unknown",
        "warning",
        "A rule tells a role that the file does not describe.",
        '"recipients": [{"role": "manger"}] beside "roles": {"manager": ...}',
        "add it to roles, or correct its name",
        ("escalations", "roles"),
        _unknown_role,
    ),
    Check(
        "sla.level-gap",
        "warning",
        "The levels that a target's clocks pass leave one out, so a step of the ladder is missing.",
        "levels 1 and 3",
        "number the levels 1, 2, 3 ... for every target, or add the missing one",
        ("escalations", "targets"),
        _gaps,
    ),
    Check(
        "sla.level-order",
        "warning",
        "A higher level is told before a lower one.",
        "level 1 at percent:100, level 2 at percent:90",
        "give higher levels later thresholds",
        ("escalations", "targets"),
        _order,
    ),
    Check(
        "sla.rule-repeated",
        "warning",
        "Two rules say the same under different ids, so people are told twice.",
        "r1 and r2 with one threshold, metric and recipients",
        "remove one of them",
        ("escalations",),
        _repeated,
    ),
    Check(
        "sla.repeat-too-often",
        "warning",
        "People who are told every few minutes stop reading.",
        '"repeat": {"every": 1, "at_most": 100}',
        "repeat less often, or fewer times, and escalate to another level instead",
        ("escalations",),
        _too_often,
    ),
)
