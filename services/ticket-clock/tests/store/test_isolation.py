"""What is wrong with one ticket, one fact or one tenant's terms is nobody else's trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from slaclock.errors import Refusal
from ticket_clock_service.domain import event
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.usecases import admission, reconcile, writing
from ticket_clock_service.usecases.stored import stored_fact
from ticket_clock_service.usecases.ticket import reconciled as reconciled_whole
from ticket_clock_service.usecases.verifying import verified

from ..desk import Desk, ago, fact, opened, replied, sla, status


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of facts that the fold stumbles over; empty it to mend the fold."""
    stumbles: set[str] = set()

    def reconciled(known: Any, *rest: Any) -> Any:
        if any(one.id in stumbles for one in (*(known.history or ()), *known.news)):
            raise ZeroDivisionError("half a \ud800 pair and \x00")
        return reconciled_whole(known, *rest)

    monkeypatch.setattr(reconcile, "reconciled", reconciled)
    return stumbles


async def row(desk: Desk, ticket: str, tenant: str = "acme") -> Any:
    query = "SELECT * FROM ticket WHERE ticket_id = $1"
    (found,) = await desk.rows(query, ticket, tenants=[tenant])
    return found


async def test_a_fold_that_raises_marks_its_own_ticket_until_it_is_mended(
    desk: Desk, broken: set[str]
) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    broken.add("odd")
    for ticket in ("INC-1", "INC-2"):
        await desk.take(opened(ticket, ago(now, minutes=150)))
    before = await row(desk, "INC-1")
    await desk.take(
        status("INC-1", ago(now, minutes=140), "waiting_on_customer", event_id="odd"),
        status("INC-2", ago(now, minutes=140), "waiting_on_customer"),
    )
    after = await row(desk, "INC-1")
    assert after["state"] == before["state"], "the last good state is kept"
    assert (after["revision"], after["sequence"]) == (before["revision"], before["sequence"])
    assert after["fact_count"] == 2, "and so is the fact"
    assert after["fault"].startswith("ZeroDivisionError: half a \\ud800 pair and \\x00")
    assert (await desk.clock("INC-2"))["state"] == "paused", "nobody else is concerned"
    found = await desk.status("INC-1")
    assert "ticket.faulted" in [fault["code"] for fault in found["faults"]]
    await desk.judge()
    assert await desk.told("INC-1") == [], "it is not judged"

    broken.clear()
    await desk.take(status("INC-1", ago(now, minutes=139), "open"))
    healed = await row(desk, "INC-1")
    assert healed["fault"] is None
    assert healed["next_due_at"] is not None
    await desk.judge()
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]
    sequences = [event["data"]["sequence"] for event in await desk.events(ticket="INC-1")]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_what_cannot_be_put_into_words_leaves_no_half_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two events fails: the first is not told, no number is used up."""
    await desk.publish(sla())
    now = await desk.now()
    real, calls = event.clock_data, 0

    def clock_data(change: Any, *args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ValueError("no words")
        return real(change, *args, **more)

    monkeypatch.setattr(writing, "clock_data", clock_data)
    await desk.take(opened("INC-1", ago(now, minutes=9)))
    found = await row(desk, "INC-1")
    assert found["fault"] == "ValueError: no words"
    assert (found["revision"], found["sequence"], found["state"]) == (0, 0, None)
    assert await desk.events() == []
    await desk.take(status("INC-1", ago(now, minutes=8), "in_progress"))
    events = await desk.events()
    assert [event["data"]["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert {event["type"] for event in events} == {"sla.clock.started"}
    assert {event["data"]["revision"] for event in events} == {1}


async def test_a_ticket_that_cannot_be_written_holds_no_other(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """It would be the oldest of every batch, for ever."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    for number in range(5):
        await desk.take(opened(f"INC-{number}", ago(now, minutes=150 - number)))
    await admin.execute(  # so that the next revision of one ticket violates its key
        "INSERT INTO revision (tenant_id, ticket_id, revision, recorded_at, terms_revision, cause)"
        " VALUES ('acme', 'INC-0', 2, now(), 0, 'somebody')"
    )
    await desk.judge()
    for number in range(1, 5):
        assert await desk.told(f"INC-{number}") == [("threshold_crossed", "percent:50", 1)]
    found = await row(desk, "INC-0")
    assert found["fault"].startswith("UniqueViolationError")
    assert found["next_due_at"] is None
    await desk.publish(sla(minutes=480))
    await admin.execute(
        "INSERT INTO revision (tenant_id, ticket_id, revision, recorded_at, terms_revision, cause)"
        " VALUES ('acme', 'INC-1', 3, now(), 0, 'somebody')"
    )
    assert await desk.sweep() == 5, "the sweep ends, too"


async def test_a_tampered_snapshot_is_refused_and_concerns_its_tenant_only(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    now = await desk.now()
    digest = await desk.publish(sla(minutes=240), "globex")
    await desk.publish(sla(minutes=240), "acme")
    await admin.execute("ALTER TABLE snapshot DISABLE TRIGGER ALL")
    await admin.execute(
        "UPDATE snapshot SET body = body || ' '::bytea WHERE hash = $1 AND tenant_id = 'globex'",
        digest,
    )
    both = [opened("INC-1", ago(now, minutes=150), tenant=t) for t in ("acme", "globex")]
    assert await desk.take(*both) == 2, "no fact is lost or delayed"
    found = await row(desk, "INC-1", "globex")
    assert "SHA-256" in found["fault"]
    assert found["state"] is None, "nothing is computed with it"
    await desk.judge()
    assert await desk.told("INC-1", "acme") == [("threshold_crossed", "percent:50", 1)]
    assert await desk.events("globex") == []
    partial = await desk.status("INC-1", "globex")
    assert (partial["clocks"], partial["revision"]) == ([], 0)
    assert "snapshot.tampered" in [fault["code"] for fault in partial["faults"]]

    await admin.execute(
        "UPDATE snapshot SET body = substr(body, 1, length(body) - 1) WHERE tenant_id = 'globex'"
    )
    await desk.take(status("INC-1", ago(now, minutes=149), "in_progress", tenant="globex"))
    await desk.judge()
    assert await desk.told("INC-1", "globex") == [("threshold_crossed", "percent:50", 1)]


async def test_a_picture_of_another_fold_is_made_anew_when_there_is_a_reason(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """By itself a new fold judges nothing anew: verify says so, what comes next applies it."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    for ticket in ("INC-1", "INC-2"):
        await desk.take(opened(ticket, ago(now, minutes=100)))
    good = (await row(desk, "INC-1"))["state"]
    await admin.execute(
        "UPDATE ticket SET fold_version = 0, state = convert_to('{\"fold\": 0}', 'UTF8')"
        " WHERE ticket_id = 'INC-1'"
    )
    assert await desk.sweep() == 0
    assert (await desk.clock("INC-1"))["state"] == "active", "answers are folded from the facts"
    async with desk._begin({"acme"}) as work:
        tickets = await work.page("acme", None, "", 10)
        found = await verified(work, desk.rulebooks, "acme", tickets)
    assert [(one["ticket_id"], one["what"]) for one in found.findings] == [("INC-1", "picture")]
    await desk.take(
        status("INC-1", ago(now, minutes=90), "waiting_on_customer"),
        status("INC-2", ago(now, minutes=90), "waiting_on_customer"),
    )
    assert (await desk.clock("INC-1"))["state"] == "paused"
    first, second = await row(desk, "INC-1"), await row(desk, "INC-2")
    assert first["state"].replace(b"INC-1", b"INC-2") == second["state"] != good


async def test_a_ticket_of_which_every_fact_was_refused_does_not_exist(desk: Desk) -> None:
    await desk.publish(sla())
    late = await desk.now() + timedelta(minutes=6)
    assert await desk.take(opened("INC-1", late)) == 0
    assert await desk.parked() == ["fact.in-future"]
    with pytest.raises(Refusal):
        await desk.status("INC-1")
    async with desk._begin({"acme"}) as work:
        assert await work.page("acme", None, "", 10) == []
    await desk.publish(sla(minutes=60))
    await desk.sweep()
    assert await desk.sweep() == 0
    assert await desk.judge() == 0


async def test_a_full_ticket_takes_no_more_but_knows_what_it_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST_FACTS", 4)
    await desk.publish(sla())
    now = await desk.now()
    story = [
        opened("INC-1", ago(now, minutes=9)),
        *(status("INC-1", ago(now, minutes=8 - n), f"s{n}") for n in range(5)),
    ]
    assert await desk.take(*story[:3]) == 3
    assert await desk.take(*story[:3], story[3]) == 1, "what is known needs no room"
    assert await desk.take(*story) == 0
    assert await desk.parked() == ["fact.too-many", "fact.too-many"]
    assert await desk.take(*story[:4]) == 0
    assert len(await desk.parked()) == 2


async def test_a_ticket_with_too_many_facts_says_so_and_stands_still(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clocks might lack what was set aside, so nothing is told of them any more."""
    monkeypatch.setattr(admission, "MOST_FACTS", 3)
    await desk.publish(sla(minutes=60))
    now = await desk.now()
    story = [
        opened("INC-1", ago(now, minutes=90)),
        *(replied("INC-1", ago(now, minutes=80 - n)) for n in range(3)),
    ]
    await desk.take(*story[:2])
    assert not (await desk.status("INC-1"))["faults"]
    await desk.take(*story[2:], opened("INC-2", ago(now, minutes=90)))
    assert await desk.parked() == ["fact.too-many"]
    found = await desk.status("INC-1")
    assert [one["code"] for one in found["faults"]] == ["ticket.too-many-facts"]
    assert found["clocks"], "what is known is shown"
    (row,) = await desk.rows("SELECT * FROM ticket WHERE ticket_id = 'INC-1'")
    assert row["fact_count"] == 3
    assert row["next_due_at"] is None
    read: list[object] = []
    monkeypatch.setattr(reconcile, "stored_picture", read.append)
    await desk.take(replied("INC-1", ago(now, minutes=5)), story[0])
    assert not read, "no further fact costs a look at its picture"
    monkeypatch.undo()
    at = await desk.now()
    assert await desk.judge() == 1, "INC-2 alone"
    late = await desk.rows(
        "SELECT DISTINCT ticket_id FROM announcement WHERE announced_at > $1", at
    )
    assert [one["ticket_id"] for one in late] == ["INC-2"]
    await desk.publish(sla(minutes=30))
    await desk.sweep()
    assert await desk.sweep() == 0, "it is not behind its terms for ever"
    assert [one["code"] for one in (await desk.status("INC-1"))["faults"]] == [
        "ticket.too-many-facts"
    ]


@pytest.mark.parametrize(
    ("again", "code"),
    [
        pytest.param(lambda at: opened("INC-1", at, event_id="1"), "fact.conflict", id="conflict"),
        pytest.param(
            lambda at: opened("INC-2", at + timedelta(hours=2)), "fact.in-future", id="future"
        ),
    ],
)
async def test_a_parked_fact_that_would_be_parked_again_says_so_when_it_is_replayed(
    desk: Desk, again: Any, code: str
) -> None:
    await desk.publish(sla())
    at = ago(await desk.now(), minutes=9)
    await desk.take(opened("INC-1", at - timedelta(minutes=1), event_id="1"))
    with pytest.raises(Refusal) as refusal:
        await desk.reconciler.take_again(again(at))
    assert refusal.value.code == code
    assert len(await desk.rows("SELECT * FROM fact")) == 1
    await desk.reconciler.take_again(opened("INC-3", at))
    assert len(await desk.rows("SELECT * FROM fact")) == 2


async def test_sequences_of_eighteen_digits_and_ids_of_every_kind(desk: Desk) -> None:
    await desk.publish(sla())
    at = ago(await desk.now(), minutes=9)
    ticket = "INC/1 ☎️ 'x' " + "é" * 187
    more = {"sequence": 999_999_999_999_999_999, "event_id": "a" * 200}
    assert await desk.take(status(ticket, at, "waiting_on_customer", **more)) == 1
    more = {"sequence": 999_999_999_999_999_998, "event_id": "b/" * 100}
    assert await desk.take(opened(ticket, at, **more)) == 1
    assert (await desk.status(ticket))["faults"] == []
    assert (await desk.clock(ticket))["state"] == "paused", "the higher sequence is the later"
    assert await desk.take(status(ticket, at + timedelta(seconds=1), "open")) == 1
    rows = [
        stored_fact(one)
        for one in await desk.rows("SELECT * FROM fact ORDER BY at_us, sequence, source, event_id")
    ]
    async with desk._begin({"acme"}) as work:
        _, revisions = await work.now_and_terms(["acme"])
        rulebook = (await desk.rulebooks.of(work, revisions))["acme"]
    assert fold(rows, rulebook).position == rows[-1].order


async def test_the_first_instant_of_all_and_terms_for_the_far_future(desk: Desk) -> None:
    await desk.publish(sla(minutes=2_000_000))
    entry = desk.entry("acme", "far", "default", datetime(2199, 12, 31).astimezone())
    await desk.learn(entry)
    assert await desk.take(fact("opened", "INC-1", "1970-01-01T00:00:00Z", status="open")) == 1
    await desk.judge()
    clock = await desk.clock("INC-1")
    assert (clock["outcome"], clock["started_at"]) == ("breached", "1970-01-01T00:00:00Z")
    assert await desk.judge() == 0
