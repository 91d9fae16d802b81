"""Rows to domain values and back, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, TypeAlias

import asyncpg
import orjson

from dashboard_service.domain.agreement import Agreement, Target
from dashboard_service.domain.clock import (
    Clock,
    ClockKey,
    Edition,
    Held,
    Metric,
    Outcome,
    Promise,
    State,
)
from dashboard_service.domain.escalation import Effect, EffectKey
from dashboard_service.domain.kpi import Kpi, Span
from dashboard_service.domain.rollup import Dimension, RollupKey, Rollups, Tally

Row: TypeAlias = asyncpg.Record

_CLOCK = tuple(
    map(
        attrgetter,
        (
            "key.tenant",
            "key.ticket",
            "key.metric",
            "key.cycle",
            "edition.revision",
            "edition.sequence",
            "state",
            "outcome",
            "due_on",
            "changed_at",
            "due_at",
            "target_minutes",
            "elapsed_us",
            "timezone",
            "snapshot",
            "warned",
            "reached",
            "priority",
            "group",
            "assignee",
            "customer",
            "status",
            "started_at",
            "stopped_at",
            "breached_at",
            "severity",
            "impact",
            "held.assignee",
            "held.group",
            "held.at",
            "promise",
            "owner",
        ),
    )
)
_EFFECT_IDENTITY = ("key.tenant", "key.effect")
_EFFECT_NATURE = (
    "ticket",
    "metric",
    "cycle",
    "threshold",
    "announcement",
    "rule",
    "channel",
    "recipient",
    "repeat",
    "level",
    "due_at",
)
_EFFECT_FATE = (
    "first_at",
    "raised_at",
    "failed_at",
    "delivered_at",
    "acknowledged_at",
    "withdrawn_at",
    "attempts",
    "error",
    "reason",
)
_EFFECT = tuple(map(attrgetter, (*_EFFECT_IDENTITY, *_EFFECT_NATURE, *_EFFECT_FATE)))
_EFFECT_CHANGE = tuple(map(attrgetter, (*_EFFECT_IDENTITY, *_EFFECT_FATE)))
_ROLLUP = tuple(map(attrgetter, ("tenant", "dimension", "due_on", "metric", "key")))
_KPI = tuple(
    map(
        attrgetter,
        (
            "tenant",
            "agreement",
            "kpi_id",
            "sla_id",
            "version",
            "name",
            "role",
            "metric",
            "priority",
            "target",
            "span",
        ),
    )
)
_TALLY = tuple(map(attrgetter, ("met", "breached", "pending", "cancelled")))


def clock_columns(clocks: Sequence[Clock]) -> list[list[Any]]:
    """One list a column, in the order of `insert_clocks` and `replace_clocks`."""
    return [[read(clock) for clock in clocks] for read in _CLOCK]


def clock_key_columns(keys: Sequence[ClockKey]) -> list[list[Any]]:
    """One list a column of the primary key."""
    names = ("tenant", "ticket", "metric", "cycle")
    return [[getattr(key, name) for key in keys] for name in names]


def effect_columns(effects: Sequence[Effect]) -> list[list[Any]]:
    """One list a column, in the order of `insert_effects`."""
    return [[read(effect) for effect in effects] for read in _EFFECT]


def effect_change_columns(effects: Sequence[Effect]) -> list[list[Any]]:
    """One list a column, in the order of `replace_effects`."""
    return [[read(effect) for effect in effects] for read in _EFFECT_CHANGE]


def rollup_key_columns(rollups: Rollups) -> list[list[Any]]:
    """One list a column of the primary key."""
    return [[read(key) for key in rollups] for read in _ROLLUP]


def tally_columns(rollups: Rollups) -> list[list[Any]]:
    """One list a number."""
    return [[read(tally) for tally in rollups.values()] for read in _TALLY]


def clock_key_of(row: Row) -> ClockKey:
    """From the columns of the primary key."""
    return ClockKey(row["tenant_id"], row["ticket_id"], Metric(row["metric"]), row["cycle"])


def clock_of(row: Row) -> Clock:
    """From all columns of `clock`."""
    return Clock(
        key=clock_key_of(row),
        edition=Edition(row["revision"], row["sequence"]),
        state=State(row["state"]),
        outcome=Outcome(row["outcome"]),
        due_on=row["due_on"],
        changed_at=_utc(row["changed_at"]),
        due_at=_instant(row["due_at"]),
        target_minutes=row["target_minutes"],
        elapsed_us=row["elapsed_us"],
        timezone=row["timezone"],
        snapshot=row["snapshot"],
        warned=row["warned"],
        reached=row["reached"],
        priority=row["priority"],
        group=row["group_id"],
        assignee=row["assignee_id"],
        customer=row["customer_id"],
        status=row["status"],
        started_at=_instant(row["started_at"]),
        stopped_at=_instant(row["stopped_at"]),
        breached_at=_instant(row["breached_at"]),
        severity=row["severity"],
        impact=row["customer_impact"],
        held=Held(
            row["attributed_assignee"], row["attributed_group"], _instant(row["attributed_at"])
        ),
        promise=Promise(row["agreement_type"]),
        owner=row["owner_group"],
    )


def effect_of(row: Row) -> Effect:
    """From all columns of `escalation`; `first_at` follows from the others."""
    return Effect(
        key=EffectKey(row["tenant_id"], row["effect_id"]),
        ticket=row["ticket_id"],
        metric=row["metric"],
        cycle=row["cycle"],
        threshold=row["threshold"],
        announcement=row["announcement_id"],
        rule=row["rule_id"],
        channel=row["channel"],
        recipient=row["recipient"],
        repeat=row["repeat"],
        level=row["level"],
        due_at=_instant(row["due_at"]),
        raised_at=_instant(row["raised_at"]),
        failed_at=_instant(row["failed_at"]),
        delivered_at=_instant(row["delivered_at"]),
        acknowledged_at=_instant(row["acknowledged_at"]),
        withdrawn_at=_instant(row["withdrawn_at"]),
        attempts=row["attempts"],
        error=row["error"],
        reason=row["reason"],
    )


def rollup_key_of(row: Row) -> RollupKey:
    """From the columns of the primary key."""
    return RollupKey(
        row["tenant_id"],
        row["due_on"],
        Metric(row["metric"]),
        Dimension(row["dimension"]),
        row["key"],
    )


def tally_of(row: Row, prefix: str = "") -> Tally:
    """From four numbers; NULL (a side of an outer join) is zero."""
    names = ("met", "breached", "pending", "cancelled")
    return Tally(*(row[prefix + name] or 0 for name in names))


def targets_json(agreement: Agreement) -> str:
    """The targets as stored."""
    targets = [[target.metric, target.priority, target.calendar] for target in agreement.targets]
    return orjson.dumps(targets).decode()


def agreement_of(row: Row) -> Agreement:
    """From all columns of `agreement`."""
    return Agreement(
        tenant=row["tenant_id"],
        hash=row["hash"],
        sla_id=row["sla_id"],
        version=row["version"],
        name=row["name"],
        targets=tuple(Target(*target) for target in row["targets"]),
        calendars=row["calendars"],
    )


def kpi_columns(kpis: Sequence[Kpi]) -> list[list[Any]]:
    """One list a column, in the order of `keep_kpis`; people and groups as JSON."""
    return [[read(kpi) for kpi in kpis] for read in _KPI] + [
        [orjson.dumps(kpi.persons).decode() for kpi in kpis],
        [orjson.dumps(kpi.groups).decode() for kpi in kpis],
    ]


def kpi_of(row: Row) -> Kpi:
    """From all columns of `kpi`, and whether a newer version is out."""
    return Kpi(
        tenant=row["tenant_id"],
        agreement=row["hash"],
        kpi_id=row["kpi_id"],
        sla_id=row["sla_id"],
        version=row["version"],
        name=row["name"],
        role=row["role"],
        metric=Metric(row["metric"]),
        priority=row["priority"],
        target=row["target"],
        span=Span(row["period"]),
        persons=tuple(row["persons"]),
        groups=tuple(row["groups"]),
        outdated=row["outdated"],
    )


def _instant(value: datetime | None) -> datetime | None:
    return None if value is None else _utc(value)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)
