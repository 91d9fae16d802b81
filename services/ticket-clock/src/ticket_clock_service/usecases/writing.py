"""What reconciling writes: rows and messages of a batch, gathered ticket by ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from slaclock.contracts.canonical import canonical_plain
from slaclock.contracts.envelope import message_id, nats_subject
from slaclock.contracts.instants import from_us, rfc3339_of_us, to_us
from slaclock.messaging.outbox import Outgoing
from ticket_clock_service.domain.audit import entry_of, seal_of
from ticket_clock_service.domain.changes import Change
from ticket_clock_service.domain.clock import State
from ticket_clock_service.domain.codec import picture_bytes
from ticket_clock_service.domain.event import clock_data, event_id, event_type
from ticket_clock_service.domain.faults import is_unbound
from ticket_clock_service.domain.picture import FOLD_VERSION, Picture
from ticket_clock_service.domain.reading import shown_state
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Key, Revision, Ticket, Told
from ticket_clock_service.usecases.ticket import Outcome

SOURCE = "/slaclock/ticket-clock"


@dataclass(slots=True)
class Writer:
    """Gathers what a batch writes. A ticket is in it with all that belongs to it, or not at all.

    Attributes:
        cause: kept with the revisions.
        because: by ticket, canonical JSON: the facts, or the person, that did it.
        spelled: is told of every picture that was spelled: its ticket, its bytes.
        unbound: tickets that nothing binds any more, or from the first.
        healed: tickets that something binds again.
    """

    cause: str
    because: Mapping[Key, bytes] = field(default_factory=dict)
    spelled: Callable[[Key, bytes, Picture], None] | None = None
    tickets: list[Ticket] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    announced: list[Told] = field(default_factory=list)
    amended: list[Told] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    unbound: list[Key] = field(default_factory=list)
    healed: list[Key] = field(default_factory=list)

    def fault(self, ticket: Ticket, error: Exception, terms_revision: int) -> None:
        """Mark a ticket whose fold failed: it keeps its facts and its last good state."""
        self.close(ticket, f"{type(error).__name__}: {error}", terms_revision)

    def close(self, ticket: Ticket, reason: str, terms_revision: int) -> None:
        """Mark a ticket for *reason*: nothing is judged or told of it while that stands."""
        reason = reason[:500]
        ticket.fault = reason.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
        ticket.next_due_at = ticket.importing_until  # an import ends all the same
        ticket.terms_revision = terms_revision
        self.tickets.append(ticket)

    def add(  # noqa: PLR0913  what an outcome is written with
        self,
        ticket: Ticket,
        outcome: Outcome,
        rulebook: Rulebook,
        terms_revision: int,
        recorded_at: datetime,
        *,
        before: Picture | None,
        touched: bool,
    ) -> None:
        """Write what *outcome* changes of *ticket*; nothing if it changes nothing.

        Args:
            ticket: the locked row.
            outcome: what reconciling came to.
            rulebook: that it came from.
            terms_revision: of the rulebook.
            recorded_at: when it counts as known; later than everything recorded of the ticket.
            before: what was stored; None if that cannot be read, or before the first fold.
            touched: the row has changed already (new facts, the end of an import).
        """
        state = picture_bytes(outcome.picture)
        if self.spelled is not None:
            self.spelled(ticket.key, state, outcome.picture)
        due = None if outcome.next_due is None else from_us(outcome.next_due)
        row = (due, terms_revision, FOLD_VERSION, None)
        view, runs = clock_state(outcome.view), outcome.picture.running
        if touched or outcome.changes or outcome.difference or state != ticket.state:
            self._tell(ticket, outcome, rulebook, terms_revision, recorded_at)
        elif (*row, view, runs) == _kept(ticket):
            return
        ticket.next_due_at, ticket.terms_revision, ticket.fold_version, ticket.fault = row
        ticket.state = state
        ticket.is_open = runs
        ticket.clock_state = view
        self.tickets.append(ticket)
        lacks = is_unbound(outcome.picture)
        if lacks != (before is not None and is_unbound(before)):
            (self.unbound if lacks else self.healed).append(ticket.key)

    def _tell(
        self,
        ticket: Ticket,
        outcome: Outcome,
        rulebook: Rulebook,
        terms_revision: int,
        recorded_at: datetime,
    ) -> None:
        """The revision, the ledger's rows and the messages; first all are made, then kept."""
        revision, sequence = ticket.revision + 1, ticket.sequence
        outgoing, entries = [], []
        noticed_at = to_us(recorded_at)
        for ordinal, change in enumerate(outcome.changes):
            sequence += 1
            data = clock_data(
                change,
                rulebook.agreements,
                tenant=ticket.tenant_id,
                ticket_id=ticket.ticket_id,
                revision=revision,
                sequence=sequence,
                noticed_at=noticed_at,
            )
            name = event_id(change, *ticket.key, revision, ordinal)
            outgoing.append(_message(ticket, change, name, data))
            entries.append(entry_of(name, rfc3339_of_us(change.at), data))
        because, changed = self.because.get(ticket.key, b"{}"), canonical_plain(entries)
        seal = seal_of(
            ticket.seal,
            named=(*ticket.key, revision),
            recorded_us=noticed_at,
            terms_revision=terms_revision,
            cause=self.cause,
            because=because,
            changes=changed,
        )
        ticket.revision, ticket.sequence, ticket.recorded_at = revision, sequence, recorded_at
        ticket.seal = seal
        self.outgoing += outgoing
        told = outcome.difference
        self.announced += [(ticket.key, one) for one in told.announced]
        self.amended += [(ticket.key, one) for one in (*told.retracted, *told.corrected)]
        self.revisions.append(
            Revision(
                ticket.key,
                revision,
                recorded_at,
                terms_revision,
                self.cause,
                because,
                changed,
                seal,
            )
        )


def _kept(ticket: Ticket) -> tuple[object, ...]:
    """What may change of a row without any news."""
    return (
        ticket.next_due_at,
        ticket.terms_revision,
        ticket.fold_version,
        ticket.fault,
        ticket.clock_state,
        ticket.is_open,
    )


def clock_state(view: Picture) -> str:
    """What the list of tickets filters by: `active` before `paused` before `closed`."""
    states = {shown_state(clock) for clock in view.clocks if clock.shown_aim is not None}
    for state in _LISTED:
        if state in states:
            return str(state)
    return "none"


_LISTED: Final = (State.ACTIVE, State.PAUSED, State.CLOSED)


def _message(ticket: Ticket, change: Change, name: str, data: Mapping[str, Any]) -> Outgoing:
    tenant, kind = ticket.tenant_id, event_type(change)
    event = {  # in the order of canonical JSON
        "data": data,
        "datacontenttype": "application/json",
        "id": name,
        "source": SOURCE,
        "specversion": "1.0",
        "subject": ticket.ticket_id,
        "tenant": tenant,
        "time": rfc3339_of_us(change.at),
        "type": kind,
    }
    return Outgoing(
        tenant,
        "CLOCK",
        nats_subject(kind, tenant),
        message_id(tenant, SOURCE, name),
        canonical_plain(event),
    )
