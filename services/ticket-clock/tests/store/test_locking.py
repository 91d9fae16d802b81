"""How tickets are locked: first, alone, in the order of their keys; and what is read only then."""

from __future__ import annotations

import asyncio
import re
from random import Random

from slaclock.store import begin
from ticket_clock_service.store.work import SQL

from ..desk import Desk, ago, opened, replied, sla, status
from .test_statements import recorded

TABLES = ("ticket", "fact", "announcement", "terms", "terms_state", "revision", "snapshot")
TOLD = "SELECT DISTINCT ticket_id FROM announcement ORDER BY 1"
REVISIONS = "SELECT ticket_id, revision FROM ticket ORDER BY 1"
HELD = "SELECT FROM ticket WHERE tenant_id = 'acme' AND ticket_id = $1 FOR UPDATE"


def reads(statement: str) -> set[str]:
    """The tables that a statement names."""
    words = set(re.findall(r"[a-z_]+", re.sub(r"--.*", "", statement)))
    return words & set(TABLES)


async def test_a_batch_locks_before_it_reads_anything(desk: Desk) -> None:
    await desk.publish(sla())
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=9)))
    story = [status("INC-1", ago(now, minutes=8 - n), "open", event_id=str(n)) for n in range(3)]
    statements = await recorded(desk, lambda: desk.take(*reversed(story)))
    lock = statements.index(SQL["lock_free_tickets"])
    assert [reads(one) for one in statements[:lock]] == [set()], "its tenants are named, no more"
    assert reads(statements[lock]) == {"ticket"}, "a locking join would show others as they were"
    after = [reads(one) for one in statements[lock + 1 :]]
    assert {"fact"} in after
    assert {"terms_state"} in after


def test_every_lock_is_taken_in_the_order_of_keys_and_of_tickets_alone() -> None:
    locking = {name: text for name, text in SQL.items() if "FOR UPDATE" in text}
    assert {"lock_tickets", "lock_free_tickets", "end_import"} <= locking.keys()
    for name, text in locking.items():
        before, _, rest = re.sub(r"--.*", "", text).partition("FOR UPDATE")
        assert re.search(r"ORDER BY (t\.tenant_id, t\.)?ticket_id\s*$", before.rstrip()), name
        assert reads(before) == {"ticket"}, name
        assert ("SKIP LOCKED" in rest) == (name == "lock_free_tickets"), name


async def test_facts_wait_for_whoever_holds_their_ticket_and_see_what_he_did(desk: Desk) -> None:
    """The reply of the one and the opening of the other meet: neither was read too early."""
    await desk.publish(sla())
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=9)))
    async with begin(desk.pool, {"acme"}) as connection:
        await connection.execute(HELD, "INC-1")
        waiting = asyncio.create_task(desk.take(replied("INC-1", ago(now, minutes=3))))
        await _waits_for_a_lock(desk)
        await connection.execute(
            "UPDATE ticket SET revision = 41 WHERE tenant_id = 'acme' AND ticket_id = 'INC-1'"
        )
    await waiting
    (row,) = await desk.rows("SELECT revision FROM ticket")
    assert row["revision"] == 42


async def test_facts_of_other_tickets_do_not_wait_with_them(desk: Desk) -> None:
    """Two replicas whose batches share one ticket would else take turns with all of them."""
    await desk.publish(sla())
    now = await desk.now()
    await desk.take(*(opened(f"INC-{n}", ago(now, minutes=9)) for n in range(2)))
    async with begin(desk.pool, {"acme"}) as connection:
        await connection.execute(HELD, "INC-1")
        batch = [replied(f"INC-{n}", ago(now, minutes=3)) for n in range(2)]
        taking = asyncio.create_task(desk.take(*batch, opened("INC-2", ago(now, minutes=2))))
        await _waits_for_a_lock(desk)
        assert await desk.rows(REVISIONS) == [("INC-0", 2), ("INC-1", 1), ("INC-2", 1)]
    await taking
    assert await desk.rows(REVISIONS) == [("INC-0", 2), ("INC-1", 2), ("INC-2", 1)]


async def test_replicas_whose_batches_share_tickets_never_wait_for_each_other_for_ever(
    desk: Desk,
) -> None:
    """New, known and unopened ones in any order: no deadlock, and each fact once."""
    await desk.publish(sla())
    now, dice = await desk.now(), Random(7)
    tickets = [f"INC-{n}" for n in range(40)]
    story = [opened(one, ago(now, minutes=9)) for one in tickets]
    for minutes in (8, 7, 6):
        story += [
            status(one, ago(now, minutes=minutes), "open", event_id=f"{one}-{minutes}")
            for one in tickets
        ]
    batches = [dice.sample(story, 60) for _ in range(12)] + [story]
    async with asyncio.timeout(60):
        fresh = await asyncio.gather(*(desk.take(*batch) for batch in batches))
    assert sum(fresh) == len(story)
    (row,) = await desk.rows("SELECT count(*) AS n, sum(fact_count) AS facts FROM ticket")
    assert (row["n"], row["facts"]) == (len(tickets), len(story))


async def test_what_works_in_the_background_waits_for_nobody(desk: Desk) -> None:
    await desk.publish(sla(minutes=60))
    now = await desk.now()
    await desk.take(*(opened(f"INC-{n}", ago(now, minutes=90)) for n in range(2)))
    keys = [("acme", "INC-0"), ("acme", "INC-1")]
    async with begin(desk.pool, {"acme"}) as connection:
        await connection.execute(HELD, "INC-0")
        assert await desk.reconciler.judge(keys, None, provisional=False) == 1
        assert await desk.reconciler.catch_up(keys) == 1
    assert await desk.rows(TOLD) == [("INC-1",)]
    await desk.judge()
    assert await desk.rows(TOLD) == [("INC-0",), ("INC-1",)], "its turn comes when it is free"


async def _waits_for_a_lock(desk: Desk) -> None:
    """Until a session of the database waits for another."""
    async with asyncio.timeout(30):
        while not await desk.pool.fetchval(_WAITING):
            await asyncio.sleep(0.01)


_WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock')
"""
