"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from escalation_service.domain.announcement import CallOff, Key, Record
from escalation_service.domain.delivery import Outcome, Verdict
from escalation_service.domain.escalation import Escalation, State
from escalation_service.domain.letter import Letter
from escalation_service.domain.news import News
from escalation_service.domain.parcel import Parcel
from escalation_service.domain.rule import Agreement
from escalation_service.domain.signature import Secret
from escalation_service.domain.views import DeliveryEntry, Entry


class Acting(Protocol):
    """One transaction that acts upon announcements. Nothing is kept if it does not commit."""

    async def now(self) -> datetime:
        """The database's clock, UTC."""
        ...

    async def agreements(
        self, wanted: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Agreement]:
        """What is known of *wanted*, pairs of tenant and snapshot hash."""
        ...

    async def lock(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        """Every one of *keys* (sorted), locked; blank records for what was never heard of."""
        ...

    async def keep(self, records: Sequence[Record]) -> None:
        """Store *records*, which are locked."""
        ...

    async def raise_escalations(
        self, escalations: Sequence[Escalation], at: datetime
    ) -> Sequence[Escalation]:
        """Store *escalations*; answers those that were not there before."""
        ...

    async def plan_notices(
        self, escalations: Sequence[Escalation], at: datetime, due: datetime
    ) -> None:
        """Plan the notice of each, at *due* or later; of what is withdrawn, as withdrawn."""
        ...

    async def withdraw(self, records: Sequence[Record], at: datetime) -> Sequence[Escalation]:
        """Withdraw what stands of *records*, and answer it.

        Planned notices are cancelled; whoever got one, or may have, is owed a correction.
        """
        ...

    async def call_off(self, records: Sequence[Record], at: datetime) -> Sequence[Escalation]:
        """Withdraw what waits to be sent of *records*, and answer it; nobody is corrected."""
        ...

    async def tell(self, news: Sequence[News]) -> None:
        """Promise *news* to the bus."""
        ...


class Marking(Protocol):
    """One transaction that writes down how an attempt ended."""

    async def lock(self, escalation: UUID) -> State:
        """The escalation's state; nobody else changes it until this transaction ends."""
        ...

    async def call_off_of(self, key: Key) -> CallOff | None:
        """Whether the announcement's clock was called off."""
        ...

    async def mark(self, parcel: Parcel, verdict: Verdict) -> datetime | None:
        """Write *verdict*; the database's time, or None when another sender has taken over."""
        ...

    async def close_attempt(self, parcel: Parcel, outcome: Outcome, took: timedelta) -> None:
        """Write down how the attempt ended, whoever holds the delivery now."""
        ...

    async def move(self, escalation: UUID, state: State, at: datetime) -> None:
        """Change the escalation's state."""
        ...

    async def correct(self, parcel: Parcel, at: datetime) -> None:
        """Plan the correction, unless there is one."""
        ...

    async def tell(self, news: Sequence[News]) -> None:
        """Promise *news* to the bus."""
        ...


class Deliveries(Protocol):
    """Planned deliveries, shared by all senders."""

    async def claim(
        self, at_most: int, *, of_each: int, busy: Collection[str], lease: timedelta
    ) -> Sequence[Parcel]:
        """Take deliveries whose time has come, oldest first; nobody else takes them meanwhile.

        Args:
            at_most: how many in all.
            of_each: how many of one tenant.
            busy: tenants to pass over.
            lease: how long they are ours.
        """
        ...

    def marking(self, tenant: str) -> AbstractAsyncContextManager[Marking]:
        """A transaction; commits when the block ends."""
        ...


class Channel(Protocol):
    """A way to reach people or their systems."""

    async def send(self, letter: Letter) -> Outcome:
        """Hand *letter* over. Whatever the other side does is an outcome, not an exception.

        An outage of our own database may be raised, before anything was sent.
        """
        ...


class Acknowledging(Protocol):
    """One transaction of a person who looks at an escalation."""

    async def lock_whole(self, escalation: UUID) -> tuple[Escalation, datetime | None] | None:
        """The escalation and when it was acknowledged; None where there is none."""
        ...

    async def now(self) -> datetime:
        """The database's clock, UTC."""
        ...

    async def acknowledge(self, escalation: Escalation, at: datetime, by: str) -> None:
        """Write it down."""
        ...

    async def tell(self, news: Sequence[News]) -> None:
        """Promise *news* to the bus."""
        ...


class Reading(Protocol):
    """What people read, one tenant at a time."""

    async def page(
        self,
        tenant: str,
        *,
        ticket_id: str | None,
        state: State | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> Sequence[Entry]:
        """Escalations, newest first, from after the key *after* on."""
        ...

    async def one(
        self, tenant: str, escalation_id: UUID
    ) -> tuple[Entry, Sequence[DeliveryEntry]] | None:
        """An escalation with its deliveries and attempts; None where *tenant* has none such."""
        ...


class Desk(Protocol):
    """Everything that HTTP asks for."""

    @property
    def reading(self) -> Reading:
        """What people read."""
        ...

    def acknowledging(self, tenant: str) -> AbstractAsyncContextManager[Acknowledging]:
        """A transaction; commits when the block ends."""
        ...

    async def show_secret(self, tenant: str, to: str) -> Secret:
        """The tenant's signing secret, made when it is first asked for; who saw it is audited."""
        ...


class Watch(Protocol):
    """Figures of the delivery loop, for the metrics."""

    def attempted(self, channel: str, outcome: Outcome, took: timedelta) -> None:
        """An attempt ended."""
        ...

    def late(self, by: timedelta) -> None:
        """How long the oldest delivery that is due has waited; zero when none is."""
        ...
