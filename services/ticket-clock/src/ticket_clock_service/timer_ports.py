"""What wakes tickets: one interface, and what each of its backends must do.

PostgreSQL holds `next_due_at` and is the truth. A backend only causes `reconcile(ticket)` at the
right time: it may wake early, late, twice or not at all, and nothing becomes wrong by it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeAlias

from ticket_clock_service.ports import Key

Change: TypeAlias = Literal[
    "start", "pause", "resume", "complete_response", "complete_resolution", "cancel", "rearm"
]
"""What has become of a ticket since it was armed last; a backend may tell its operators."""

Phase: TypeAlias = Literal["response", "resolution"]


class SlaBackend(Protocol):
    """Tracking of one tenant's tickets.

    All but the last method say "look at this ticket now": what is armed, and for when, follows
    from the ticket's row alone. Each may be repeated, left out, called for a ticket that nobody
    knows or while the backend is down: the armer brings everything up to date by itself.
    """

    async def start_sla_tracking(
        self,
        ticket_id: str,
        agreement: str | None,
        targets: Mapping[str, int],
        schedule: str | None,
    ) -> None:
        """A ticket has clocks.

        Args:
            ticket_id: whose.
            agreement: hash of the SLA snapshot that binds it, None for none.
            targets: minutes by metric, for operators to read.
            schedule: name of the calendar, for operators to read.
        """

    async def pause_sla(self, ticket_id: str, reason: str) -> None:
        """Its clocks stand still."""

    async def resume_sla(self, ticket_id: str) -> None:
        """They run again."""

    async def complete_sla(self, ticket_id: str, type: Phase, met: bool) -> None:  # noqa: A002, FBT001 - pinned
        """A phase has ended."""

    async def cancel_sla(self, ticket_id: str) -> None:
        """Its clocks have been called off."""

    async def get_sla_status(self, ticket_id: str) -> Mapping[str, Any]:
        """The ticket's status document, from PostgreSQL under every backend.

        Raises:
            UnknownTicket: nothing is known of it.
        """


@dataclass(frozen=True, slots=True)
class Arming:
    """When to wake a ticket.

    Attributes:
        tenant, ticket_id: whose.
        revision: of the row that says so; what comes with a lower one is outdated.
        next_due_at: UTC; None: not until something happens to the ticket.
        closed: nothing runs any more, the alarm can go; a later fact may begin anew.
        change: why, in words that operators know.
    """

    tenant: str
    ticket_id: str
    revision: int
    next_due_at: datetime | None
    closed: bool
    change: Change = "rearm"

    @property
    def key(self) -> Key:
        """Whose alarm it is."""
        return self.tenant, self.ticket_id


class BackendDown(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The backend cannot do its work now; the message says why."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the armer treats a backend.

    Attributes:
        name: the backend, such as `jetstream`.
        ahead: only tickets due within this time are armed; None: all that have a next instant.
        exact: also arm a ticket whose revision alone has changed (the backend shows it).
        batch: armings in one call, at most.
        per_second: armings a second, at most.
    """

    name: str
    ahead: timedelta | None = None
    exact: bool = False
    batch: int = 500
    per_second: float = 2000.0


class Alarm(Protocol):
    """A backend, as the armer knows it."""

    @property
    def manner(self) -> Manner:
        """How it wants to be treated."""

    async def place(self) -> str:
        """Names the store that remembers the alarms: another name, and all of them are lost.

        Raises:
            BackendDown: it does not answer.
        """

    async def arm(self, armings: Sequence[Arming]) -> None:
        """Have each of these tickets woken at its instant, in place of what was armed of it.

        Idempotent. An instant that has passed wakes at once.

        Raises:
            BackendDown: none, some or all of them are armed.
        """

    async def healthy(self) -> None:
        """Return if alarms are taken and will go off.

        Raises:
            BackendDown: they may not.
        """

    async def close(self) -> None:
        """Let go of connections; what is armed stays armed."""


Verdict: TypeAlias = Literal["judged", "early", "held", "closed", "gone", "behind"]


@dataclass(frozen=True, slots=True)
class Woken:
    """What a wake-up found.

    Attributes:
        revision: of the ticket's row now.
        next_due_at: when to wake it next, UTC; None: not until something happens.
        closed: nothing runs any more; also for a ticket that is not there.
        result: `judged`: it was due, and has been reconciled by this wake-up or somebody else.
            `early`: not due yet by the database's clock. `held`: due, but facts that may change
            the verdict are still being processed, or somebody else has the ticket; ask again in a
            second. `closed`: see there. `gone`: no such ticket; the revision is beyond the one
            asked with. `behind`: the row's revision is below the one asked with (a database that
            was restored); ask again later.
    """

    revision: int
    next_due_at: datetime | None
    closed: bool
    result: Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket's row, as far as it concerns wake-ups.

    Attributes:
        closed: nothing runs any more.
    """

    revision: int
    next_due_at: datetime | None
    closed: bool


@dataclass(frozen=True, slots=True)
class Armed:
    """A ticket's row beside what is armed of it.

    Attributes:
        row: as it stands.
        known: the revision that was armed; None: nothing was.
        known_due: the instant that was armed; None also for "not until something happens".
        is_elsewhere: it was armed in a place that is gone.
        is_far: due only beyond the time for which the backend arms ahead.
        kinds: (kind, metric) of what was told of the ticket since, in order; for exact backends.
    """

    tenant: str
    ticket_id: str
    row: Standing
    known: int | None
    known_due: datetime | None
    is_elsewhere: bool = False
    is_far: bool = False
    kinds: Sequence[tuple[str, str]] = ()


class Armory(Protocol):
    """What is armed, beside the tickets' rows; never on them."""

    async def near(self, manner: Manner, place: str, *, seconds: float) -> list[Key]:
        """A batch of tickets due within *seconds* whose alarm differs, also of those due long ago.

        Cheap enough to be asked several times a second.
        """

    def walk(self, manner: Manner, place: str) -> AsyncIterator[Sequence[Key]]:
        """All tickets whose alarm differs, in parts, once through everything."""

    async def states(self, manner: Manner, place: str, keys: Collection[Key]) -> list[Armed]:
        """How these tickets stand, and what is armed of them; those unknown are left out."""

    async def remember(self, manner: Manner, place: str, armings: Sequence[Arming]) -> None:
        """These are armed now; what is closed is forgotten."""

    async def standing(self, keys: Collection[Key]) -> dict[Key, Standing]:
        """Rows of tickets; those unknown are left out."""

    async def now(self) -> datetime:
        """The database's clock, UTC."""
