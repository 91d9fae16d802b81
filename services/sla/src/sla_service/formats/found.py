"""What reading the policies of other software gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from slaclock.foreign.findings import CalendarFound, Finding

__all__ = ["Policies", "Proposal", "ProposalKind", "SlaFound"]

ProposalKind: TypeAlias = Literal["default", "assignment", "status_map", "contract"]


@dataclass(frozen=True, slots=True)
class SlaFound:
    """An SLA file made of a policy; its draft may still have faults.

    Attributes:
        source: the policy's id in the export.
    """

    sla_id: str
    document: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A terms entry that would make tickets find these SLAs as they did; nobody has made it.

    Attributes:
        body: what `POST /default`, `/assignments` or `/status-map` takes; of a contract the
            customer and the SLA that a quote would name.
    """

    kind: ProposalKind
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Policies:
    """What would come in.

    Attributes:
        format: ``alga``, ``itil-default`` or ``zendesk``.
        calendars: of the schedules in the export, as inline calendars have them.
        findings: everything that did not come in, or not quite as it stood.
        counts: how many of what was read, taken and left out.
    """

    format: str
    slas: tuple[SlaFound, ...]
    calendars: tuple[CalendarFound, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
