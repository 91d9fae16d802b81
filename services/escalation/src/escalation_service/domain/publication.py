"""A published agreement, and the parts of its snapshot that escalation reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation_service.domain.rule import read_rules
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.errors import Fault, Refusal


class AlteredSnapshot(Refusal):
    """A snapshot whose bytes do not have the hash that names it."""

    code = "agreement.hash-mismatch"


@dataclass(frozen=True, slots=True)
class Publication:
    """One version of an SLA, as it was published.

    Attributes:
        hash: SHA-256 of `content`.
        content: the snapshot's canonical bytes.
        rules: its escalation rules, as written.
        zones: its calendars' zones by IANA name, as written.
    """

    tenant: str
    hash: str
    sla_id: str
    version: int
    effective_from: datetime
    content: bytes
    rules: tuple[Mapping[str, Any], ...]
    zones: Mapping[str, Mapping[str, Any]]


def publication(  # noqa: PLR0913 - the parts of one message
    *,
    tenant: str,
    name: str,
    sla_id: str,
    version: int,
    effective_from: datetime,
    snapshot: Mapping[str, Any],
) -> Publication:
    """Check *snapshot* against its hash *name* and take out what escalation needs.

    Raises:
        AlteredSnapshot: it is not what was published.
        UnreadableRules: its rules have a shape that this release does not know.
    """
    content = canonical(dict(snapshot))
    if sha256_hex(content) != name:
        raise AlteredSnapshot(
            faults=[
                Fault("data.hash", name, "is not the snapshot's hash", "publish the SLA once more")
            ]
        )
    rules = snapshot.get("escalations") or []
    read_rules(rules)
    calendars: Mapping[str, Mapping[str, Any]] = snapshot.get("calendar_snapshots") or {}
    zones = {
        str(calendar["timezone"]): calendar["zone"]
        for calendar in calendars.values()
        if calendar.get("zone")
    }
    return Publication(tenant, name, sla_id, version, effective_from, content, tuple(rules), zones)
