"""What happens in a run: tenants, agreements, tickets, and the messages that tell of them.

Everything follows from the seed and from the instant at which the run begins. All that falls due
does so before the run's end, or never: so what must stand in the end does not depend on when one
looks. Instants are microseconds since 1970; offsets are seconds after the beginning.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .business import MINUTE, Always, Hours, Stepped
from .plan import Plan
from .scripts import Author
from .walk import Crossing, Sla, Told, walked

SECOND = 1_000_000
TENANTS = {
    "demo": ("Europe/London", 5),
    "acme": ("America/New_York", 3),
    "globex": ("Asia/Kolkata", 2),
}
"""Zone and share of tickets by tenant."""

BEYOND = 60_000_000
"""Microseconds after the end of a trace: nothing falls due after it."""

AGES = (-3, 1)
"""Days before and after the beginning that calendars are stepped through."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to TICKETS.

    Attributes:
        offset: when it is published.
        by_http: by the intake instead of the bus.
        poison: what is wrong with it; empty if it is good.
    """

    offset: float
    tenant: str
    subject: str
    body: bytes
    msg_id: str | None = None
    by_http: bool = False
    poison: str = ""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant, with everything that happens there.

    Attributes:
        files: SLA files, in the order in which they become the default, with the instants.
        slas: the same, as the oracle reads them.
        tickets: distinct facts by ticket.
    """

    name: str
    files: Sequence[tuple[Mapping[str, Any], int]]
    slas: Sequence[Sla]
    tickets: dict[str, list[Told]] = field(default_factory=dict)

    def expected(self, ticket: str, at: int) -> dict[Crossing, tuple[int, bool]]:
        return walked(self.tickets[ticket], self.slas, at).crossings


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole run.

    Attributes:
        began: its first instant.
        ends: after which nothing happens any more.
        contested: identities that two messages claim with different contents; either may be first.
    """

    began: int
    ends: int
    tenants: Mapping[str, Tenant]
    messages: Sequence[Message]
    contested: frozenset[tuple[str, str]]

    def is_contested(self, message: Message) -> bool:
        """Whether another message claims the identity of this one, which is well-formed."""
        return (message.tenant, json.loads(message.body)["id"]) in self.contested


def trace(plan: Plan, began: int, sink: str) -> Trace:
    """The run of *plan* that begins at an instant; escalations go to the webhook receiver *sink*."""
    dice = random.Random(plan.seed)
    ends = began + round(plan.seconds * SECOND)
    tenants = {name: _tenant(name, zone, began, ends, sink) for name, (zone, _) in TENANTS.items()}
    shares = [share for _, share in TENANTS.values()]
    standing = 0
    messages: list[Message] = []
    number = dict.fromkeys(tenants, 0)
    while standing < plan.thresholds:
        tenant = tenants[dice.choices(list(tenants), shares)[0]]
        number[tenant.name] += 1
        ticket = f"T-{number[tenant.name]}"  # the same names everywhere: tenants are kept apart
        author = Author(dice, ticket, began, ends)
        author.write(dice.choices(list(plan.scripts), list(plan.scripts.values()))[0])
        _brought_to_an_end(author, tenant, ends)
        tenant.tickets[ticket] = [said.fact for said in author.said]
        standing += len(tenant.expected(ticket, ends + BEYOND))
        for said in author.said:
            messages += _published(dice, tenant.name, said.fact, said.offset, plan)
    poison = list(_poisoned(dice, messages, plan, ends))
    contested = frozenset(
        (one.tenant, json.loads(one.body)["id"]) for one in poison if one.poison == "conflict"
    )
    ordered = sorted([*messages, *poison], key=lambda one: one.offset)
    return Trace(began, ends, tenants, ordered, contested)


def _brought_to_an_end(author: Author, tenant: Tenant, ends: int) -> None:
    """Resolve a ticket that would cross something after the end."""
    walk = walked([said.fact for said in author.said], tenant.slas, ends)
    if any(run.is_open and run.next_due() is not None for run in walk.runs):
        author.resolve_before_the_end()


def _tenant(name: str, zone: str, began: int, ends: int, sink: str) -> Tenant:
    calendar = _calendar(zone, began, ends)
    day = 24 * 60 * MINUTE
    hours: dict[str, Hours] = {
        "24x7": Always(),
        "shifts": Stepped(calendar, began + AGES[0] * day, ends + AGES[1] * day),
    }
    later = began + (ends - began) // 4
    first = _file("first", calendar, sink, f"{name}/first")
    second = _file("second", calendar, sink, f"{name}/second", more=1)
    files = [(first, 0), (second, later)]
    return Tenant(name, files, [Sla.of(file, since, hours) for file, since in files])


def _calendar(zone: str, began: int, ends: int) -> dict[str, Any]:
    """Open minutes around the beginning, with gaps; closed at other times, and all of yesterday."""
    start = datetime.fromtimestamp(began // SECOND, UTC).astimezone(ZoneInfo(zone))
    start = start.replace(second=0, microsecond=0)
    minutes = (ends - began) // MINUTE + 10
    edges = [(-30, -7), (-5, -2), (-1, 1)]
    edges += [(begin, begin + 2) for begin in range(2, minutes, 3)]

    def spelt(minute: int) -> str:
        return f"{start + timedelta(minutes=minute):%H:%M}"

    return {
        "timezone": zone,
        "windows": [
            {"weekday": day, "start": spelt(begin), "end": spelt(end)}
            for day in range(7)
            for begin, end in edges
        ],
        "holidays": [{"date": f"{start - timedelta(days=1):%Y-%m-%d}", "name": "Yesterday"}],
    }


def _file(
    sla: str, calendar: Mapping[str, Any], sink: str, path: str, more: int = 0
) -> dict[str, Any]:
    def target(metric: str, priority: str | None, minutes: int, hours: str) -> dict[str, Any]:
        return {"metric": metric, "priority": priority, "minutes": minutes, "calendar": hours}

    thresholds = ["percent:50", "percent:75", "percent:90", "percent:100"]
    thresholds += ["percent:125", "after_due:1"] if more else []
    rules = [
        {"rule_id": f"log-{name}", "threshold": name, "deliver": [{"channel": "log", "to": name}]}
        for name in thresholds
        if name not in {"percent:50", "percent:100"}  # of half a target nobody is told
    ]
    hook = {"channel": "webhook", "to": f"http://{sink}/{path}"}
    rules.append({"rule_id": "breach", "threshold": "percent:100", "deliver": [hook]})
    return {
        "schema": "slaclock.sla/1",
        "sla_id": sla,
        "name": sla,
        "calendars": {"shifts": dict(calendar)},
        "thresholds": thresholds,
        "targets": [
            target("first_response", "P1", 1, "24x7"),
            target("first_response", "P2", 2, "shifts"),
            target("first_response", None, 3, "shifts"),
            target("next_reply", "P1", 1, "24x7"),
            target("next_reply", None, 2, "24x7"),
            target("periodic_update", None, 3 + more, "shifts"),
            target("resolution", "P1", 2, "24x7"),
            target("resolution", "P2", 3 + more, "24x7"),
            target("resolution", "P4", 28, "shifts"),
            target("resolution", None, 4, "shifts"),
        ],
        "pause": {"resolution": ["waiting_on_customer", "on_hold"]},
        "escalations": rules,
    }


def _published(
    dice: random.Random, tenant: str, fact: Told, offset: float, plan: Plan
) -> Iterator[Message]:
    """The message of a fact; some come again later."""
    message = _message(tenant, fact, offset, by_http=dice.random() < plan.by_http)
    yield message
    while dice.random() < 0.05:
        offset = min(offset + dice.uniform(0, 20), max(plan.seconds, offset))
        yield _message(tenant, fact, offset)


def _message(
    tenant: str, fact: Told, offset: float, *, by_http: bool = False, poison: str = ""
) -> Message:
    body = json.dumps(document(tenant, fact), ensure_ascii=False).encode()
    name = json.dumps([tenant, fact.source, fact.id], separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(name.encode()).hexdigest()
    subject = f"sla.ticket.{fact.kind}.v1.{tenant}"
    return Message(offset, tenant, subject, body, digest, by_http, poison)


def document(tenant: str, fact: Told) -> dict[str, Any]:
    """A fact as a CloudEvent."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=fact.at)
    return {
        "specversion": "1.0",
        "id": fact.id,
        "source": fact.source,
        "type": f"sla.ticket.{fact.kind}",
        "subject": fact.data["ticket_id"],
        "time": at.isoformat(),
        "tenant": tenant,
        "sequence": str(fact.sequence),
        "data": dict(fact.data),
    }


def _poisoned(
    dice: random.Random, messages: Sequence[Message], plan: Plan, ends: int
) -> Iterator[Message]:
    """Messages that nobody can take, each made of a good one, and at another time."""
    openings = {one.body: one for one in messages if "opened" in one.subject}
    contested = iter(dice.sample(list(openings.values()), len(openings)))
    for number in range(round(len(messages) * plan.poison)):
        kind = POISON[number % len(POISON)]
        good = next(contested) if kind == "conflict" else dice.choice(messages)
        event = json.loads(good.body)
        subject, body = good.subject, b""
        event["id"] = f"{event['id']}-poison-{number}" if kind != "conflict" else event["id"]
        match kind:
            case "malformed":
                body = json.dumps(event).encode()[: -1 - number % 40]
            case "not utf-8":
                body = b"\xff\xfe" + json.dumps(event).encode()
            case "no data":
                del event["data"]
            case "future":
                late = datetime.fromtimestamp(ends / SECOND + 7200, UTC)
                event["time"] = late.isoformat()
            case "version":
                subject = subject.replace(".v1.", ".v2.")
            case "tenant":
                event["tenant"] = next(one for one in TENANTS if one != good.tenant)
            case "huge":
                event["sequence"] = "9" * 40
            case "conflict":  # it differs in what no clock looks at, whichever of the two is first
                event["data"]["attributes"] = {"told": "otherwise"}
        body = body or json.dumps(event).encode()
        yield Message(dice.uniform(0, plan.seconds), good.tenant, subject, body, poison=kind)


POISON = ("malformed", "not utf-8", "no data", "future", "version", "tenant", "huge", "conflict")
"""What may be wrong with a message."""


def poison_of(messages: Sequence[Message]) -> Counter[str]:
    """How many messages of each kind nobody can take."""
    return Counter(one.poison for one in messages if one.poison)
