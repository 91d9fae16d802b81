"""KPIs: the same figures whatever the order of events, and the same as counting by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import pytest

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import (
    Clock,
    ClockKey,
    Edition,
    Held,
    Metric,
    Outcome,
    State,
    newest,
)
from dashboard_service.domain.kpi import By, Kpi, Score, Span, Standing
from dashboard_service.ports import AfterDay, Judged, Period, Share, Wanted
from dashboard_service.store.view import SQL, PgViews
from dashboard_service.store.work import PgProjections
from dashboard_service.usecases.projecting import Heard, keep_agreements, keep_kpis, project_clocks
from slaclock.store import Pool, begin

AT: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOLD, SILVER, OTHER = "a" * 64, "b" * 64, "c" * 64
PEOPLE = ["ann", "bob", "", "Žofie 🔥"]
TEAMS = ["l1", "l2", ""]
DAYS = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def kpi(kpi_id: str = "lead.resolution.month", **more: Any) -> Kpi:
    known = Kpi(
        tenant="acme",
        agreement=GOLD,
        kpi_id=kpi_id,
        sla_id="gold",
        version=1,
        name="Gold",
        role="lead",
        metric=Metric.RESOLUTION,
        priority=None,
        target=Decimal("95.00"),
        span=Span.MONTH,
    )
    return replace(known, **more)


KPIS = [
    kpi(),
    kpi("lead.resolution.P1.month", priority="P1"),
    kpi("ann.resolution.month", role="ann", persons=("ann",)),
    kpi("team.resolution.month", role="team", groups=("l1",)),
    kpi("both.resolution.month", role="both", persons=("bob",), groups=("l1",)),
    kpi("lead.first_response.month", metric=Metric.FIRST_RESPONSE),
    kpi("lead.resolution.year", span=Span.YEAR),
    kpi(sla_id="silver", agreement=SILVER, name="Silver"),
]


async def keep(pool: Pool, told: Sequence[Clock], kpis: Sequence[Kpi] = KPIS) -> None:
    projections = PgProjections(pool)
    heard = [Heard(one.key.tenant, f"{one.key} {one.edition}", AT, one) for one in told]
    await project_clocks(projections, heard)
    await keep_kpis(projections, [Heard("acme", "kpis", AT, tuple(kpis))])


def clock(ticket: str, outcome: Outcome, held: Held = Held(), **more: Any) -> Clock:  # noqa: B008  frozen
    known = Clock(
        key=ClockKey("acme", ticket, more.pop("metric", Metric.RESOLUTION), "first"),
        edition=Edition(1, 1),
        state=State.ACTIVE if outcome is Outcome.PENDING else State.CLOSED,
        outcome=outcome,
        due_on=date(2026, 3, 2),
        changed_at=AT,
        snapshot=GOLD,
        breached_at=AT if outcome is Outcome.BREACHED else None,
        held=held,
    )
    return replace(known, **more)


def anything(rng: random.Random) -> list[Clock]:
    """Editions of clocks that say anything."""
    return [
        clock(
            f"INC-{number}",
            (outcome := rng.choice(list(Outcome))),
            Held(rng.choice(PEOPLE), rng.choice(TEAMS), AT)
            if outcome in {Outcome.MET, Outcome.BREACHED}
            else Held(),
            metric=rng.choice([Metric.RESOLUTION, Metric.FIRST_RESPONSE]),
            edition=Edition(revision, 1),
            due_on=rng.choice(DAYS),
            snapshot=rng.choice([GOLD, GOLD, SILVER, OTHER, None]),
            priority=rng.choice(["P1", "P2", ""]),
            assignee=rng.choice(PEOPLE),
            group=rng.choice(TEAMS),
        )
        for number in range(40)
        for revision in range(1, rng.randint(2, 4))
    ]


def standing(one: Clock, of: Kpi, by: By, period: Period) -> tuple[Standing, str | None] | None:
    """What a cycle is to a KPI, said once more in other words."""
    assert period.first is not None
    assert period.last is not None
    if (one.snapshot, one.key.metric) != (of.agreement, of.metric):
        return None
    if of.priority not in (None, one.priority) or not period.first <= one.due_on <= period.last:
        return None
    decided = one.outcome in {Outcome.MET, Outcome.BREACHED}
    person, team = (one.held.assignee, one.held.group) if decided else (one.assignee, one.group)
    named = [kind for kind, names in (("person", of.persons), ("team", of.groups)) if names]
    known = [kind for kind, who in (("person", person), ("team", team)) if who]
    theirs = not named or person in of.persons or team in of.groups
    if theirs and (by is By.ROLE or person):
        return Standing(one.outcome), person if by is By.TECHNICIAN else None
    if decided and (theirs or not set(named) & set(known)):
        return Standing.UNATTRIBUTED, None
    return None


def by_hand(
    clocks: Sequence[Clock], span: Span, by: By, period: Period
) -> dict[tuple[str, str, str | None], Score]:
    found: dict[tuple[str, str, str | None], Counter[str]] = {}
    for of in KPIS:
        if of.span is not span:
            continue
        for one in newest(clocks).values():
            said = standing(one, of, by, period)
            if said is not None:
                tally = found.setdefault((of.agreement, of.kpi_id, said[1]), Counter())
                tally[said[0]] += 1
    return {key: Score(**tally) for key, tally in found.items()}


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_gives_the_figures_of_counting_by_hand(pool: Pool, seed: int) -> None:
    rng = random.Random(seed)
    told = anything(rng)
    arriving = [*told, *rng.sample(told, 20)]
    rng.shuffle(arriving)
    for start in range(0, len(arriving), 17):
        await keep(pool, arriving[start : start + 17], KPIS if start else [])

    async with PgViews(pool)("acme") as view:
        assert await view.kpis(Wanted()) == sorted(KPIS, key=lambda one: (one.sla_id, one.kpi_id))
        for by in By:
            for span in Span:
                counted = await view.kpi_scores(Wanted(), span, MARCH, by)
                assert counted == by_hand(told, span, by, MARCH)
            for of in KPIS:
                _agrees(told, of, by, await _pages(view, of, by))


async def _pages(view: Any, of: Kpi, by: By) -> list[Judged]:
    """All cycles behind a KPI, a few at a time."""
    found: list[Judged] = []
    after = None
    share = Share(of.sla_id, of.kpi_id, of.target, by=by)
    while page := await view.kpi_cycles(share, MARCH, after=after, limit=3):
        found += page
        last = page[-1].listed.clock
        after = AfterDay(last.due_on, (last.key.ticket, last.key.metric, last.key.cycle))
    return found


def _agrees(told: Sequence[Clock], of: Kpi, by: By, shown: Sequence[Judged]) -> None:
    places = [(one.listed.clock.due_on, one.listed.clock.key) for one in shown]
    assert all(one > other for one, other in pairwise(places))
    expected = {
        one.key: said[0]
        for one in newest(told).values()
        if (said := standing(one, of, by, MARCH)) is not None
    }
    assert {one.listed.clock.key: one.standing for one in shown} == expected


async def test_cycles_behind_a_figure_can_be_narrowed_down(pool: Pool) -> None:
    await keep(
        pool,
        [
            clock("met", Outcome.MET, Held("ann", "l1", AT)),
            clock("late", Outcome.BREACHED, Held("bob", "l1", AT), assignee="ann"),
            clock("nobody's", Outcome.BREACHED),
            clock("open", Outcome.PENDING, assignee="ann"),
        ],
    )

    async def shown(**share: Any) -> list[tuple[str, str]]:
        wanted = Share("gold", "lead.resolution.month", **share)
        async with PgViews(pool)("acme") as view:
            found = await view.kpi_cycles(wanted, Period(), after=None, limit=9)
        return sorted((one.listed.clock.key.ticket, one.standing.value) for one in found)

    assert await shown(standing=Standing.BREACHED) == [
        ("late", "breached"),
        ("nobody's", "breached"),
    ]
    assert await shown(by=By.TECHNICIAN, technician="ann") == [("met", "met"), ("open", "pending")]
    assert await shown(by=By.TECHNICIAN, standing=Standing.UNATTRIBUTED) == [
        ("nobody's", "unattributed")
    ]
    assert await shown(target=Decimal("95.00"), standing=Standing.CANCELLED) == []
    assert await shown(target=Decimal("94.99")) == []


async def test_another_tenants_are_not_seen(pool: Pool) -> None:
    await keep(pool, [clock("met", Outcome.MET)])
    async with PgViews(pool)("globex") as view:
        assert await view.kpis(Wanted()) == []
        assert await view.kpi_scores(Wanted(), Span.MONTH, MARCH, By.ROLE) == {}


async def test_kpis_are_asked_for_by_agreement_role_and_metric(pool: Pool) -> None:
    await keep(pool, [clock("met", Outcome.MET)])
    async with PgViews(pool)("acme") as view:
        for wanted, expected in [
            (Wanted(sla_id="silver"), 1),
            (Wanted(role="team"), 1),
            (Wanted(metric=Metric.FIRST_RESPONSE), 1),
            (Wanted(sla_id="gold", role="lead"), 4),
        ]:
            assert len(await view.kpis(wanted)) == expected
        counted = await view.kpi_scores(Wanted(role="lead"), Span.MONTH, MARCH, By.ROLE)
    assert counted == {(GOLD, "lead.resolution.month", None): Score(met=1)}


async def test_a_kpi_is_outdated_by_a_newer_version_with_or_without_it(pool: Pool) -> None:
    second = Agreement("acme", OTHER, "gold", 2, "Gold", targets=(), calendars={})
    await keep(pool, [clock("met", Outcome.MET)])
    await keep_agreements(PgProjections(pool), [Heard("acme", "second", AT, second)])
    await keep_kpis(
        PgProjections(pool), [Heard("acme", "two", AT, (kpi("new", agreement=OTHER, version=2),))]
    )
    async with PgViews(pool)("acme") as view:
        assert {one.outdated for one in await view.kpis(Wanted(sla_id="gold", role="team"))} == {
            True
        }
        found = {one.kpi_id: one.outdated for one in await view.kpis(Wanted(sla_id="gold"))}
        silver = await view.kpis(Wanted(sla_id="silver"))
    assert [name for name, outdated in found.items() if not outdated] == ["new"]
    assert [one.outdated for one in silver] == [False]


async def test_a_period_is_read_by_its_index(pool: Pool) -> None:
    async with begin(pool, {"acme"}) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(
            f"EXPLAIN {SQL['kpi_figures']}",
            "acme", MARCH.first, MARCH.last, None, "month", None, None, False,
        )  # fmt: skip
    assert any("clock_period" in row[0] for row in plan)
