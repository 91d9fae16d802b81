"""Messages in any order and any number end in the same effects."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from escalation_service.domain.announcement import (
    CallOff,
    Message,
    Retraction,
    Silence,
)
from escalation_service.domain.delivery import (
    Kind,
    Missed,
    Outcome,
    Sent,
    delivery_id,
)
from escalation_service.domain.escalation import State as E
from escalation_service.usecases.act import act

from .office import SETTLE, Office, called_off, retracted, told

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
    messages += [called_off(one) for one in announced if draw(st.booleans())]
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
    off = {one.key for one in drawn[0] if isinstance(one, CallOff)}

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
        elif one.key in off:
            assert one.state in (E.DELIVERED, E.FAILED, E.WITHDRAWN)
            assert correction is None, "what was told was right"
        else:
            assert one.state in (E.DELIVERED, E.FAILED)
            assert correction is None
    kinds = Counter((one.escalation.id, one.kind) for one in office.told)
    assert set(kinds.values()) <= {1}, "every change is told once"
