"""Reads the service credits of an SLA file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sla_service.domain.credit import PERIODS, Credit, Tier
from sla_service.domain.metric import METRICS
from sla_service.domain.people import read_conditions
from sla_service.domain.reading import Reader

__all__ = ["read_credits"]

_MOST_CREDITS: Final = 100
_MOST_TIERS: Final = 50
_MOST_TICKETS: Final = 1_000_000


def read_credits(reader: Reader, value: object) -> tuple[Credit, ...]:
    """The file's `credits`; one without id is named by its metric and period."""
    found: list[Credit] = []
    for index, item in enumerate(reader.items(value, "credits", most=_MOST_CREDITS)):
        path = f"credits[{index}]"
        raw = reader.record(
            item,
            path,
            required=("metric", "period", "tiers"),
            optional=("credit_id", "cap", "minimum_tickets", "exclusions"),
        )
        credit = None if raw is None else _credit(reader, raw, path)
        if credit is None:
            continue
        if any(one.credit_id == credit.credit_id for one in found):
            reader.refuse(
                f"{path}.credit_id",
                credit.credit_id,
                "another rule has this id",
                "give each rule an id of its own in credit_id",
                "sla.credit-duplicate",
            )
        found.append(credit)
    return tuple(found)


def _credit(reader: Reader, raw: Mapping[str, Any], path: str) -> Credit | None:
    metric = period = None
    if "metric" in raw:
        metric = reader.choice(raw["metric"], f"{path}.metric", METRICS)
    if "period" in raw:
        period = reader.choice(raw["period"], f"{path}.period", PERIODS)
    tiers = _tiers(reader, raw["tiers"], f"{path}.tiers") if "tiers" in raw else ()
    cap: Decimal | None = Decimal(100)
    if "cap" in raw:
        cap = reader.percent(raw["cap"], f"{path}.cap")
    least = reader.whole(
        raw.get("minimum_tickets", 1), f"{path}.minimum_tickets", least=1, most=_MOST_TICKETS
    )
    exclusions = [
        read_conditions(reader, item, f"{path}.exclusions[{index}]")
        for index, item in enumerate(
            reader.items(raw.get("exclusions", []), f"{path}.exclusions", most=_MOST_TIERS)
        )
    ]
    for index, one in enumerate(exclusions):
        if not one:
            reader.refuse(
                f"{path}.exclusions[{index}]",
                raw["exclusions"][index],
                "excludes every ticket",
                "name priority, customer, group or attributes",
                "sla.credit-excludes-all",
            )
    if metric is None or period is None or cap is None or least is None:
        return None
    name: str | None = f"{metric}.{period}"
    if "credit_id" in raw:
        name = reader.text(raw["credit_id"], f"{path}.credit_id")
    if name is None:
        return None
    return Credit(name, metric, period, tiers, cap, least, tuple(exclusions))


def _tiers(reader: Reader, value: object, path: str) -> tuple[Tier, ...]:
    found = []
    for index, item in enumerate(reader.items(value, path, least=1, most=_MOST_TIERS)):
        raw = reader.record(item, f"{path}[{index}]", required=("below", "percent"))
        if raw is None or not {"below", "percent"} <= raw.keys():
            continue
        below = reader.percent(raw["below"], f"{path}[{index}].below")
        percent = reader.percent(raw["percent"], f"{path}[{index}].percent")
        if below is not None and percent is not None:
            found.append(Tier(below, percent))
    return tuple(sorted(found, key=lambda tier: (-tier.below, tier.percent)))
