"""Rows to domain values and back. Columns of JSON hold instants as RFC 3339 text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from escalation_service.domain.announcement import (
    CallOff,
    Crossing,
    Key,
    Record,
    Retraction,
    Silence,
    Told,
)
from escalation_service.domain.escalation import Escalation, State
from escalation_service.domain.rule import Action
from slaclock.contracts.instants import parse_instant, rfc3339

_CROSSING = tuple(field.name for field in fields(Crossing))

Row = asyncpg.Record
Document = Mapping[str, Any]


def told_document(told: Told | None) -> dict[str, Any] | None:
    """What was told, as JSON."""
    if told is None:
        return None
    crossing = asdict(told.crossing)
    for name in ("crossed_at", "due_at"):
        at: datetime | None = crossing[name]
        crossing[name] = None if at is None else rfc3339(at)
    local = told.crossing.due_local
    crossing["due_local"] = None if local is None else local.isoformat()
    return {
        "event_id": told.event_id,
        "silence": told.silence,
        "provisional": told.provisional,
        "crossing": crossing,
    }


def told_of(key: Key, document: Document | None) -> Told | None:
    """What was told, from JSON; keys of a newer release are ignored."""
    if document is None:
        return None
    crossing = {name: value for name, value in document["crossing"].items() if name in _CROSSING}
    for name in ("crossed_at", "due_at"):
        crossing[name] = None if crossing[name] is None else parse_instant(crossing[name])
    local = crossing["due_local"]
    crossing["due_local"] = None if local is None else datetime.fromisoformat(local)
    silence = document["silence"]
    return Told(
        key=key,
        crossing=Crossing(**crossing),
        event_id=document["event_id"],
        silence=None if silence is None else Silence(silence),
        provisional=document["provisional"],
    )


def retraction_document(retraction: Retraction | CallOff | None) -> dict[str, Any] | None:
    """A retraction, or a call-off, as JSON."""
    if retraction is None:
        return None
    return {
        "at": rfc3339(retraction.at),
        "event_id": retraction.event_id,
        "reason": retraction.reason,
    }


def retraction_of(key: Key, document: Document | None) -> Retraction | None:
    """A retraction from JSON."""
    if document is None:
        return None
    return Retraction(
        key, parse_instant(document["at"]), document["event_id"], document.get("reason")
    )


def call_off_of(key: Key, document: Document | None) -> CallOff | None:
    """A call-off from JSON."""
    if document is None:
        return None
    return CallOff(key, parse_instant(document["at"]), document["event_id"], document.get("reason"))


def record_of(row: Row) -> Record:
    """An announcement's row."""
    key = Key(row["tenant_id"], row["announcement_id"])
    return Record(
        key,
        told_of(key, row["told"]),
        retraction_of(key, row["retraction"]),
        call_off_of(key, row["cancellation"]),
    )


def escalation_of(row: Row) -> Escalation:
    """An escalation's row, joined with its announcement's.

    Raises:
        ValueError: the announcement says nothing; an escalation cannot have come of it.
    """
    record = record_of(row)
    if record.told is None:
        raise ValueError(f"nothing was told of {record.key}")
    return escalation_from(row, record.told, State(row["state"]))


def escalation_from(row: Row, told: Told, state: State) -> Escalation:
    """An escalation's row, with what was told of its announcement."""
    escalation_id: UUID = row["escalation_id"]
    return Escalation(
        id=escalation_id,
        key=told.key,
        rule_id=row["rule_id"],
        action=Action(row["channel"], row["recipient"]),
        repeat=row["repeat"],
        crossing=told.crossing,
        state=state,
        silence=told.silence,
        provisional=told.provisional,
    )
