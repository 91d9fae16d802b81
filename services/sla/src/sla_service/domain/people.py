"""Reads who an SLA file speaks of: recipients, roles with their KPIs, conditions on tickets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from sla_service.domain.credit import PERIODS
from sla_service.domain.metric import METRICS
from sla_service.domain.reading import Reader
from sla_service.domain.role import GOAL, Kpi, Role
from sla_service.domain.rule import CONDITIONS, Conditions, Delivery, Recipient
from sla_service.domain.webhook import email_objection, webhook_objection

__all__ = ["read_conditions", "read_delivery", "read_recipients", "read_roles"]

CHANNELS: Final = ("log", "email", "webhook")
_NAMED: Final = ("role", "person", "group")
_ROLE: Final = re.compile(r"[a-z0-9_-]{1,60}")
_MOST_RECIPIENTS: Final = 50
_MOST_ROLES: Final = 100
_MOST_VALUES: Final = 500


def read_delivery(
    reader: Reader, value: object, path: str, allowed_hosts: Collection[str]
) -> Delivery | None:
    """An address of a channel."""
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


def read_recipients(
    reader: Reader, value: object, path: str, allowed_hosts: Collection[str]
) -> tuple[Recipient, ...]:
    """A list of `{"role": R}`, `{"person": P}`, `{"group": G}` or `{"channel": C, "to": T}`."""
    found: list[Recipient] = []
    for index, item in enumerate(reader.items(value, path, most=_MOST_RECIPIENTS)):
        one = _recipient(reader, item, f"{path}[{index}]", allowed_hosts)
        if one is not None and reader.fresh(
            f"{one.kind} {one.name}", f"{path}[{index}]", [f"{it.kind} {it.name}" for it in found]
        ):
            found.append(one)
    return tuple(found)


def _recipient(
    reader: Reader, value: object, path: str, allowed_hosts: Collection[str]
) -> Recipient | None:
    if isinstance(value, dict) and not {"channel", "to"} & value.keys():
        raw = reader.record(value, path, optional=_NAMED) or {}
        known = [kind for kind in _NAMED if kind in raw]
        if len(known) == 1:
            name = reader.text(raw[known[0]], f"{path}.{known[0]}")
            return None if name is None else Recipient(known[0], name)
        remedy = "write one of role, person, group, or channel with to"
        reader.refuse(path, value, "does not name one recipient", remedy, "sla.recipient-unclear")
        return None
    delivery = read_delivery(reader, value, path, allowed_hosts)
    return None if delivery is None else Recipient(delivery.channel, delivery.to)


def read_conditions(reader: Reader, value: object, path: str) -> Conditions:
    """Lists of values by `priority`, `customer`, `group`, and by name in `attributes`."""
    raw = reader.record(value, path, optional=(*CONDITIONS, "attributes")) or {}
    fields = {
        name: reader.texts(raw[name], f"{path}.{name}", most=_MOST_VALUES)
        for name in CONDITIONS
        if name in raw
    }
    listed: Mapping[str, Any] = {}
    if "attributes" in raw:
        listed = reader.table(raw["attributes"], f"{path}.attributes", most=_MOST_VALUES)
    attributes = {
        name: reader.texts(values, f"{path}.attributes.{name}", most=_MOST_VALUES)
        for name, values in listed.items()
    }
    return Conditions(fields, attributes)


def read_roles(reader: Reader, value: object, allowed_hosts: Collection[str]) -> dict[str, Role]:
    """The file's `roles` by name."""
    roles = {}
    for name, item in reader.table(value, "roles", most=_MOST_ROLES).items():
        path = f"roles.{name}"
        if not _ROLE.fullmatch(name):
            remedy = "use 1 to 60 of a-z, 0-9, - and _"
            reader.refuse(path, name, "is not a role's name", remedy, "sla.role-name")
        raw = reader.record(item, path, optional=("recipients", "kpis")) or {}
        roles[name] = Role(
            read_recipients(reader, raw.get("recipients", []), f"{path}.recipients", allowed_hosts),
            _kpis(reader, raw.get("kpis", []), f"{path}.kpis"),
        )
    return roles


def _kpis(reader: Reader, value: object, path: str) -> tuple[Kpi, ...]:
    found: list[Kpi] = []
    for index, item in enumerate(reader.items(value, path, most=_MOST_RECIPIENTS)):
        kpi = _kpi(reader, item, f"{path}[{index}]")
        if kpi is None:
            continue
        if any(
            (one.metric, one.period, one.priority) == (kpi.metric, kpi.period, kpi.priority)
            for one in found
        ):
            reader.refuse(
                f"{path}[{index}]",
                kpi.metric,
                "another KPI of the role has this metric, priority and period",
                "keep one of them",
                "sla.kpi-duplicate",
            )
        found.append(kpi)
    return tuple(found)


def _kpi(reader: Reader, value: object, path: str) -> Kpi | None:
    raw = reader.record(
        value, path, required=("metric",), optional=("target", "period", "priority")
    )
    if raw is None or "metric" not in raw:
        return None
    metric = reader.choice(raw["metric"], f"{path}.metric", METRICS)
    target: Decimal | None = GOAL
    if "target" in raw:
        target = reader.percent(raw["target"], f"{path}.target")
    period = reader.choice(raw.get("period", PERIODS[0]), f"{path}.period", PERIODS)
    priority = raw.get("priority")
    if priority is not None and (priority := reader.text(priority, f"{path}.priority")) is None:
        return None
    if metric is None or target is None or period is None:
        return None
    return Kpi(metric, target, period, priority)
