"""Attempts and their records, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

from escalation_service.domain.delivery import Missed
from escalation_service.domain.letter import compose
from escalation_service.store.delivering import PgDeliveries
from slaclock.store import Pool

from .builders import NONE, Wire, given_agreements, hear, rows, sender, told


async def test_a_delivery_goes_out_once_and_leaves_its_record(pool: Pool) -> None:
    # given
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()

    # when two look
    assert await sender(pool, wire).deliver_due() == 1
    assert await sender(pool, wire).deliver_due() == 0

    # then
    assert [letter.to for letter in wire.letters] == ["ann"]
    (row,) = await rows(pool, "SELECT * FROM delivery")
    assert (row["state"], row["tries"], row["next_at"], row["doubtful"]) == (
        "delivered",
        1,
        None,
        False,
    )
    (attempt,) = await rows(pool, "SELECT * FROM attempt")
    assert (attempt["ordinal"], attempt["outcome"], attempt["error_code"]) == (1, "sent", None)
    assert attempt["duration_us"] >= 0
    bodies = await rows(pool, "SELECT body FROM outbox ORDER BY position")
    event = json.loads(bodies[1]["body"])
    assert event["type"] == "sla.escalation.delivered"
    assert event["data"]["attempt"] == 1


async def test_nothing_goes_out_before_it_has_settled(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told(), settle=timedelta(hours=1))

    assert await sender(pool, Wire()).deliver_due() == 0


async def test_missed_attempts_are_recorded_and_given_up(pool: Pool, eventually: Any) -> None:
    # given
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire(outcomes=[Missed("webhook.status-5xx", "class 5xx")] * 3)
    postman = sender(pool, wire)

    async def tried() -> bool:
        await postman.deliver_due()
        return len(wire.letters) == 3

    # when
    await eventually(tried)

    # then
    attempts = await rows(pool, "SELECT * FROM attempt ORDER BY ordinal")
    assert [(a["ordinal"], a["outcome"], a["error_code"]) for a in attempts] == [
        (number, "missed", "webhook.status-5xx") for number in (1, 2, 3)
    ]
    assert await rows(pool, "SELECT 1 FROM escalation WHERE state = 'failed'")
    bodies = await rows(pool, "SELECT body FROM outbox ORDER BY position")
    event = json.loads(bodies[-1]["body"])
    assert event["type"] == "sla.escalation.failed"
    assert event["data"]["error"] == "webhook.status-5xx: class 5xx"
    assert await postman.deliver_due() == 0


async def test_an_unknown_channel_fails_and_says_so(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    postman = sender(pool, wire)
    postman.channels = {}

    await postman.deliver_due()

    (attempt,) = await rows(pool, "SELECT * FROM attempt")
    assert attempt["error_code"] == "channel.unknown"


async def test_a_sender_killed_between_sending_and_marking(pool: Pool) -> None:
    # given a sender that claims, sends, and dies before it can mark
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    (lost,) = await PgDeliveries(pool, wire).claim(1, of_each=1, busy=(), lease=NONE)
    await wire.send(compose(lost))

    # when its lease has ended, another takes over
    await sender(pool, wire).deliver_due()

    # then the wire saw one id twice, and there is one effect
    assert list(wire.seen.values()) == [2]
    attempts = await rows(pool, "SELECT * FROM attempt ORDER BY ordinal")
    assert [(a["ordinal"], a["outcome"]) for a in attempts] == [(1, "open"), (2, "sent")]
    kinds = await rows(pool, "SELECT subject FROM outbox")
    assert Counter(k["subject"].split(".")[2] for k in kinds) == {"raised": 1, "delivered": 1}

    # and the dead one's late word is kept as an attempt and changes nothing else
    await sender(pool, wire).deliver(lost)
    (row,) = await rows(pool, "SELECT state, tries, doubtful FROM delivery")
    assert tuple(row) == ("delivered", 2, True)
    attempts = await rows(pool, "SELECT outcome FROM attempt ORDER BY ordinal")
    assert [a["outcome"] for a in attempts] == ["sent", "sent"]


async def test_the_loop_goes_on_through_an_outage(pool: Pool, eventually: Any) -> None:
    # given a sender whose database is away at first
    await given_agreements(pool, "acme")
    await hear(pool, told())
    wire = Wire()
    postman = sender(pool, wire)
    working, failures = postman.deliveries.claim, [OSError("away")]

    async def claim(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return await working(*args, **kwargs)

    postman.deliveries.claim = claim  # type: ignore[method-assign]
    running = asyncio.create_task(postman.run())

    # when
    await eventually(lambda: wire.letters)

    # then it ends when it is told to, and what was under way is finished
    running.cancel()
    await asyncio.wait([running])
    (row,) = await rows(pool, "SELECT state FROM delivery")
    assert row["state"] == "delivered"
