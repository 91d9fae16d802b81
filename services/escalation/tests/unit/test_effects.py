"""What messages lead to: who is told, corrected, left in peace."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from escalation_service.domain import news
from escalation_service.domain.announcement import (
    Message,
    Silence,
)
from escalation_service.domain.delivery import (
    Kind,
    Missed,
    Outcome,
)
from escalation_service.domain.escalation import State as E
from escalation_service.domain.letter import Letter
from escalation_service.usecases.act import act

from .office import RULES, SETTLE, Office, news_of, retracted, states, told

P90 = told()
BREACH = told(2, threshold="percent:100")
AGAIN = told(n=2)
QUIET = told(3, silence=Silence.HISTORICAL)
PASSED = told(4, silence=Silence.PASSED_OVER)
OLD = told(5, silence=Silence.SUPERSEDED)


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


@pytest.mark.parametrize(
    ("raised", "code", "doubtful"),
    [
        pytest.param(ConnectionError(), "channel.waited", False, id="our database was away"),
        pytest.param(KeyError("x"), "channel.fault", True, id="a fault of ours"),
    ],
)
async def test_a_channel_that_raises_is_a_missed_attempt(
    raised: Exception, code: str, doubtful: bool
) -> None:
    # given
    class Broken(Office):
        async def send(self, letter: Letter) -> Outcome:  # noqa: ARG002 - it never gets that far
            raise raised

        def attempted(self, channel: str, outcome: Outcome, took: timedelta) -> None:  # noqa: ARG002
            seen.append(outcome)

    seen: list[Outcome] = []
    office = Broken()
    await act(office, [BREACH], settle=SETTLE)

    # when
    await office.later(5)

    # then
    (missed,) = seen
    assert isinstance(missed, Missed)
    assert (missed.code, missed.doubtful) == (code, doubtful)
    assert states(office) == {E.RAISED: 1}


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
