"""The audit: every change of a clock with its cause, sealed, and out of everybody's reach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg

from ticket_clock_service.store.feed import begin_feed
from ticket_clock_service.usecases.auditing import audit_document
from ticket_clock_service.usecases.verifying import verified

from ..desk import LONG_AGO, Desk, ago, fact, opened, replied, sla, status

ROLES = ["app", "relay", "scan", "owner"]
CHANGES = [
    "UPDATE revision SET changes = '[]'",
    "UPDATE revision SET seal = NULL",
    "DELETE FROM revision",
    "TRUNCATE revision",
    "UPDATE escalated SET kind = 'raised'",
    "DELETE FROM escalated",
    "TRUNCATE escalated",
]


async def audit(desk: Desk, ticket: str = "INC-1", tenant: str = "acme") -> list[dict[str, Any]]:
    async with begin_feed(desk.pool, {tenant}) as feed:
        rows = await feed.audit_of_ticket((tenant, ticket), 0, 200)
    return [audit_document(row) for row in rows]


async def sound(desk: Desk) -> bool:
    async with desk._begin({"acme"}) as work:
        tickets = await work.page("acme", None, "", 100)
        return not (await verified(work, desk.rulebooks, "acme", tickets)).findings


async def test_every_change_is_there_with_what_did_it(desk: Desk) -> None:
    """Facts, time alone, a late fact, other terms, a rebuild, the deletion: one row each."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, minutes=150)
    await desk.take(opened("INC-1", start, assignee="u1"), replied("INC-1", start))
    await desk.judge()
    await desk.take(status("INC-1", start + timedelta(minutes=100), "waiting_on_customer"))
    digest = await desk.publish(sla("other", minutes=480), default=False)
    entry = desk.entry("acme", "faster", "default", LONG_AGO, agreement=digest)
    await desk.learn(entry)
    await desk.sweep()
    await desk.take(fact("deleted", "INC-1", now, reason="deleted"))

    rows = await audit(desk)
    assert [(row["revision"], row["cause"]) for row in rows] == [
        (1, "facts"),
        (2, "due"),
        (3, "facts"),
        (4, "terms"),
        (5, "facts"),
    ]
    first, judged, late, terms, last = rows
    assert [(one["kind"], one["person"]) for one in first["facts"]] == [
        ("opened", None),
        ("replied", None),
    ]
    assert first["facts"][0]["source"] == "/desk"
    assert [one["text"] for one in first["changes"]] == [
        "First response started with 60 business minutes",
        "Resolution started with 240 business minutes",
        "First response was met",
    ]
    (crossed,) = judged["changes"]
    assert crossed["text"] == "Resolution crossed percent:50"
    assert (crossed["state"], crossed["outcome"], crossed["n"]) == ("active", "pending", 1)
    assert (judged["facts"], judged["actor"]) == ([], None)
    assert [one["kind"] for one in late["changes"]] == ["paused", "retracted"]
    assert {one["due_at"] for one in late["changes"]} == {None}
    assert late["changes"][1]["announcement_id"] == crossed["announcement_id"]
    assert terms["terms"] == {"revision": 2, "entry_id": "faster"}
    assert {one["outcome"] for one in last["changes"]} == {"cancelled"}

    events = {event["id"]: event["data"] for event in await desk.events()}
    told = [one for row in rows for one in row["changes"]]
    assert [one["event_id"] for one in told] == list(events), "what was told, and nothing else"
    for one in told:
        data = events[one["event_id"]]
        kept = ("state", "outcome", "due_at", "elapsed_us", "snapshot", "priority", "assignee")
        assert [one[name] for name in kept] == [data[name] for name in kept]
    assert await sound(desk)


async def test_a_rebuild_names_who_ordered_it(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await desk.publish(sla(minutes=240))
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=10)))
    await admin.execute("UPDATE ticket SET state = '{\"fold\": 0}', fold_version = 0")
    await desk.reconciler.rebuild([("acme", "INC-1")], "ops")
    rows = await audit(desk)
    assert [(row["cause"], row["actor"]) for row in rows][-1] == ("rebuild", "ops")


async def test_a_batch_of_many_facts_names_the_first_and_counts_the_others(desk: Desk) -> None:
    await desk.publish(sla())
    start = ago(await desk.now(), minutes=100)
    await desk.take(
        opened("INC-1", start),
        *(replied("INC-1", start + timedelta(seconds=n)) for n in range(1, 60)),
    )
    await desk.take(opened('é "☎️" \\', start, assignee="ü/\u2028", event_id="\\n é"))
    (row,) = await audit(desk)
    assert (len(row["facts"]), row["more_facts"]) == (50, 10)
    assert await sound(desk), "whatever names are made of"


async def test_rows_from_before_seals_are_no_damage(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await desk.publish(sla(minutes=240))
    start = ago(await desk.now(), minutes=50)
    await desk.take(opened("INC-1", start))
    await admin.execute("ALTER TABLE revision DISABLE TRIGGER ALL")
    await admin.execute("UPDATE revision SET seal = NULL, because = '{}'")
    await admin.execute("UPDATE ticket SET seal = NULL")
    assert await sound(desk)
    await desk.take(status("INC-1", start + timedelta(minutes=1), "waiting_on_customer"))
    assert await sound(desk)
    assert [row["seal"] is None for row in await audit(desk)] == [True, False]


async def attempt(connection: asyncpg.Connection[Any], role: str, change: str) -> str | None:
    """What the database answers to *change* by *role*: an SQLSTATE, None if it was done."""
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE ticket_clock_{role}")
            await connection.execute("SELECT set_config('app.tenants', 'acme', true)")
            await connection.execute(change)
    except asyncpg.PostgresError as refused:
        return refused.sqlstate
    return None


async def test_nobody_changes_what_was_written(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Its owner, too, would first have to take the triggers away."""
    await desk.publish(sla(minutes=240))
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=50)))
    await desk.rows(
        "INSERT INTO escalated (tenant_id, ticket_id, event_id, kind, at_us, metric, cycle,"
        " threshold, announcement_id, effect_id, rule_id, channel, repeat)"
        " VALUES ('acme', 'INC-1', '1', 'raised', 0, 'm', 'c', 't', 'a', 'e', 'r', 'log', 0)"
    )
    answers = {(role, one): await attempt(admin, role, one) for role in ROLES for one in CHANGES}
    assert len(answers) == len(ROLES) * len(CHANGES)
    no_right, immutable = "42501", "55000"
    assert {answer for (role, _), answer in answers.items() if role != "owner"} == {no_right}
    assert {answer for (role, _), answer in answers.items() if role == "owner"} == {immutable}
    assert len(await audit(desk)) == 1
    assert await sound(desk)
