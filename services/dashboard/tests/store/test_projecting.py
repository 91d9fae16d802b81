from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from dashboard_service.domain.agreement import Agreement, Target
from dashboard_service.domain.clock import (
    Clock,
    ClockKey,
    Edition,
    Metric,
    Outcome,
    Promise,
    State,
    newest,
)
from dashboard_service.domain.escalation import Effect, EffectKey
from dashboard_service.domain.rollup import Dimension, Tally, recount
from dashboard_service.ports import Work
from dashboard_service.store.view import PgView, PgViews
from dashboard_service.store.work import PgProjections
from dashboard_service.usecases.projecting import (
    Heard,
    keep_agreements,
    project_clocks,
    project_escalations,
)
from slaclock.store import Pool, begin

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
AWKWARD = ["INC-1", "INC-2", "<script>alert(1)</script>", "🔥'\";--", "日本語", "a/b?c#d"]


def clock(
    tenant: str, ticket: str, edition: Edition, outcome: Outcome, **more: Any
) -> Heard[Clock]:
    said = Clock(
        key=ClockKey(tenant, ticket, Metric.RESOLUTION, "first"),
        edition=edition,
        state=State.CLOSED if outcome is Outcome.MET else State.ACTIVE,
        outcome=outcome,
        due_on=AT.date(),
        changed_at=AT,
        due_at=AT + timedelta(hours=4),
        target_minutes=240,
        breached_at=AT if outcome is Outcome.BREACHED else None,
    )
    return Heard(tenant, f"{ticket} {edition}", AT, replace(said, **more))


def story(rng: random.Random, tenant: str) -> list[Heard[Clock]]:
    """Some editions of some clocks of a tenant."""
    return [
        clock(
            tenant,
            ticket,
            Edition(revision, rng.randint(1, 3)),
            rng.choice(list(Outcome)),
            due_on=rng.choice([date(2026, 3, 2), date(2026, 3, 29)]),
            priority=rng.choice(["P1", "P2", ""]),
            group=rng.choice(["l1", "l2 <b>"]),
        )
        for ticket in AWKWARD
        for revision in range(1, rng.randint(1, 8))
    ]


def shuffled(rng: random.Random, told: Sequence[Any]) -> list[list[Any]]:
    """The same, some of it twice, in another order, in batches of another size."""
    arriving = [*told, *rng.sample(list(told), len(told) // 2)]
    rng.shuffle(arriving)
    size = rng.randint(1, len(arriving))
    return [arriving[start : start + size] for start in range(0, len(arriving), size)]


async def dump(pool: Pool, tenant: str, table: str) -> list[tuple[Any, ...]]:
    async with begin(pool, {tenant}) as connection:
        rows = await connection.fetch(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
    return sorted(tuple(dict(row, tenant_id="").values()) for row in rows)


@pytest.mark.parametrize("seed", range(12))
async def test_shuffled_and_doubled_events_end_in_the_same_tables(pool: Pool, seed: int) -> None:
    rng = random.Random(seed)
    told = story(rng, "acme")
    projections = PgProjections(pool)

    await project_clocks(projections, told)
    elsewhere = [
        replace(
            one, tenant="globex", said=replace(one.said, key=replace(one.said.key, tenant="globex"))
        )
        for one in told
    ]
    for batch in shuffled(rng, elsewhere):
        await project_clocks(projections, batch)

    for table in ("clock", "rollup"):
        assert await dump(pool, "acme", table) == await dump(pool, "globex", table)
    async with PgViews(pool)("acme") as view:
        assert isinstance(view, PgView)
        assert await view.disagreements(most=10) == []
        assert await view.rollups() == recount(newest(one.said for one in told).values())


async def test_clocks_of_olas_count_by_their_group_and_nowhere_else(pool: Pool) -> None:
    """Beside an SLA's clock of the same ticket, and alone; also when they change hands later."""
    promised = clock("acme", "INC-1", Edition(1, 1), Outcome.MET, group="l1", priority="P1")
    told = [promised]
    for ticket, owner in (("INC-1", "l1"), ("INC-2", "l2")):
        said = clock("acme", ticket, Edition(1, 2), Outcome.BREACHED, group="l9").said
        key = replace(said.key, cycle=f"ola:{owner}")
        said = replace(said, key=key, promise=Promise.GROUP, owner=owner)
        told.append(Heard("acme", f"{key}", AT, said))
    await project_clocks(PgProjections(pool), told)
    async with PgViews(pool)("acme") as view:
        assert isinstance(view, PgView)
        assert await view.disagreements(most=10) == []
        kept = await view.rollups()
    assert kept == recount(one.said for one in told)
    of_olas = {key.key: tally for key, tally in kept.items() if key.dimension is Dimension.OWNER}
    assert of_olas == {"l1": Tally(breached=1), "l2": Tally(breached=1)}
    others = [tally for key, tally in kept.items() if key.dimension is not Dimension.OWNER]
    assert others == [Tally(met=1)] * 4
    assert len(await dump(pool, "acme", "clock")) == 3


async def test_batches_at_the_same_time_lose_no_difference(pool: Pool) -> None:
    rng = random.Random(7)
    told = [one for tenant in ("acme", "globex") for one in story(rng, tenant)]
    batches = [batch for _ in range(6) for batch in shuffled(rng, told)]
    projections = PgProjections(pool)

    await asyncio.gather(*(project_clocks(projections, batch) for batch in batches))

    for tenant in ("acme", "globex"):
        async with PgViews(pool)(tenant) as view:
            assert isinstance(view, PgView)
            assert await view.disagreements(most=10) == []
            mine = newest(one.said for one in told if one.tenant == tenant)
            assert await view.rollups() == recount(mine.values())


async def test_the_check_finds_a_count_that_is_wrong(pool: Pool) -> None:
    await project_clocks(
        PgProjections(pool), [clock("acme", "INC-1", Edition(1, 1), Outcome.MET, priority="P1")]
    )
    async with begin(pool, {"acme"}) as connection:
        await connection.execute("UPDATE rollup SET met = 7 WHERE dimension = 'priority'")
        await connection.execute("DELETE FROM rollup WHERE dimension = 'group'")

    async with PgViews(pool)("acme") as view:
        found = await view.disagreements(most=10)

    assert [(one.dimension, one.kept.met, one.counted.met) for one in found] == [
        ("group", 0, 1),
        ("priority", 7, 1),
    ]


@pytest.mark.parametrize("size", [1, 500])
async def test_a_batch_of_any_size_takes_eight_statements(pool: Pool, size: int) -> None:
    """Beside BEGIN, COMMIT and naming the tenants."""
    told = [
        clock(f"tenant-{number % 50}", f"INC-{number}", Edition(revision, 1), Outcome.PENDING)
        for number in range(size)
        for revision in (1, 2)
    ]
    said: list[str] = []

    @asynccontextmanager
    async def listening(tenants: Collection[str]) -> AsyncIterator[Work]:
        async with PgProjections(pool)(tenants) as work:
            connection = work._connection  # type: ignore[attr-defined]
            with connection.query_logger(lambda record: said.append(record.query)):
                yield work

    await project_clocks(listening, told[::2])
    said.clear()
    await project_clocks(listening, told)

    assert len(said) <= 8, said


async def test_nobody_sees_or_writes_rows_of_another_tenant(pool: Pool) -> None:
    told = clock("acme", "INC-1", Edition(1, 1), Outcome.PENDING)
    await project_clocks(PgProjections(pool), [told])

    assert await dump(pool, "globex", "clock") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await project_clocks(PgProjections(pool), [replace(told, tenant="globex")])


def effect(tenant: str, number: int, message: str, **happened: Any) -> Heard[Effect]:
    said = Effect(
        key=EffectKey(tenant, f"effect-{number}"),
        ticket=AWKWARD[number % len(AWKWARD)],
        metric="resolution",
        cycle="first",
        threshold="percent:90",
        announcement=f"a-{number}",
        rule="r1",
        channel="webhook",
        recipient="sink.example",
    )
    return Heard(tenant, f"{number} {message}", AT, replace(said, **happened))


@pytest.mark.parametrize("seed", range(4))
async def test_escalations_end_the_same_whatever_the_order(pool: Pool, seed: int) -> None:
    rng = random.Random(seed)
    projections = PgProjections(pool)

    def told(tenant: str) -> list[Heard[Effect]]:
        later = AT + timedelta(minutes=5)
        return [
            one
            for number in range(9)
            for one in (
                effect(tenant, number, "raised", raised_at=AT),
                effect(tenant, number, "failed", failed_at=AT, attempts=1, error="HTTP 503"),
                effect(tenant, number, "delivered", delivered_at=later, attempts=2),
            )
        ]

    await project_escalations(projections, told("acme"))
    for batch in shuffled(rng, told("globex")):
        await project_escalations(projections, batch)

    assert await dump(pool, "acme", "escalation") == await dump(pool, "globex", "escalation")
    async with PgViews(pool)("globex") as view:
        found = await view.escalations(after=None, limit=100)
    assert {one.state for one in found} == {"delivered"}
    assert {one.attempts for one in found} == {2}


async def test_what_is_in_the_inbox_is_not_looked_at_again(pool: Pool) -> None:
    projections = PgProjections(pool)
    raised = effect("acme", 1, "raised", raised_at=AT)
    await project_escalations(projections, [raised, raised])
    changed = replace(raised, said=replace(raised.said, raised_at=AT - timedelta(days=1)))
    await project_escalations(projections, [changed])

    async with PgViews(pool)("acme") as view:
        assert [one.raised_at for one in await view.escalations(after=None, limit=9)] == [AT]


async def test_agreements_are_kept_once_by_hash(pool: Pool) -> None:
    agreement = Agreement(
        tenant="acme",
        hash="f" * 64,
        sla_id="gold",
        version=1,
        name="Gold ⭐",
        targets=(Target("resolution", None, "a" * 64),),
        calendars={"a" * 64: {"timezone": "Europe/London", "windows": []}},
    )
    heard = Heard("acme", "m", AT, agreement)
    await keep_agreements(PgProjections(pool), [heard, heard])
    await keep_agreements(PgProjections(pool), [heard])

    async with PgViews(pool)("acme") as view:
        assert await view.agreements(["f" * 64]) == [agreement]
        assert await view.agreements(["e" * 64]) == []
        assert (await view.moment()).change_count == 1


async def test_progress_counts_changes_and_never_goes_back(pool: Pool) -> None:
    projections = PgProjections(pool)
    first = clock("acme", "INC-1", Edition(2, 1), Outcome.PENDING)
    older = replace(
        clock("acme", "INC-1", Edition(1, 1), Outcome.PENDING), stored_at=AT - timedelta(hours=1)
    )
    async with PgViews(pool)("acme") as view:
        assert (await view.moment()).applied_through is None

    await project_clocks(projections, [first])
    await project_clocks(projections, [older])

    async with PgViews(pool)("acme") as view:
        moment = await view.moment()
    assert (moment.change_count, moment.applied_through) == (1, AT)
