"""The database, the channel and the clock of escalation, in memory; and messages to act upon."""

# ruff: noqa: ARG002 - the memory of a fake needs less than a database

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from escalation_service.domain import news
from escalation_service.domain.announcement import (
    CallOff,
    Crossing,
    Key,
    Record,
    Retraction,
    Silence,
    Told,
)
from escalation_service.domain.delivery import (
    Backoff,
    Kind,
    Outcome,
    Sent,
    State,
    Verdict,
    delivery_id,
    notice_state,
)
from escalation_service.domain.escalation import Escalation
from escalation_service.domain.escalation import State as E
from escalation_service.domain.letter import Letter
from escalation_service.domain.news import News
from escalation_service.domain.parcel import Parcel
from escalation_service.domain.rule import Action, Agreement, Rule
from escalation_service.usecases.deliver import Pace, Sender

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SETTLE = timedelta(seconds=5)
SNAPSHOT = "a" * 64
RULES = Agreement(
    (
        Rule("r1", "percent:90", (Action("wire", "ann"), Action("wire", "ben")), "resolution"),
        Rule("r2", "percent:100", (Action("wire", "boss"),)),
    )
)


def told(
    number: int = 1,
    *,
    tenant: str = "acme",
    threshold: str = "percent:90",
    silence: Silence | None = None,
    n: int = 1,
) -> Told:
    crossing = Crossing(f"INC-{number}", "resolution", "first", threshold, n, SNAPSHOT)
    key = Key(tenant, UUID(int=number * 100 + n))
    return Told(key, crossing, event_id=f"e{number}.{n}", silence=silence)


def retracted(of: Told) -> Retraction:
    return Retraction(of.key, NOW, event_id=f"{of.event_id}-back", reason="late fact")


def called_off(of: Told) -> CallOff:
    return CallOff(of.key, NOW, event_id=f"{of.event_id}-off", reason="deleted")


@dataclass
class Row:
    """A delivery as the database keeps it."""

    escalation: UUID
    kind: Kind
    next_at: datetime | None
    state: State = State.PLANNED
    tries: int = 0
    doubtful: bool = False


@dataclass
class Office:
    """The database, in memory: what `Acting`, `Deliveries` and `Marking` ask of it."""

    at: datetime = NOW
    agreed: dict[tuple[str, str], Agreement] = field(
        default_factory=lambda: {("acme", SNAPSHOT): RULES, ("zeta", SNAPSHOT): RULES}
    )
    records: dict[Key, Record] = field(default_factory=dict)
    escalations: dict[UUID, Escalation] = field(default_factory=dict)
    deliveries: dict[UUID, Row] = field(default_factory=dict)
    told: list[News] = field(default_factory=list)
    wire: list[tuple[str, Kind, UUID]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    statements: int = 0

    async def now(self) -> datetime:
        self.statements += 1
        return self.at

    async def agreements(
        self, wanted: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Agreement]:
        self.statements += 1
        return {name: self.agreed[name] for name in wanted if name in self.agreed}

    async def lock(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        assert list(keys) == sorted(set(keys)), "locked in key order"
        self.statements += 2
        return {key: self.records.get(key, Record(key)) for key in keys}

    async def keep(self, records: Sequence[Record]) -> None:
        self.statements += 1
        self.records |= {record.key: record for record in records}

    async def raise_escalations(
        self, escalations: Sequence[Escalation], at: datetime
    ) -> Sequence[Escalation]:
        self.statements += 1
        new = [one for one in escalations if one.id not in self.escalations]
        self.escalations |= {one.id: one for one in new}
        return new

    async def plan_notices(
        self, escalations: Sequence[Escalation], at: datetime, due: datetime
    ) -> None:
        self.statements += 1
        for one in escalations:
            state = notice_state(one.state)
            next_at = due if state is State.PLANNED else None
            row = Row(one.id, Kind.NOTICE, next_at, state)
            self.deliveries[delivery_id(one.id, Kind.NOTICE)] = row

    async def withdraw(self, records: Sequence[Record], at: datetime) -> Sequence[Escalation]:
        self.statements += 3
        keys = {record.key for record in records}
        standing = (E.RAISED, E.DELIVERED, E.FAILED)
        found = [
            replace(one, state=E.WITHDRAWN)
            for one in self.escalations.values()
            if one.key in keys and one.state in standing
        ]
        self.escalations |= {one.id: one for one in found}
        for one in found:
            notice = self.deliveries[delivery_id(one.id, Kind.NOTICE)]
            if notice.state is State.PLANNED:
                notice.state, notice.next_at = State.WITHDRAWN, None
        for one in self.escalations.values():
            if one.key in keys and one.state is E.WITHDRAWN:
                self.owe_correction(one.id)
        return found

    async def call_off(self, records: Sequence[Record], at: datetime) -> Sequence[Escalation]:
        self.statements += 3
        keys, found = {record.key for record in records}, []
        for one in list(self.escalations.values()):
            notice = self.deliveries.get(delivery_id(one.id, Kind.NOTICE))
            if one.key in keys and notice is not None and notice.state is State.PLANNED:
                notice.state, notice.next_at = State.WITHDRAWN, None
                self.escalations[one.id] = replace(one, state=E.WITHDRAWN)
                found.append(self.escalations[one.id])
        return found

    def owe_correction(self, escalation: UUID) -> None:
        notice = self.deliveries[delivery_id(escalation, Kind.NOTICE)]
        ended = notice.state in (State.WITHDRAWN, State.FAILED)
        if notice.state is State.DELIVERED or (notice.doubtful and ended):
            row = Row(escalation, Kind.CORRECTION, self.at)
            self.deliveries.setdefault(delivery_id(escalation, Kind.CORRECTION), row)

    async def tell(self, told: Sequence[News]) -> None:
        self.statements += 1
        self.told += told

    async def claim(
        self, at_most: int, *, of_each: int, busy: Collection[str], lease: timedelta
    ) -> Sequence[Parcel]:
        parcels = []
        for name, row in self.deliveries.items():
            if row.next_at is None or row.next_at > self.at:
                continue
            row.doubtful = row.doubtful or row.state is State.SENDING
            row.state, row.tries, row.next_at = State.SENDING, row.tries + 1, self.at + lease
            escalation = self.escalations[row.escalation]
            record = self.records[escalation.key]
            parcels.append(
                Parcel(
                    name,
                    row.kind,
                    row.tries,
                    row.doubtful,
                    row.next_at,
                    escalation,
                    record.retraction,
                    called_off=record.call_off is not None,
                )
            )
        return parcels[:at_most]

    @asynccontextmanager
    async def marking(self, tenant: str) -> AsyncIterator[Marks]:
        yield Marks(self)

    async def send(self, letter: Letter) -> Outcome:
        outcome = self.outcomes.pop() if self.outcomes else Sent()
        if isinstance(outcome, Sent) or outcome.doubtful:
            self.wire.append((letter.to, letter.kind, letter.id))
        return outcome

    def attempted(self, channel: str, outcome: Outcome, took: timedelta) -> None:
        """Nobody looks at figures here."""

    def late(self, by: timedelta) -> None:
        """Nobody looks at figures here."""

    def sender(self) -> Sender:
        return Sender(
            deliveries=self,
            channels={"wire": self},
            watch=self,
            backoff=Backoff(timedelta(seconds=1), timedelta(seconds=1), tries=3),
            pace=Pace(at_once=1000),
            jitter=lambda: 1.0,
            outages=(ConnectionError,),
        )

    async def later(self, seconds: float) -> None:
        """Time passes, and whatever is due then goes out."""
        self.at += timedelta(seconds=seconds)
        await self.sender().deliver_due()

    def picture(self) -> tuple[object, ...]:
        """Everything that must not depend on the order of messages."""
        return (
            sorted((str(one.id), one.state) for one in self.escalations.values()),
            sorted((str(name), row.state) for name, row in self.deliveries.items()),
            sorted((str(one.escalation.id), one.kind) for one in self.told),
            sorted(self.wire, key=str),
        )


@dataclass
class Marks:
    """The transaction that writes down how an attempt ended, in memory."""

    office: Office

    async def lock(self, escalation: UUID) -> E:
        return self.office.escalations[escalation].state

    async def call_off_of(self, key: Key) -> CallOff | None:
        return self.office.records[key].call_off

    async def mark(self, parcel: Parcel, verdict: Verdict) -> datetime | None:
        row, at = self.office.deliveries[parcel.delivery_id], self.office.at
        if row.state is not State.SENDING or row.tries != parcel.tries:
            return None
        row.state, row.doubtful = verdict.state, verdict.doubtful
        row.next_at = None if verdict.retry_in is None else at + verdict.retry_in
        return at

    async def close_attempt(self, parcel: Parcel, outcome: Outcome, took: timedelta) -> None:
        """The memory keeps no attempts."""

    async def move(self, escalation: UUID, state: E, at: datetime) -> None:
        known = self.office.escalations
        known[escalation] = replace(known[escalation], state=state)

    async def correct(self, parcel: Parcel, at: datetime) -> None:
        self.office.owe_correction(parcel.escalation.id)

    async def tell(self, told: Sequence[News]) -> None:
        self.office.told += told


def states(office: Office) -> Counter[E]:
    return Counter(one.state for one in office.escalations.values())


def news_of(office: Office) -> Counter[news.Kind]:
    return Counter(one.kind for one in office.told)
