"""What the world is told of a change: names and data of CLOCK events.

Keys stand in the order of canonical JSON, in which they are spelled in half the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from slaclock.contracts.canonical import uuid_text_of
from slaclock.contracts.instants import rfc3339_of_us
from ticket_clock_service.domain.agreement import MINUTE, Agreement
from ticket_clock_service.domain.changes import Change, ChangeKind
from ticket_clock_service.domain.clock import Agreements, Aim, Clock, Outcome
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
    aim = clock.aims[-1]
    if aim.amount is None:
        aim = clock.shown_aim or aim
    agreement = agreements[aim.agreement] if aim.agreement is not None else None
    return {
        "agreement_type": None if agreement is None else agreement.kind,
        "announcements": [
            {
                "crossed_at": instant(one.crossed_at),
                "id": uuid_text_of(*one.parts(tenant, ticket_id)),
                "n": one.n,
                "threshold": one.key.threshold,
            }
            for one in change.standing
        ],
        "assignee": ticket.assignee,
        "attributed_to": None if pending else _attributed(attribution(clock)),
        "binding_reason": str(clock.binding.reason),
        "breached_at": instant(seen.breached),
        "category": ticket.category,
        "change": _change(change, tenant, ticket_id, noticed_at),
        "customer_id": ticket.customer_id,
        "customer_impact": ticket.customer_impact,
        "cycle": clock.cycle,
        "due_at": instant(seen.due),
        "due_on": None if seen.due_on is None else seen.due_on.isoformat(),
        "elapsed_us": seen.elapsed,
        "group": ticket.group,
        "metric": str(clock.metric),
        "outcome": str(seen.outcome),
        "owner_group": clock.owner,
        "priority": ticket.priority,
        "revision": revision,
        "sequence": sequence,
        "service": ticket.service,
        "severity": _severity(clock, aim, agreement),
        "sla_id": None if agreement is None else agreement.sla_id,
        "sla_version": None if agreement is None else agreement.version,
        "snapshot": aim.agreement,
        "started_at": instant(seen.started),
        "state": str(seen.state),
        "status": ticket.status,
        "status_category": str(change.category),
        "stopped_at": instant(seen.stopped),
        "target_minutes": (seen.target or 0) // MINUTE,
        "ticket_id": ticket_id,
        "timezone": seen.timezone,
    }


def _severity(clock: Clock, aim: Aim, agreement: Agreement | None) -> str | None:
    """How bad it is, or would be, to miss the target of *aim*; None without one."""
    if agreement is None or aim.amount is None:
        return None
    return str(agreement.targets[clock.metric, aim.priority].severity)


def _attributed(to: Attribution | None) -> dict[str, Any] | None:
    """To whom the cycle counts; None while nothing is decided."""
    if to is None:
        return None
    assignee, group = (None, None) if to.holder is None else (to.holder.assignee, to.holder.group)
    return {"assignee": assignee, "at": instant(to.at), "group": group}


@lru_cache(maxsize=4096)  # nine in ten are None, or were asked for lately
def instant(at: int | None) -> str | None:
    """Microseconds since 1970 as RFC 3339 in UTC."""
    return None if at is None else rfc3339_of_us(at)


def _change(change: Change, tenant: str, ticket_id: str, noticed_at: int) -> dict[str, Any]:
    told = change.announcement
    if told is None:
        return {
            "announcement_id": None,
            "crossed_at": None,
            "flags": _NO_FLAGS.copy(),
            "kind": str(change.kind),
            "n": None,
            "noticed_at": rfc3339_of_us(noticed_at),
            "reason": change.reason,
            "threshold": None,
        }
    return {
        "announcement_id": uuid_text_of(*told.parts(tenant, ticket_id)),
        "crossed_at": rfc3339_of_us(told.crossed_at),
        "flags": {
            "historical": told.historical,
            "passed_over": told.passed_over,
            "provisional": told.provisional,
            "superseded": (told.key.agreement, told.key.priority) != change.clock.aim.key,
        },
        "kind": str(change.kind),
        "n": told.n,
        "noticed_at": rfc3339_of_us(noticed_at),
        "reason": change.reason,
        "threshold": told.key.threshold,
    }


_NO_FLAGS: Final = dict.fromkeys(("historical", "passed_over", "provisional", "superseded"), False)
