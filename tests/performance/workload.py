"""Made-up but lifelike traffic of many help desks: terms first, then facts of tickets.

The facts of a ticket lie far apart in the stream, as they do in life, so a batch hardly ever holds
two of one ticket: the worst case for a service that folds ticket by ticket. Nothing of it becomes
due by time alone while the bench runs, so that every row that is written belongs to a fact.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from slaclock.business_time import seal
from slaclock.contracts.agreements import AgreementPublished
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.envelope import Event, message_id, nats_subject
from slaclock.contracts.instants import rfc3339
from slaclock.contracts.terms import AssignmentChanged
from slaclock.messaging.outbox import Outgoing

__all__ = ["BATCH", "Workload", "fact", "opening", "terms_of", "workload"]

BATCH: Final = 500
"""Facts that ticket-clock takes at once."""

LONG_AGO: Final = "1970-01-01T00:00:00Z"
OFFICE: Final[dict[str, Any]] = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "08:00", "end": "18:00"} for day in range(5)],
    "holidays": [{"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"}],
}

SCRIPTS: Final[tuple[tuple[int, tuple[tuple[int, str], ...]], ...]] = (
    (45, ((5, "take"), (20, "answer"), (90, "resolve"))),
    (20, ((5, "take"), (15, "answer"), (5, "wait"), (60, "go on"), (30, "resolve"))),
    (12, ((10, "note"), (10, "escalate"), (10, "answer"), (20, "wait"))),
    (10, ((3, "take"), (9, "answer"), (40, "resolve"), (30, "reopen"), (20, "resolve"))),
    (8, ((15, "take"),)),
)
"""(weight, steps after the opening as (minutes since the step before, what))."""

LATE: Final = 5
"""Weight of tickets that are answered and resolved too late: a later fact proves the crossings."""

LATE_STEPS: Final = ((40, "answer"), (140, "resolve"))

STEPS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "take": ("updated", {"changes": {"status": "in_progress", "assignee": "person-17"}}),
    "answer": ("replied", {"author": "agent", "person": "person-17", "public": True}),
    "note": ("replied", {"author": "agent", "person": "person-17", "public": False}),
    "wait": ("updated", {"changes": {"status": "waiting_on_customer"}}),
    "go on": ("updated", {"changes": {"status": "in_progress"}}),
    "escalate": ("updated", {"changes": {"priority": "P2", "group": "second-line"}}),
    "resolve": ("updated", {"changes": {"status": "resolved"}}),
    "reopen": ("updated", {"changes": {"status": "in_progress"}}),
}


@dataclass(frozen=True, slots=True)
class Workload:
    """What is published before a run.

    Attributes:
        terms: SLAs and defaults of all tenants, for AGREEMENT.
        warm_up: facts of other tickets, processed before anything is measured.
        facts: what is measured, in the order of publishing.
        tickets: how many tickets *facts* are about.
    """

    terms: Sequence[Outgoing]
    warm_up: Sequence[Outgoing]
    facts: Sequence[Outgoing]
    tickets: int

    @property
    def tenants(self) -> int:
        """How many tenants there are."""
        return len({message.tenant for message in self.terms})

    @property
    def mean_bytes(self) -> int:
        """Size of a fact's message."""
        return sum(len(message.body) for message in self.facts) // len(self.facts)


def workload(facts: int, *, tenants: int = 40, warm_up: int = 2 * BATCH) -> Workload:
    """Traffic that ends a few minutes ago.

    Args:
        facts: how many are measured.
        tenants: how many share them.
        warm_up: facts before that; a multiple of `BATCH`, so that batches begin alike.
    """
    dice = random.Random(7)  # the same traffic every time, but for its instants
    names = [f"bench-{number:02}" for number in range(tenants)]
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    before = list(_stream(dice, names, warm_up, until, "W"))
    measured = list(_stream(dice, names, facts, until, "T"))
    terms = [message for name in names for message in terms_of(name)]
    tickets = {(message.tenant, orjson.loads(message.body)["subject"]) for message in measured}
    return Workload(terms, before, measured, len(tickets))


def fact(
    tenant: str, ticket: str, number: int, kind: str, at: datetime, data: dict[str, Any]
) -> Outgoing:
    """The message of one fact, as a help desk publishes it."""
    event_type = f"sla.ticket.{kind}"
    name = f"{ticket}-{number}"
    body = {
        "specversion": "1.0",
        "id": name,
        "source": f"https://{tenant}.desk.example/tickets",
        "type": event_type,
        "subject": ticket,
        "time": rfc3339(at),
        "tenant": tenant,
        "datacontenttype": "application/json",
        "sequence": str(number),
        "data": {"ticket_id": ticket, **data},
    }
    source = body["source"]
    return Outgoing(
        tenant,
        "TICKETS",
        nats_subject(event_type, tenant),
        message_id(tenant, str(source), name),
        orjson.dumps(body),
    )


def opening(dice: random.Random, priority: str) -> dict[str, Any]:
    """Data of a new ticket."""
    return {
        "priority": priority,
        "status": "new",
        "customer_id": f"customer-{dice.randrange(200)}",
        "group": "first-line",
        "category": dice.choice(("network", "software", "hardware", "access")),
        "service": f"service-{dice.randrange(20)}",
        "attributes": {"channel": "email"},
    }


def _stream(
    dice: random.Random, tenants: Sequence[str], count: int, until: datetime, prefix: str
) -> Iterator[Outgoing]:
    """*count* facts by time; those of a late ticket stand together, within one batch."""
    groups: list[tuple[datetime, list[Outgoing]]] = []
    weights = [*(weight for weight, _ in SCRIPTS), LATE]
    for number in range(count):  # more than enough; what is left over is not sent
        tenant, ticket = dice.choice(tenants), f"{prefix}{number:07}"
        begins = until - timedelta(seconds=dice.randrange(200 * 60, 600 * 60))
        chosen = dice.choices(range(len(weights)), weights)[0]
        if chosen == len(SCRIPTS):
            together = list(_ticket(dice, tenant, ticket, begins, LATE_STEPS, "P1"))
            groups.append((begins, [message for _, message in together]))
        else:
            steps, priority = SCRIPTS[chosen][1], dice.choice(("P2", "P3", "P4"))
            apart = _ticket(dice, tenant, ticket, begins, steps, priority)
            groups += [(at, [message]) for at, message in apart]
        if len(groups) >= count:
            break
    groups.sort(key=lambda group: group[0])
    sent = 0
    held: list[list[Outgoing]] = []
    for _, group in groups:
        held.append(group)
        waiting, held = held, []
        for one in waiting:
            if sent % BATCH + len(one) > BATCH:
                held.append(one)
                continue
            for message in one:
                if sent == count:
                    return
                yield message
                sent += 1


def _ticket(
    dice: random.Random,
    tenant: str,
    ticket: str,
    begins: datetime,
    steps: Sequence[tuple[int, str]],
    priority: str,
) -> Iterator[tuple[datetime, Outgoing]]:
    yield begins, fact(tenant, ticket, 1, "opened", begins, opening(dice, priority))
    at = begins
    for number, (minutes, what) in enumerate(steps, 2):
        at += timedelta(seconds=minutes * 60 + dice.randrange(60))
        kind, data = STEPS[what]
        yield at, fact(tenant, ticket, number, kind, at, data)


def terms_of(tenant: str, **other: Any) -> Iterator[Outgoing]:
    """An SLA, with *other* values in its snapshot than it usually has, and that it is the default."""
    snapshot = {**_sla(), **other}
    digest = content_hash(snapshot)
    published = AgreementPublished(
        sla_id="desk", version=1, hash=digest, effective_from=_instant(LONG_AGO), snapshot=snapshot
    )
    default = AssignmentChanged(
        entry_id="default",
        kind="default",
        effective_from=_instant(LONG_AGO),
        agreement=digest,
        sla_id="desk",
        sla_version=1,
    )
    yield _told(tenant, "sla.agreement.published", "desk", published)
    yield _told(tenant, "sla.assignment.changed", "default", default)


def _told(tenant: str, kind: str, subject: str, data: Any) -> Outgoing:
    return Outgoing.of(
        Event(
            specversion="1.0",
            id=f"{tenant}-{subject}",
            source="/slaclock/sla",
            type=kind,
            subject=subject,
            time=_instant(LONG_AGO),
            tenant=tenant,
            data=data,
        )
    )


def _sla() -> dict[str, Any]:
    """An SLA whose targets nobody reaches while the bench runs, except those of P1."""
    office = seal(OFFICE, calendar_id="office", version=1)
    digest = content_hash(office)

    def row(metric: str, priority: str | None, minutes: int, calendar: str) -> dict[str, Any]:
        return {
            "metric": metric,
            "priority": priority,
            "minutes": minutes,
            "calendar": calendar,
        }

    return {
        "schema": "slaclock.sla/1",
        "sla_id": "desk",
        "name": "Desk",
        "version": 1,
        "effective_from": LONG_AGO,
        "calendars": {"office": {"hash": digest, "calendar_id": "office", "version": 1}},
        "calendar_snapshots": {digest: office},
        "targets": [
            row("first_response", "P1", 15, "24x7"),
            row("first_response", "P2", 1500, "office"),
            row("first_response", None, 2400, "office"),
            row("resolution", "P1", 60, "24x7"),
            row("resolution", "P2", 3000, "office"),
            row("resolution", None, 6000, "office"),
        ],
        "pause": {"resolution": ["waiting_on_customer"], "first_response": []},
        "reopen": {"resolution": "resume", "first_response": "keep"},
        "thresholds": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "escalations": [],
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
