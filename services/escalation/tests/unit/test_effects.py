"""Messages in any order and any number end in the same effects."""

# ruff: noqa: ARG002 - the memory of a fake needs less than a database

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation_service.domain import news
from escalation_service.domain.announcement import (
    Crossing,
    Key,
    Message,
    Record,
    Retraction,
    Silence,
    Told,
)
from escalation_service.domain.delivery import (
    Backoff,
    Kind,
    Missed,
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
from escalation_service.usecases.act import act
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
            self.owe_correction(one.id)
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
            retraction = self.records[escalation.key].retraction
            parcels.append(
                Parcel(name, row.kind, row.tries, row.doubtful, row.next_at, escalation, retraction)
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


P90 = told()
BREACH = told(2, threshold="percent:100")
AGAIN = told(n=2)
QUIET = told(3, silence=Silence.HISTORICAL)
PASSED = told(4, silence=Silence.PASSED_OVER)
OLD = told(5, silence=Silence.SUPERSEDED)


def states(office: Office) -> Counter[E]:
    return Counter(one.state for one in office.escalations.values())


def news_of(office: Office) -> Counter[news.Kind]:
    return Counter(one.kind for one in office.told)


@pytest.mark.parametrize(
    ("messages", "expected", "recipients"),
    [
        pytest.param([P90], {E.DELIVERED: 2}, ["ann", "ben"], id="each action of the rule"),
        pytest.param([P90, P90, P90], {E.DELIVERED: 2}, ["ann", "ben"], id="told three times"),
        pytest.param([BREACH], {E.DELIVERED: 1}, ["boss"], id="a breach"),
        pytest.param([told(threshold="percent:50")], {}, [], id="no rule waits for it"),
        pytest.param([QUIET], {E.SILENT: 2}, [], id="historical: on record, nobody told"),
        pytest.param([PASSED], {E.SILENT: 2}, [], id="passed over: on record, nobody told"),
        pytest.param([OLD], {E.SILENT: 2}, [], id="superseded: on record, nobody told"),
        pytest.param([P90, retracted(P90)], {E.WITHDRAWN: 2}, [], id="taken back in time"),
        pytest.param([retracted(P90), P90], {E.WITHDRAWN: 2}, [], id="tombstone first"),
        pytest.param([retracted(P90)], {}, [], id="a tombstone alone"),
        pytest.param(
            [retracted(QUIET), QUIET], {E.SILENT: 2}, [], id="silent stays silent when taken back"
        ),
        pytest.param(
            [P90, retracted(P90), AGAIN],
            {E.WITHDRAWN: 2, E.DELIVERED: 2},
            ["ann", "ben"],
            id="n = 2 is another announcement",
        ),
        pytest.param(
            [P90, told(tenant="zeta")],
            {E.DELIVERED: 4},
            ["ann", "ann", "ben", "ben"],
            id="equal ids of two tenants",
        ),
    ],
)
async def test_what_messages_lead_to(
    messages: list[Message], expected: dict[E, int], recipients: list[str]
) -> None:
    for batch in ([messages], [[message] for message in messages]):
        # given
        office = Office()

        # when all arrive before people are told
        for some in batch:
            assert await act(office, some, settle=SETTLE) == []
        await office.later(10)

        # then
        assert states(office) == expected
        assert sorted(to for to, _, _ in office.wire) == recipients


async def test_nobody_is_told_before_it_has_settled() -> None:
    office = Office()
    await act(office, [P90], settle=SETTLE)

    await office.later(4.999)
    assert office.wire == []

    await office.later(0.001)
    assert len(office.wire) == 2


async def test_whoever_was_told_is_corrected_once() -> None:
    # given
    office = Office()
    await act(office, [P90], settle=SETTLE)
    await office.later(10)

    # when it is taken back, and that is told three times
    for _ in range(3):
        await act(office, [retracted(P90), P90], settle=SETTLE)
        await office.later(10)

    # then
    told_of = Counter((to, kind) for to, kind, _ in office.wire)
    assert told_of == {(to, kind): 1 for to in ("ann", "ben") for kind in Kind}
    assert states(office) == {E.WITHDRAWN: 2}
    assert news_of(office) == {
        news.Kind.RAISED: 2,
        news.Kind.DELIVERED: 2,
        news.Kind.WITHDRAWN: 2,
    }


async def test_a_retraction_during_the_attempt_is_corrected_after_it() -> None:
    # given a sender that has claimed
    office = Office()
    await act(office, [BREACH], settle=SETTLE)
    office.at += SETTLE
    (parcel,) = await office.claim(9, of_each=9, busy=(), lease=timedelta(seconds=60))

    # when the retraction comes before the attempt ends
    await act(office, [retracted(BREACH)], settle=SETTLE)
    await office.sender().deliver(parcel)
    await office.later(1)

    # then
    assert [(to, kind) for to, kind, _ in office.wire] == [
        ("boss", Kind.NOTICE),
        ("boss", Kind.CORRECTION),
    ]
    assert news_of(office) == {news.Kind.RAISED: 1, news.Kind.WITHDRAWN: 1}


async def test_a_sender_that_died_after_sending_is_followed_by_another() -> None:
    # given a sender that sent and died before it could say so
    office = Office()
    await act(office, [BREACH], settle=SETTLE)
    office.at += SETTLE
    (lost,) = await office.claim(9, of_each=9, busy=(), lease=timedelta(seconds=60))
    office.wire.append(("boss", lost.kind, lost.delivery_id))

    # when its lease has ended
    await office.later(60)

    # then the wire saw it twice under one id, and there is one effect
    assert len(office.wire) == 2
    assert len({name for _, _, name in office.wire}) == 1
    assert news_of(office)[news.Kind.DELIVERED] == 1

    # and the dead one's late word changes nothing
    await office.sender().deliver(lost)
    assert states(office) == {E.DELIVERED: 1}
    assert news_of(office)[news.Kind.DELIVERED] == 1


async def test_a_sender_that_died_and_a_retraction_meanwhile() -> None:
    # given
    office = Office()
    await act(office, [BREACH], settle=SETTLE)
    office.at += SETTLE
    await office.claim(9, of_each=9, busy=(), lease=timedelta(seconds=60))

    # when it is taken back and the lease ends
    await act(office, [retracted(BREACH)], settle=SETTLE)
    await office.later(60)
    await office.later(1)

    # then no second notice goes out, and whoever may have got the first is told
    assert [(to, kind) for to, kind, _ in office.wire] == [("boss", Kind.CORRECTION)]


@pytest.mark.parametrize(
    ("outcomes", "expected", "seen"),
    [
        pytest.param([Missed("x", "")], E.DELIVERED, 1, id="one missed"),
        pytest.param([Missed("x", "")] * 2, E.DELIVERED, 1, id="two missed"),
        pytest.param([Missed("x", "")] * 3, E.FAILED, 0, id="given up"),
        pytest.param([Missed("x", "", hopeless=True)], E.FAILED, 0, id="hopeless"),
    ],
)
async def test_attempts(outcomes: list[Outcome], expected: E, seen: int) -> None:
    office = Office(outcomes=list(outcomes))
    await act(office, [BREACH], settle=SETTLE)

    for _ in range(6):
        await office.later(5)

    assert states(office) == {expected: 1}
    assert len(office.wire) == seen
    assert news_of(office)[news.Kind(expected.value)] == 1


async def test_an_announcement_waits_for_its_agreement_and_holds_up_no_other() -> None:
    # given
    office = Office()
    late = replace(told(9), crossing=replace(told(9).crossing, snapshot="b" * 64))

    # when
    waiting = await act(office, [late, P90, retracted(late)], settle=SETTLE)

    # then
    assert waiting == [late]
    assert waiting[0] is late, "the consumer knows it by identity"
    assert states(office) == {E.RAISED: 2}

    # and when the agreement is there, the tombstone is, too
    office.agreed["acme", "b" * 64] = RULES
    assert await act(office, [late], settle=SETTLE) == []
    assert states(office) == {E.RAISED: 2, E.WITHDRAWN: 2}


@pytest.mark.parametrize("count", [1, 50, 500])
async def test_a_batch_takes_about_ten_statements(count: int) -> None:
    office = Office()
    messages = [told(number, tenant=t) for number in range(count) for t in ("acme", "zeta")]

    await act(office, [*messages, *map(retracted, messages[::3])], settle=SETTLE)

    assert office.statements <= 11


async def test_a_repetition_changes_and_tells_nothing() -> None:
    office = Office()
    await act(office, [P90, retracted(BREACH)], settle=SETTLE)
    said, office.statements = len(office.told), 0

    await act(office, [P90, retracted(BREACH), P90], settle=SETTLE)

    assert len(office.told) == said
    assert office.statements <= 3, "agreements and locks only"


SOME = st.lists(
    st.builds(
        told,
        st.integers(1, 4),
        tenant=st.sampled_from(["acme", "zeta"]),
        threshold=st.sampled_from(["percent:90", "percent:100"]),
        silence=st.sampled_from([None, None, None, *Silence]),
        n=st.integers(1, 2),
    ),
    max_size=5,
    unique_by=lambda one: one.key,
)


@st.composite
def deliveries_of_messages(draw: st.DrawFn) -> tuple[list[Message], list[list[Message]]]:
    """Messages, and the same shuffled, doubled and cut into batches."""
    announced = draw(SOME)
    messages: list[Message] = [*announced]
    messages += [retracted(one) for one in announced if draw(st.booleans())]
    copies = draw(st.lists(st.sampled_from(messages), max_size=8)) if messages else []
    shuffled = draw(st.permutations([*messages, *copies]))
    batches, rest = [], list(shuffled)
    while rest:
        size = draw(st.integers(1, len(rest)))
        batches.append(rest[:size])
        rest = rest[size:]
    return messages, batches


@given(deliveries_of_messages())
def test_any_shuffle_and_duplication_ends_in_the_same_effects(
    drawn: tuple[list[Message], list[list[Message]]],
) -> None:
    async def play(batches: Sequence[Sequence[Message]]) -> tuple[object, ...]:
        office = Office()
        for batch in batches:
            await act(office, batch, settle=SETTLE)
        await office.later(10)
        await office.later(10)
        return office.picture()

    messages, batches = drawn

    assert asyncio.run(play(batches)) == asyncio.run(play([messages]))


STEP = st.tuples(
    st.floats(0, 8),
    st.lists(
        st.sampled_from(
            [
                Sent(),
                Missed("x", ""),
                Missed("x", "", doubtful=True),
                Missed("x", "", hopeless=True),
            ]
        ),
        max_size=3,
    ),
)


@settings(max_examples=200)
@given(deliveries_of_messages(), st.lists(STEP, min_size=12, max_size=12))
def test_laws_hold_while_deliveries_go_on_in_between(
    drawn: tuple[list[Message], list[list[Message]]],
    steps: list[tuple[float, list[Outcome]]],
) -> None:
    async def play() -> Office:
        office = Office()
        for number, batch in enumerate(drawn[1]):
            await act(office, batch, settle=SETTLE)
            seconds, outcomes = steps[number % len(steps)]
            office.outcomes = list(outcomes)
            await office.later(seconds)
        office.outcomes = []
        for _ in range(6):
            await office.later(10)
        return office

    office = asyncio.run(play())
    taken_back = {one.key for one in drawn[0] if isinstance(one, Retraction)}

    assert all(row.next_at is None for row in office.deliveries.values()), "everything ends"
    for one in office.escalations.values():
        notice = office.deliveries.get(delivery_id(one.id, Kind.NOTICE))
        correction = office.deliveries.get(delivery_id(one.id, Kind.CORRECTION))
        arrived = any(name == delivery_id(one.id, Kind.NOTICE) for _, _, name in office.wire)
        if one.silence is not None:
            assert (one.state, notice, correction) == (E.SILENT, None, None)
        elif one.key in taken_back:
            assert one.state is E.WITHDRAWN
            assert (correction is not None) == arrived, "who may have got it is corrected"
        else:
            assert one.state in (E.DELIVERED, E.FAILED)
            assert correction is None
    kinds = Counter((one.escalation.id, one.kind) for one in office.told)
    assert set(kinds.values()) <= {1}, "every change is told once"
