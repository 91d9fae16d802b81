"""Simulations on stored tickets: which are compared, what comes out, and what nobody notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from slaclock.business_time import seal
from slaclock.contracts.canonical import canonical, content_hash, sha256_hex
from slaclock.contracts.instants import parse_instant, to_us
from slaclock.store import Pool
from ticket_clock_service.domain.simulation import (
    Candidate,
    Kind,
    Question,
    Scope,
    Simulation,
    simulation_document,
)
from ticket_clock_service.domain.spans import Spans
from ticket_clock_service.store.simulations import SQL, begin_simulation
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.usecases import simulate
from ticket_clock_service.usecases.candidates import TooFine
from ticket_clock_service.usecases.learn_terms import Snapshot, learn
from ticket_clock_service.usecases.simulate import (
    NotPromised,
    SimulationBusy,
    Simulator,
    TermsNotRead,
)

from ..desk import OFFICE, Desk, ago, fact, opened, replied, sla, status

MARCH = to_us(parse_instant("2026-03-01T00:00:00Z"))
APRIL = to_us(parse_instant("2026-04-01T00:00:00Z"))


def monday(time: str) -> datetime:
    return parse_instant(f"2026-03-02T{time}:00Z")


def tried(snapshot: dict[str, Any], kind: Kind = Kind.SLA) -> Candidate:
    return Candidate(kind, content_hash(snapshot), snapshot)


def nobody_looks(_done: int, _of: int) -> None: ...


@pytest.fixture
def simulator(desk: Desk) -> Simulator:
    return Simulator(
        lambda tenants: begin_simulation(desk.pool, desk.parking, tenants),
        desk.rulebooks,
        lambda: desk.terms_ready,
    )


Ask = Callable[..., Any]


@pytest.fixture
def ask(simulator: Simulator) -> Ask:
    async def ask(candidate: Candidate, **more: Any) -> Simulation:
        question = Question("acme", candidate, **{"from_us": MARCH, "to_us": APRIL, **more})
        return await simulator.run(question, nobody_looks)

    return ask


async def four_tickets(desk: Desk) -> None:
    """Gold by default: 60 minutes to respond, 240 to resolve, around the clock.

    A: answered after 30 minutes, resolved after 3 hours, of which it waited 1.
    B: answered after 50 minutes, resolved after 5 hours. Breached in force.
    C: never answered, resolved after 30 minutes, P1.
    D: escalated to P1 meanwhile, resolved after 3 hours.
    """
    await desk.publish(sla(minutes=240))
    await desk.take(
        opened("A", monday("09:00"), customer_id="initech"),
        replied("A", monday("09:30")),
        status("A", monday("10:00"), "waiting_on_customer"),
        status("A", monday("11:00"), "open"),
        status("A", monday("12:00"), "resolved"),
        opened("B", monday("09:10"), customer_id="initech"),
        replied("B", monday("10:00")),
        status("B", monday("14:10"), "resolved"),
        opened("C", monday("09:20"), customer_id="globex", priority="P1"),
        status("C", monday("09:50"), "resolved"),
        opened("D", monday("09:30"), customer_id="globex"),
        fact("updated", "D", monday("10:30"), priority="P1"),
        status("D", monday("12:30"), "resolved"),
    )


def figures(simulation: Simulation, metric: str) -> dict[str, Any]:
    document = simulation_document(simulation)
    return next(one for one in document["metrics"] if one["metric"] == metric)


def by_hand(found: dict[str, Any]) -> tuple[tuple[int, int], tuple[int, int], int, int]:
    one, other = found["in_force"], found["simulated"]
    return (
        (one["met"], one["breached"]),
        (other["met"], other["breached"]),
        found["newly_breached"],
        found["newly_met"],
    )


async def test_a_stricter_sla(desk: Desk, ask: Ask) -> None:
    """100 minutes to resolve: A needs 120, B 300, C 30, D 180; 25 to respond."""
    await four_tickets(desk)
    found = await ask(tried(sla(minutes=100, version=2)))
    assert by_hand(figures(found, "resolution")) == ((3, 1), (1, 3), 2, 0)
    assert by_hand(figures(found, "first_response")) == ((3, 1), (0, 4), 3, 0)
    resolution = figures(found, "resolution")
    assert resolution["in_force"]["compliance"] == 0.75
    assert resolution["simulated"]["compliance"] == 0.25
    assert [(one["key"], one["newly_breached"]) for one in resolution["by_priority"]] == [
        ("P1", 1),
        ("P2", 1),
    ]
    assert [(one["key"], one["newly_breached"]) for one in resolution["by_customer"]] == [
        ("globex", 1),
        ("initech", 1),
    ]
    assert (found.scope, found.tickets.considered, found.tickets.simulated) == (Scope.BOUND, 4, 4)


async def test_a_looser_sla_and_its_examples(desk: Desk, ask: Ask) -> None:
    await four_tickets(desk)
    found = simulation_document(await ask(tried(sla(minutes=480, version=2)), examples=1))
    assert [one["newly_met"] for one in found["metrics"]] == [0, 1]
    assert found["examples"] == [
        {
            "ticket_id": "B",
            "metric": "resolution",
            "cycle": "first",
            "priority": "P2",
            "customer_id": "initech",
            "difference": "newly_met",
            "in_force": {
                "outcome": "breached",
                "due_at": "2026-03-02T13:10:00Z",
                "elapsed_seconds": 18000,
                "target_minutes": 240,
            },
            "simulated": {
                "outcome": "met",
                "due_at": "2026-03-02T17:10:00Z",
                "elapsed_seconds": 18000,
                "target_minutes": 480,
            },
        }
    ]


async def test_another_calendar(desk: Desk, ask: Ask) -> None:
    """Five office hours of London become five of New York, where it is 04:00 to 09:00."""
    await desk.publish(sla(minutes=240, calendar="office"))
    await desk.take(
        opened("A", monday("09:00")),
        status("A", monday("14:00"), "resolved"),
        opened("B", monday("09:00")),
        status("B", monday("12:00"), "resolved"),
    )
    hours = {**OFFICE, "timezone": "America/New_York"}
    other = tried(seal(hours, calendar_id="gold.office", version=2), Kind.CALENDAR)
    found = await ask(other)
    assert by_hand(figures(found, "resolution")) == ((1, 1), (2, 0), 0, 1)
    assert found.scope is Scope.BOUND
    stranger = tried(seal(hours, calendar_id="elsewhere", version=1), Kind.CALENDAR)
    found = await ask(stranger)
    assert by_hand(figures(found, "resolution")) == ((1, 1), (1, 1), 0, 0)
    assert found.scope is Scope.ALL, "nothing is bound to it, and the answer says so"


async def test_which_tickets_are_compared(desk: Desk, ask: Ask) -> None:
    """Gold by default, silver for initech's contract; a window of openings."""
    silver = sla("silver", minutes=600)
    body = canonical(silver)
    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [Snapshot("acme", sha256_hex(body), "silver", 1, body)])
    await desk.bind("acme", "c1", "initech", sha256_hex(body), monday("00:00"))
    await four_tickets(desk)
    await desk.take(
        opened("late", "2026-04-01T00:00:00Z"),
        opened("again", "2026-02-28T23:59:59Z"),
        opened("again", monday("09:00"), event_id="second opening"),
    )
    stricter = tried(sla("silver", minutes=1))
    found = (await ask(stricter)).tickets
    assert (found.considered, found.simulated, found.unbound) == (4, 2, 2)
    found = (await ask(stricter, scope=Scope.ALL)).tickets
    assert (found.considered, found.simulated, found.unbound) == (4, 4, 0)
    nobodys = await ask(tried(sla("platinum", minutes=1)))
    assert (nobodys.scope, nobodys.tickets.simulated) == (Scope.ALL, 4)
    assert simulation_document(nobodys)["scope_asked"] == "bound"
    empty = await ask(stricter, from_us=0, to_us=1)
    assert (empty.tickets.considered, empty.metrics) == (0, ())


async def test_hashes_that_are_named_bind_nothing_by_themselves(desk: Desk, ask: Ask) -> None:
    await four_tickets(desk)
    await desk.publish(sla("silver"), default=False)
    named = sha256_hex(canonical(sla("silver")))
    await desk.bind("acme", "c9", "nobody", named, monday("00:00"))
    await desk.take(opened("E", monday("09:00"), category=named))
    found = await ask(tried(sla("silver", minutes=1)))
    assert (found.scope, found.tickets.simulated) == (Scope.ALL, 5)


async def test_open_tickets_are_judged_at_one_instant(desk: Desk, ask: Ask) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("A", ago(now, minutes=120)), opened("B", ago(now, minutes=300)))
    window = {"from_us": to_us(ago(now, minutes=400)), "to_us": to_us(now)}
    found = figures(await ask(tried(sla(minutes=100, version=2)), **window), "resolution")
    one, other = found["in_force"], found["simulated"]
    assert (one["pending"], one["breached"], other["pending"], other["breached"]) == (1, 1, 0, 2)


async def test_a_ticket_that_cannot_be_compared_is_named(
    desk: Desk, ask: Ask, admin: Any, pool: Pool
) -> None:
    await four_tickets(desk)
    await admin.execute("UPDATE ticket SET fault = 'boom' WHERE ticket_id = 'A'")
    await admin.execute("UPDATE ticket SET state = 'no picture' WHERE ticket_id = 'B'")
    found = await ask(tried(sla(minutes=100, version=2)))
    assert (found.tickets.considered, found.tickets.simulated, found.tickets.faulted) == (4, 3, 1)
    assert [(one.ticket_id, one.code, one.message) for one in found.faults] == [
        ("A", "ticket.faulted", "boom")
    ]
    assert by_hand(figures(found, "resolution")) == ((2, 1), (1, 2), 1, 0), "B was folded anew"


async def test_it_changes_nothing(desk: Desk, ask: Ask) -> None:
    await four_tickets(desk)

    async def rows() -> list[Any]:
        return [
            await desk.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3")  # noqa: S608
            for table in ("ticket", "fact", "announcement", "revision", "outbox", "terms")
        ]

    before = await rows()
    await ask(tried(sla(minutes=1, version=2)))
    assert await rows() == before


async def test_other_tenants_are_not_seen(desk: Desk, simulator: Simulator) -> None:
    await four_tickets(desk)
    question = Question("globex", tried(sla(minutes=1)), MARCH, APRIL)
    assert (await simulator.run(question, nobody_looks)).tickets.considered == 0


async def test_pages_progress_and_both_ways_agree(
    desk: Desk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await four_tickets(desk)
    monkeypatch.setattr(simulate, "PAGE", 3)
    told: list[tuple[int, int]] = []
    question = Question("acme", tried(sla(minutes=100, version=2)), MARCH, APRIL)
    found = await simulator.run(question, lambda done, of: told.append((done, of)))
    assert told == [(0, 4), (3, 4), (4, 4)]
    assert (found.tickets.by_batch, found.tickets.by_fold) == (4, 0)
    monkeypatch.setattr(Spans, "read", lambda _self, _facts: None)
    folded = await simulator.run(question, nobody_looks)
    assert (folded.tickets.by_batch, folded.tickets.by_fold) == (0, 4)
    assert (folded.metrics, folded.examples) == (found.metrics, found.examples)


async def test_one_at_a_time(desk: Desk, simulator: Simulator) -> None:
    await four_tickets(desk)
    question = Question("acme", tried(sla(minutes=100, version=2)), MARCH, APRIL)
    begun = asyncio.Event()
    first = asyncio.create_task(simulator.run(question, lambda *_: begun.set()))
    await begun.wait()
    with pytest.raises(SimulationBusy, match="try again") as refused:
        await simulator.run(question, nobody_looks)
    assert (refused.value.status, refused.value.faults[0].code) == (429, "simulation.busy")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await simulator.run(question, nobody_looks)).tickets.simulated == 4, "free again"


def minute_windows(step: int) -> dict[str, Any]:
    """Opens for a minute, every so many minutes of the week."""
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    windows = [
        {"weekday": day, "start": start, "end": end}
        for day in range(7)
        for start, end in zip(minutes[::step], minutes[1::step], strict=True)
    ]
    return {"timezone": "UTC", "windows": windows}


async def test_deadlines_behind_millions_of_opening_hours_are_refused(desk: Desk, ask: Ask) -> None:
    """504 minutes a week in 504 windows: 5,256,000 minutes of it would be laid out to 2200."""
    await desk.publish(sla(minutes=5_256_000, calendar="office"))
    await desk.take(opened("A", monday("09:00")))
    fine = seal(minute_windows(20), calendar_id="gold.office", version=2)
    with pytest.raises(TooFine, match="opening hours") as refused:
        await ask(tried(fine, Kind.CALENDAR))
    assert [(one.field, one.value) for one in refused.value.faults] == [("calendar", 5_256_000)]
    far = sla(minutes=5_256_000, calendar="office", version=2)
    (target,) = {one["calendar"] for one in far["targets"]}
    digest = content_hash(fine)
    far["calendars"] = {target: {"hash": digest, "calendar_id": "gold.office", "version": 2}}
    far["calendar_snapshots"] = {digest: fine}
    with pytest.raises(TooFine, match="nearer point") as refused:
        await ask(tried(far))
    assert [one.field for one in refused.value.faults] == ["sla"]


@pytest.mark.parametrize(
    "terms", [{"agreement_type": "ola", "group": "l1"}, {"agreement_type": "underpinning"}]
)
async def test_what_no_customer_was_promised_is_not_simulated(
    desk: Desk, ask: Ask, terms: dict[str, str]
) -> None:
    await four_tickets(desk)
    with pytest.raises(NotPromised) as refused:
        await ask(tried({**sla(version=2), **terms}))
    assert [(one.field, one.value) for one in refused.value.faults] == [
        ("sla.agreement_type", terms["agreement_type"])
    ]


async def test_not_before_the_terms_are_read(desk: Desk, ask: Ask) -> None:
    desk.terms_ready = False
    with pytest.raises(TermsNotRead):
        await ask(tried(sla()))


async def test_openings_are_found_by_their_index(desk: Desk, admin: Any) -> None:
    """However many facts there are: what is read is the window's openings, in order."""
    await four_tickets(desk)
    await admin.execute("SET enable_seqscan = off")
    lines = await admin.fetch("EXPLAIN " + SQL["opened_tickets"], "acme", MARCH, APRIL)
    plan = "\n".join(line[0] for line in lines)
    assert "fact_opened" in plan
    assert "Sort" not in plan
