"""Retractions while deliveries go on, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from escalation_service.domain.announcement import Key
from escalation_service.domain.delivery import Kind, Missed
from escalation_service.store.delivering import PgDeliveries
from slaclock.store import Pool

from .builders import MINUTE, Wire, given_agreements, hear, retracted, rows, sender, told


async def test_a_retraction_corrects_what_was_delivered(pool: Pool) -> None:
    # given
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    await sender(pool, wire).deliver_due()

    # when
    await hear(pool, retracted(told()), retracted(told()))
    await hear(pool, retracted(told()))
    await sender(pool, wire).deliver_due()
    await sender(pool, wire).deliver_due()

    # then
    assert [(letter.to, letter.kind) for letter in wire.letters] == [
        ("ann", Kind.NOTICE),
        ("ann", Kind.CORRECTION),
    ]
    assert wire.letters[1].document["retracted_at"] == "2026-03-02T10:00:00Z"


async def test_a_retraction_while_it_is_being_sent(pool: Pool) -> None:
    # given a claim
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    (parcel,) = await PgDeliveries(pool, wire).claim(1, of_each=1, busy=(), lease=MINUTE)

    # when it is taken back before the attempt ends
    await hear(pool, retracted(told()))
    await sender(pool, wire).deliver(parcel)
    await sender(pool, wire).deliver_due()

    # then
    assert [letter.kind for letter in wire.letters] == [Kind.NOTICE, Kind.CORRECTION]
    (row,) = await rows(pool, "SELECT state FROM escalation")
    assert row["state"] == "withdrawn"


@pytest.mark.parametrize("seed", range(4))
async def test_senders_and_retractions_at_once(pool: Pool, seed: int, eventually: Any) -> None:
    # given
    chance = random.Random(seed)
    await given_agreements(pool, "acme", "zeta")
    announced = [told(n, t) for n in range(25) for t in ("acme", "zeta")]
    taken_back = [one for one in announced if chance.random() < 0.6]
    await hear(pool, *announced)
    wire = Wire(outcomes=[Missed("x", "", doubtful=chance.random() < 0.5) for _ in range(25)])

    async def retract() -> None:
        for one in chance.sample(taken_back, len(taken_back)):
            await hear(pool, retracted(one))

    async def send() -> None:
        for _ in range(6):
            await sender(pool, wire, tries=9).deliver_due()

    # when
    await asyncio.gather(retract(), *(send() for _ in range(3)))

    async def quiet() -> bool:
        await send()
        return not await rows(pool, "SELECT 1 FROM delivery WHERE next_at IS NOT NULL")

    await eventually(quiet)

    # then whoever may have got a notice that was taken back has got one correction, nobody else
    found = await rows(
        pool,
        """
        SELECT e.announcement_id, e.tenant_id, e.state, n.state AS notice, n.doubtful,
               c.state AS correction
          FROM escalation e
          JOIN delivery n ON n.escalation_id = e.escalation_id AND n.kind = 'notice'
                         AND n.tenant_id = e.tenant_id
          LEFT JOIN delivery c ON c.escalation_id = e.escalation_id AND c.kind = 'correction'
                         AND c.tenant_id = e.tenant_id
        """,
    )
    back = {one.key for one in taken_back}
    for row in found:
        if Key(row["tenant_id"], row["announcement_id"]) not in back:
            assert (row["state"], row["correction"]) == ("delivered", None)
            continue
        owed = row["notice"] == "delivered" or row["doubtful"]
        assert (row["state"], row["correction"]) == ("withdrawn", "delivered" if owed else None)
    corrections = [letter.id for letter in wire.letters if letter.kind is Kind.CORRECTION]
    assert len(corrections) <= len(set(corrections)) + 25, "only missed attempts repeat"
