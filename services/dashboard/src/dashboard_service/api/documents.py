"""Figures as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard_service.domain.escalation import Effect
from dashboard_service.domain.rollup import Tally
from dashboard_service.ports import Counters, Disagreement
from dashboard_service.usecases.showing import Stamp, Timed
from slaclock.contracts.instants import rfc3339


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else rfc3339(at)


def stamp_document(stamp: Stamp) -> dict[str, Any]:
    """How new the figures are; an equal `change_count` means that nothing was told since.

    `as_of` is null while nobody knows: nothing has come and the broker has not answered yet.
    """
    lag = stamp.lag
    return {
        "as_of": instant(stamp.as_of),
        "now": instant(stamp.now),
        "lag_seconds": None if lag is None else round(max(lag.total_seconds(), 0.0), 3),
        "change_count": stamp.change_count,
    }


def tally_document(tally: Tally) -> dict[str, Any]:
    """Counts by outcome, and met / (met + breached); null while nothing is judged."""
    return {
        "met": tally.met,
        "breached": tally.breached,
        "pending": tally.pending,
        "cancelled": tally.cancelled,
        "compliance": tally.compliance,
    }


def counters_document(counters: Counters, since: datetime) -> dict[str, Any]:
    """Open clocks, now."""
    return {
        "running": counters.running,
        "paused": counters.paused,
        "at_risk": counters.at_risk,
        "overdue": counters.overdue,
        "breached_since": {"since": instant(since), "clocks": counters.breached_since},
        "next_due_at": instant(counters.next_due_at),
    }


def timed_document(timed: Timed) -> dict[str, Any]:
    """A clock in a list; `pace` lets a screen count without knowing the calendar.

    `reached_percent` is the highest percentage of the target that is announced and stands.
    """
    clock = timed.listed.clock
    return {
        "ticket_id": clock.key.ticket,
        "metric": clock.key.metric.value,
        "cycle": clock.key.cycle,
        "state": clock.state.value,
        "outcome": clock.outcome.value,
        "priority": clock.priority or None,
        "group": clock.group or None,
        "assignee": clock.assignee or None,
        "customer_id": clock.customer or None,
        "status": clock.status or None,
        "due_at": instant(clock.due_at),
        "breached_at": instant(clock.breached_at),
        "stopped_at": instant(clock.stopped_at),
        "target_minutes": clock.target_minutes,
        "reached_percent": clock.reached,
        "remaining_seconds": int(timed.left.total_seconds()),
        "pace": {"running": timed.pace.running, "turns_at": instant(timed.pace.turns_at)},
        "timezone": clock.timezone,
        "sla": timed.listed.agreement_name or timed.listed.sla_id,
        "sla_version": timed.listed.sla_version,
    }


def effect_document(effect: Effect) -> dict[str, Any]:
    """An escalation's effect and what became of it."""
    return {
        "ticket_id": effect.ticket,
        "effect_id": effect.key.effect,
        "announcement_id": effect.announcement,
        "metric": effect.metric,
        "cycle": effect.cycle,
        "threshold": effect.threshold,
        "rule_id": effect.rule,
        "channel": effect.channel,
        "to": effect.recipient,
        "state": effect.state.value,
        "at": instant(effect.first_at),
        "due_at": instant(effect.due_at),
        "raised_at": instant(effect.raised_at),
        "delivered_at": instant(effect.delivered_at),
        "failed_at": instant(effect.failed_at),
        "acknowledged_at": instant(effect.acknowledged_at),
        "withdrawn_at": instant(effect.withdrawn_at),
        "attempts": effect.attempts,
        "error": effect.error or None,
    }


def disagreement_document(found: Disagreement) -> dict[str, Any]:
    """A row of the rollups that a recount does not confirm."""
    return {
        "by": found.dimension.value,
        "key": found.key or None,
        "metric": found.metric.value,
        "day": found.due_on.isoformat(),
        "kept": tally_document(found.kept),
        "counted": tally_document(found.counted),
    }
