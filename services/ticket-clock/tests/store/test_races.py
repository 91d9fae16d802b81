"""Replicas that work on the same tickets at once: nobody waits for ever, nothing gets lost."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from datetime import datetime, timedelta

from ticket_clock_service.ports import Reported

from ..desk import Desk, ago, opened, sla, status

TICKETS = [f"INC-{number}" for number in range(15)] + ["a", "B", "é", "_", "Z-1"]
TENANTS = ("acme", "globex", "ab", "a-b")


def stories(start: datetime) -> list[Reported]:
    """Four facts of every ticket of every tenant."""
    names = ("waiting_on_customer", "open", "on hold")
    return [
        fact
        for tenant in TENANTS
        for ticket in TICKETS
        for fact in (
            opened(ticket, start, tenant=tenant),
            *(
                status(ticket, start + timedelta(minutes=step), name, tenant=tenant)
                for step, name in enumerate(names, 1)
            ),
        )
    ]


async def test_batches_in_any_order_neither_deadlock_nor_lose_nor_reorder(desk: Desk) -> None:
    for tenant in TENANTS:
        await desk.publish(sla(minutes=240), tenant)
    facts = stories(ago(await desk.now(), minutes=150))
    dice = random.Random(11)
    batches = []
    for _ in range(3):  # everything three times, cut and shuffled differently
        dice.shuffle(facts)
        batches += [facts[index : index + 40] for index in range(0, len(facts), 40)]
    dice.shuffle(batches)

    async def worker() -> None:
        while batches:
            await desk.take(*batches.pop())  # a deadlock would be raised

    async def judge() -> None:
        while batches:
            await desk.judge()
            await desk.sweep()

    await asyncio.gather(*(worker() for _ in range(6)), judge())
    await desk.judge()
    for tenant in TENANTS:
        await _whole(desk, tenant)


async def _whole(desk: Desk, tenant: str) -> None:
    rows = await desk.rows("SELECT count(*) AS n FROM fact", tenants=[tenant])
    assert rows[0]["n"] == len(TICKETS) * 4
    sequences: dict[str, list[int]] = defaultdict(list)
    for event in await desk.events(tenant):  # in the order in which the relay sends them
        sequences[event["subject"]].append(event["data"]["sequence"])
    assert set(sequences) == set(TICKETS)
    for found in sequences.values():
        assert found == list(range(1, len(found) + 1)), "contiguous, and in order"
    states = await desk.rows("SELECT DISTINCT clock_state, fault FROM ticket", tenants=[tenant])
    assert [tuple(row) for row in states] == [("active", None)]


async def test_due_loops_at_once_tell_each_crossing_once(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(*(opened(f"INC-{n}", ago(now, minutes=190 + n)) for n in range(60)))
    await asyncio.gather(*(desk.judge() for _ in range(4)))
    await desk.judge()
    rows = await desk.rows(
        "SELECT ticket_id, threshold, count(*) AS n FROM announcement"
        " WHERE metric = 'resolution' GROUP BY 1, 2"
    )
    assert {row["n"] for row in rows} == {1}
    assert {row["ticket_id"] for row in rows} == {f"INC-{n}" for n in range(60)}
    ids = [event["id"] for event in await desk.events()]
    assert len(ids) == len(set(ids))
