"""The audit: who or what changed a ticket's clocks to what; each row is sealed over the last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from slaclock.contracts.canonical import canonical_plain

__all__ = ["FACTS_NAMED", "because_of_facts", "because_of_somebody", "entry_of", "seal_of"]

FACTS_NAMED: Final = 50
"""Facts that a row names; of more it says how many there were."""

_OF_ANNOUNCEMENTS: Final = ("threshold", "n", "announcement_id", "crossed_at")


def entry_of(event_id: str, at: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """One change of one clock, as the audit keeps it: what it is, and the clock after it.

    Args:
        event_id: of the CLOCK event that tells of it.
        at: the computed instant, RFC 3339.
        data: the event's data.
    """
    change = data["change"]
    entry: dict[str, Any] = {  # in the order of canonical JSON
        "assignee": data["assignee"],
        "at": at,
        "cycle": data["cycle"],
        "due_at": data["due_at"],
        "elapsed_us": data["elapsed_us"],
        "event_id": event_id,
        "group": data["group"],
        "kind": change["kind"],
        "metric": data["metric"],
        "outcome": data["outcome"],
        "priority": data["priority"],
        "reason": change["reason"],
        "sequence": data["sequence"],
        "snapshot": data["snapshot"],
        "state": data["state"],
        "target_minutes": data["target_minutes"],
    }
    if change["announcement_id"] is not None:
        for name in _OF_ANNOUNCEMENTS:
            entry[name] = change[name]
        entry.update(change["flags"])
    return entry


def because_of_facts(facts: Sequence[tuple[str, str, str, int, str | None]]) -> dict[str, Any]:
    """That *facts* did it: of each its kind, source, id, instant (microseconds) and person."""
    because: dict[str, Any] = {"facts": [list(fact) for fact in facts[:FACTS_NAMED]]}
    if len(facts) > FACTS_NAMED:
        because["more"] = len(facts) - FACTS_NAMED
    return because


def because_of_somebody(name: str) -> dict[str, Any]:
    """That somebody ordered it."""
    return {"actor": name}


def seal_of(  # noqa: PLR0913  a row has this many parts
    before: bytes | None,
    *,
    named: tuple[str, str, int],
    recorded_us: int,
    terms_revision: int,
    cause: str,
    because: bytes,
    changes: bytes,
) -> bytes:
    """SHA-256 over a row of the audit and the seal of the row before it.

    Args:
        before: that seal; None for the first row of a ticket.
        named: tenant, ticket, revision.
        recorded_us: when it was written, microseconds since 1970.
        terms_revision: of the tenant's terms by then.
        cause: why the ticket was reconciled.
        because: canonical JSON.
        changes: canonical JSON.
    """
    head = canonical_plain([*named, recorded_us, terms_revision, cause])
    # Canonical JSON has no line ends, so parts cannot run together.
    return hashlib.sha256(b"\n".join((before or b"", head, because, changes))).digest()
