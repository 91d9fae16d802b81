"""What viewers read: counters, pages that neither skip nor repeat, plans that use an index."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Clock, ClockKey, Edition, Metric, Outcome, Promise, State
from dashboard_service.domain.escalation import Effect, EffectKey
from dashboard_service.domain.rollup import Dimension, Tally
from dashboard_service.ports import After, Listed, Period
from dashboard_service.store.view import SQL, PgViews
from dashboard_service.store.work import PgProjections
from dashboard_service.usecases.projecting import (
    Heard,
    keep_agreements,
    project_clocks,
    project_escalations,
)
from slaclock.store import Pool, begin

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOON: Final = NOW + timedelta(minutes=30)
AWKWARD: Final = ["INC-1", "INC-10", "INC-2", "<b>", "🔥", "Ärger", "ärger", "a/b", "日本"]


def clock(ticket: str, **more: Any) -> Clock:
    known = Clock(
        key=ClockKey("acme", ticket, more.pop("metric", Metric.RESOLUTION), "first"),
        edition=Edition(1, 1),
        state=State.ACTIVE,
        outcome=Outcome.PENDING,
        due_on=NOW.date(),
        changed_at=NOW,
        due_at=NOW + timedelta(hours=4),
        target_minutes=240,
    )
    return replace(known, **more)


def breached(ticket: str, minutes_ago: int, **more: Any) -> Clock:
    at = NOW - timedelta(minutes=minutes_ago)
    return clock(ticket, outcome=Outcome.BREACHED, breached_at=at, due_at=at, **more)


async def keep(pool: Pool, *clocks: Clock) -> None:
    heard = [Heard(one.key.tenant, f"{one.key} {one.edition}", NOW, one) for one in clocks]
    await project_clocks(PgProjections(pool), heard)


async def test_counters(pool: Pool) -> None:
    await keep(
        pool,
        clock("running"),
        clock("due soon", due_at=SOON),
        clock("warned", warned=True),
        clock("warned but paused", warned=True, state=State.PAUSED, due_at=None),
        clock("the other metric", metric=Metric.FIRST_RESPONSE, due_at=NOW + timedelta(hours=9)),
        breached("overdue", 5),
        breached("overdue and paused", 5, state=State.PAUSED),
        breached("closed too late", 5, state=State.CLOSED),
        breached("yesterday", 60 * 24, state=State.CLOSED),
        clock("in time", outcome=Outcome.MET, state=State.CLOSED),
    )
    since = NOW - timedelta(hours=9)

    async with PgViews(pool)("acme") as view:
        every = await view.counters(None, due_before=SOON, since=since)
        first = await view.counters(Metric.FIRST_RESPONSE, due_before=SOON, since=since)

    assert (every.running, every.paused, every.at_risk, every.overdue) == (5, 2, 2, 2)
    assert every.breached_since == 3
    assert every.next_due_at == SOON
    assert (first.running, first.paused, first.at_risk, first.breached_since) == (1, 0, 0, 0)


async def test_a_tenant_without_clocks_has_zeros(pool: Pool) -> None:
    async with PgViews(pool)("acme") as view:
        counters = await view.counters(None, due_before=SOON, since=NOW)
        assert await view.compliance(Dimension.GROUP, None, Period()) == []
        assert await view.trend(None, Period(), most=10) == []
        assert await view.at_risk(None, due_before=SOON, after=None, limit=9) == []
    assert (counters.running, counters.breached_since, counters.next_due_at) == (0, 0, None)


@pytest.mark.parametrize(
    ("dimension", "metric", "period", "expected"),
    [
        pytest.param(
            Dimension.PRIORITY,
            None,
            Period(),
            [("", Tally(cancelled=1)), ("P1", Tally(met=2, breached=1)), ("P2", Tally(pending=1))],
            id="all of them, those without priority too",
        ),
        pytest.param(
            Dimension.PRIORITY,
            Metric.FIRST_RESPONSE,
            Period(),
            [("P1", Tally(met=1))],
            id="one metric",
        ),
        pytest.param(
            Dimension.CUSTOMER,
            None,
            Period(date(2026, 3, 3), date(2026, 3, 4)),
            [("globex 🏭", Tally(breached=1, pending=1))],
            id="both days are included",
        ),
        pytest.param(
            Dimension.PRIORITY, None, Period(date(2026, 4, 1), None), [], id="nothing is due then"
        ),
    ],
)
async def test_compliance(
    pool: Pool,
    dimension: Dimension,
    metric: Metric | None,
    period: Period,
    expected: list[tuple[str, Tally]],
) -> None:
    tuesday, wednesday = date(2026, 3, 3), date(2026, 3, 4)
    await keep(
        pool,
        clock("1", outcome=Outcome.MET, priority="P1"),
        clock("2", outcome=Outcome.MET, priority="P1", metric=Metric.FIRST_RESPONSE),
        breached("3", 1, priority="P1", due_on=tuesday, customer="globex 🏭"),
        clock("4", priority="P2", due_on=wednesday, customer="globex 🏭"),
        clock("5", outcome=Outcome.CANCELLED),
    )
    async with PgViews(pool)("acme") as view:
        assert await view.compliance(dimension, metric, period) == expected


async def test_the_trend_keeps_the_latest_days_oldest_first(pool: Pool) -> None:
    days = [date(2026, 3, day) for day in (1, 2, 5, 9)]
    await keep(pool, *(clock(str(day), due_on=day, outcome=Outcome.MET) for day in days))
    async with PgViews(pool)("acme") as view:
        assert await view.trend(None, Period(), most=3) == [(day, Tally(met=1)) for day in days[1:]]
        inner = Period(date(2026, 3, 2), date(2026, 3, 5))
        assert [day for day, _ in await view.trend(None, inner, most=9)] == days[1:3]


Page = Callable[[After | None], Awaitable[Sequence[Any]]]


async def walk(page: Page, place: Callable[[Any], After]) -> list[str]:
    """Tickets in the order of reading page after page."""
    found: list[str] = []
    after: After | None = None
    while rows := await page(after):
        found += [row.clock.key.ticket if isinstance(row, Listed) else row.ticket for row in rows]
        after = place(rows[-1])
        assert len(found) < 100
    return found


def risk_place(row: Listed) -> After:
    key = row.clock.key
    assert row.clock.due_at is not None
    return After(row.clock.due_at, (key.ticket, key.metric, key.cycle))


def breach_place(row: Listed) -> After:
    key = row.clock.key
    assert row.clock.breached_at is not None
    return After(row.clock.breached_at, (key.ticket, key.metric, key.cycle))


@pytest.mark.parametrize("size", [1, 2, 3, 50])
async def test_pages_of_clocks_at_risk_neither_skip_nor_repeat(pool: Pool, size: int) -> None:
    """Also where all are due at the same instant and ids sort differently by language."""
    await keep(
        pool,
        *(clock(ticket, due_at=SOON, warned=len(ticket) % 2 == 0) for ticket in AWKWARD),
        clock("warned, later", warned=True),
        clock("warned, soonest", warned=True, due_at=NOW),
        clock("later, no risk"),
    )
    async with PgViews(pool)("acme") as view:

        async def page(after: After | None) -> Sequence[Listed]:
            return await view.at_risk(None, due_before=SOON, after=after, limit=size)

        expected = ["warned, soonest", *sorted(AWKWARD), "warned, later"]
        assert await walk(page, risk_place) == expected


@pytest.mark.parametrize("size", [1, 2, 50])
async def test_pages_of_breaches_run_from_the_latest_back(pool: Pool, size: int) -> None:
    same = [breached(ticket, 10) for ticket in AWKWARD]
    await keep(pool, breached("older", 11), *same, breached("newer", 9, state=State.CLOSED))
    async with PgViews(pool)("acme") as view:

        async def page(after: After | None) -> Sequence[Listed]:
            return await view.breaches(None, after=after, limit=size)

        expected = ["newer", *sorted(AWKWARD, reverse=True), "older"]
        assert await walk(page, breach_place) == expected


@pytest.mark.parametrize("size", [1, 2, 50])
async def test_ongoing_breaches_leave_the_history_out(pool: Pool, size: int) -> None:
    waits = breached("waits", 11, state=State.PAUSED)
    await keep(pool, waits, breached("over", 10, state=State.CLOSED), breached("runs", 9))
    async with PgViews(pool)("acme") as view:

        async def page(after: After | None) -> Sequence[Listed]:
            return await view.breaches(None, after=after, limit=size, ongoing=True)

        assert await walk(page, breach_place) == ["runs", "waits"]


@pytest.mark.parametrize("size", [1, 2, 50])
async def test_pages_of_escalations(pool: Pool, size: int) -> None:
    told = [
        Effect(
            key=EffectKey("acme", f"effect {number}"),
            ticket=str(number),
            metric="resolution",
            cycle="first",
            threshold="percent:90",
            announcement="a",
            rule="r1",
            channel="log",
            recipient="ops",
            raised_at=NOW - timedelta(minutes=number // 3),
        )
        for number in range(8)
    ]
    heard = [Heard("acme", one.key.effect, NOW, one) for one in told]
    await project_escalations(PgProjections(pool), heard)
    async with PgViews(pool)("acme") as view:

        async def page(after: After | None) -> Sequence[Effect]:
            return await view.escalations(after=after, limit=size)

        found = await walk(page, lambda effect: After(effect.first_at, (effect.key.effect,)))
    assert found == ["2", "1", "0", "5", "4", "3", "7", "6"]


async def test_a_clock_in_a_list_has_the_name_of_its_agreement(pool: Pool) -> None:
    gold = Agreement("acme", "f" * 64, "gold", 3, "Gold ⭐", (), {})
    await keep_agreements(PgProjections(pool), [Heard("acme", "m", NOW, gold)])
    await keep(
        pool,
        clock("named", warned=True, snapshot="f" * 64),
        clock("not yet", warned=True, snapshot="e" * 64, due_at=SOON),
    )
    async with PgViews(pool)("acme") as view:
        rows = await view.at_risk(None, due_before=SOON, after=None, limit=9)
    assert [(row.clock.key.ticket, row.agreement_name, row.sla_version) for row in rows] == [
        ("not yet", None, None),
        ("named", "Gold ⭐", 3),
    ]


async def test_clocks_of_olas_are_listed_and_counted_only_where_they_are_asked_for(
    pool: Pool,
) -> None:
    def of(owner: str, one: Clock) -> Clock:
        key = replace(one.key, cycle="ola")
        return replace(one, key=key, promise=Promise.GROUP, owner=owner, priority="P1")

    await keep(
        pool,
        clock("A", warned=True),
        breached("B", 5),
        of("l1", clock("A", warned=True)),
        of("l1", breached("B", 5)),
        of("l2", clock("C")),
    )
    for olas, running, at_risk, missed in ((False, 2, ["A"], ["B"]), (True, 3, ["A"], ["B"])):
        cycle = "ola" if olas else "first"
        async with PgViews(pool)("acme") as view:
            counters = await view.counters(
                None, due_before=SOON, since=NOW - timedelta(hours=1), olas=olas
            )
            risk = await view.at_risk(None, due_before=SOON, after=None, limit=9, olas=olas)
            late = await view.breaches(None, after=None, limit=9, olas=olas)
            ongoing = await view.breaches(None, after=None, limit=9, ongoing=True, olas=olas)
            [(_, tally)] = await view.trend(None, Period(), most=9, olas=olas)
        assert (counters.running, counters.at_risk, counters.breached_since) == (running, 1, 1)
        for listed, expected in ((risk, at_risk), (late, missed), (ongoing, missed)):
            keys = [(one.clock.key.ticket, one.clock.key.cycle) for one in listed]
            assert keys == [(ticket, cycle) for ticket in expected]
        assert (tally.breached, tally.pending) == (1, running - 1)
    async with PgViews(pool)("acme") as view:
        assert await view.compliance(Dimension.OWNER, None, Period()) == [
            ("l1", Tally(breached=1, pending=1)),
            ("l2", Tally(pending=1)),
        ]


@pytest.mark.parametrize(
    ("query", "arguments", "index"),
    [
        pytest.param("counters", [None, SOON, False], "clock_open", id="counters"),
        pytest.param("breached_since", [None, NOW, False], "clock_breached", id="breached since"),
        pytest.param(
            "clocks_at_risk",
            [None, SOON, None, None, None, None, 50, False],
            "clock_warned",
            id="at risk",
        ),
        pytest.param(
            "breaches", [None, None, None, None, None, 50, False], "clock_breached", id="breaches"
        ),
        pytest.param("escalations", [None, None, 50], "escalation_latest", id="escalations"),
        pytest.param(
            "compliance_by",
            ["priority", None, date(2026, 3, 1), date(2026, 3, 31)],
            "rollup_pkey",
            id="compliance",
        ),
    ],
)
async def test_every_list_has_an_index(
    pool: Pool, query: str, arguments: list[Any], index: str
) -> None:
    async with begin(pool, {"acme"}) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        plan = await connection.fetchval(
            f"EXPLAIN (FORMAT JSON, COSTS OFF) {SQL[query]}", "acme", *arguments
        )
    assert index in json.dumps(plan)
