"""What an importer makes of a file: messages to publish, and rows that it cannot take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from slaclock.contracts.canonical import canonical
from slaclock.contracts.envelope import message_id, nats_subject
from slaclock.contracts.instants import rfc3339
from slaclock.errors import Refusal

__all__ = ["BadFile", "Fact", "Message", "Rejected", "Tally", "message_of"]

ORIGIN: Final = "import"
"""Marks facts that never notify people."""


class BadFile(Refusal):
    """A file that cannot be imported at all."""

    code = "import.file"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a row is left out.

    Attributes:
        line: of the file, the first one is 1.
        field: the column, or the path inside the event; empty for the whole row.
        value: what was found there.
        reason: what is wrong with it, and what to write instead.
    """

    line: int
    field: str
    value: Any
    reason: str

    def document(self) -> dict[str, Any]:
        """As the summary shows it."""
        return {
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a ticket.

    Attributes:
        kind: the event's type, such as `sla.ticket.opened`.
        source, id: its identity, derived from the file's content.
        ticket_id: the ticket.
        at: when it happened.
        sequence: decides among equal instants.
        data: the event's data.
    """

    kind: str
    source: str
    id: str
    ticket_id: str
    at: datetime
    sequence: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the broker: subject, id for its deduplication, body."""

    subject: str
    msg_id: str
    body: bytes


@dataclass(slots=True)
class Tally:
    """What an importer has seen so far; complete once its messages have been drawn.

    Attributes:
        rows: of the file, good and bad.
        tickets: ids in the order of their first appearance.
        rejected: rows that were left out, with the reasons.
        verdicts: by ticket, whether the other system says that the SLA was kept.
        repeated_hour, skipped_hour: local times that a change of the clocks made ambiguous or
            impossible.
    """

    rows: int = 0
    tickets: dict[str, None] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    verdicts: dict[str, bool] = field(default_factory=dict)
    repeated_hour: int = 0
    skipped_hour: int = 0


def message_of(fact: Fact, *, tenant: str, run_id: str, origin: str | None = ORIGIN) -> Message:
    """The CloudEvent of *fact*, as *tenant*'s own system would have sent it.

    Args:
        fact: what happened.
        tenant: whose ticket it is.
        run_id: of the import, or of the story that it belongs to.
        origin: None for a fact that happens now, and may notify people.
    """
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": fact.id,
        "source": fact.source,
        "type": fact.kind,
        "subject": fact.ticket_id,
        "time": rfc3339(fact.at),
        "tenant": tenant,
        "sequence": str(fact.sequence),
        "correlationid": run_id,
        "datacontenttype": "application/json",
        "data": dict(fact.data),
    }
    if origin is not None:
        event["origin"] = origin
    return Message(
        subject=nats_subject(fact.kind, tenant),
        msg_id=message_id(tenant, fact.source, fact.id),
        body=canonical(event),
    )
