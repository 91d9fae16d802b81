"""What the world is told of a change: names and data of CLOCK events."""

from __future__ import annotations

from typing import Any, Final

from slaclock.contracts.canonical import uuid_text_of
from slaclock.contracts.instants import rfc3339_of_us
from ticket_clock_service.domain.agreement import MINUTE, Agreement
from ticket_clock_service.domain.changes import Change, ChangeKind
from ticket_clock_service.domain.clock import Agreements, Clock, Outcome
from ticket_clock_service.domain.holding import Attribution, attribution
from ticket_clock_service.domain.reading import read


def event_type(change: Change) -> str:
    """The type of the event that tells *change*."""
    return f"sla.clock.{change.kind}"


def event_id(change: Change, tenant: str, ticket_id: str, revision: int, ordinal: int) -> str:
    """The name of the event that tells *change*; the same for every attempt to tell it.

    Args:
        change: of announcements and retractions the announcement itself names the event.
        tenant: whose ticket it is.
        ticket_id: the ticket.
        revision: the ticket's revision that the change belongs to.
        ordinal: place of the change among those of the revision.
    """
    told = change.announcement
    if told is None or change.kind is ChangeKind.RETARGETED:
        return uuid_text_of(tenant, ticket_id, revision, ordinal)
    said = "retracted" if change.kind is ChangeKind.RETRACTED else "announced"
    return uuid_text_of(*told.parts(tenant, ticket_id), said)


def clock_data(  # noqa: PLR0913  what a ticket's row knows beside the change
    change: Change,
    agreements: Agreements,
    *,
    tenant: str,
    ticket_id: str,
    revision: int,
    sequence: int,
    noticed_at: int,
) -> dict[str, Any]:
    """Data of the event that tells *change*: the complete clock after it.

    Args:
        change: what to tell.
        agreements: all that the clock names.
        tenant: whose ticket it is.
        ticket_id: the ticket.
        revision: the ticket's revision after this.
        sequence: of the event, contiguous per ticket.
        noticed_at: when the platform found out, microseconds since 1970.
    """
    clock, ticket = change.clock, change.ticket
    seen = read(clock, agreements, change.at)
    pending = seen.outcome is Outcome.PENDING
    aim = clock.shown_aim or clock.aim
    agreement = agreements[aim.agreement] if aim.agreement is not None else None
    return {
        "ticket_id": ticket_id,
        "revision": revision,
        "sequence": sequence,
        "metric": str(clock.metric),
        "cycle": clock.cycle,
        "state": str(seen.state),
        "outcome": str(seen.outcome),
        "target_minutes": (seen.target or 0) // MINUTE,
        "elapsed_us": seen.elapsed,
        "due_at": instant(seen.due),
        "snapshot": aim.agreement,
        "announcements": [
            {
                "id": uuid_text_of(*one.parts(tenant, ticket_id)),
                "threshold": one.key.threshold,
                "n": one.n,
                "crossed_at": instant(one.crossed_at),
            }
            for one in change.standing
        ],
        "change": _change(change, tenant, ticket_id, noticed_at),
        "priority": ticket.priority,
        "group": ticket.group,
        "assignee": ticket.assignee,
        "customer_id": ticket.customer_id,
        "status": ticket.status,
        "category": ticket.category,
        "status_category": str(change.category),
        "service": ticket.service,
        "customer_impact": ticket.customer_impact,
        "severity": _severity(clock, agreement),
        "timezone": seen.timezone,
        "started_at": instant(seen.started),
        "stopped_at": instant(seen.stopped),
        "breached_at": instant(seen.breached),
        "due_on": None if seen.due_on is None else seen.due_on.isoformat(),
        "sla_id": None if agreement is None else agreement.sla_id,
        "sla_version": None if agreement is None else agreement.version,
        "binding_reason": str(clock.binding.reason),
        "agreement_type": None if agreement is None else agreement.kind,
        "owner_group": clock.owner,
        "attributed_to": None if pending else _attributed(attribution(clock)),
    }


def _severity(clock: Clock, agreement: Agreement | None) -> str | None:
    """How bad it is, or would be, to miss the target; None without one."""
    aim = clock.shown_aim
    if agreement is None or aim is None:
        return None
    return str(agreement.targets[clock.metric, aim.priority].severity)


def _attributed(to: Attribution | None) -> dict[str, Any] | None:
    """To whom the cycle counts; None while nothing is decided."""
    if to is None:
        return None
    assignee, group = (None, None) if to.holder is None else (to.holder.assignee, to.holder.group)
    return {"assignee": assignee, "group": group, "at": instant(to.at)}


def instant(at: int | None) -> str | None:
    """Microseconds since 1970 as RFC 3339 in UTC."""
    return None if at is None else rfc3339_of_us(at)


def _change(change: Change, tenant: str, ticket_id: str, noticed_at: int) -> dict[str, Any]:
    told = change.announcement
    if told is None:
        return {
            "kind": str(change.kind),
            "threshold": None,
            "n": None,
            "announcement_id": None,
            "crossed_at": None,
            "noticed_at": rfc3339_of_us(noticed_at),
            "flags": _NO_FLAGS.copy(),
            "reason": change.reason,
        }
    return {
        "kind": str(change.kind),
        "threshold": told.key.threshold,
        "n": told.n,
        "announcement_id": uuid_text_of(*told.parts(tenant, ticket_id)),
        "crossed_at": rfc3339_of_us(told.crossed_at),
        "noticed_at": rfc3339_of_us(noticed_at),
        "flags": {
            "historical": told.historical,
            "provisional": told.provisional,
            "passed_over": told.passed_over,
            "superseded": (told.key.agreement, told.key.priority) != change.clock.aim.key,
        },
        "reason": change.reason,
    }


_NO_FLAGS: Final = dict.fromkeys(("historical", "provisional", "passed_over", "superseded"), False)
