"""Several people change terms at once: one timeline without a gap, and a trail of who did what."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sla_service.domain.terms import TermsEntry, Wanted
from sla_service.store.work import PgWork, beginner
from sla_service.usecases.assign import change_terms
from sla_service.usecases.publish import Rules, Wish, publish
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Pool
from slaclock.terms import Terms

AT = datetime(2026, 3, 1, tzinfo=UTC)


async def map_status(pool: Pool, actor: str, word: str, category: str) -> None:
    wanted = Wanted("status_map", AT, statuses={word: category})
    async with beginner(pool)({"acme"}) as work:
        await work.lock({"acme"})
        await change_terms(work, "acme", wanted, actor, stated=True)


async def timeline(pool: Pool) -> list[TermsEntry]:
    async with beginner(pool)({"acme"}) as work:
        return list(await work.terms("acme"))


async def test_writers_wait_for_each_other(pool: Pool) -> None:
    await asyncio.gather(
        *(map_status(pool, f"person {number}", f"word {number}", "on_hold") for number in range(20))
    )
    entries = await timeline(pool)
    assert [entry.revision for entry in entries] == list(range(1, 21))
    assert all(
        first.recorded_at < later.recorded_at for first, later in itertools.pairwise(entries)
    )
    assert {entry.recorded_by for entry in entries} == {f"person {n}" for n in range(20)}


async def test_the_order_stands_although_the_clock_is_set_back(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([AT, AT - timedelta(hours=1), AT - timedelta(hours=2)])

    async def now(_: PgWork) -> datetime:
        return next(clock)

    monkeypatch.setattr(PgWork, "now", now)
    for category in ("on_hold", "open", "closed"):
        await map_status(pool, "somebody", "parked", category)
    entries = await timeline(pool)
    assert [entry.recorded_at - AT for entry in entries] == [
        timedelta(microseconds=step) for step in range(3)
    ]
    meaning = Terms.of(entry.entry for entry in entries).category("parked", entries[0].entry.said)
    assert meaning == "closed", "what was said last"


async def test_the_audit_trail_says_who_changed_which_term(
    pool: Pool, gold: dict[str, Any]
) -> None:
    async with beginner(pool)({"acme"}) as work:
        wish = Wish("acme", "gold", "anna", document=gold, default=True, effective_from=AT)
        pin = (await publish(work, wish, Rules(SNAPSHOT_BYTES))).version.pin
        for wanted, actor in (
            (Wanted("assignment", AT, "from_start", pin, match={"group": "l1"}), "ben"),
            (Wanted("assignment", AT, match={"group": "l1"}), "cleo"),
            (Wanted("settings", AT, settings={"binding_required": True}), "dora"),
        ):
            await change_terms(work, "acme", wanted, actor, stated=True)
    await map_status(pool, "emil", "parked", "on_hold")
    await map_status(pool, "nobody", "parked", "on_hold")  # the same again changes nothing
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
        rows = await connection.fetch(
            "SELECT actor, action, detail FROM audit WHERE action LIKE 'terms.%' ORDER BY position"
        )
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("anna", "terms.default"),
        ("ben", "terms.assignment"),
        ("cleo", "terms.assignment"),
        ("dora", "terms.settings"),
        ("emil", "terms.status_map"),
    ]
    assert [row["detail"]["revision"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[1]["detail"] == {
        "revision": 2,
        "effective_from": "2026-03-01T00:00:00Z",
        "mode": "from_start",
        "sla_id": "gold",
        "sla_version": 1,
        "match": {"group": "l1"},
    }
    assert rows[2]["detail"]["sla_id"] is None
    assert rows[4]["detail"]["statuses"] == {"parked": "on_hold"}
