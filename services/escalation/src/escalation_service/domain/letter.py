"""What a recipient reads: one wording for people, one document for machines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from escalation_service.domain.announcement import Crossing, Retraction
from escalation_service.domain.delivery import Kind
from escalation_service.domain.escalation import Escalation
from escalation_service.domain.parcel import Parcel

_OPEN_ENDED = "not known while the clock is paused"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, the same at every attempt.

    Attributes:
        id: of the delivery; receivers drop copies by it.
        to: address by the rules of its channel.
        subject: one line.
        text: for people.
        document: for machines; JSON values only.
    """

    id: UUID
    tenant: str
    kind: Kind
    to: str
    subject: str
    text: str
    document: dict[str, Any]


def compose(parcel: Parcel) -> Letter:
    """The letter of a delivery; the reason of a retraction stands in the correction only."""
    escalation = parcel.escalation
    correction = parcel.kind is Kind.CORRECTION
    retraction = parcel.retraction if correction else None
    headline = _headline(escalation.crossing)
    return Letter(
        id=parcel.delivery_id,
        tenant=parcel.tenant,
        kind=parcel.kind,
        to=escalation.action.to,
        subject=f"Correction: {headline}" if correction else headline,
        text="\n".join(_lines(escalation, retraction, headline)) + "\n",
        document=_document(parcel.kind, escalation, retraction),
    )


def _headline(crossing: Crossing) -> str:
    priority = f"[{plain(crossing.priority)}] " if crossing.priority else ""
    metric = plain(crossing.metric).replace("_", " ")
    kind, _, amount = crossing.threshold.partition(":")
    if crossing.is_breach:
        what = f"{metric} target missed"
    elif kind == "percent":
        what = f"{metric} target used to {plain(amount)} %"
    elif kind == "before_due":
        what = f"{metric} due in {plain(amount)} business minutes"
    elif kind == "after_due":
        what = f"{metric} overdue by {plain(amount)} business minutes"
    else:
        what = f"{metric} beyond {plain(crossing.threshold)}"
    return f"{priority}{plain(crossing.ticket_id)}: {what}"


def _lines(escalation: Escalation, retraction: Retraction | None, headline: str) -> Iterator[str]:
    crossing = escalation.crossing
    if retraction is not None:
        yield f'The notice "{headline}" no longer holds.'
        yield f"It was taken back at {_utc(retraction.at)}" + (
            f" ({plain(retraction.reason)})." if retraction.reason else "."
        )
    else:
        yield f"{headline}."
        if escalation.provisional:
            yield "Provisional: ticket events were still arriving; it may be corrected."
    yield ""
    yield f"Ticket     {plain(crossing.ticket_id)}"
    yield f"Metric     {plain(crossing.metric)}, cycle {plain(crossing.cycle)}"
    if crossing.target_minutes is not None:
        yield f"Target     {crossing.target_minutes} business minutes"
    crossed = f", crossed {_utc(crossing.crossed_at)}" if crossing.crossed_at else ""
    yield f"Threshold  {plain(crossing.threshold)}{crossed}"
    yield f"Due        {_utc(crossing.due_at) if crossing.due_at else _OPEN_ENDED}"
    if crossing.due_local is not None and crossing.timezone != "UTC":
        local = crossing.due_local.isoformat(" ", "seconds")
        yield f"           {local} ({plain(crossing.timezone)})"
    if crossing.sla_id:
        version = f", version {crossing.sla_version}" if crossing.sla_version else ""
        yield f"SLA        {plain(crossing.sla_id)}{version}"
    yield f"Rule       {plain(escalation.rule_id)}"
    yield f"Reference  {escalation.id}"


def _document(kind: Kind, escalation: Escalation, retraction: Retraction | None) -> dict[str, Any]:
    crossing = escalation.crossing
    document: dict[str, Any] = {
        "type": f"sla.escalation.{kind.value}",
        "tenant": escalation.key.tenant,
        "escalation_id": str(escalation.id),
        "announcement_id": str(escalation.key.announcement),
        "rule_id": escalation.rule_id,
        "repeat": escalation.repeat,
        "ticket_id": crossing.ticket_id,
        "metric": crossing.metric,
        "cycle": crossing.cycle,
        "threshold": crossing.threshold,
        "n": crossing.n,
        "breach": crossing.is_breach,
        "priority": crossing.priority,
        "target_minutes": crossing.target_minutes,
        "crossed_at": _rfc3339(crossing.crossed_at),
        "due_at": _rfc3339(crossing.due_at),
        "due_local": crossing.due_local.isoformat() if crossing.due_local else None,
        "timezone": crossing.timezone,
        "snapshot": crossing.snapshot,
        "sla_id": crossing.sla_id,
        "sla_version": crossing.sla_version,
        "provisional": escalation.provisional,
    }
    if retraction is not None:
        document |= {"retracted_at": _rfc3339(retraction.at), "reason": retraction.reason}
    return document


def plain(text: str) -> str:
    """*text* on one line; what controls a terminal, a header or the reading direction is `?`."""
    return "".join("?" if unicodedata.category(c) in _CONTROLLING else c for c in text)


_CONTROLLING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _rfc3339(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
