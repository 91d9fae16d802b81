"""What reconciling writes: rows and messages of a batch, gathered ticket by ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slaclock.contracts.canonical import canonical
from slaclock.contracts.envelope import message_id, nats_subject
from slaclock.contracts.instants import from_us, rfc3339_of_us, to_us
from slaclock.messaging.outbox import Outgoing
from ticket_clock_service.domain.changes import Change
from ticket_clock_service.domain.clock import State
from ticket_clock_service.domain.codec import picture_bytes
from ticket_clock_service.domain.event import clock_data, event_id, event_type
from ticket_clock_service.domain.picture import FOLD_VERSION, Picture
from ticket_clock_service.domain.reading import shown
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Revision, Ticket, Told
from ticket_clock_service.usecases.ticket import Outcome

SOURCE = "/slaclock/ticket-clock"


@dataclass(slots=True)
class Writer:
    """Gathers what a batch writes.

    Attributes:
        now: the database's clock, read under the locks (UTC).
        cause: kept with the revisions.
    """

    now: datetime
    cause: str
    tickets: list[Ticket] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    announced: list[Told] = field(default_factory=list)
    amended: list[Told] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)

    def fault(self, ticket: Ticket, error: Exception, terms_revision: int) -> None:
        """Mark a ticket whose fold failed: it keeps its facts and its last good state."""
        ticket.fault = f"{type(error).__name__}: {error}"[:500].replace("\x00", "")
        ticket.next_due_at = None
        ticket.terms_revision = terms_revision
        self.tickets.append(ticket)

    def add(
        self,
        ticket: Ticket,
        outcome: Outcome,
        rulebook: Rulebook,
        terms_revision: int,
        *,
        touched: bool,
    ) -> None:
        """Write what *outcome* changes of *ticket*; nothing if it changes nothing.

        Args:
            ticket: the locked row.
            outcome: what reconciling came to.
            rulebook: that it came from.
            terms_revision: of the rulebook.
            touched: the row has changed already (new facts, the end of an import).
        """
        state = picture_bytes(outcome.picture)
        due = None if outcome.next_due is None else from_us(outcome.next_due)
        news = bool(outcome.changes or outcome.difference) or state != ticket.state
        row = (due, terms_revision, FOLD_VERSION, None)
        kept = (ticket.next_due_at, ticket.terms_revision, ticket.fold_version, ticket.fault)
        if not news and not touched and row == kept:
            return
        ticket.next_due_at, ticket.terms_revision, ticket.fold_version, ticket.fault = row
        ticket.state = state
        ticket.is_open = outcome.picture.running
        ticket.clock_state = clock_state(outcome.view)
        if news or touched:
            ticket.revision += 1
            self._tell(ticket, outcome, rulebook)
        self.tickets.append(ticket)

    def _tell(self, ticket: Ticket, outcome: Outcome, rulebook: Rulebook) -> None:
        """The revision, the ledger's rows and the messages."""
        key = ticket.key
        for ordinal, change in enumerate(outcome.changes):
            ticket.sequence += 1
            data = clock_data(
                change,
                rulebook.agreements,
                tenant=ticket.tenant_id,
                ticket_id=ticket.ticket_id,
                revision=ticket.revision,
                sequence=ticket.sequence,
                noticed_at=to_us(self.now),
            )
            self.outgoing.append(_message(ticket, change, ordinal, data))
        self.announced += [(key, one) for one in outcome.difference.announced]
        self.amended += [(key, one) for one in outcome.difference.retracted]
        self.amended += [(key, one) for one in outcome.difference.corrected]
        self.revisions.append(
            Revision(
                ticket=key,
                revision=ticket.revision,
                recorded_at=self.now,
                terms_revision=ticket.terms_revision,
                cause=self.cause,
                changes=[_entry(change) for change in outcome.changes],
            )
        )


def clock_state(view: Picture) -> str:
    """What the list of tickets filters by: `active` before `paused` before `closed`."""
    states = {shown(clock)[0] for clock in view.clocks if clock.shown_aim is not None}
    for state in (State.ACTIVE, State.PAUSED, State.CLOSED):
        if state in states:
            return state.value
    return "none"


def _message(ticket: Ticket, change: Change, ordinal: int, data: Mapping[str, Any]) -> Outgoing:
    tenant, kind = ticket.tenant_id, event_type(change)
    name = str(event_id(change, tenant, ticket.ticket_id, ticket.revision, ordinal))
    event = {
        "specversion": "1.0",
        "id": name,
        "source": SOURCE,
        "type": kind,
        "subject": ticket.ticket_id,
        "time": rfc3339_of_us(change.at),
        "tenant": tenant,
        "datacontenttype": "application/json",
        "data": data,
    }
    return Outgoing(
        tenant,
        "CLOCK",
        nats_subject(kind, tenant),
        message_id(tenant, SOURCE, name),
        canonical(event),
    )


def _entry(change: Change) -> dict[str, Any]:
    """A line of the activity feed."""
    told = change.announcement
    entry: dict[str, Any] = {
        "kind": change.kind.value,
        "metric": change.clock.metric.value,
        "cycle": change.clock.cycle,
        "at": rfc3339_of_us(change.at),
        "reason": change.reason,
    }
    if told is not None:
        entry |= {
            "threshold": told.key.threshold,
            "n": told.n,
            "historical": told.historical,
            "provisional": told.provisional,
            "passed_over": told.passed_over,
        }
    return entry
