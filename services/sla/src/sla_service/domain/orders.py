"""Reads thresholds and escalation rules of an SLA file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sla_service.domain.agreement import METRICS, THRESHOLDS, Delivery, Rule, Target
from sla_service.domain.reading import Reader
from sla_service.domain.webhook import email_objection, webhook_objection

__all__ = ["read_rules", "read_thresholds", "unmatched"]

BREACH: Final = "percent:100"
CHANNELS: Final = ("log", "email", "webhook")
_SYNTAX: Final = re.compile(r"percent:[1-9][0-9]{0,3}|(before|after)_due:[1-9][0-9]{0,6}")
_MOST_THRESHOLDS: Final = 50
_MOST_RULES: Final = 500
_MOST_DELIVERIES: Final = 50


def read_thresholds(reader: Reader, value: object) -> tuple[str, ...]:
    """The points that every clock announces; the defaults where the file names none."""
    if value is None:
        return THRESHOLDS
    found: list[str] = []
    for index, item in enumerate(reader.items(value, "thresholds", most=_MOST_THRESHOLDS)):
        path = f"thresholds[{index}]"
        threshold = _threshold(reader, item, path)
        if threshold is None:
            continue
        if threshold in found:
            reader.refuse(path, item, "stands twice", "remove one", "sla.threshold-duplicate")
            continue
        found.append(threshold)
    return tuple(found)


def _threshold(reader: Reader, value: object, path: str) -> str | None:
    if isinstance(value, str) and _SYNTAX.fullmatch(value):
        return value
    reader.refuse(
        path,
        value,
        "is not a threshold",
        "write percent:N (1-9999), before_due:M or after_due:M (business minutes)",
        "sla.threshold-malformed",
    )
    return None


def read_rules(
    reader: Reader, value: object, thresholds: Sequence[str], allowed_hosts: Collection[str]
) -> tuple[Rule, ...]:
    """The escalation rules in the file's order.

    Args:
        reader: keeps the faults.
        value: the file's `escalations`.
        thresholds: what clocks announce: a rule that waits for another would never act.
        allowed_hosts: webhooks may go there although the host is not public https.
    """
    rules: list[Rule] = []
    for index, item in enumerate(reader.items(value, "escalations", most=_MOST_RULES)):
        path = f"escalations[{index}]"
        raw = reader.record(
            item,
            path,
            required=("rule_id", "threshold", "deliver"),
            optional=("metric", "priority"),
        )
        if raw is None:
            continue
        rule = _rule(reader, raw, path, allowed_hosts)
        if rule is None:
            continue
        if any(rule.rule_id == other.rule_id for other in rules):
            reader.refuse(
                f"{path}.rule_id",
                rule.rule_id,
                "another rule has this id",
                "give each rule an id of its own",
                "sla.rule-duplicate",
            )
        if rule.threshold not in (BREACH, *thresholds):
            reader.refuse(
                f"{path}.threshold",
                rule.threshold,
                "is not among the thresholds, so the rule would never act",
                f"add {rule.threshold!r} to thresholds",
                "sla.rule-threshold-unlisted",
            )
        rules.append(rule)
    return tuple(rules)


def _rule(
    reader: Reader, raw: Mapping[str, Any], path: str, allowed_hosts: Collection[str]
) -> Rule | None:
    rule_id = reader.text(raw["rule_id"], f"{path}.rule_id") if "rule_id" in raw else None
    threshold = None
    if "threshold" in raw:
        threshold = _threshold(reader, raw["threshold"], f"{path}.threshold")
    metric = raw.get("metric")
    if metric is not None:
        metric = reader.choice(metric, f"{path}.metric", METRICS)
    priority = raw.get("priority")
    if priority is not None:
        priority = reader.text(priority, f"{path}.priority")
    deliver = []
    if "deliver" in raw:
        listed = reader.items(raw["deliver"], f"{path}.deliver", least=1, most=_MOST_DELIVERIES)
        for index, item in enumerate(listed):
            delivery = _delivery(reader, item, f"{path}.deliver[{index}]", allowed_hosts)
            if delivery is not None:
                deliver.append(delivery)
    if rule_id is None or threshold is None:
        return None
    return Rule(rule_id, threshold, metric, priority, tuple(deliver))


def _delivery(
    reader: Reader, value: object, path: str, allowed_hosts: Collection[str]
) -> Delivery | None:
    raw = reader.record(value, path, required=("channel", "to"))
    if raw is None or "channel" not in raw or "to" not in raw:
        return None
    channel = reader.choice(raw["channel"], f"{path}.channel", CHANNELS)
    to = reader.text(raw["to"], f"{path}.to", most=2000)
    if channel is None or to is None:
        return None
    objection = None
    if channel == "webhook":
        objection = webhook_objection(to, allowed_hosts)
    elif channel == "email":
        objection = email_objection(to)
    if objection is not None:
        message, remedy = objection
        reader.refuse(f"{path}.to", to, message, remedy, f"sla.{channel}-address")
        return None
    return Delivery(channel, to)


def unmatched(reader: Reader, rules: Sequence[Rule], targets: Sequence[Target]) -> None:
    """Refuse rules that no target can ever set off."""
    for index, rule in enumerate(rules):
        if not any(rule.can_match(target) for target in targets):
            reader.refuse(
                f"escalations[{index}]",
                rule.rule_id,
                "no target has this metric and priority, so the rule would never act",
                "add such a target, or correct the rule's metric and priority",
                "sla.rule-unmatched",
            )
