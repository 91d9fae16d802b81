"""The connection dies at any point of publishing: draft or version, whole, and told iff it is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import asyncpg

from sla_service.domain.commerce import ContractNews
from sla_service.store.desk import PgDesk
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from sla_service.usecases.publish import Published, Rules, Wish, publish
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import OUTAGES, Pool, begin, open_pool
from slaclock.store.models import open_engine
from slaclock.testing.wire import Wire, wired

from ..commerce import accepted_quote

DEATHS: tuple[type[Exception], ...] = (*OUTAGES, asyncpg.InterfaceError)
RULES = Rules(SNAPSHOT_BYTES)
AT = datetime(2026, 3, 1, tzinfo=UTC)
TABLES = (
    "sla_drafts",
    "sla_versions",
    "sla_targets",
    "sla_escalation_rules",
    "sla_service_credit_rules",
    "waiting_commerce",
    "contract_sla_snapshots",
    "terms_entries",
)
BEFORE = {"sla_drafts": 1, "waiting_commerce": 1, "sla.advisory.raised": 1}
AFTER = {
    "sla_versions": 1,
    "sla_targets": 2,
    "sla_escalation_rules": 1,
    "sla_service_credit_rules": 1,
    "contract_sla_snapshots": 1,
    "terms_entries": 1,
    "sla.advisory.raised": 1,
    "sla.agreement.published": 1,
    "sla.contract.bound": 1,
    "sla.assignment.changed": 1,
    "sla.published": 1,
    "contract.quote": 1,
    "terms.default": 1,
}


def quote(tenant: str) -> ContractNews:
    """It waits for the SLA."""
    return accepted_quote(AT, tenant=tenant)


async def there_is(pool: Pool, tenant: str) -> dict[str, int]:
    """Rows of *tenant*, messages by type, audit entries by action; once nobody publishes."""
    async with beginner(pool)({tenant}) as work:
        await work.lock({tenant})  # the server may be at the dead client's last statement
    async with begin(pool, {tenant}) as connection:
        found = Counter(
            {
                table: await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
                for table in TABLES
            }
        )
        for row in await connection.fetch(
            "SELECT split_part(subject, '.v1.', 1) AS said FROM outbox"
            " UNION ALL SELECT action FROM audit WHERE action NOT LIKE 'sla.draft-%'"
        ):
            found[row["said"]] += 1
    return {name: number for name, number in found.items() if number}


async def published(pool: Pool, tenant: str) -> Published:
    wish = Wish(tenant, "gold", "somebody", default=True, effective_from=AT)
    async with beginner(pool)({tenant}) as work:
        return await publish(work, wish, RULES)


async def broken(wire: Wire, pool: Pool, tenant: str, send: int, *, heard: bool) -> bool:
    """Publish while the wire breaks at *send*; whether it came so far."""
    wire.break_at(send, heard=heard)
    try:
        await published(pool, tenant)
    except DEATHS:
        assert wire.broke
    finally:
        came = wire.broke
        wire.mend()
    return came


async def test_a_broken_connection_leaves_a_draft_or_a_version(
    pool: Pool, dsn: str, gold: dict[str, Any]
) -> None:
    gold["credits"] = [
        {
            "metric": "resolution",
            "period": "month",
            "tiers": [{"below": "95.00", "percent": "5.00"}],
        }
    ]
    engine = open_engine(dsn, application="test")
    outcomes: Counter[tuple[bool, str]] = Counter()
    async with (
        wired(dsn) as (wire, address),
        await open_pool(address, application="test", max_size=1) as dying,
    ):
        for heard in (False, True):
            for send in range(200):
                # given a draft that a contract waits for, and a fresh connection
                tenant = f"t-{heard:d}-{send}"
                await PgDesk(engine).create(tenant, "gold", gold, "somebody")
                async with beginner(pool)({tenant}) as work:
                    await bind(work, [quote(tenant)])
                assert await there_is(pool, tenant) == BEFORE
                await dying.execute("SELECT 1")

                # when the connection dies at one of the steps, or after it was heard
                came = await broken(wire, dying, tenant, send, heard=heard)

                # then nothing happened or all of it
                found = await there_is(pool, tenant)
                assert found in (BEFORE, AFTER), (send, heard)
                if not came:
                    break
                outcomes[heard, "version" if found == AFTER else "draft"] += 1

                # and who tries again gets the version, once
                done = await published(pool, tenant)
                assert done.created == (found == BEFORE)
                assert await there_is(pool, tenant) == AFTER
            else:
                raise AssertionError("publishing never came to its end")
    await engine.dispose()

    # and only the loss of the answer to COMMIT leaves more than the draft
    assert outcomes[False, "draft"] > 30
    assert outcomes[False, "version"] <= 1, "the connection's reset comes after the commit"
    assert 1 <= outcomes[True, "version"] <= 2
