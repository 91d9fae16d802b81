"""A help desk that does not exist: its tickets of the last days, and what happens to them next.

Pure: the same seed and instant give the same tickets. Amounts are drawn so that the figures look
like those of a desk that is doing well, and not perfectly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from slaclock.cli.importing.facts import Fact

SOURCE: Final = "/demo/helpdesk"
PRIORITIES: Final = ("P1", "P2", "P3", "P4")
SHARES: Final = (6, 22, 47, 25)
"""How many of a hundred tickets have each priority."""

CUSTOMERS: Final = ("acme", "globex", "initech", "umbrella", "stark", "wayne")
GROUPS: Final = {
    "service-desk": ("mia", "noah", "ava", "liam"),
    "network": ("zoe", "finn"),
    "applications": ("lena", "omar", "ida"),
    "infrastructure": ("kai", "nora"),
}
CATEGORIES: Final = ("email", "vpn", "hardware", "access", "software", "printing")
BY_HOUR: Final = (1, 1, 1, 1, 1, 2, 4, 9, 16, 18, 17, 14, 11, 14, 15, 13, 11, 8, 4, 3, 2, 2, 1, 1)
"""How many tickets arrive in each hour of a day, as weights."""

RESPONSE: Final = {"P1": 6, "P2": 14, "P3": 28, "P4": 90}
RESOLUTION: Final = {"P1": 34, "P2": 125, "P3": 900, "P4": 2600}
"""Minutes that half of the tickets take."""

TARGET: Final = {"P1": (15, 60), "P2": (30, 240)}
"""Minutes for response and resolution of the priorities that are measured around the clock."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the desk sees it."""

    id: str
    priority: str
    customer: str
    group: str
    person: str
    category: str
    opened_at: datetime


class Desk:
    """Makes tickets and what happens to them.

    Args:
        random: seeded; everything is drawn from it.
        first: number of the first ticket.
    """

    def __init__(self, random: Random, *, first: int) -> None:
        self._random, self._next = random, first
        self._sequence = 0

    def ticket(self, opened_at: datetime, priority: str | None = None) -> Ticket:
        """A new ticket of a likely kind."""
        random = self._random
        group = random.choices(tuple(GROUPS), (5, 2, 3, 2))[0]
        number, self._next = self._next, self._next + 1
        return Ticket(
            id=f"INC-{number}",
            priority=priority or random.choices(PRIORITIES, SHARES)[0],
            customer=random.choice(CUSTOMERS),
            group=group,
            person=random.choice(GROUPS[group]),
            category=random.choice(CATEGORIES),
            opened_at=opened_at,
        )

    def history(self, now: datetime, *, days: int, tickets: int) -> list[Fact]:
        """Facts of the days before *now*, in the order in which they happened."""
        facts: list[Fact] = []
        for _ in range(tickets):
            day = now - timedelta(days=self._random.randrange(days))
            hour = self._random.choices(range(24), BY_HOUR)[0]
            opened_at = day.replace(hour=hour, minute=self._random.randrange(60), second=0)
            if day.weekday() >= 5 and self._random.random() < 0.8:
                opened_at -= timedelta(days=2)
            if opened_at < now:
                facts += [fact for fact in self.story(self.ticket(opened_at)) if fact.at < now]
        facts += self.soon_due(now)
        return sorted(facts, key=lambda fact: fact.at)

    def story(self, ticket: Ticket) -> Iterator[Fact]:
        """What happens to a ticket from its opening to its end."""
        random = self._random
        yield self.opened(ticket)
        at = ticket.opened_at + timedelta(minutes=RESPONSE[ticket.priority] * _about_one(random))
        yield self.changed(ticket, at, status="in_progress", assignee=ticket.person)
        yield self.replied(ticket, at + timedelta(seconds=random.randrange(20, 240)))
        work = timedelta(minutes=RESOLUTION[ticket.priority] * _about_one(random))
        if random.random() < 0.08:
            yield self.changed(ticket, at + work * 0.2, priority=_raised(ticket.priority))
        if random.random() < 0.35:
            waits = at + work * 0.4
            at += timedelta(minutes=random.randrange(30, 1500))
            yield self.changed(ticket, waits, status="waiting_on_customer")
            yield self.changed(ticket, at + work * 0.4, status="in_progress")
        done = at + work
        yield self.changed(ticket, done, status="resolved")
        if random.random() < 0.06:
            yield self.changed(ticket, done + timedelta(hours=3), status="in_progress")
            done += timedelta(hours=3, minutes=random.randrange(10, 90))
            yield self.changed(ticket, done, status="resolved")
        yield self.changed(ticket, done + timedelta(days=2), status="closed")

    def soon_due(self, now: datetime) -> list[Fact]:
        """Open tickets whose deadlines come within the next minutes, one after the other."""
        facts: list[Fact] = []
        for number in range(16):
            priority = "P1" if number % 3 == 0 else "P2"
            response, resolution = TARGET[priority]
            left = timedelta(seconds=35 + 40 * number + self._random.randrange(20))
            unanswered = number % 4 == 1
            target = timedelta(minutes=response if unanswered else resolution)
            ticket = self.ticket(now - target + left, priority)
            facts.append(self.opened(ticket))
            took = ticket.opened_at + timedelta(minutes=response) * self._random.uniform(0.2, 0.7)
            facts.append(self.changed(ticket, took, assignee=ticket.person))
            if not unanswered:
                facts.append(self.replied(ticket, took))
        return [fact for fact in facts if fact.at < now]

    def opened(self, ticket: Ticket) -> Fact:
        """The ticket exists."""
        return self._fact(
            "opened",
            ticket,
            ticket.opened_at,
            {
                "priority": ticket.priority,
                "status": "open",
                "customer_id": ticket.customer,
                "contract_id": None,
                "assignee": None,
                "group": ticket.group,
                "category": ticket.category,
                "service": None,
                "attributes": {},
            },
        )

    def changed(self, ticket: Ticket, at: datetime, **changes: str) -> Fact:
        """Some of its fields changed."""
        return self._fact("updated", ticket, at, {"changes": changes})

    def replied(self, ticket: Ticket, at: datetime) -> Fact:
        """An agent answered in public."""
        data = {"author": "agent", "person": ticket.person, "public": True}
        return self._fact("replied", ticket, at, data)

    def _fact(self, kind: str, ticket: Ticket, at: datetime, data: dict[str, Any]) -> Fact:
        self._sequence += 1
        return Fact(
            kind=f"sla.ticket.{kind}",
            source=SOURCE,
            id=f"{ticket.id}-{self._sequence}",
            ticket_id=ticket.id,
            at=at,
            sequence=self._sequence,
            data={"ticket_id": ticket.id, **data},
        )


class Shift:
    """A desk at work: from moment to moment something happens to one of its tickets."""

    def __init__(self, desk: Desk, random: Random) -> None:
        self._desk, self._random = desk, random
        self._open: dict[str, tuple[Ticket, str]] = {}

    def happens(self, now: datetime) -> list[Fact]:
        """What happens at *now*: a new ticket, or something to one of this shift's tickets."""
        random, desk = self._random, self._desk
        if len(self._open) < 4 or random.random() < 0.3:
            urgent = random.choice(("P1", "P2", None))
            ticket = desk.ticket(now, urgent)
            self._open[ticket.id] = (ticket, "new")
            return [desk.opened(ticket)]
        ticket, state = random.choice(list(self._open.values()))
        if state == "new":
            self._open[ticket.id] = (ticket, "in_progress")
            taken = desk.changed(ticket, now, status="in_progress", assignee=ticket.person)
            return [taken, desk.replied(ticket, now)]
        if state == "waiting_on_customer" or random.random() < 0.4:
            if state == "waiting_on_customer":
                self._open[ticket.id] = (ticket, "in_progress")
                return [desk.changed(ticket, now, status="in_progress")]
            self._open[ticket.id] = (ticket, "waiting_on_customer")
            return [desk.changed(ticket, now, status="waiting_on_customer")]
        del self._open[ticket.id]
        return [desk.changed(ticket, now, status="resolved")]


def _about_one(random: Random) -> float:
    """A factor whose median is 1, sometimes several times that."""
    return min(random.lognormvariate(0, 0.75), 8.0)


def _raised(priority: str) -> str:
    return PRIORITIES[max(PRIORITIES.index(priority) - 1, 0)]
