"""Reads thresholds and escalation rules of an SLA file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sla_service.domain.agreement import THRESHOLDS, Agreement, Thresholds
from sla_service.domain.metric import BREACH, METRICS
from sla_service.domain.people import read_conditions, read_delivery, read_recipients
from sla_service.domain.reading import Reader
from sla_service.domain.rule import ACTIONS, Act, QuietHours, Recipient, Repeat, Rule
from sla_service.domain.webhook import webhook_objection
from slaclock.business_time import ZoneFiles

__all__ = ["OrderReader", "read_thresholds", "unmatched"]

_SYNTAX: Final = re.compile(r"percent:[1-9][0-9]{0,3}|(before|after)_due:[1-9][0-9]{0,6}")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MOST_THRESHOLDS: Final = 50
_MOST_RULES: Final = 500
_MOST_DELIVERIES: Final = 50
_MOST_LEVEL: Final = 20
_MOST_REPEATS: Final = 1000
_MOST_MINUTES: Final = 525_600
_MORE: Final = (
    "level",
    "conditions",
    "recipients",
    "actions",
    "repeat",
    "quiet_hours",
    "delivery_calendar",
)
_OF_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "notify": (),
    "reassign": ("person", "group"),
    "raise_priority": ("to",),
    "webhook": ("to",),
}


def read_thresholds(reader: Reader, value: object) -> Thresholds:
    """The points that clocks announce, one list or one for each metric; else the defaults."""
    if value is None:
        return THRESHOLDS
    if not isinstance(value, dict):
        return _listed(reader, value, "thresholds")
    raw = reader.record(value, "thresholds", optional=METRICS) or {}
    found = {}
    for metric in METRICS:
        wanted = raw.get(metric)
        path = f"thresholds.{metric}"
        found[metric] = THRESHOLDS if wanted is None else _listed(reader, wanted, path)
    return found


def _listed(reader: Reader, value: object, path: str) -> tuple[str, ...]:
    found: list[str] = []
    for index, item in enumerate(reader.items(value, path, most=_MOST_THRESHOLDS)):
        threshold = _threshold(reader, item, f"{path}[{index}]")
        if threshold is None:
            continue
        if threshold in found:
            reader.refuse(
                f"{path}[{index}]", item, "stands twice", "remove one", "sla.threshold-duplicate"
            )
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


@dataclass(frozen=True, slots=True)
class OrderReader:
    """Reads escalation rules.

    Attributes:
        reader: keeps the faults.
        thresholds: what clocks announce: a rule that waits for another would never act.
        calendars: names that a delivery calendar may have.
        allowed_hosts: webhooks may go there although the host is not public https.
        files: time zones that quiet hours may name.
    """

    reader: Reader
    thresholds: Thresholds
    calendars: Collection[str]
    allowed_hosts: Collection[str]
    files: ZoneFiles

    def rules(self, value: object) -> tuple[Rule, ...]:
        """The escalation rules in the file's order."""
        rules: list[Rule] = []
        for index, item in enumerate(self.reader.items(value, "escalations", most=_MOST_RULES)):
            path = f"escalations[{index}]"
            ordered = isinstance(item, dict) and {"recipients", "actions"} & item.keys()
            must = ("rule_id", "threshold") if ordered else ("rule_id", "threshold", "deliver")
            raw = self.reader.record(
                item, path, required=must, optional=("deliver", "metric", "priority", *_MORE)
            )
            rule = None if raw is None else self._rule(raw, path, least=0 if ordered else 1)
            if rule is None:
                continue
            if any(rule.rule_id == other.rule_id for other in rules):
                self.reader.refuse(
                    f"{path}.rule_id",
                    rule.rule_id,
                    "another rule has this id",
                    "give each rule an id of its own",
                    "sla.rule-duplicate",
                )
            if not self._is_announced(rule):
                self.reader.refuse(
                    f"{path}.threshold",
                    rule.threshold,
                    "is not among the thresholds, so the rule would never act",
                    f"add {rule.threshold!r} to thresholds",
                    "sla.rule-threshold-unlisted",
                )
            rules.append(rule)
        return tuple(rules)

    def _is_announced(self, rule: Rule) -> bool:
        if rule.threshold == BREACH:
            return True
        if not isinstance(self.thresholds, Mapping):
            return rule.threshold in self.thresholds
        metrics = METRICS if rule.metric is None else (rule.metric,)
        return any(rule.threshold in self.thresholds[metric] for metric in metrics)

    def _rule(self, raw: Mapping[str, Any], path: str, *, least: int) -> Rule | None:
        reader = self.reader
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
            listed = reader.items(
                raw["deliver"], f"{path}.deliver", least=least, most=_MOST_DELIVERIES
            )
            for index, item in enumerate(listed):
                where = f"{path}.deliver[{index}]"
                delivery = read_delivery(reader, item, where, self.allowed_hosts)
                if delivery is not None:
                    deliver.append(delivery)
        more = dict(self._more(raw, path))
        if rule_id is None or threshold is None:
            return None
        return Rule(rule_id, threshold, metric, priority, tuple(deliver), **more)

    def _more(self, raw: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
        """What a rule says beyond the least form, by the names of `Rule`."""
        reader = self.reader
        if raw.get("level") is not None:
            yield "level", reader.whole(raw["level"], f"{path}.level", least=1, most=_MOST_LEVEL)
        if "conditions" in raw:
            yield "conditions", read_conditions(reader, raw["conditions"], f"{path}.conditions")
        recipients: tuple[Recipient, ...] = ()
        actions: tuple[Act, ...] = ()
        if "recipients" in raw:
            recipients = read_recipients(
                reader, raw["recipients"], f"{path}.recipients", self.allowed_hosts
            )
        if "actions" in raw:
            actions = self._actions(raw["actions"], f"{path}.actions")
        elif recipients:
            actions = (Act("notify"),)
        yield "recipients", recipients
        yield "actions", actions
        if raw.get("repeat") is not None:
            yield "repeat", self._repeat(raw["repeat"], f"{path}.repeat")
        quiet, calendar = raw.get("quiet_hours"), raw.get("delivery_calendar")
        if quiet is not None:
            yield "quiet_hours", self._quiet_hours(quiet, f"{path}.quiet_hours")
        if calendar is not None:
            where = f"{path}.delivery_calendar"
            yield "delivery_calendar", reader.choice(calendar, where, tuple(self.calendars))
            if quiet is not None:
                remedy = "keep quiet_hours or delivery_calendar"
                reader.refuse(
                    where,
                    calendar,
                    "quiet hours stand here as well",
                    remedy,
                    "sla.rule-quiet-twice",
                )

    def _actions(self, value: object, path: str) -> tuple[Act, ...]:
        found: list[Act] = []
        for index, item in enumerate(self.reader.items(value, path, least=1, most=10)):
            where = f"{path}[{index}]"
            act = self._act(item, where)
            if act is not None and self.reader.fresh(act.kind, where, [one.kind for one in found]):
                found.append(act)
        return tuple(found)

    def _act(self, value: object, path: str) -> Act | None:
        reader = self.reader
        if not isinstance(value, dict) or "kind" not in value:
            reader.record(value, path, required=("kind",), optional=("person", "group", "to"))
            return None
        kind = reader.choice(value["kind"], f"{path}.kind", ACTIONS)
        if kind is None:
            return None
        wanted = _OF_ACTIONS[kind]
        raw = reader.record(value, path, required=("kind",), optional=wanted) or {}
        given = [name for name in wanted if name in raw]
        if len(given) != min(len(wanted), 1):
            remedy = f"write one of {', '.join(wanted)}"
            reader.refuse(
                path, value, f"does not say where to {kind}", remedy, "sla.action-unclear"
            )
            return None
        detail = {name: reader.text(raw[name], f"{path}.{name}", most=2000) for name in given}
        url = detail.get("to") if kind == "webhook" else None
        if url is not None and (found := webhook_objection(url, self.allowed_hosts)):
            reader.refuse(f"{path}.to", url, *found, "sla.webhook-address")
        return Act(kind, {name: text for name, text in detail.items() if text is not None})

    def _repeat(self, value: object, path: str) -> Repeat | None:
        raw = self.reader.record(value, path, required=("every", "at_most"))
        if raw is None or not {"every", "at_most"} <= raw.keys():
            return None
        every = self.reader.whole(raw["every"], f"{path}.every", least=1, most=_MOST_MINUTES)
        at_most = self.reader.whole(raw["at_most"], f"{path}.at_most", least=1, most=_MOST_REPEATS)
        return None if every is None or at_most is None else Repeat(every, at_most)

    def _quiet_hours(self, value: object, path: str) -> QuietHours | None:
        raw = self.reader.record(value, path, required=("timezone", "from", "to"))
        if raw is None or not {"timezone", "from", "to"} <= raw.keys():
            return None
        if not isinstance(raw["timezone"], str) or raw["timezone"] not in self.files.names():
            self.reader.refuse(
                f"{path}.timezone",
                raw["timezone"],
                "is not a time zone",
                "write an IANA name such as Europe/London",
                "sla.timezone-unknown",
            )
            return None
        times = [raw["from"], raw["to"]]
        for name in ("from", "to"):
            if not isinstance(raw[name], str) or not _CLOCK.fullmatch(raw[name]):
                self.reader.refuse(
                    f"{path}.{name}",
                    raw[name],
                    "is not a time of day",
                    "write HH:MM, 00:00 to 23:59",
                    "sla.time-malformed",
                )
                return None
        if times[0] == times[1]:
            self.reader.refuse(
                path, value, "are empty", "let from and to differ", "sla.quiet-hours-empty"
            )
            return None
        return QuietHours(raw["timezone"], *times)


def unmatched(reader: Reader, agreement: Agreement) -> None:
    """Refuse rules that no target can ever set off."""
    for index, rule in enumerate(agreement.escalations):
        if not any(rule.can_match(target) for target in agreement.targets):
            reader.refuse(
                f"escalations[{index}]",
                rule.rule_id,
                "no target has this metric and priority, so the rule would never act",
                "add such a target, or correct the rule's metric and priority",
                "sla.rule-unmatched",
            )
