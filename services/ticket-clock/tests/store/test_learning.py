"""Terms, in whatever order they arrive and however many replicas read them."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from slaclock.contracts.canonical import canonical, content_hash
from slaclock.store import Pool
from slaclock.testing import eventually
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.usecases import rulebooks
from ticket_clock_service.usecases.learn_terms import Snapshot, learn

from ..desk import Desk, ago, opened, sla, status


def published(snapshot: dict[str, Any], tenant: str = "acme") -> Snapshot:
    body = canonical(snapshot)
    return Snapshot(tenant, hashlib.sha256(body).hexdigest(), snapshot["sla_id"], 1, body)


async def revision(desk: Desk, tenant: str = "acme") -> int:
    rows = await desk.rows("SELECT terms_revision FROM terms_state", tenants=[tenant])
    return rows[0]["terms_revision"] if rows else 0


async def binding(desk: Desk, ticket: str = "INC-1") -> tuple[str, str | None]:
    found = (await desk.status(ticket))["binding"]
    return found["reason"], found["sla_id"]


async def test_an_entry_before_its_snapshot_is_pending_and_heals_by_itself(desk: Desk) -> None:
    snapshot = published(sla("late", minutes=240))
    now = await desk.now()
    await desk.learn(desk.entry("acme", "default", "default", agreement=snapshot.hash))
    assert await desk.take(opened("INC-1", ago(now, minutes=150))) == 1
    assert await binding(desk) == ("pending", None)
    assert (await desk.status("INC-1"))["terms"] == "pending"
    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [snapshot])
    assert await revision(desk) == 2, "the tenant's tickets are behind now"
    assert await desk.sweep() == 1
    assert await binding(desk) == ("default", "late")
    await desk.judge()
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]
    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [snapshot])
    assert await revision(desk) == 2, "told again, it changes nothing"


@pytest.mark.parametrize("first", ["entry", "snapshot"])
async def test_a_snapshot_and_its_entry_that_two_replicas_learn_at_once_find_each_other(
    desk: Desk, first: str
) -> None:
    """Each replica has one of the two in a transaction; neither sees what is not committed."""
    snapshot = published(sla("late"))
    entry = desk.entry("acme", "default", "default", agreement=snapshot.hash)
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=1)))

    async def other() -> None:
        async with begin_terms(desk.pool, {"acme"}) as work:
            await learn(work, [snapshot if first == "entry" else entry])

    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [entry if first == "entry" else snapshot])
        waiting = asyncio.create_task(other())
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done, "it waits for the lock of the tenant's terms"
        # what a reconciling replica may see and keep in the meantime:
        await desk.take(opened("INC-2", ago(now, minutes=1)))
    await waiting
    await desk.sweep()
    assert await binding(desk) == ("default", "late")
    assert await binding(desk, "INC-2") == ("default", "late")


async def test_an_entry_told_again_is_known_and_changed_content_is_another_entry(
    desk: Desk,
) -> None:
    one, two = [await desk.publish(sla(name), default=False) for name in ("one", "two")]
    entry = desk.entry("acme", "default", "default", agreement=one)
    await desk.learn(entry, entry)
    await desk.learn(entry)
    assert await revision(desk) == 1
    body = {**entry.body, "agreement": two}
    await desk.learn(replace(entry, body=body, content_hash=content_hash(body)))
    assert await revision(desk) == 2


async def test_batches_of_many_tenants_in_any_order_do_not_wait_for_each_other_for_ever(
    desk: Desk,
) -> None:
    names = [f"tenant-{number}" for number in range(12)]
    digest = published(sla("same")).hash

    async def batch(number: int) -> None:
        order = names[number:] + names[:number]
        entries = [
            desk.entry(name, f"e-{number}", "default", agreement=digest) for name in order[:8]
        ]
        async with begin_terms(desk.pool, set(order[:8])) as work:
            await learn(work, entries)

    await asyncio.gather(*(batch(number) for number in range(12)))
    for name in names:
        rows = await desk.rows("SELECT terms_revision AS r FROM terms ORDER BY 1", tenants=[name])
        assert [row["r"] for row in rows] == list(range(1, 9)), "without a gap"
        assert await revision(desk, name) == 8


async def test_a_rulebook_is_made_of_the_revision_that_names_it(desk: Desk) -> None:
    """A later entry may be committed between reading the revision and reading the entries."""
    first, second = [await desk.publish(sla(name), default=False) for name in ("first", "second")]
    await desk.learn(desk.entry("acme", "1", "default", agreement=first))
    await desk.learn(desk.entry("acme", "2", "default", agreement=second))
    async with desk._begin({"acme"}) as work:
        books = await desk.rulebooks.of(work, {"acme": 1})
        assert set(books["acme"].agreements) == {first}
        books = await desk.rulebooks.of(work, {"acme": 2})
        assert set(books["acme"].agreements) == {first, second}


async def test_more_agreements_than_are_kept_are_all_computed_with(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebooks, "AGREEMENTS_KEPT", 1)
    monkeypatch.setattr(rulebooks, "TENANTS_KEPT", 1)
    now = await desk.now()
    for tenant in ("acme", "globex"):
        for customer in ("one", "two", "three"):
            digest = await desk.publish(sla(customer), tenant, default=False)
            await desk.bind(tenant, f"C-{customer}", customer, digest, ago(now, days=1))
    for _ in range(2):
        stamp = (await desk.now()).isoformat()
        tickets = [
            opened(f"{customer} {stamp}", ago(now, minutes=1), tenant=tenant, customer_id=customer)
            for tenant in ("acme", "globex")
            for customer in ("one", "two", "three")
        ]
        await desk.take(*tickets)
        for ticket in tickets:
            found = await desk.status(ticket.ticket_id, ticket.tenant)
            assert found["binding"]["sla_id"] == ticket.data["customer_id"]


async def test_nothing_is_announced_or_taken_back_before_terms_have_been_read(
    desk: Desk, pool: Pool
) -> None:
    """With several replicas each waits for itself; what was told stays told meanwhile."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=150)))
    await desk.judge()
    starting = Desk(pool)
    starting.terms_ready = False
    assert (await starting.status("INC-1"))["terms"] == "pending"
    early = status("INC-1", ago(now, minutes=149), "waiting_on_customer")
    assert await starting.take(early) == 1, "facts are taken all the same"
    await starting.judge()
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]

    async def looked_at_again() -> bool:
        await desk.judge()
        return len(await desk.told("INC-1")) == 2

    await eventually(looked_at_again)
    assert (await desk.told("INC-1"))[-1] == ("retracted", "percent:50", 1)
