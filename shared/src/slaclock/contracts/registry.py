"""Every event type: its data, its stream, its version, who publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.agreements import AgreementPublished, AgreementRetired
from slaclock.contracts.calendars import CalendarPublished, CalendarRetired
from slaclock.contracts.clocks import ClockChanged
from slaclock.contracts.commerce import ChangeOrderApproved, ContractEnded, QuoteAccepted
from slaclock.contracts.envelope import (
    Event,
    EventRefused,
    SubjectParts,
    parse,
    parse_document,
    split_subject,
)
from slaclock.contracts.escalations import EscalationChanged
from slaclock.contracts.fields import Data
from slaclock.contracts.terms import AssignmentChanged, ContractBound
from slaclock.contracts.tickets import TicketDeleted, TicketOpened, TicketReplied, TicketUpdated
from slaclock.contracts.timers import TimerDue

__all__ = [
    "REGISTRY",
    "Contract",
    "contract_of",
    "decode",
    "decode_document",
    "decode_ticket_event",
]

EVENT_BYTES: Final = 64 * 1024
SNAPSHOT_BYTES: Final = 1024 * 1024


_OUTSIDE: Final = "other systems"

DataModel = type[Data]
EventModel = type[Event[Any]]


@dataclass(frozen=True, slots=True)
class Contract:
    """What the parties agreed on about one event type.

    Attributes:
        type: without version and tenant.
        data: model of the event's data.
        event: model of the whole event.
        stream: where it is kept.
        publisher: the service, or `other systems`, or `any service`.
        version: of the contract, in the subject; a new meaning is a new version.
        limit: bytes that a message may have.
    """

    type: str
    data: DataModel
    event: EventModel
    stream: str
    publisher: str
    version: int = 1
    limit: int = EVENT_BYTES


def _contract(
    kind: str, data: type[Data], stream: str, publisher: str, limit: int = EVENT_BYTES
) -> Contract:
    return Contract(kind, data, Event[data], stream, publisher, limit=limit)  # type: ignore[valid-type]


def _contracts() -> tuple[Contract, ...]:
    outside = _OUTSIDE
    clock = (
        "started",
        "paused",
        "resumed",
        "retargeted",
        "threshold_crossed",
        "breached",
        "met",
        "cancelled",
        "retracted",
    )
    escalation = ("raised", "delivered", "failed", "acknowledged", "withdrawn")
    large = SNAPSHOT_BYTES
    return (
        _contract("sla.ticket.opened", TicketOpened, "TICKETS", outside),
        _contract("sla.ticket.updated", TicketUpdated, "TICKETS", outside),
        _contract("sla.ticket.replied", TicketReplied, "TICKETS", outside),
        _contract("sla.ticket.deleted", TicketDeleted, "TICKETS", outside),
        _contract("sla.quote.accepted", QuoteAccepted, "COMMERCE", outside),
        _contract("sla.changeorder.approved", ChangeOrderApproved, "COMMERCE", outside),
        _contract("sla.contract.ended", ContractEnded, "COMMERCE", outside),
        _contract("sla.calendar.published", CalendarPublished, "CALENDAR", "calendar", large),
        _contract("sla.calendar.retired", CalendarRetired, "CALENDAR", "calendar", large),
        _contract("sla.agreement.published", AgreementPublished, "AGREEMENT", "sla", large),
        _contract("sla.agreement.retired", AgreementRetired, "AGREEMENT", "sla", large),
        _contract("sla.contract.bound", ContractBound, "AGREEMENT", "sla", large),
        _contract("sla.assignment.changed", AssignmentChanged, "AGREEMENT", "sla", large),
        *(_contract(f"sla.clock.{name}", ClockChanged, "CLOCK", "ticket-clock") for name in clock),
        _contract("sla.timer.due", TimerDue, "TIMERS", "ticket-clock"),
        *(
            _contract(f"sla.escalation.{name}", EscalationChanged, "ESCALATION", "escalation")
            for name in escalation
        ),
        _contract("sla.advisory.raised", AdvisoryRaised, "ADVISORY", "any service"),
    )


REGISTRY: Final[Mapping[str, Contract]] = MappingProxyType(
    {contract.type: contract for contract in _contracts()}
)
"""Contract by event type."""

_SENT: Final = tuple(kind for kind, found in REGISTRY.items() if found.publisher == _OUTSIDE)
_TICKETS: Final[Mapping[str, type[Event[Any]]]] = MappingProxyType(
    {kind: found.event for kind, found in REGISTRY.items() if found.stream == "TICKETS"}
)


def contract_of(parts: SubjectParts) -> Contract:
    """The contract of a subject's type and version.

    Raises:
        EventRefused: `event.unknown-type` or `event.unknown-version`.
    """
    contract = REGISTRY.get(parts.type)
    if contract is None:
        raise EventRefused.one(
            "event.unknown-type",
            "type",
            parts.type,
            "no event has this type",
            f"send one of {', '.join(_SENT)}; docs/asyncapi.json has all",
        )
    if parts.version != contract.version:
        raise EventRefused.one(
            "event.unknown-version",
            "NATS subject",
            f"v{parts.version}",
            f"this release knows {contract.type} in version {contract.version}",
            f"publish on {contract.type}.v{contract.version}.<tenant>, or upgrade the platform",
        )
    return contract


def decode(raw: bytes, subject: str) -> Event[Any]:
    """The event in a message of any known type.

    Args:
        raw: the message's body.
        subject: the NATS subject that it came on.

    Raises:
        EventRefused: malformed, too large, unknown, or in contradiction to *subject*.
    """
    parts = split_subject(subject)
    contract = contract_of(parts)
    return parse(raw, parts, contract.event, limit=contract.limit)


def decode_ticket_event(
    raw: bytes, subject: str
) -> Event[TicketOpened] | Event[TicketUpdated] | Event[TicketReplied] | Event[TicketDeleted]:
    """The event in a message of the stream TICKETS; about 10 µs.

    Raises:
        EventRefused: as `decode`; `event.unknown-type` for events of other streams too.
    """
    parts = split_subject(subject)
    model = _TICKETS.get(parts.type)
    if model is None or parts.version != 1:
        contract_of(parts)
        raise EventRefused.one(
            "event.unknown-type",
            "type",
            parts.type,
            "not a ticket event",
            f"send one of {', '.join(_TICKETS)}",
        )
    return parse(raw, parts, model, limit=EVENT_BYTES)


def decode_document(document: Mapping[str, Any], tenant: str) -> Event[Any]:
    """An event that came by HTTP as a JSON object: its type is its own, its tenant the caller's.

    Args:
        document: the parsed JSON object.
        tenant: of the credential.

    Raises:
        EventRefused: as `decode`.
    """
    kind = document.get("type")
    if not isinstance(kind, str):
        found = "is missing" if kind is None else "not a text"
        raise EventRefused.one(
            "event.malformed", "type", kind, found, f"send one of {', '.join(REGISTRY)}"
        )
    parts = SubjectParts(kind, 1, tenant)
    return parse_document(document, parts, contract_of(parts).event)
