"""Claims, leases and marks of deliveries, on a real PostgreSQL."""

# ruff: noqa: ARG002 - a fake needs less than the real thing

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from escalation_service.domain.announcement import Crossing, Key, Message, Retraction, Told
from escalation_service.domain.delivery import Backoff, Kind, Missed, Outcome, Sent
from escalation_service.domain.letter import Letter, compose
from escalation_service.domain.publication import publication
from escalation_service.store.acting import begin_acting
from escalation_service.store.agreements import keep_agreements
from escalation_service.store.delivering import PgDeliveries
from escalation_service.usecases.act import act
from escalation_service.usecases.deliver import Pace, Sender
from slaclock.contracts.canonical import content_hash
from slaclock.store import Pool
from slaclock.store.pool import OUTAGES, begin
from slaclock.testing.databases import Databases

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SNAPSHOT: dict[str, Any] = {
    "escalations": [
        {
            "rule_id": "r1",
            "threshold": "percent:90",
            "metric": "resolution",
            "deliver": [{"channel": "wire", "to": "ann"}],
        }
    ]
}
HASH = content_hash(SNAPSHOT)
NONE = timedelta(0)
MINUTE = timedelta(minutes=1)


def told(number: int = 1, tenant: str = "acme") -> Told:
    crossing = Crossing(f"INC-{number}", "resolution", "first", "percent:90", 1, HASH)
    return Told(Key(tenant, UUID(int=number)), crossing, f"e{number}")


def retracted(of: Told) -> Retraction:
    return Retraction(of.key, AT, f"{of.event_id}-back")


async def hear(pool: Pool, *messages: Message, settle: timedelta = NONE) -> None:
    async with begin_acting(pool, {message.key.tenant for message in messages}) as work:
        await act(work, messages, settle=settle)


async def given_agreements(pool: Pool, *tenants: str) -> None:
    await keep_agreements(
        pool,
        [
            publication(
                tenant=tenant,
                name=HASH,
                sla_id="gold",
                version=1,
                effective_from=AT,
                snapshot=SNAPSHOT,
            )
            for tenant in tenants
        ],
    )


async def rows(pool: Pool, query: str, *tenants: str) -> list[asyncpg.Record]:
    async with begin(pool, tenants or ("acme", "zeta")) as connection:
        return await connection.fetch(query)


@dataclass
class Wire:
    """A channel that remembers, and a watch that does."""

    outcomes: list[Outcome] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)

    async def send(self, letter: Letter) -> Outcome:
        await asyncio.sleep(0)
        self.letters.append(letter)
        return self.outcomes.pop() if self.outcomes else Sent()

    def attempted(self, channel: str, outcome: Outcome, took: timedelta) -> None:
        assert channel == "wire"

    def late(self, by: timedelta) -> None:
        self.waits.append(by)

    @property
    def seen(self) -> Counter[tuple[UUID, Kind]]:
        return Counter((letter.id, letter.kind) for letter in self.letters)


def sender(pool: Pool, wire: Wire, *, lease: timedelta = MINUTE, tries: int = 3) -> Sender:
    return Sender(
        deliveries=PgDeliveries(pool, wire),
        channels={"wire": wire},
        watch=wire,
        backoff=Backoff(timedelta(milliseconds=1), timedelta(milliseconds=1), tries),
        pace=Pace(at_once=20, of_each=10, lease=lease, look=timedelta(milliseconds=10)),
        jitter=lambda: 0.5,
        outages=OUTAGES,
    )


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


async def test_two_senders_never_claim_the_same(pool: Pool) -> None:
    # given
    await given_agreements(pool, "acme", "zeta")
    await hear(pool, *(told(n, t) for n in range(30) for t in ("acme", "zeta")))
    wires = [Wire() for _ in range(6)]

    async def work(wire: Wire) -> None:
        while await sender(pool, wire).deliver_due():
            pass

    # when
    await asyncio.gather(*map(work, wires))

    # then
    seen: Counter[tuple[UUID, Kind]] = Counter()
    for wire in wires:
        seen += wire.seen
    assert len(seen) == 60
    assert set(seen.values()) == {1}


async def test_a_claim_passes_over_what_another_holds(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    await hear(pool, told(1), told(2))
    deliveries = PgDeliveries(pool, Wire())

    async with begin(pool, {"acme"}) as connection:
        await connection.execute(
            "SELECT 1 FROM delivery ORDER BY delivery_id LIMIT 1 FOR NO KEY UPDATE"
        )
        claimed = await deliveries.claim(10, of_each=10, busy=(), lease=MINUTE)

    assert len(claimed) == 1


async def test_nobody_waits_behind_anothers_backlog(pool: Pool) -> None:
    # given a hundred of one tenant, and then one of another
    await given_agreements(pool, "acme", "zeta")
    await hear(pool, *(told(n) for n in range(100)))
    await hear(pool, told(1, "zeta"))
    deliveries = PgDeliveries(pool, Wire())

    # when
    claimed = await deliveries.claim(10, of_each=5, busy=(), lease=MINUTE)
    again = await deliveries.claim(10, of_each=5, busy=["acme"], lease=MINUTE)

    # then
    assert Counter(parcel.tenant for parcel in claimed) == {"acme": 5, "zeta": 1}
    assert again == ()


async def test_the_oldest_goes_first_and_its_wait_is_watched(pool: Pool) -> None:
    await given_agreements(pool, "acme")
    for number in (3, 1, 2):
        await hear(pool, told(number))
    watch = Wire()

    claimed = await PgDeliveries(pool, watch).claim(2, of_each=2, busy=(), lease=MINUTE)

    assert [parcel.escalation.crossing.ticket_id for parcel in claimed] == ["INC-3", "INC-1"]
    assert watch.waits[0] > NONE


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


async def test_the_scan_for_due_deliveries_uses_the_index(
    pool: Pool, dsn: str, databases: Databases
) -> None:
    # given many deliveries that are settled, and many that are far off
    await given_agreements(pool, "acme")
    for start in range(0, 3000, 500):
        await hear(pool, *(told(n) for n in range(start, start + 500)), settle=timedelta(hours=1))
    async with begin(pool, {"acme"}) as connection:
        await connection.execute(
            "UPDATE delivery SET state = 'withdrawn', next_at = NULL, settled_at = now()"
            " WHERE delivery_id > '80000000-0000-0000-0000-000000000000'"
        )
    await hear(pool, told(9999))
    admin = await asyncpg.connect(databases.admin(dsn))
    try:
        await admin.execute("ANALYZE delivery")
        body = await admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'due_deliveries'")
        for name, value in {"at_most": "10", "of_each": "10", "busy": "'{}'::text[]"}.items():
            body = re.sub(rf"\b{name}\b", value, body)

        # when
        (found,) = json.loads(
            await admin.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {body}")
        )
    finally:
        await admin.close()

    # then
    plan = json.dumps(found["Plan"])
    assert "delivery_due" in plan
    assert "Seq Scan" not in plan
    assert found["Plan"]["Actual Rows"] == 1
    assert found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"] < 50


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
