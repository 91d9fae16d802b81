"""What the armer, a ticket's workflow and its activity say to each other, as JSON in histories.

Histories keep it as long as a ticket lives: fields are only added, with defaults. Instants are
RFC 3339 in UTC, so that operators can read them in Temporal's own pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

WORKFLOW: Final = "SlaTicket"
"""Name of the workflow type."""

WAKE: Final = "wake"
"""Name of the activity."""

TASK_QUEUE: Final = "sla-ticket-clock"
"""Where workers look for both."""

RECENT: Final = 20
"""Wake-ups that a workflow remembers for `get_state`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a ticket is to be looked at next, as its row in the database says.

    Attributes:
        tenant: whose ticket it is.
        ticket_id: which.
        revision: of the row; a message of a lower one is old news.
        next_due_at: None while nothing is due, however long one waits.
        closed: nothing will be due any more, unless somebody reports something.
    """

    tenant: str
    ticket_id: str
    revision: int
    next_due_at: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Wake:
    """What the activity is asked: look at this ticket; I know it as of this revision."""

    tenant: str
    ticket_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the activity found after it had reconciled the ticket.

    Attributes:
        result: for people, such as `reconciled`; nothing depends on it.
    """

    revision: int
    next_due_at: str | None
    closed: bool
    result: str = ""


@dataclass(frozen=True, slots=True)
class Fired:
    """A wake-up that took place.

    Attributes:
        due_at: when it should have been.
        at: when it was.
        result: what the activity answered.
    """

    due_at: str
    at: str
    result: str


@dataclass(frozen=True, slots=True)
class Course:
    """All that a workflow knows: its input, also of the run that continues it.

    Attributes:
        plan: the newest that it was told.
        status: `running`, `paused`, `completed` or `cancelled`.
        response_completed: whether the first response was given.
        fired: the most recent wake-ups.
        fired_count: all of them.
    """

    plan: Plan
    status: str = "running"
    response_completed: bool = False
    fired: list[Fired] = field(default_factory=list)
    fired_count: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """The answer to `get_state`: for operators, not for decisions; the truth is in PostgreSQL.

    Attributes:
        as_of: when it was asked.
        next_wake: when the ticket will be looked at.
        remaining_seconds: until then; negative when it is late.
    """

    tenant: str
    ticket_id: str
    revision: int
    status: str
    paused: bool
    response_completed: bool
    as_of: str
    next_wake: str | None
    remaining_seconds: float | None
    fired_count: int
    fired: list[Fired]


def workflow_id(tenant: str, ticket_id: str) -> str:
    """The id of a ticket's workflow.

    A tenant may hold `-`, which also separates; `_` it may not, so that no two tickets share one.
    """
    return f"sla-ticket-{tenant.replace('-', '_')}-{ticket_id}"
