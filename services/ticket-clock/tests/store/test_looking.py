"""Where one ticket stands is answered by one statement, and says the same as a transaction would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from slaclock.http.missing import NotFound
from slaclock.store import Pool, ask, begin, open_pool
from slaclock.tenancy import MalformedTenant
from ticket_clock_service.store.looks import PgLook
from ticket_clock_service.store.work import PgWork, begin_work
from ticket_clock_service.usecases.answers import Answers, Scene
from ticket_clock_service.usecases.listing import Wanted, listed
from ticket_clock_service.usecases.looking import Looker

from ..desk import Desk, ago, opened, replied, sla, status


class Counted:
    """Counts the statements of a pool's connections, the pool's own among them."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, record: Any) -> None:
        self.statements.append(record.query)


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
async def readers(dsn: str, counted: Counted) -> AsyncIterator[Pool]:
    """As the service opens it."""
    made = await open_pool(dsn, application="readers", max_size=1, patience=30, spotless=True)
    async with made.acquire() as connection:
        connection.add_query_logger(counted)
    counted.statements.clear()
    yield made
    await made.close()


@pytest.fixture
def looker(desk: Desk, pool: Pool, readers: Pool) -> Looker:
    def begin_reading(tenants: Collection[str]) -> AbstractAsyncContextManager[PgWork]:
        return begin_work(pool, desk.parking, tenants, steady=True)

    return Looker(PgLook(lambda: readers), desk.rulebooks, begin_reading)


async def answered(desk: Desk, pool: Pool, ticket: str) -> Scene:
    async with begin_work(pool, desk.parking, {"acme"}, steady=True) as work:
        return await Answers(work, desk.rulebooks, "acme").scene(ticket)


async def test_one_statement_on_its_own(desk: Desk, looker: Looker, counted: Counted) -> None:
    now = await desk.now()
    await desk.publish(sla(minutes=240))
    await desk.take(opened("T-1", ago(now, minutes=30)))
    for _ in range(3):
        scene = await looker.scene("acme", "T-1")
        assert scene.status(terms_ready=True)["clocks"][0]["state"] == "active"
    assert len(counted.statements) == 3, "no BEGIN, no cleaning, no second look"
    assert all("look_at_ticket" in text for text in counted.statements)


async def test_it_sees_what_a_transaction_sees(desk: Desk, pool: Pool, looker: Looker) -> None:
    """Told, retracted, told again; paused; and a ticket of which every fact was refused."""
    now = await desk.now()
    await desk.publish(sla(minutes=60))
    await desk.take(opened("T-1", ago(now, minutes=50)), replied("T-1", ago(now, minutes=49)))
    await desk.judge()
    await desk.take(
        status("T-1", ago(now, minutes=48), "waiting_on_customer"),
        status("T-1", ago(now, minutes=10), "open"),
    )
    await desk.judge()
    await desk.take(status("T-1", ago(now, minutes=9), "waiting_on_customer"))
    await desk.take(opened("T-2", ago(now, minutes=1), priority=None, status="unheard of"))
    retracted = 0
    for ticket in ("T-1", "T-2"):
        one, other = await looker.scene("acme", ticket), await answered(desk, pool, ticket)
        assert (one.revision, one.picture, one.fault) == (
            other.revision,
            other.picture,
            other.fault,
        )
        assert one.ledger == other.ledger
        assert one.rulebook is other.rulebook
        assert timedelta() <= other.at - one.at < timedelta(minutes=1)
        retracted += sum(not told.stands for told in one.ledger.told)
    assert retracted, "the ledger that was compared is no simple one"


async def test_it_shows_flags_and_faults(desk: Desk, pool: Pool, looker: Looker) -> None:
    now = await desk.now()
    await desk.publish(sla(minutes=60))
    await desk.take(opened("T-1", ago(now, minutes=90), origin="import", run="r"))
    await desk.end_import("r")
    async with begin(pool, {"acme"}) as connection:
        await connection.execute("UPDATE ticket SET fault = 'broken'")
    scene = await looker.scene("acme", "T-1")
    assert all(told.historical for told in scene.ledger.told)
    assert scene.ledger.told
    assert [fault["code"] for fault in scene.status(terms_ready=True)["faults"]] == [
        "ticket.faulted"
    ]


@pytest.mark.parametrize(
    ("tenant", "ticket"),
    [
        pytest.param("acme", "T-2", id="unknown"),
        pytest.param("globex", "T-1", id="another tenant's"),
    ],
)
async def test_no_such_ticket(desk: Desk, looker: Looker, tenant: str, ticket: str) -> None:
    await desk.publish(sla(minutes=60))
    await desk.take(opened("T-1", ago(await desk.now(), minutes=1)))
    with pytest.raises(NotFound):
        await looker.scene(tenant, ticket)


async def test_a_name_cannot_let_another_tenant_in(looker: Looker) -> None:
    with pytest.raises(MalformedTenant):
        await looker.scene("globex,acme", "T-1")


async def test_the_tenant_is_seen_for_that_statement_only(
    desk: Desk, looker: Looker, readers: Pool
) -> None:
    await desk.publish(sla(minutes=60))
    await desk.take(opened("T-1", ago(await desk.now(), minutes=1)))
    await looker.scene("acme", "T-1")
    left = await ask(readers, "SELECT current_setting('app.tenants', true) AS tenants")
    assert left is not None
    assert not left["tenants"]
    found = await ask(readers, "SELECT count(*) AS n FROM ticket")
    assert found is not None
    assert found["n"] == 0


async def test_new_terms_are_seen_at_once(desk: Desk, looker: Looker) -> None:
    """The rulebook that was made before is not the one any more."""
    now = await desk.now()
    await desk.publish(sla("gold", minutes=60))
    await desk.take(opened("T-1", ago(now, minutes=1)))
    assert "gold" in str((await looker.scene("acme", "T-1")).status(terms_ready=True))
    before = (await looker.scene("acme", "T-1")).rulebook
    await desk.publish(sla("iron", minutes=600))
    after = (await looker.scene("acme", "T-1")).rulebook
    assert {one.sla_id for one in before.agreements.values()} == {"gold"}
    assert {one.sla_id for one in after.agreements.values()} == {"gold", "iron"}


async def test_a_picture_that_cannot_be_read_is_folded_from_its_facts(
    desk: Desk, pool: Pool, looker: Looker
) -> None:
    await desk.publish(sla(minutes=60))
    await desk.take(opened("T-1", ago(await desk.now(), minutes=1)))
    before = await looker.scene("acme", "T-1")
    async with begin(pool, {"acme"}) as connection:
        await connection.execute("UPDATE ticket SET state = 'spoilt'")
    assert (await looker.scene("acme", "T-1")).picture == before.picture


async def test_the_look_is_by_primary_keys(admin: asyncpg.Connection[Any]) -> None:
    """Ten thousand tickets, twenty thousand announcements: no plan reads a table."""
    await admin.execute(
        "INSERT INTO ticket (tenant_id, ticket_id, fact_count)"
        " SELECT 'acme', 'T-' || n, 1 FROM generate_series(1, 10000) n"
    )
    await admin.execute(
        "INSERT INTO announcement (tenant_id, ticket_id, announcement_id, metric, cycle, agreement,"
        " threshold, n, crossed_us, announced_at)"
        " SELECT 'acme', 'T-' || n, gen_random_uuid(), 'resolution', m::text, '', 'percent:50', 1, 0,"
        " clock_timestamp() FROM generate_series(1, 10000) n, generate_series(1, 2) m"
    )
    await admin.execute("ANALYZE")
    body = await admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'look_at_ticket'")
    query = body.partition("RETURN QUERY")[2].rpartition("END")[0].rpartition(";")[0]
    query = query.replace("of_tenant", "'acme'").replace("of_ticket", "'T-77'")
    plan = "\n".join(row[0] for row in await admin.fetch(f"EXPLAIN {query}"))
    assert "ticket_pkey" in plan, plan
    assert "announcement_pkey" in plan, plan
    assert "Seq Scan on ticket" not in plan, plan
    assert "Seq Scan on announcement" not in plan, plan


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Wanted(), id="all"),
        pytest.param(Wanted(state="active"), id="by state"),
        pytest.param(Wanted(priority="P2"), id="by a field"),
        pytest.param(Wanted(risk="CRITICAL"), id="by risk"),
    ],
)
async def test_a_page_of_many_costs_as_many_statements_as_of_one(
    desk: Desk, pool: Pool, wanted: Wanted
) -> None:
    now = await desk.now()
    await desk.publish(sla(minutes=60))
    await desk.take(*(opened(f"T-{number:03}", ago(now, minutes=35)) for number in range(120)))
    await desk.judge()
    costs = []
    for limit in (1, 100):
        counted = Counted()
        async with begin(pool, {"acme"}, steady=True) as connection:
            connection.add_query_logger(counted)
            answers = Answers(PgWork(connection, desk.parking), desk.rulebooks, "acme")
            items, _ = await listed(answers, wanted, "", limit, terms_ready=True)
            connection.remove_query_logger(counted)
        assert len(items) == limit
        assert all(item["clocks"][0]["thresholds"][0]["fired_at"] for item in items)
        costs.append(len(counted.statements))
    assert costs[0] == costs[1] <= 4, "a page of tickets, the clock with the terms, the ledgers"
