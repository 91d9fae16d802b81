"""Clocks that are called off, on a real PostgreSQL: what waits is withdrawn, what was told stays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest

from escalation_service.domain.announcement import Message
from escalation_service.domain.delivery import Kind, Missed
from escalation_service.store.delivering import PgDeliveries
from slaclock.contracts.registry import decode
from slaclock.store import Pool

from .builders import (
    MINUTE,
    NONE,
    Wire,
    called_off,
    given_agreements,
    hear,
    retracted,
    rows,
    sender,
    told,
)

STATES = """
    SELECT e.state, d.state AS notice,
           EXISTS (SELECT FROM delivery c WHERE c.kind = 'correction') AS corrected
      FROM escalation e JOIN delivery d USING (tenant_id, escalation_id) WHERE d.kind = 'notice'"""


async def withdrawals(pool: Pool) -> list[tuple[str | None, str | None]]:
    """Reason and cause of each event that says so."""
    found = await rows(
        pool, "SELECT subject, body FROM outbox WHERE subject LIKE 'sla.escalation.withdrawn.%'"
    )
    events = [decode(row["body"], row["subject"]) for row in found]
    return [(event.data.reason, event.causationid) for event in events]


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param(([told()], [called_off(told())]), id="in order"),
        pytest.param(([called_off(told())], [told()]), id="before the announcement"),
        pytest.param(([called_off(told()), told()],), id="together"),
    ],
)
async def test_what_waits_is_withdrawn_once(
    pool: Pool, batches: Sequence[Sequence[Message]]
) -> None:
    await given_agreements(pool, "acme")
    for batch in (*batches, *batches, *reversed(batches)):
        await hear(pool, *batch, settle=MINUTE)
    wire = Wire()
    assert await sender(pool, wire).deliver_due() == 0
    ((state, notice, corrected),) = await rows(pool, STATES)
    assert (state, notice, corrected) == ("withdrawn", "withdrawn", False)
    assert await withdrawals(pool) == [("merged", "e1-off")]


async def test_who_was_told_hears_nothing_more(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    await sender(pool, wire).deliver_due()
    await hear(pool, called_off(told()))
    await sender(pool, wire).deliver_due()
    assert [letter.kind for letter in wire.letters] == [Kind.NOTICE]
    ((state, notice, _),) = await rows(pool, STATES)
    assert (state, notice) == ("delivered", "delivered")
    assert await withdrawals(pool) == []


async def test_a_missed_attempt_is_not_repeated(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire(outcomes=[Missed("x", "", doubtful=True)])
    (parcel,) = await PgDeliveries(pool, wire).claim(1, of_each=1, busy=(), lease=MINUTE)
    await hear(pool, called_off(told()))
    ((state, notice, _),) = await rows(pool, STATES)
    assert (state, notice) == ("raised", "sending"), "left to its sender"
    await sender(pool, wire).deliver(parcel)
    ((state, notice, corrected),) = await rows(pool, STATES)
    assert (state, notice, corrected) == ("withdrawn", "withdrawn", False)
    assert await withdrawals(pool) == [("merged", "e1-off")]


async def test_what_a_dead_sender_left_is_not_sent_again(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    await PgDeliveries(pool, wire).claim(1, of_each=1, busy=(), lease=timedelta(milliseconds=1))
    await hear(pool, called_off(told()))
    assert await sender(pool, wire).deliver_due() == 1
    assert wire.letters == []
    ((state, notice, _),) = await rows(pool, STATES)
    assert (state, notice) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize(
    "order", list(itertools.permutations([told(), called_off(told()), retracted(told())]))
)
async def test_with_a_retraction_in_any_order(pool: Pool, order: Sequence[Message]) -> None:
    await given_agreements(pool, "acme")
    for one in order:
        await hear(pool, one, settle=MINUTE)
    ((state, notice, corrected),) = await rows(pool, STATES)
    assert (state, notice, corrected) == ("withdrawn", "withdrawn", False)
    assert len(await withdrawals(pool)) == 1


async def test_a_retraction_after_it_still_corrects_who_was_told(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told(1), told(2), settle=NONE)
    wire = Wire(outcomes=[Missed("x", "", doubtful=True)])
    await sender(pool, wire).deliver_due()
    await hear(pool, called_off(told(1)), called_off(told(2)))
    await hear(pool, retracted(told(1)), retracted(told(2)))
    await sender(pool, wire).deliver_due()
    kinds = [letter.kind for letter in wire.letters]
    assert kinds.count(Kind.CORRECTION) == 2, "one was told, the other may have been"
