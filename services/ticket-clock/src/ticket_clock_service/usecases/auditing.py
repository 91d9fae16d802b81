"""The audit as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaclock.contracts.instants import rfc3339, rfc3339_of_us
from ticket_clock_service.domain.words import sentence
from ticket_clock_service.ports import AuditRow

__all__ = ["audit_document"]


def audit_document(row: AuditRow) -> dict[str, Any]:
    """A row of the audit as `GET .../audit` answers it."""
    because = row.because
    return {
        "ticket_id": row.ticket[1],
        "revision": row.revision,
        "recorded_at": rfc3339(row.recorded_at),
        "cause": row.cause,
        "actor": because.get("actor"),
        "facts": [_fact(*one) for one in because.get("facts", ())],
        "more_facts": because.get("more", 0),
        "terms": {"revision": row.terms_revision, "entry_id": row.entry_id},
        "changes": [_change(one) for one in row.changes],
        "seal": None if row.seal is None else row.seal.hex(),
    }


def _fact(kind: str, source: str, identity: str, at: int, person: str | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "source": source,
        "id": identity,
        "at": rfc3339_of_us(at),
        "person": person,
    }


def _change(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A change as stored, with a sentence; rows from before audits were sealed say less."""
    said = sentence(
        entry["metric"],
        entry["kind"],
        entry["reason"],
        entry.get("target_minutes", 0),
        entry.get("threshold"),
    )
    return {**entry, "text": said}
