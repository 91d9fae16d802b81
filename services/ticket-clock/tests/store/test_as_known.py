"""What was known at an instant: what had been recorded and told by then, in every detail."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from slaclock.contracts.instants import rfc3339
from slaclock.errors import Refusal
from slaclock.store import begin
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.ports import Reported
from ticket_clock_service.usecases.answers import SHORT

from ..desk import Desk, ago, fact, opened, sla, status


def _of(table: str, query: str) -> str:
    return query.format(table)


async def half(desk: Desk, known_at: datetime | None = None) -> dict[str, Any]:
    """The threshold percent:50 of the resolution clock."""
    found = await desk.status("INC-1", known_at=known_at)
    (clock,) = [one for one in found["clocks"] if one["metric"] == "resolution"]
    threshold: dict[str, Any] = clock["thresholds"][0]
    return threshold


async def test_an_announcement_that_was_taken_back_and_told_again_is_seen_at_each_stage(
    desk: Desk,
) -> None:
    await desk.publish(sla(minutes=240))
    start = ago(await desk.now(), minutes=130)
    await desk.take(opened("INC-1", start))
    opened_at = await desk.now()
    await desk.judge()
    told_at = await desk.now()
    await desk.take(status("INC-1", start + timedelta(minutes=60), "waiting_on_customer"))
    retracted_at = await desk.now()
    await desk.take(status("INC-1", start + timedelta(minutes=61), "open"))
    await desk.judge()
    assert [n for _, _, n in await desk.told("INC-1")] == [1, 1, 2]

    assert (await half(desk, opened_at))["fired_at"] is None
    first = await half(desk, told_at)
    assert (first["fired_at"] is None, first["retracted_at"]) == (False, None)
    second = await half(desk, retracted_at)
    assert second["fired_at"] == first["fired_at"]
    assert second["retracted_at"] is not None
    third = await half(desk)
    assert third["fired_at"] > second["retracted_at"]
    assert third["retracted_at"] is None
    revisions = [
        (await desk.status("INC-1", known_at=at))["revision"]
        for at in (opened_at, told_at, retracted_at)
    ]
    assert revisions == sorted(set(revisions)), "each stage has its own"


async def test_terms_count_from_when_they_were_learnt_and_agreements_from_when_they_came(
    desk: Desk,
) -> None:
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=10)))
    unbound = await desk.now()
    digest = await desk.publish(sla("late"), "globex", default=False)
    await desk.learn(desk.entry("acme", "default", "default", agreement=digest))
    named = await desk.now()
    assert await desk.publish(sla("late"), default=False) == digest
    known = await desk.now()

    assert (await desk.status("INC-1", known_at=unbound))["binding"]["reason"] == "none"
    waits = await desk.status("INC-1", known_at=named)
    assert (waits["binding"]["reason"], waits["terms"]) == ("pending", "pending")
    bound = await desk.status("INC-1", known_at=known)
    assert (bound["binding"]["reason"], bound["binding"]["sla_id"]) == ("default", "late")


async def test_nobody_knew_anything_before_and_nobody_knows_the_future(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=100)))
    with pytest.raises(Refusal):
        await desk.status("INC-1", known_at=ago(now, seconds=1))
    found = await desk.status("INC-1", known_at=now + timedelta(days=1))
    assert found["as_of"] < rfc3339(now + timedelta(minutes=5))
    assert all(clock["outcome"] != "breached" for clock in found["clocks"][1:])


async def test_what_is_recorded_grows_although_the_clock_is_set_back(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """As if everything so far had been recorded by a clock that went an hour ahead."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=150)))
    for table in ("fact", "revision", "terms"):
        await admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for table in ("fact", "revision", "terms", "ticket"):
        await admin.execute(_of(table, "UPDATE {} SET recorded_at = recorded_at + interval '1 h'"))
    ahead = now + timedelta(minutes=59)
    await desk.judge()
    await desk.take(status("INC-1", ago(now, minutes=149), "waiting_on_customer"))
    await desk.publish(sla("second"))
    for table in ("revision", "fact", "terms"):
        rows = await desk.rows(_of(table, "SELECT recorded_at AS at FROM {} ORDER BY 1"))
        instants = [row["at"] for row in rows]
        assert instants == sorted(set(instants)), table
        assert instants[0] > ahead, table
    told = await desk.rows("SELECT announced_at, retracted_at FROM announcement")
    assert all(ahead < row["announced_at"] < row["retracted_at"] for row in told)
    assert await desk.told("INC-1") == [
        ("threshold_crossed", "percent:50", 1),
        ("retracted", "percent:50", 1),
    ]


async def test_every_table_is_for_its_tenant_only(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Whatever a query forgets to say: the database does not show rows of others."""
    now = await desk.now()
    for tenant in ("acme", "globex"):
        await desk.publish(sla(minutes=60), tenant)
        await desk.take(opened("INC-1", ago(now, minutes=50), tenant=tenant))
    await desk.judge()
    late = now + timedelta(hours=1)
    await desk.take(*(opened("INC-2", late, tenant=tenant) for tenant in ("acme", "globex")))
    tables = [
        row["relname"]
        for row in await admin.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname <> 'migration'"
            " AND relnamespace = 'public'::regnamespace"
        )
    ]
    assert len(tables) >= 10
    filled = 0
    for table in tables:
        query = _of(table, "SELECT DISTINCT tenant_id FROM {}")
        filled += len(await admin.fetch(query)) == 2
        async with begin(desk.pool, {"acme"}) as connection:
            seen = {row["tenant_id"] for row in await connection.fetch(query)}
        assert seen <= {"acme"}, table
        async with desk.pool.acquire() as connection:
            assert await connection.fetch(query) == [], table
    assert filled >= 8, "the test says something about most of them"
    columns = await desk.pool.fetch("SELECT * FROM due_tickets(NULL, '{}', 10)")
    for row in columns:
        assert set(row.keys()) == {"tenant_id", "ticket_id", "next_due_at"}


METRICS = ("first_response", "next_reply", "periodic_update", "resolution")
KINDS = [(metric, None) for metric in METRICS] + [("resolution", "l1")]


def asks(ticket: str, at: datetime) -> Reported:
    return fact("replied", ticket, at, author="customer", public=True, person=None)


def answers(ticket: str, at: datetime) -> Reported:
    return fact("replied", ticket, at, author="agent", public=True, person=None)


async def seen(desk: Desk, known_at: datetime | None = None) -> dict[tuple[str, str | None], Any]:
    """Of the first cycle of each kind of clock: state, outcome, whether the breach was told, and
    whether it was taken back."""
    found = await desk.status("INC-1", known_at=known_at)
    clocks: dict[tuple[str, str | None], Any] = {}
    for clock in sorted(found["clocks"], key=lambda one: str(one["started_at"])):
        last = clock["thresholds"][-1]
        told = last["fired_at"] is not None, last["retracted_at"] is not None
        kind = clock["metric"], clock.get("owner_group")
        clocks.setdefault(kind, (clock["state"], clock["outcome"], *told))
    return clocks


async def test_of_every_metric_what_was_believed_and_what_had_been_told(desk: Desk) -> None:
    """Breached and told; paused since before, told late; the pause went on until after."""
    rows = [
        {"metric": metric, "priority": None, "minutes": 60, "calendar": "24x7"}
        for metric in METRICS
    ]
    pauses = {metric: ["waiting_on_customer"] for metric in METRICS}
    await desk.publish(sla(targets=rows, pause=pauses, thresholds=["percent:100"]))
    owned: dict[str, Any] = {
        "sla_id": "ola",
        "agreement_type": "ola",
        "group": "l1",
        "targets": [rows[3]],
    }
    ola = await desk.publish(sla(**owned, thresholds=["percent:100"]), default=False)
    await desk.learn(desk.entry("acme", "ola", "assignment", agreement=ola, match={"group": "l1"}))
    start = ago(await desk.now(), minutes=90)
    await desk.take(opened("INC-1", start, group="l1"), asks("INC-1", start))
    before = await desk.now()
    await desk.judge()
    told = await desk.now()
    await desk.take(status("INC-1", start + timedelta(minutes=30), "waiting_on_customer"))
    paused = await desk.now()
    await desk.take(status("INC-1", start + timedelta(minutes=80), "open"))
    running = await desk.now()
    await desk.take(answers("INC-1", start + timedelta(minutes=20)))
    await desk.judge()

    def all_of(*expected: object) -> dict[tuple[str, str | None], object]:
        return dict.fromkeys(KINDS, expected)

    assert await seen(desk, before) == all_of("active", "breached", False, False)
    assert await seen(desk, told) == all_of("active", "breached", True, False)
    assert await seen(desk, paused) == all_of("paused", "pending", True, True)
    assert await seen(desk, running) == all_of("active", "pending", True, True)
    now = await seen(desk)
    verdicts = ["met", "met", "met", "pending", "pending"]
    assert [now[one][1] for one in KINDS] == verdicts, "answered within twenty minutes"
    # whatever has become known since, what was known then stays
    assert await seen(desk, told) == all_of("active", "breached", True, False)


async def test_a_long_history_is_folded_beside_the_event_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.publish(sla(minutes=240))
    start = ago(await desk.now(), minutes=30)
    replies = (answers("INC-1", start + timedelta(seconds=one)) for one in range(SHORT))
    await desk.take(opened("INC-1", start), *replies)
    threads = []

    def noted(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return fold(*given)

    monkeypatch.setattr("ticket_clock_service.usecases.answers.fold", noted)
    found = await desk.status("INC-1", known_at=await desk.now())
    assert {clock["started_at"] for clock in found["clocks"]} == {rfc3339(start)}
    assert threads
    assert threading.main_thread() not in threads
