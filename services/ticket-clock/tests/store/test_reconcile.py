"""The only writer, on a real database: what it stores, tells, takes back and sets aside."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import asyncpg
import pytest
from msgspec import structs

from slaclock.contracts.instants import to_us
from ticket_clock_service.ports import Reported

from ..desk import Desk, ago, opened, replied, sla, status


async def test_a_threshold_that_came_is_told_once(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=150)))
    assert await desk.told("INC-1") == [], "time alone proves nothing to a batch of facts"
    await desk.judge()
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]
    assert await desk.judge() == 0
    assert (await desk.clock("INC-1"))["due_at"] is not None


async def test_retracted_then_due_again_is_announced_with_n_2(desk: Desk) -> None:
    """(a) A pause from before the threshold comes late; later the threshold comes all the same."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, minutes=130)
    await desk.take(opened("INC-1", start))
    await desk.judge()
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]
    await desk.take(status("INC-1", start + timedelta(minutes=60), "waiting_on_customer"))
    assert await desk.told("INC-1") == [
        ("threshold_crossed", "percent:50", 1),
        ("retracted", "percent:50", 1),
    ]
    await desk.take(status("INC-1", start + timedelta(minutes=61), "open"))
    await desk.judge()
    assert (await desk.told("INC-1"))[2:] == [("threshold_crossed", "percent:50", 2)]
    events = await desk.events(ticket="INC-1")
    assert [event["data"]["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert len({event["id"] for event in events}) == len(events)


async def test_what_merely_moved_is_corrected_in_place(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, minutes=150)
    await desk.take(opened("INC-1", start))
    await desk.judge()
    await desk.take(
        status("INC-1", start + timedelta(minutes=10), "waiting_on_customer"),
        status("INC-1", start + timedelta(minutes=15), "open"),
    )
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]
    (row,) = await desk.rows(
        "SELECT crossed_us, n, retracted_at FROM announcement WHERE metric = 'resolution'"
    )
    assert row["retracted_at"] is None
    assert row["n"] == 1


async def test_a_late_fact_takes_nothing_back_that_it_does_not_concern(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, minutes=150)
    await desk.take(opened("INC-1", start))
    await desk.judge()
    await desk.take(status("INC-1", start + timedelta(minutes=5), "in_progress"))
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]


async def test_one_fact_that_pauses_two_clocks_is_two_events(desk: Desk) -> None:
    """(b)"""
    await desk.publish(sla())
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=9)))
    await desk.take(status("INC-1", ago(now, minutes=5), "waiting_on_customer"))
    paused = [e for e in await desk.events() if e["type"] == "sla.clock.paused"]
    assert {e["data"]["metric"] for e in paused} == {"first_response", "resolution"}
    assert len({e["id"] for e in paused}) == 2
    assert all(e["data"]["due_at"] is None for e in paused)


async def test_two_tenants_with_equal_ids_are_two_tickets(desk: Desk) -> None:
    """(c)"""
    now = await desk.now()
    for tenant in ("acme", "globex"):
        await desk.publish(sla(), tenant)
    facts = [
        opened("INC-1", ago(now, minutes=9), tenant=t, event_id="1") for t in ("acme", "globex")
    ]
    assert await desk.take(*facts) == 2
    assert (await desk.status("INC-1", "acme"))["revision"] == 1
    assert (await desk.status("INC-1", "globex"))["revision"] == 1


async def test_a_repeated_fact_changes_nothing(desk: Desk) -> None:
    await desk.publish(sla())
    now = await desk.now()
    first = opened("INC-1", ago(now, minutes=9))
    assert await desk.take(first, first) == 1
    before = await desk.rows("SELECT * FROM ticket")
    assert await desk.take(first) == 0
    assert await desk.rows("SELECT * FROM ticket") == before
    assert await desk.parked() == []


async def test_one_identity_for_two_things_is_parked(desk: Desk) -> None:
    await desk.publish(sla())
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=9), event_id="1"))
    await desk.take(opened("INC-1", ago(now, minutes=8), event_id="1"))
    assert await desk.parked() == ["fact.conflict"]
    assert len(await desk.rows("SELECT * FROM fact")) == 1


def in_stream(fact: Reported, sequence: int) -> Reported:
    """*fact* as the message at that place of its stream tells it."""
    assert fact.message is not None
    return structs.replace(fact, message=structs.replace(fact.message, sequence=sequence))


@pytest.mark.parametrize(
    ("batches", "parked"),
    [
        pytest.param(["a", "bb"], 2, id="a contradiction that comes twice is parked twice"),
        pytest.param(["a", "ba"], 1, id="what is kept may come again behind its contradiction"),
        pytest.param(["a", "abab"], 2, id="and between"),
        pytest.param(["abba"], 2, id="the first is kept"),
        pytest.param(["aab", "ba"], 2, id="the first of an earlier batch"),
    ],
)
async def test_however_contradictions_fall_into_batches(
    desk: Desk, batches: list[str], parked: int
) -> None:
    """The first thing told under an identity is kept; each message of another is set aside."""
    await desk.publish(sla())
    now = await desk.now()
    told = {"a": ago(now, minutes=9), "b": ago(now, minutes=8)}
    places = count(1)
    for batch in batches:
        facts = [opened("INC-1", told[one], event_id="1") for one in batch]
        await desk.take(*[in_stream(fact, next(places)) for fact in facts])
    assert await desk.parked() == ["fact.conflict"] * parked
    assert [row["at_us"] for row in await desk.rows("SELECT at_us FROM fact")] == [to_us(told["a"])]


async def test_a_fact_from_the_future_is_parked_and_the_batch_goes_on(desk: Desk) -> None:
    await desk.publish(sla())
    now = await desk.now()
    late, soon = now + timedelta(minutes=6), now + timedelta(minutes=4)
    assert await desk.take(opened("INC-1", late), opened("INC-2", soon)) == 1
    assert await desk.parked() == ["fact.in-future"]


async def test_an_unknown_status_is_a_visible_fault_until_a_map_explains_it(desk: Desk) -> None:
    await desk.publish(sla())
    now = await desk.now()
    await desk.take(
        opened("INC-1", ago(now, minutes=60)), status("INC-1", ago(now, minutes=30), "Triage 2")
    )
    found = await desk.status("INC-1")
    assert [fault["code"] for fault in found["faults"]] == ["fact.unknown-status"]
    assert found["faults"][0]["value"] == "Triage 2"
    entry = desk.entry("acme", "map", "status_map", statuses={"Triage 2": "waiting_on_customer"})
    from ticket_clock_service.store.terms import begin_terms  # noqa: PLC0415
    from ticket_clock_service.usecases.learn_terms import learn  # noqa: PLC0415

    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [entry])
    assert await desk.sweep() == 1
    found = await desk.status("INC-1")
    assert found["faults"] == []
    assert (await desk.clock("INC-1"))["state"] == "paused"


async def test_terms_that_come_after_the_ticket_reach_it_by_the_sweep(desk: Desk) -> None:
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=60), customer_id="cust"))
    assert (await desk.status("INC-1"))["clocks"] == []
    digest = await desk.publish(sla("silver"), default=False)
    await desk.bind("acme", "C-1", "cust", digest, ago(now, days=1))
    assert await desk.sweep() == 1
    found = await desk.status("INC-1")
    assert found["binding"]["contract_id"] == "C-1"
    assert {clock["metric"] for clock in found["clocks"]} == {"first_response", "resolution"}
    assert await desk.sweep() == 0


async def test_a_contract_that_races_with_tickets_leaves_none_unbound(desk: Desk) -> None:
    """(f) A thousand times: whichever commits first, after the sweep every ticket is bound."""
    now = await desk.now()
    digest = await desk.publish(sla(), default=False)
    await asyncio.gather(*(_race(desk, number, digest, now) for number in range(1000)))
    await desk.sweep()
    rows = await desk.rows("SELECT count(*) AS unbound FROM ticket WHERE clock_state = 'none'")
    assert rows[0]["unbound"] == 0
    counted = await desk.rows("SELECT count(*) AS bound FROM ticket WHERE clock_state = 'active'")
    assert counted[0]["bound"] == 1000


async def _race(desk: Desk, number: int, digest: str, now: datetime) -> None:
    customer = f"customer-{number}"
    both = [
        desk.bind("acme", f"C-{number}", customer, digest, ago(now, days=1)),
        desk.take(opened(f"INC-{number}", ago(now, minutes=1), customer_id=customer)),
    ]
    await asyncio.gather(*both if number % 2 else reversed(both))


async def test_an_import_in_small_batches_takes_nothing_back(desk: Desk) -> None:
    """(e) Batches of seven facts cut through tickets; open ones still notify what comes later."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    random.seed(7)
    facts = []
    for number in range(40):
        start = ago(now, minutes=600 + number)
        ticket = f"INC-{number}"
        imported = {"origin": "import", "run": "run-1"}
        facts.append(opened(ticket, start, **imported))
        facts.append(
            status(ticket, start + timedelta(minutes=60), "waiting_on_customer", **imported)
        )
        facts.append(status(ticket, start + timedelta(minutes=560), "open", **imported))
        if number % 2:
            facts.append(status(ticket, start + timedelta(minutes=570), "resolved", **imported))
    facts.sort(key=lambda fact: (fact.at_us, fact.ticket_id))
    for begin_at in range(0, len(facts), 7):
        await desk.take(*facts[begin_at : begin_at + 7])
        await desk.judge()
    assert await desk.told("INC-0") == [], "nothing is announced while the import runs"
    await desk.end_import("run-1")
    kinds = {event["data"]["change"]["kind"] for event in await desk.events()}
    assert "retracted" not in kinds
    assert await desk.rows("SELECT 1 FROM announcement WHERE retracted_at IS NOT NULL") == []
    flags = await desk.rows("SELECT flags FROM announcement")
    assert all(
        row["flags"] == {"historical": True} for row in flags if "passed_over" not in row["flags"]
    )
    coming = await desk.rows("SELECT ticket_id FROM ticket WHERE next_due_at > clock_timestamp()")
    assert {row["ticket_id"] for row in coming} == {f"INC-{n}" for n in range(0, 40, 2)}


async def test_facts_taken_twice_or_in_any_order_end_in_the_same_bytes(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, hours=30)

    def story(ticket: str) -> list[Reported]:
        return [
            opened(ticket, start, event_id="1"),
            status(ticket, start + timedelta(hours=1), "waiting_on_customer", event_id="2"),
            status(ticket, start + timedelta(hours=9), "open", event_id="3"),
            replied(ticket, start + timedelta(hours=10), event_id="4"),
            status(ticket, start + timedelta(hours=11), "resolved", event_id="5"),
        ]

    await desk.take(*story("A"))
    for one in reversed(story("B")):
        await desk.take(one)
    shuffled = story("C") * 2
    random.Random(1).shuffle(shuffled)
    for one in shuffled:
        await desk.take(one)
    rows = await desk.rows("SELECT DISTINCT state FROM ticket")
    assert len(rows) == 1


async def test_what_was_known_then_is_answered_as_it_was_known(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=100)))
    then = await desk.now()
    await desk.take(status("INC-1", ago(now, minutes=90), "waiting_on_customer"))
    believed = await desk.status("INC-1", known_at=then)
    assert believed["clocks"][-1]["state"] == "active"
    assert (await desk.clock("INC-1"))["state"] == "paused"


async def test_the_service_s_own_role_cannot_rewrite_history(desk: Desk) -> None:
    await desk.publish(sla())
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=1)))
    for attempt in (
        "UPDATE fact SET at_us = 0",
        "DELETE FROM fact",
        "TRUNCATE fact",
        "DELETE FROM announcement",
        "UPDATE terms SET body = '{}'",
        "UPDATE snapshot SET body = ''",
        "DELETE FROM revision",
        "ALTER TABLE fact DISABLE TRIGGER ALL",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await desk.rows(attempt)


async def test_of_two_contracts_from_one_instant_the_later_said_holds_in_any_order(
    desk: Desk,
) -> None:
    """News of the sla service may arrive in any order; what was said last decides."""
    now = await desk.now()
    since = ago(now, days=2)
    first, second = [await desk.publish(sla(name), default=False) for name in ("first", "second")]
    body = {"contract_id": "C-1", "customer_id": "cust"}
    early = desk.entry("acme", "early", "contract", since, agreement=first, **body)
    late = desk.entry("acme", "late", "contract", since, agreement=second, **body)
    late = replace(late, said_at=since + timedelta(hours=1))
    await desk.learn(late)
    await desk.learn(early)
    await desk.take(opened("INC-1", ago(now, minutes=1), customer_id="cust"))
    assert (await desk.status("INC-1"))["binding"]["sla_id"] == "second"
